//! Who belongs to a room, and as what.

use super::{Db, Result, invitations, on_db, stored};
use crate::model::ids::{Millis, RoomId, UserId};
use crate::model::room::{Level, Member, Role};
use crate::model::text;
use crate::model::user::Author;

// The room's row first, as in a commit: two that change a room in another order might wait for each other for ever.
const COUNT_UP: &str = "
    UPDATE rooms
    SET members = members + 1
    WHERE id = $1 AND visibility <> 'private'
      AND NOT EXISTS (SELECT 1 FROM members WHERE room_id = $1 AND user_id = $2)";

const JOIN: &str = "
    INSERT INTO members (room_id, user_id, role, read_seq, joined_ts, visible_from)
    SELECT id, $2, 'member', last_seq, $3, open_from
    FROM rooms
    WHERE id = $1";

// Of two who leave at once, the one who waited for the row sees how many the other has left.
const COUNT_DOWN: &str = "
    UPDATE rooms
    SET members = members - 1
    WHERE id = $1 AND members > 1 AND EXISTS (SELECT 1 FROM members WHERE room_id = $1 AND user_id = $2 AND banned_ts IS NULL)";

const LEAVE: &str = "
    DELETE FROM members
    WHERE room_id = $1 AND user_id = $2";

/// A room without an owner gets the moderator, or else the member, who has been there longest.
const SUCCEED: &str = "
    UPDATE members
    SET role = 'owner'
    WHERE room_id = $1
      AND NOT EXISTS (SELECT 1 FROM members o WHERE o.room_id = $1 AND o.role = 'owner' AND o.banned_ts IS NULL)
      AND user_id = (
          SELECT s.user_id
          FROM members s
          WHERE s.room_id = $1 AND s.banned_ts IS NULL
          ORDER BY CASE s.role WHEN 'moderator' THEN 0 ELSE 1 END, s.joined_ts, s.user_id
          LIMIT 1)";

const SET_LEVEL: &str = "
    UPDATE members
    SET level = $3, quiet_until = NULL
    WHERE room_id = $1 AND user_id = $2 AND banned_ts IS NULL";

const MUTE: &str = "
    UPDATE members
    SET quiet_until = $3
    WHERE room_id = $1 AND user_id = $2 AND banned_ts IS NULL";

const MEMBERS: &str = "
    SELECT m.user_id, u.username, u.display_name, m.role, m.joined_ts
    FROM members m
    JOIN users u ON u.id = m.user_id
    WHERE m.room_id = $1 AND m.banned_ts IS NULL AND u.username_key > $2
    ORDER BY u.username_key
    LIMIT $3";

const MEMBERS_WITH_PREFIX: &str = "
    SELECT m.user_id, u.username, u.display_name, m.role, m.joined_ts
    FROM members m
    JOIN users u ON u.id = m.user_id
    WHERE m.room_id = $1 AND m.banned_ts IS NULL AND u.username_key > $2
      AND (SUBSTR(u.username_key, 1, LENGTH($3)) = $3 OR SUBSTR(u.display_key, 1, LENGTH($3)) = $3)
    ORDER BY u.username_key
    LIMIT $4";

/// The rooms of one person, those with the latest event first.
const ROOMS_OF: &str = "
    SELECT m.room_id
    FROM members m
    JOIN rooms r ON r.id = m.room_id
    WHERE m.user_id = $1 AND m.banned_ts IS NULL
    ORDER BY r.last_ts DESC, r.id DESC
    LIMIT $2";

#[derive(sqlx::FromRow)]
struct MemberRow {
    user_id: i64,
    username: String,
    display_name: String,
    role: String,
    joined_ts: Millis,
}

impl MemberRow {
    fn member(self) -> Result<Member> {
        let Self { user_id, username, display_name, role, joined_ts } = self;
        let id = stored(UserId::try_from(user_id).ok(), "user_id")?;
        let role = stored(Role::parse(&role), "role")?;
        Ok(Member { user: Author { id, username, display_name }, role, joined_ts, present: false })
    }
}

