//! The rooms that search engines may list.

use super::{Db, Result, on_db, stored};
use crate::model::ids::{Millis, RoomId};
use crate::model::room::path_of;
use crate::model::text;

/// A room that opted in.
pub struct ListedRoom {
    /// The address of its page.
    pub path: String,
    pub last_ts: Millis,
}

const LISTED: &str = "
    SELECT id, title, last_ts
    FROM rooms
    WHERE visibility = 'public' AND indexed
    ORDER BY last_ts DESC, id DESC
    LIMIT $1 OFFSET $2";

const COUNT: &str = "
    SELECT COUNT(*)
    FROM rooms
    WHERE visibility = 'public' AND indexed";

impl Db {
    /// How many there are.
    pub async fn count_listed(&self) -> Result<u64> {
        let count: i64 = on_db!(&self.read, pool => sqlx::query_scalar(COUNT).fetch_one(pool).await)?;
        Ok(count.unsigned_abs())
    }

    /// The last active of them after the first `skipped`, at most `limit`.
    pub async fn listed_rooms(&self, limit: i64, skipped: i64) -> Result<Vec<ListedRoom>> {
        let rows: Vec<(i64, String, i64)> = on_db!(&self.read, pool => {
            sqlx::query_as(LISTED).bind(limit).bind(skipped).fetch_all(pool).await
        })?;
        let listed = |(id, title, last_ts): (i64, String, i64)| {
            let id = stored(RoomId::try_from(id).ok(), "id")?;
            Ok(ListedRoom { path: path_of(id, &text::slug(&title)), last_ts })
        };
        rows.into_iter().map(listed).collect()
    }
}
