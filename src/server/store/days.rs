//! Where in the log a moment lies, and on which days something was said. No index of times is needed: they never fall
//! along the log, which has no holes, so that a place is found by halving it.

use sqlx::QueryBuilder;

use super::{Db, Result, on_db};
use crate::model::ids::{Millis, RoomId, Seq};

// Parts of one statement, which has a list of unknown length in front.
const HALVE: &str = "), place (moment, low, high) AS (
        SELECT asked.moment, ";
const HALVE_ROOM: &str = ", r.last_seq
        FROM asked
        JOIN rooms r ON r.id = ";
const HALVE_EVENTS: &str = "
        UNION ALL
        SELECT place.moment, CASE WHEN e.ts < place.moment THEN e.seq ELSE place.low END,
            CASE WHEN e.ts < place.moment THEN place.high ELSE e.seq - 1 END
        FROM place
        JOIN events e ON e.seq = (place.low + place.high + 1) / 2 AND e.room_id = ";
const HALVED: &str = "
        WHERE place.low < place.high
    )
    SELECT low
    FROM place
    WHERE low >= high
    ORDER BY moment";

const SPOKEN: &str = ")
    SELECT asked.after
    FROM asked
    WHERE EXISTS (
        SELECT 1
        FROM events e
        WHERE e.seq > asked.after AND e.seq <= asked.until AND e.kind = 'msg' AND NOT e.deleted AND e.room_id = ";

const SAID_BEFORE: &str = "
    SELECT ts
    FROM events
    WHERE room_id = $1 AND seq >= $2 AND seq <= $3 AND kind = 'msg' AND NOT deleted
    ORDER BY seq DESC
    LIMIT 1";

const SAID_AFTER: &str = "
    SELECT ts
    FROM events
    WHERE room_id = $1 AND seq > $2 AND kind = 'msg' AND NOT deleted
    ORDER BY seq
    LIMIT 1";

impl Db {
    /// The last event before each of these moments, which ascend; `from` where there is none after that.
    pub async fn seqs_before(&self, room: RoomId, from: Seq, moments: &[Millis]) -> Result<Vec<Seq>> {
        on_db!(&self.read, pool => {
            let mut query = QueryBuilder::new("WITH RECURSIVE asked (moment) AS (");
            query.push_values(moments, |mut row, moment| {
                row.push_bind(*moment);
            });
            query.push(HALVE).push_bind(from).push(HALVE_ROOM).push_bind(room.get());
            query.push(HALVE_EVENTS).push_bind(room.get()).push(HALVED);
            query.build_query_scalar().persistent(false).fetch_all(pool).await
        })
    }

    /// Those of the stretches `(after, until]` of a log, known by their beginnings, in which there is a message.
    pub async fn spoken(&self, room: RoomId, stretches: &[(Seq, Seq)]) -> Result<Vec<Seq>> {
        if stretches.is_empty() {
            return Ok(Vec::new());
        }
        on_db!(&self.read, pool => {
            let mut query = QueryBuilder::new("WITH asked (after, until) AS (");
            query.push_values(stretches, |mut row, (after, until)| {
                row.push_bind(*after).push_bind(*until);
            });
            query.push(SPOKEN).push_bind(room.get()).push(") ORDER BY asked.after");
            query.build_query_scalar().persistent(false).fetch_all(pool).await
        })
    }

    /// When something was last said up to `seq` and not before `from`, and when it was first said after `until`.
    pub async fn said_around(
        &self,
        room: RoomId,
        from: Seq,
        seq: Seq,
        until: Seq,
    ) -> Result<(Option<Millis>, Option<Millis>)> {
        on_db!(&self.read, pool => {
            let before = sqlx::query_scalar(SAID_BEFORE).bind(room.get()).bind(from).bind(seq).fetch_optional(pool);
            let after = sqlx::query_scalar(SAID_AFTER).bind(room.get()).bind(until).fetch_optional(pool);
            Ok((before.await?, after.await?))
        })
    }
}