impl Db {
    /// Makes somebody a member by their own will, who has read everything until now; `false` if they are one, or banned, or
    /// the room is closed meanwhile.
    pub async fn join(&self, room: RoomId, user: UserId, now: Millis) -> Result<bool> {
        on_db!(&self.write, pool => {
            let mut tx = pool.begin_with(self.begin_write()).await?;
            let counted = sqlx::query(COUNT_UP).bind(room.get()).bind(user.get()).execute(&mut *tx).await?;
            if counted.rows_affected() == 0 {
                return Ok(false);
            }
            sqlx::query(JOIN).bind(room.get()).bind(user.get()).bind(now).execute(&mut *tx).await?;
            for forget in [invitations::FORGET_DEPARTURE, invitations::WITHDRAW] {
                sqlx::query(forget).bind(room.get()).bind(user.get()).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            Ok(true)
        })
    }

    /// Ends a membership by the member's own will; `false` if there is none, or no other: somebody has to look after the
    /// room. One that loses its owner gets another.
    pub async fn leave(&self, room: RoomId, user: UserId, now: Millis) -> Result<bool> {
        on_db!(&self.write, pool => {
            let mut tx = pool.begin_with(self.begin_write()).await?;
            let counted = sqlx::query(COUNT_DOWN).bind(room.get()).bind(user.get()).execute(&mut *tx).await?;
            if counted.rows_affected() == 0 {
                return Ok(false);
            }
            let left = sqlx::query(LEAVE).bind(room.get()).bind(user.get()).execute(&mut *tx).await?;
            // They have left twice at once, and are to be counted once.
            if left.rows_affected() == 0 {
                return Ok(false);
            }
            sqlx::query(SUCCEED).bind(room.get()).execute(&mut *tx).await?;
            sqlx::query(invitations::DEPART).bind(room.get()).bind(user.get()).bind(now).bind(false).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(true)
        })
    }

    /// Nothing asks for a member's attention until then; with `None` it is asked for again. `false` if they are none.
    pub async fn mute(&self, room: RoomId, user: UserId, until: Option<Millis>) -> Result<bool> {
        let set = on_db!(&self.write, pool => sqlx::query(MUTE)
            .bind(room.get())
            .bind(user.get())
            .bind(until)
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(set > 0)
    }

    /// What may ask for a member's attention, from now on; `false` if they are none.
    pub async fn set_level(&self, room: RoomId, user: UserId, level: Level) -> Result<bool> {
        let set = on_db!(&self.write, pool => sqlx::query(SET_LEVEL)
            .bind(room.get())
            .bind(user.get())
            .bind(level.as_str())
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(set > 0)
    }

    /// The members of a room by name, from the one after `after`. None of them is said to be present.
    pub async fn members(&self, room: RoomId, after: &str, limit: i64) -> Result<Vec<Member>> {
        let rows: Vec<MemberRow> = on_db!(&self.read, pool => {
            sqlx::query_as(MEMBERS).bind(room.get()).bind(text::fold(after)).bind(limit).fetch_all(pool).await
        })?;
        rows.into_iter().map(MemberRow::member).collect()
    }

    /// Those of them whose names begin with the folded `prefix`.
    pub async fn members_with_prefix(
        &self,
        room: RoomId,
        prefix: &str,
        after: &str,
        limit: i64,
    ) -> Result<Vec<Member>> {
        let rows: Vec<MemberRow> = on_db!(&self.read, pool => sqlx::query_as(MEMBERS_WITH_PREFIX)
            .bind(room.get())
            .bind(text::fold(after))
            .bind(prefix)
            .bind(limit)
            .fetch_all(pool)
            .await)?;
        rows.into_iter().map(MemberRow::member).collect()
    }

    /// The rooms that somebody belongs to, the most active ones first.
    pub async fn rooms_of(&self, user: UserId, limit: i64) -> Result<Vec<RoomId>> {
        let rows: Vec<i64> = on_db!(&self.read, pool => {
            sqlx::query_scalar(ROOMS_OF).bind(user.get()).bind(limit).fetch_all(pool).await
        })?;
        rows.into_iter().map(|id| stored(RoomId::try_from(id).ok(), "room_id")).collect()
    }
}
