//! What answers what.

use super::{Db, Result, on_db};
use crate::model::ids::{RoomId, Seq};

/// A reply is later than what it answers: the way up ends.
const ANSWERED_BY: &str = "
    WITH RECURSIVE up (seq, reply_to) AS (
        SELECT seq, reply_to
        FROM events
        WHERE room_id = $1 AND seq = $2 AND kind = 'msg'
        UNION ALL
        SELECT e.seq, e.reply_to
        FROM up
        JOIN events e ON e.room_id = $1 AND e.seq = up.reply_to
    )
    SELECT seq
    FROM up
    LIMIT $3";

/// Level by level, so that a limit keeps the nearest.
const ANSWERS_TO: &str = "
    WITH RECURSIVE down (seq) AS (
        SELECT seq
        FROM events
        WHERE room_id = $1 AND reply_to = $2
        UNION ALL
        SELECT e.seq
        FROM down
        JOIN events e ON e.room_id = $1 AND e.reply_to = down.seq
    )
    SELECT seq
    FROM down
    LIMIT $3";

impl Db {
    /// The message `seq`, what it answers, what that answers, and so on; nothing if it is no message.
    pub async fn answered_by(&self, room: RoomId, seq: Seq, limit: i64) -> Result<Vec<Seq>> {
        self.chain(ANSWERED_BY, room, seq, limit).await
    }

    /// What answers the message `seq`, what answers that, and so on.
    pub async fn answers_to(&self, room: RoomId, seq: Seq, limit: i64) -> Result<Vec<Seq>> {
        self.chain(ANSWERS_TO, room, seq, limit).await
    }

    async fn chain(&self, query: &'static str, room: RoomId, seq: Seq, limit: i64) -> Result<Vec<Seq>> {
        on_db!(&self.read, pool => {
            sqlx::query_scalar(query).bind(room.get()).bind(seq).bind(limit).fetch_all(pool).await
        })
    }
}
