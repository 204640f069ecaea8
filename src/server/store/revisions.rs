//! What messages were before they were edited.

use super::{Db, Result, on_db};
use crate::model::ids::{Millis, RoomId, Seq};

/// With the time from which each text stood there: that of the edit before, or of the message.
const REVISIONS: &str = "
    SELECT former.body, former.since
    FROM (
        SELECT v.rev, v.body, COALESCE(LAG(e.ts) OVER (ORDER BY v.rev), m.ts) AS since
        FROM revisions v
        JOIN events e ON e.room_id = v.room_id AND e.seq = v.rev
        JOIN events m ON m.room_id = v.room_id AND m.seq = v.seq
        WHERE v.room_id = $1 AND v.seq = $2
    ) former
    ORDER BY former.rev DESC
    LIMIT $3";

impl Db {
    /// The former texts of a message, the latest first, at most `limit`, each with the time from which it stood there.
    pub async fn revisions(&self, room: RoomId, seq: Seq, limit: i64) -> Result<Vec<(String, Millis)>> {
        on_db!(&self.read, pool => {
            sqlx::query_as(REVISIONS).bind(room.get()).bind(seq).bind(limit).fetch_all(pool).await
        })
    }
}
