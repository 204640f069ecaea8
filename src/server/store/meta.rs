//! Facts about the database itself: its epoch, and the key that its nodes share.

use super::{Db, Result, on_db};
use crate::server::ids;

/// What makes a cursor valid: those of another epoch are answered with the head.
pub const EPOCH: &str = "epoch";
/// What authenticates the nodes of this database to each other.
pub const CLUSTER_KEY: &str = "cluster_key";

const REMEMBER: &str = "
    INSERT INTO meta (name, value)
    VALUES ($1, $2)
    ON CONFLICT (name) DO NOTHING";

const RECALL: &str = "
    SELECT value
    FROM meta
    WHERE name = $1";

/// Replaces what stands under a name.
pub const RENEW: &str = "
    INSERT INTO meta (name, value)
    VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE
    SET value = excluded.value";

/// What a database is told whose past has changed. A new epoch makes every cursor invalid that was given out before, so
/// that browsers load their rooms anew instead of waiting for events that are no more; with a new key no node believes
/// what was said on the bus before, nor what a node says that still serves the other past.
pub fn renewed() -> [(&'static str, String); 2] {
    [(EPOCH, ids::nonce()), (CLUSTER_KEY, ids::secret())]
}

impl Db {
    /// What stands under `name`; `first` if nothing did, for good and for every node.
    pub async fn remembered(&self, name: &str, first: &str) -> Result<String> {
        on_db!(&self.write, pool => {
            sqlx::query(REMEMBER).bind(name).bind(first).execute(pool).await?;
            sqlx::query_scalar(RECALL).bind(name).fetch_one(pool).await
        })
    }

    /// Makes this database another one than it was for everybody who remembers it: see [`renewed`].
    pub async fn renew(&self) -> Result<()> {
        let renewed = renewed();
        on_db!(&self.write, pool => {
            let mut tx = pool.begin_with(self.begin_write()).await?;
            for (name, value) in &renewed {
                sqlx::query(RENEW).bind(*name).bind(value).execute(&mut *tx).await?;
            }
            tx.commit().await
        })
    }
}
