//! Consent to belong to a room: who left one, or declined to come, and who is invited.

use super::{Db, Result, events, on_db, stored};
use crate::model::ids::{Millis, RoomId, Seq, UserId};
use crate::model::room::Invitation;

/// How long somebody who declined is left alone by the room: 30 days.
const LEFT_ALONE: Millis = 30 * 24 * 60 * 60 * 1000;

/// Somebody has left, or declined.
pub(super) const DEPART: &str = "
    INSERT INTO departures (room_id, user_id, ts, declined)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (room_id, user_id) DO UPDATE
    SET ts = excluded.ts, declined = excluded.declined";

/// Somebody has come.
pub(in crate::server::store) const FORGET_DEPARTURE: &str = "
    DELETE FROM departures
    WHERE room_id = $1 AND user_id = $2";

/// Somebody has come, or is not to come any more.
pub(in crate::server::store) const WITHDRAW: &str = "
    DELETE FROM invitations
    WHERE room_id = $1 AND user_id = $2";

const INVITE: &str = "
    INSERT INTO invitations (room_id, user_id, invited_by, visible_from, ts)
    SELECT $1, $2, $3, $4, $5
    WHERE NOT EXISTS (SELECT 1 FROM members WHERE room_id = $1 AND user_id = $2)
      AND NOT EXISTS (SELECT 1 FROM departures WHERE room_id = $1 AND user_id = $2 AND declined AND ts > $6)
    ON CONFLICT (user_id, room_id) DO UPDATE
    SET invited_by = excluded.invited_by, visible_from = excluded.visible_from";

/// Those that hold: by people who may still let others in, for people who are neither members nor banned.
macro_rules! open_invitations {
    ($select:literal, $where:literal) => {
        concat!(
            "
    SELECT ",
            $select,
            "
    FROM invitations i
    JOIN rooms r ON r.id = i.room_id
    JOIN users u ON u.id = i.invited_by
    JOIN members b ON b.room_id = i.room_id AND b.user_id = i.invited_by AND b.banned_ts IS NULL AND b.role <> 'member'
    WHERE i.user_id = $1 AND NOT EXISTS (SELECT 1 FROM members m WHERE m.room_id = i.room_id AND m.user_id = i.user_id)
      AND ",
            $where
        )
    };
}

const OPEN: &str = open_invitations!(
    "i.room_id, r.title, u.id AS by_id, u.username, u.display_name, i.ts",
    "TRUE ORDER BY i.ts DESC, i.room_id LIMIT $2"
);
const COUNT: &str = open_invitations!("COUNT(*)", "TRUE");
const ONE: &str = open_invitations!("i.visible_from", "i.room_id = $2");

// The room's row first, as in a commit.
const COUNT_UP: &str = "
    UPDATE rooms
    SET members = members + 1
    WHERE id = $1";

const JOIN: &str = "
    INSERT INTO members (room_id, user_id, role, read_seq, joined_ts, visible_from)
    SELECT id, $2, 'member', last_seq, $3, $4
    FROM rooms
    WHERE id = $1";

#[derive(sqlx::FromRow)]
struct InvitationRow {
    room_id: i64,
    title: String,
    by_id: i64,
    username: String,
    display_name: String,
    ts: Millis,
}

impl InvitationRow {
    fn invitation(self) -> Result<Invitation> {
        Ok(Invitation {
            room: stored(RoomId::try_from(self.room_id).ok(), "room_id")?,
            title: self.title,
            by: events::author(self.by_id, &self.username, &self.display_name)?,
            ts: self.ts,
        })
    }
}

impl Db {
    /// Invites somebody, who will read from `visible_from` on; a second invitation takes the place of the first. Nobody is
    /// invited who belongs to the room, is banned, or has declined lately.
    pub async fn invite(&self, room: RoomId, user: UserId, by: UserId, visible_from: Seq, now: Millis) -> Result<()> {
        on_db!(&self.write, pool => sqlx::query(INVITE)
            .bind(room.get())
            .bind(user.get())
            .bind(by.get())
            .bind(visible_from)
            .bind(now)
            .bind(now - LEFT_ALONE)
            .execute(pool)
            .await
            .map(drop))
    }

    /// The rooms that somebody is invited to, the latest invitations first.
    pub async fn invitations(&self, user: UserId, limit: i64) -> Result<Vec<Invitation>> {
        let rows: Vec<InvitationRow> = on_db!(&self.read, pool => {
            sqlx::query_as(OPEN).bind(user.get()).bind(limit).fetch_all(pool).await
        })?;
        rows.into_iter().map(InvitationRow::invitation).collect()
    }

    /// How many rooms somebody is invited to.
    pub async fn count_invitations(&self, user: UserId) -> Result<i64> {
        on_db!(&self.read, pool => sqlx::query_scalar(COUNT).bind(user.get()).fetch_one(pool).await)
    }

    /// Makes somebody who is invited a member, who has read everything until now; `false` if they are not invited.
    pub async fn accept(&self, room: RoomId, user: UserId, now: Millis) -> Result<bool> {
        on_db!(&self.write, pool => {
            let mut tx = pool.begin_with(self.begin_write()).await?;
            sqlx::query(COUNT_UP).bind(room.get()).execute(&mut *tx).await?;
            let found: Option<Seq> =
                sqlx::query_scalar(ONE).bind(user.get()).bind(room.get()).fetch_optional(&mut *tx).await?;
            let Some(visible_from) = found else { return Ok(false) };
            sqlx::query(JOIN)
                .bind(room.get())
                .bind(user.get())
                .bind(now)
                .bind(visible_from)
                .execute(&mut *tx)
                .await?;
            for forget in [FORGET_DEPARTURE, WITHDRAW] {
                sqlx::query(forget).bind(room.get()).bind(user.get()).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            Ok(true)
        })
    }

    /// Ends an invitation by the will of who was invited; `false` if there is none.
    pub async fn decline(&self, room: RoomId, user: UserId, now: Millis) -> Result<bool> {
        on_db!(&self.write, pool => {
            let mut tx = pool.begin_with(self.begin_write()).await?;
            let ended = sqlx::query(WITHDRAW).bind(room.get()).bind(user.get()).execute(&mut *tx).await?;
            if ended.rows_affected() == 0 {
                return Ok(false);
            }
            sqlx::query(DEPART).bind(room.get()).bind(user.get()).bind(now).bind(true).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(true)
        })
    }

    /// Ends an invitation by the will of the room.
    pub async fn withdraw(&self, room: RoomId, user: UserId) -> Result<()> {
        on_db!(&self.write, pool => {
            sqlx::query(WITHDRAW).bind(room.get()).bind(user.get()).execute(pool).await.map(drop)
        })
    }
}
