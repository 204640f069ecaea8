//! Facts about the database itself: its epoch, and the key that its nodes share.

use super::{Db, Result, on_db};

const REMEMBER: &str = "
    INSERT INTO meta (name, value)
    VALUES ($1, $2)
    ON CONFLICT (name) DO NOTHING";

const RECALL: &str = "
    SELECT value
    FROM meta
    WHERE name = $1";

impl Db {
    /// What stands under `name`; `first` if nothing did, for good and for every node.
    pub async fn remembered(&self, name: &str, first: &str) -> Result<String> {
        on_db!(&self.write, pool => {
            sqlx::query(REMEMBER).bind(name).bind(first).execute(pool).await?;
            sqlx::query_scalar(RECALL).bind(name).fetch_one(pool).await
        })
    }
}
