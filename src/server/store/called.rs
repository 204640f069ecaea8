//! People of a room by the beginning of their names.

use super::{Db, Result, events, on_db};
use crate::model::ids::{RoomId, Seq};
use crate::model::user::Author;

#[derive(sqlx::FromRow)]
struct PersonRow {
    user_id: i64,
    username: String,
    display_name: String,
}

impl PersonRow {
    fn author(self) -> Result<Author> {
        events::author(self.user_id, &self.username, &self.display_name)
    }
}

/// Whoever said one of the last messages, the last one first. Whoever is banned is not among them.
const SPEAKERS: &str = "
    SELECT s.author_id AS user_id, u.username, u.display_name
    FROM (
        SELECT l.author_id, MAX(l.seq) AS last
        FROM (
            SELECT author_id, seq
            FROM events
            WHERE room_id = $1 AND seq >= $2 AND kind = 'msg' AND NOT deleted
            ORDER BY seq DESC
            LIMIT $3
        ) l
        GROUP BY l.author_id
    ) s
    JOIN users u ON u.id = s.author_id
    LEFT JOIN members m ON m.room_id = $1 AND m.user_id = s.author_id
    WHERE m.banned_ts IS NULL
      AND (SUBSTR(u.username_key, 1, LENGTH($4)) = $4 OR SUBSTR(u.display_key, 1, LENGTH($4)) = $4)
    ORDER BY s.last DESC
    LIMIT $5";

const MEMBERS: &str = "
    SELECT m.user_id, u.username, u.display_name
    FROM members m
    JOIN users u ON u.id = m.user_id
    WHERE m.room_id = $1 AND m.banned_ts IS NULL
      AND (SUBSTR(u.username_key, 1, LENGTH($2)) = $2 OR SUBSTR(u.display_key, 1, LENGTH($2)) = $2)
    ORDER BY u.username_key
    LIMIT $3";

impl Db {
    /// The authors of the last `recent` messages from `floor` on whose names begin with the folded `prefix`.
    pub async fn recent_speakers(
        &self,
        room: RoomId,
        floor: Seq,
        recent: i64,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<Author>> {
        let rows: Vec<PersonRow> = on_db!(&self.read, pool => sqlx::query_as(SPEAKERS)
            .bind(room.get())
            .bind(floor)
            .bind(recent)
            .bind(prefix)
            .bind(limit as i64)
            .fetch_all(pool)
            .await)?;
        rows.into_iter().map(PersonRow::author).collect()
    }

    /// The members of a room whose names begin with the folded `prefix`, by name.
    pub async fn members_called(&self, room: RoomId, prefix: &str, limit: usize) -> Result<Vec<Author>> {
        let rows: Vec<PersonRow> = on_db!(&self.read, pool => {
            sqlx::query_as(MEMBERS).bind(room.get()).bind(prefix).bind(limit as i64).fetch_all(pool).await
        })?;
        rows.into_iter().map(PersonRow::author).collect()
    }
}
