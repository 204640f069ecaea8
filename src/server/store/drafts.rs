//! What people are writing, for their other devices.

use super::{Db, Result, on_db};
use crate::model::ids::{Millis, RoomId, Seq, UserId};

/// A text that has not been sent, whom it answers, and when it was kept.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DraftRow {
    pub body: String,
    pub reply_to: Option<Seq>,
    pub ts: Millis,
}

const DRAFT: &str = "
    SELECT body, reply_to, ts
    FROM drafts
    WHERE user_id = $1 AND room_id = $2";

const REPLACE: &str = "
    UPDATE drafts
    SET body = $3, reply_to = $4, ts = $5
    WHERE user_id = $1 AND room_id = $2";

const KEEP: &str = "
    INSERT INTO drafts (user_id, room_id, body, reply_to, ts)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (user_id, room_id) DO UPDATE
    SET body = excluded.body, reply_to = excluded.reply_to, ts = excluded.ts";

/// Those that were kept last stay.
const DROP_OLD: &str = "
    DELETE FROM drafts
    WHERE user_id = $1 AND room_id NOT IN (
        SELECT room_id
        FROM drafts
        WHERE user_id = $1
        ORDER BY ts DESC, room_id
        LIMIT $2
    )";

const DROP: &str = "
    DELETE FROM drafts
    WHERE user_id = $1 AND room_id = $2";

impl Db {
    pub async fn draft(&self, user: UserId, room: RoomId) -> Result<Option<DraftRow>> {
        on_db!(&self.read, pool => {
            sqlx::query_as(DRAFT).bind(user.get()).bind(room.get()).fetch_optional(pool).await
        })
    }

    /// In place of what was kept before. One more than `most` takes the place of the oldest one.
    pub async fn keep_draft(&self, user: UserId, room: RoomId, draft: &DraftRow, most: i64) -> Result<()> {
        on_db!(&self.write, pool => {
            for sql in [REPLACE, KEEP] {
                let kept = sqlx::query(sql)
                    .bind(user.get())
                    .bind(room.get())
                    .bind(&draft.body)
                    .bind(draft.reply_to)
                    .bind(draft.ts)
                    .execute(pool)
                    .await?;
                // Nearly always there is one already, and no more than before.
                if sql == REPLACE && kept.rows_affected() > 0 {
                    return Ok(());
                }
            }
            sqlx::query(DROP_OLD).bind(user.get()).bind(most).execute(pool).await.map(drop)
        })
    }

    pub async fn drop_draft(&self, user: UserId, room: RoomId) -> Result<()> {
        on_db!(&self.write, pool => {
            sqlx::query(DROP).bind(user.get()).bind(room.get()).execute(pool).await.map(drop)
        })
    }
}
