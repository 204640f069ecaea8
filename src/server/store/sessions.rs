//! Browser sessions, found by the hash of their id or by whose they are.
//!
//! Whatever ends a session that somebody is signed in with also changes a mark in the same transaction: a node that sees
//! another mark than before looks whether its sockets may stay, see [`crate::server::revocations`].

use sqlx::QueryBuilder;

use super::{Db, Result, on_db, stored};
use crate::model::ids::{Millis, UserId};
use crate::server::ids;

/// Sessions of one account. Nobody has as many browsers.
const MOST: i64 = 50;

/// A session that is open, and what it takes to be open still.
pub struct Living {
    pub id_hash: Vec<u8>,
    pub user: UserId,
    /// The password hash of the account.
    pub password: String,
}

const INSERT: &str = "
    INSERT INTO sessions (id_hash, user_id, data, expires_ts)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (id_hash) DO NOTHING";

// Never an insert: who has signed out meanwhile stays signed out.
const SAVE: &str = "
    UPDATE sessions
    SET user_id = $2, data = $3, expires_ts = $4
    WHERE id_hash = $1";

const TOUCH: &str = "
    UPDATE sessions
    SET expires_ts = $2
    WHERE id_hash = $1";

const LOAD: &str = "
    SELECT data, expires_ts
    FROM sessions
    WHERE id_hash = $1 AND expires_ts > $2";

const DELETE: &str = "
    DELETE FROM sessions
    WHERE id_hash = $1";

const DELETE_OF_USER: &str = "
    DELETE FROM sessions
    WHERE user_id = $1
    RETURNING id_hash";

/// All but those that were used last, of which the new one is one. Every use moves the time at which they expire.
const DELETE_OLDEST: &str = "
    DELETE FROM sessions
    WHERE user_id = $1 AND id_hash <> $2 AND id_hash NOT IN (
        SELECT id_hash
        FROM sessions
        WHERE user_id = $1 AND id_hash <> $2
        ORDER BY expires_ts DESC, id_hash
        LIMIT $3
    )
    RETURNING id_hash";

const DELETE_EXPIRED: &str = "
    DELETE FROM sessions
    WHERE expires_ts <= $1";

const SET_PASSWORD: &str = "
    UPDATE users
    SET password = $2
    WHERE id = $1 AND password = $3";

const MARK: &str = "
    INSERT INTO meta (name, value)
    VALUES ('revocations', $1)
    ON CONFLICT (name) DO UPDATE
    SET value = excluded.value";

const READ_MARK: &str = "
    SELECT value
    FROM meta
    WHERE name = 'revocations'";

impl Db {
    /// Adds a session, and ends the oldest ones of its account beyond fifty: their id hashes. `None` if the id exists
    /// already.
    pub async fn add_session(
        &self,
        id_hash: &[u8],
        user: Option<i64>,
        data: &str,
        expires: Millis,
    ) -> Result<Option<Vec<Vec<u8>>>> {
        self.write_session(INSERT, id_hash, user, data, expires).await
    }

    /// Changes a session, and ends others in the same way, as somebody may sign in with it. `None` if it has ended.
    pub async fn save_session(
        &self,
        id_hash: &[u8],
        user: Option<i64>,
        data: &str,
        expires: Millis,
    ) -> Result<Option<Vec<Vec<u8>>>> {
        self.write_session(SAVE, id_hash, user, data, expires).await
    }

