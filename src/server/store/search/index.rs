//! Writing the index of the search: what is not in it yet, and putting it there.

use std::collections::{HashMap, HashSet};

use sqlx::QueryBuilder;

use super::super::{Db, Result, on_db};
use crate::model::ids::{Millis, Seq};

/// A room of which not everything is indexed.
#[derive(sqlx::FromRow)]
pub struct Lagging {
    pub room_id: i64,
    pub head: Seq,
    pub indexed_seq: Seq,
    pub edited_ts: Millis,
    /// The post itself is new, or was edited.
    pub post_is_due: bool,
}

#[derive(sqlx::FromRow)]
pub struct Post {
    pub title: String,
    pub body: String,
    pub tags: String,
    pub created_ts: Millis,
}

/// A message that an event wrote, edited or deleted, as it stands now.
#[derive(sqlx::FromRow)]
pub struct Entry {
    /// Of the event.
    pub seq: Seq,
    /// Of the message.
    pub target_seq: Seq,
    pub ts: Millis,
    /// `None`: it was deleted.
    pub body: Option<String>,
}

/// A text for the index.
pub struct Doc {
    pub room_id: i64,
    pub seq: Seq,
    pub ts: Millis,
    /// Its tokens, with spaces between them; `None`: nothing of it is to be found any more.
    pub grams: Option<String>,
}

/// How far a room is indexed once a batch is.
pub struct Progress {
    pub room_id: i64,
    pub indexed_seq: Seq,
    pub edited_ts: Millis,
}

/// What is indexed in one transaction. No text and no room is in it twice.
#[derive(Default)]
pub struct Batch {
    pub docs: Vec<Doc>,
    pub rooms: Vec<Progress>,
}

// `LIMIT` of a bare parameter makes SQLite read the whole statement again each time: it wants to know the number to plan.

/// Those with the least to do come first: what is said now does not wait for a long log that is indexed anew.
const LAGGING: &str = "
    SELECT r.id AS room_id, r.last_seq AS head, COALESCE(s.indexed_seq, 0) AS indexed_seq,
        COALESCE(r.edited_ts, 0) AS edited_ts,
        (s.room_id IS NULL OR s.edited_ts <> COALESCE(r.edited_ts, 0)) AS post_is_due
    FROM rooms r
    LEFT JOIN search_rooms s ON s.room_id = r.id
    WHERE r.last_ts >= $1
    AND (s.room_id IS NULL OR s.indexed_seq < r.last_seq OR s.edited_ts <> COALESCE(r.edited_ts, 0))
    ORDER BY r.last_seq - COALESCE(s.indexed_seq, 0)
    LIMIT CAST($2 AS BIGINT)";

const POST: &str = "
    SELECT title, body, tags, created_ts
    FROM rooms
    WHERE id = $1";

const ENTRIES: &str = "
    SELECT e.seq, t.seq AS target_seq, t.ts, t.body
    FROM events e
    JOIN events t ON t.room_id = e.room_id AND t.seq = CASE WHEN e.kind = 'msg' THEN e.seq ELSE e.target_seq END
    WHERE e.room_id = $1 AND e.seq > $2 AND e.kind IN ('msg', 'edit', 'del')
    ORDER BY e.seq
    LIMIT CAST($3 AS BIGINT)";

const ONE_NODE: &str = "
    SELECT pg_try_advisory_xact_lock($1)";

/// What a node that indexes locks by on PostgreSQL: any number that nobody else uses.
pub const LOCK: i64 = 0x0063_6861_7473_6561;

const ADVANCE: &str = "
    ON CONFLICT (room_id) DO UPDATE
    SET indexed_seq = excluded.indexed_seq, edited_ts = excluded.edited_ts";

/// Bits of an id below the time: they tell apart what was said in one millisecond, in a room by its order.
const PLACE_BITS: u32 = 21;

/// Where a text would like to stand among all. Two rooms may want the same place.
const fn place(doc: &Doc) -> i64 {
    (doc.ts << PLACE_BITS) | (doc.room_id.wrapping_add(doc.seq) & ((1 << PLACE_BITS) - 1))
}

impl Db {
    /// Rooms that are not wholly indexed, of those where something happened since `since`; at most `limit`.
    pub async fn lagging(&self, since: Millis, limit: i64) -> Result<Vec<Lagging>> {
        on_db!(&self.read, pool => sqlx::query_as(LAGGING).bind(since).bind(limit).fetch_all(pool).await)
    }

    pub async fn post_to_index(&self, room: i64) -> Result<Option<Post>> {
        on_db!(&self.read, pool => sqlx::query_as(POST).bind(room).fetch_optional(pool).await)
    }

    /// What the events of a room after `since` did to its messages, ascending, at most `limit`.
    pub async fn entries_to_index(&self, room: i64, since: Seq, limit: i64) -> Result<Vec<Entry>> {
        on_db!(&self.read, pool => {
            sqlx::query_as(ENTRIES).bind(room).bind(since).bind(limit).fetch_all(pool).await
        })
    }

