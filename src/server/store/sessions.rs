//! Browser sessions, found by the hash of their id.

use super::{Db, Result, on_db};
use crate::model::ids::Millis;

const INSERT: &str = "
    INSERT INTO sessions (id_hash, data, expires_ts)
    VALUES ($1, $2, $3)
    ON CONFLICT (id_hash) DO NOTHING";

const SAVE: &str = "
    INSERT INTO sessions (id_hash, data, expires_ts)
    VALUES ($1, $2, $3)
    ON CONFLICT (id_hash) DO UPDATE
    SET data = excluded.data, expires_ts = excluded.expires_ts";

const LOAD: &str = "
    SELECT data, expires_ts
    FROM sessions
    WHERE id_hash = $1 AND expires_ts > $2";

const DELETE: &str = "
    DELETE FROM sessions
    WHERE id_hash = $1";

const DELETE_EXPIRED: &str = "
    DELETE FROM sessions
    WHERE expires_ts <= $1";

impl Db {
    /// Adds a session; `false` if the id exists already.
    pub async fn add_session(&self, id_hash: &[u8], data: &str, expires: Millis) -> Result<bool> {
        on_db!(&self.write, pool => sqlx::query(INSERT)
            .bind(id_hash)
            .bind(data)
            .bind(expires)
            .execute(pool)
            .await
            .map(|done| done.rows_affected() == 1))
    }

    pub async fn save_session(&self, id_hash: &[u8], data: &str, expires: Millis) -> Result<()> {
        on_db!(&self.write, pool => {
            sqlx::query(SAVE).bind(id_hash).bind(data).bind(expires).execute(pool).await.map(drop)
        })
    }

    /// The session's data and when it expires, unless it has.
    pub async fn session(&self, id_hash: &[u8], now: Millis) -> Result<Option<(String, Millis)>> {
        on_db!(&self.read, pool => sqlx::query_as(LOAD).bind(id_hash).bind(now).fetch_optional(pool).await)
    }

    pub async fn delete_session(&self, id_hash: &[u8]) -> Result<()> {
        on_db!(&self.write, pool => sqlx::query(DELETE).bind(id_hash).execute(pool).await.map(drop))
    }

    /// How many were gone already.
    pub async fn delete_expired_sessions(&self, now: Millis) -> Result<u64> {
        on_db!(&self.write, pool => {
            sqlx::query(DELETE_EXPIRED).bind(now).execute(pool).await.map(|done| done.rows_affected())
        })
    }
}
