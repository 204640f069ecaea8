//! Who reacted to a message.

use super::{Db, Result, events, on_db};
use crate::model::ids::{RoomId, Seq};
use crate::model::message::Reactors;

/// Rows read at once: of each emoji the first people, and not of every emoji that there is.
const MOST: i64 = 1_000;

#[derive(sqlx::FromRow)]
struct ReactorRow {
    emoji: String,
    user_id: i64,
    username: String,
    display_name: String,
}

const REACTORS: &str = "
    SELECT r.emoji, r.user_id, u.username, u.display_name
    FROM (
        SELECT emoji, user_id, seq, ROW_NUMBER() OVER (PARTITION BY emoji ORDER BY seq) AS place
        FROM reactions
        WHERE room_id = $1 AND target_seq = $2
    ) r
    JOIN users u ON u.id = r.user_id
    WHERE r.place <= $3
    ORDER BY r.seq
    LIMIT $4";

impl Db {
    /// The first `limit` people of each emoji under a message, in the order in which they were given.
    pub async fn reactors(&self, room: RoomId, target: Seq, limit: i64) -> Result<Vec<Reactors>> {
        let rows: Vec<ReactorRow> = on_db!(&self.read, pool => {
            sqlx::query_as(REACTORS).bind(room.get()).bind(target).bind(limit).bind(MOST).fetch_all(pool).await
        })?;
        let mut found: Vec<Reactors> = Vec::new();
        for ReactorRow { emoji, user_id, username, display_name } in rows {
            let person = events::author(user_id, &username, &display_name)?;
            match found.iter_mut().find(|known| known.emoji == emoji) {
                Some(known) => known.people.push(person),
                None => found.push(Reactors { emoji, people: vec![person] }),
            }
        }
        Ok(found)
    }
}