    /// `None` if `statement` found no row to write; else the sessions that ended by it.
    async fn write_session(
        &self,
        statement: &'static str,
        id_hash: &[u8],
        user: Option<i64>,
        data: &str,
        expires: Millis,
    ) -> Result<Option<Vec<Vec<u8>>>> {
        on_db!(&self.write, pool => {
            let mut transaction = pool.begin_with(self.begin_write()).await?;
            let written = sqlx::query(statement)
                .bind(id_hash)
                .bind(user)
                .bind(data)
                .bind(expires)
                .execute(&mut *transaction)
                .await?;
            if written.rows_affected() == 0 {
                return Ok(None);
            }
            let mut ended: Vec<Vec<u8>> = Vec::new();
            if let Some(user) = user {
                let others = sqlx::query_scalar(DELETE_OLDEST).bind(user).bind(id_hash).bind(MOST - 1);
                ended = others.fetch_all(&mut *transaction).await?;
            }
            if !ended.is_empty() {
                sqlx::query(MARK).bind(ids::nonce()).execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(Some(ended))
        })
    }

    /// Lets a session live until `expires`; `false` if it has ended.
    pub async fn touch_session(&self, id_hash: &[u8], expires: Millis) -> Result<bool> {
        on_db!(&self.write, pool => sqlx::query(TOUCH)
            .bind(id_hash)
            .bind(expires)
            .execute(pool)
            .await
            .map(|done| done.rows_affected() == 1))
    }

    /// The session's data and when it expires, unless it has.
    pub async fn session(&self, id_hash: &[u8], now: Millis) -> Result<Option<(String, Millis)>> {
        on_db!(&self.read, pool => sqlx::query_as(LOAD).bind(id_hash).bind(now).fetch_optional(pool).await)
    }

    /// Those of the sessions with these id hashes that somebody is signed in with and that have not expired.
    pub async fn living_sessions(&self, id_hashes: &[Vec<u8>], now: Millis) -> Result<Vec<Living>> {
        let mut living = Vec::with_capacity(id_hashes.len());
        for some in id_hashes.chunks(500) {
            let found: Vec<(Vec<u8>, i64, String)> = on_db!(&self.read, pool => {
                let mut query = QueryBuilder::new(
                    "SELECT s.id_hash, u.id, u.password FROM sessions s JOIN users u ON u.id = s.user_id
                     WHERE s.expires_ts > ",
                );
                query.push_bind(now).push(" AND s.id_hash IN (");
                let mut list = query.separated(", ");
                for id_hash in some {
                    list.push_bind(id_hash.as_slice());
                }
                query.push(")");
                query.build_query_as().persistent(false).fetch_all(pool).await
            })?;
            for (id_hash, user, password) in found {
                living.push(Living { id_hash, user: stored(UserId::try_from(user).ok(), "id")?, password });
            }
        }
        Ok(living)
    }

    /// Ends a session, if it has not ended yet.
    pub async fn delete_session(&self, id_hash: &[u8]) -> Result<()> {
        on_db!(&self.write, pool => {
            let mut transaction = pool.begin_with(self.begin_write()).await?;
            let done = sqlx::query(DELETE).bind(id_hash).execute(&mut *transaction).await?;
            if done.rows_affected() > 0 {
                sqlx::query(MARK).bind(ids::nonce()).execute(&mut *transaction).await?;
            }
            transaction.commit().await
        })
    }

    /// Gives an account the password hash `new` in place of `old`, and ends all its sessions: their id hashes. `None` if
    /// the password is not `old` any more.
    pub async fn set_password(&self, id: i64, old: &str, new: &str) -> Result<Option<Vec<Vec<u8>>>> {
        on_db!(&self.write, pool => {
            let mut transaction = pool.begin_with(self.begin_write()).await?;
            let done = sqlx::query(SET_PASSWORD).bind(id).bind(new).bind(old).execute(&mut *transaction).await?;
            if done.rows_affected() == 0 {
                return Ok(None);
            }
            let ended = sqlx::query_scalar(DELETE_OF_USER).bind(id).fetch_all(&mut *transaction).await?;
            sqlx::query(MARK).bind(ids::nonce()).execute(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(Some(ended))
        })
    }

    /// What changes whenever a session is ended before its time; `None` if none ever was.
    pub async fn revocation_mark(&self) -> Result<Option<String>> {
        on_db!(&self.read, pool => sqlx::query_scalar(READ_MARK).fetch_optional(pool).await)
    }

    /// How many were gone already.
    pub async fn delete_expired_sessions(&self, now: Millis) -> Result<u64> {
        on_db!(&self.write, pool => {
            sqlx::query(DELETE_EXPIRED).bind(now).execute(pool).await.map(|done| done.rows_affected())
        })
    }
}