    /// Puts a batch into the index. `false` if another node is at it: nothing was written then.
    ///
    /// A batch may be older than what the index has. That does no harm: the progress that it brings along is older too,
    /// so that what came later is indexed again.
    pub async fn index(&self, batch: &Batch) -> Result<bool> {
        on_db!(&self.write, pool => {
            let mut tx = pool.begin_with(self.begin_write()).await?;
            if self.is_shared() && !sqlx::query_scalar::<_, bool>(ONE_NODE).bind(LOCK).fetch_one(&mut *tx).await? {
                return Ok(false);
            }
            let mut known = HashMap::new();
            if !batch.docs.is_empty() {
                let mut query =
                    QueryBuilder::new("SELECT room_id, seq, id FROM search_docs WHERE (room_id, seq) IN (");
                query.push_values(&batch.docs, |mut row, doc| {
                    row.push_bind(doc.room_id).push_bind(doc.seq);
                });
                query.push(")");
                let rows: Vec<(i64, Seq, i64)> = query.build_query_as().persistent(false).fetch_all(&mut *tx).await?;
                known.extend(rows.into_iter().map(|(room, seq, id)| ((room, seq), id)));
            }
            if !known.is_empty() {
                let mut query = QueryBuilder::new("DELETE FROM search_index WHERE rowid IN (");
                let mut list = query.separated(", ");
                for id in known.values() {
                    list.push_bind(*id);
                }
                query.push(")");
                query.build().persistent(false).execute(&mut *tx).await?;
            }
            let gone: Vec<i64> = batch
                .docs
                .iter()
                .filter(|doc| doc.grams.is_none())
                .filter_map(|doc| known.get(&(doc.room_id, doc.seq)).copied())
                .collect();
            if !gone.is_empty() {
                let mut query = QueryBuilder::new("DELETE FROM search_docs WHERE id IN (");
                let mut list = query.separated(", ");
                for id in gone {
                    list.push_bind(id);
                }
                query.push(")");
                query.build().persistent(false).execute(&mut *tx).await?;
            }

            let (mut old, mut new) = (Vec::new(), Vec::new());
            for doc in batch.docs.iter().filter(|doc| doc.grams.is_some()) {
                match known.get(&(doc.room_id, doc.seq)) {
                    Some(id) => old.push((*id, doc)),
                    None => new.push((place(doc), doc)),
                }
            }
            // Almost always once: until nobody stands where another one does.
            while !new.is_empty() {
                let mut query = QueryBuilder::new("SELECT id FROM search_docs WHERE id IN (");
                let mut list = query.separated(", ");
                for (id, _) in &new {
                    list.push_bind(*id);
                }
                query.push(")");
                let taken: Vec<i64> = query.build_query_scalar().persistent(false).fetch_all(&mut *tx).await?;
                let mut taken: HashSet<i64> = taken.into_iter().collect();
                let mut moved = false;
                for (id, _) in &mut new {
                    while !taken.insert(*id) {
                        *id += 1;
                        moved = true;
                    }
                }
                if !moved {
                    break;
                }
            }
            if !new.is_empty() {
                let mut query = QueryBuilder::new("INSERT INTO search_docs (id, room_id, seq) ");
                query.push_values(&new, |mut row, (id, doc)| {
                    row.push_bind(*id).push_bind(doc.room_id).push_bind(doc.seq);
                });
                query.build().persistent(false).execute(&mut *tx).await?;
            }
            let mut docs = old;
            docs.append(&mut new);
            // Ascending is what FTS5 writes in one go.
            docs.sort_unstable_by_key(|(id, _)| *id);
            if !docs.is_empty() {
                let cast = if self.is_shared() { "::tsvector" } else { "" };
                let mut query = QueryBuilder::new("INSERT INTO search_index (rowid, grams) ");
                query.push_values(&docs, |mut row, (id, doc)| {
                    row.push_bind(*id).push_bind(doc.grams.as_deref()).push_unseparated(cast);
                });
                query.build().persistent(false).execute(&mut *tx).await?;
            }
            if !batch.rooms.is_empty() {
                let mut query = QueryBuilder::new("INSERT INTO search_rooms (room_id, indexed_seq, edited_ts) ");
                query.push_values(&batch.rooms, |mut row, room| {
                    row.push_bind(room.room_id).push_bind(room.indexed_seq).push_bind(room.edited_ts);
                });
                query.push(ADVANCE);
                query.build().persistent(false).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            Ok(true)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_newer_stands_higher_and_a_room_keeps_its_order() {
        let at = |room_id, seq, ts| place(&Doc { room_id, seq, ts, grams: None });
        assert!(at(7, 1, 2_000) > at(9_999_999, 500, 1_999));
        assert!(at(7, 2, 2_000) > at(7, 1, 2_000));
        assert!(at((1 << 53) - 1, (1 << 53) - 1, 4_102_444_800_000) > 0, "the year 2100 fits");
    }
}
