//! The tags of public rooms.

use super::{Db, Result, on_db};

/// Among the rooms that were active last, so that reading stays short and what nobody talks about any more is forgotten.
const COMMON: &str = "
    SELECT t.tag_key
    FROM (
        SELECT id, category
        FROM rooms
        WHERE visibility = 'public'
        ORDER BY last_ts DESC, id DESC
        LIMIT 2000
    ) r
    JOIN room_tags t ON t.room_id = r.id
    GROUP BY t.tag_key
    ORDER BY SUM(CASE WHEN r.category = $1 THEN 1 ELSE 0 END) DESC, COUNT(*) DESC, t.tag_key
    LIMIT $2";

impl Db {
    /// The tags used most in public rooms, folded: first those of the category, the most used first, then the others.
    pub async fn common_tags(&self, category: &str, limit: i64) -> Result<Vec<String>> {
        on_db!(&self.read, pool => sqlx::query_scalar(COMMON).bind(category).bind(limit).fetch_all(pool).await)
    }
}
