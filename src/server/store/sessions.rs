//! Browser sessions, found by the hash of their id.

use std::collections::HashSet;

use sqlx::QueryBuilder;

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

    /// Those of the sessions with these id hashes that exist and have not expired.
    pub async fn living_sessions(&self, id_hashes: &[Vec<u8>], now: Millis) -> Result<HashSet<Vec<u8>>> {
        let mut living = HashSet::with_capacity(id_hashes.len());
        for some in id_hashes.chunks(500) {
            let found: Vec<Vec<u8>> = on_db!(&self.read, pool => {
                let mut query = QueryBuilder::new("SELECT id_hash FROM sessions WHERE expires_ts > ");
                query.push_bind(now).push(" AND id_hash IN (");
                let mut list = query.separated(", ");
                for id_hash in some {
                    list.push_bind(id_hash.as_slice());
                }
                query.push(")");
                query.build_query_scalar().fetch_all(pool).await
            })?;
            living.extend(found);
        }
        Ok(living)
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
