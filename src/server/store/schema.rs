//! The schema and its version: brought up to date, or compared with what this program knows.

use sqlx::Connection;
use sqlx::migrate::{MigrateError, Migrator};

use super::{Db, Pool, Result, on_db, postgres};

pub static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
pub static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// The newest version of the schema that this program knows.
pub fn newest() -> i64 {
    SQLITE.iter().map(|step| step.version).max().unwrap_or_default()
}

/// Why the schema of a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    #[error("the database has version {0} of the schema, and this program knows up to {known}: use the version of \
             chat-chat that made it, or a newer one", known = newest())]
    Newer(i64),
    #[error("version {0} of the schema is not the one that this program knows: another build of chat-chat made it")]
    Changed(i64),
    #[error("the schema cannot be brought up to date: {0}")]
    Failed(String),
}

impl From<MigrateError> for SchemaError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) if version > newest() => Self::Newer(version),
            MigrateError::VersionMissing(version) | MigrateError::VersionMismatch(version) => Self::Changed(version),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<sqlx::Error> for SchemaError {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl Db {
    /// Brings the schema up to date, each step in a transaction of its own: killed in the middle, it goes on where it
    /// was. Safe to run from several nodes at once: sqlx takes a lock, for which the others wait.
    pub async fn migrate(&self) -> std::result::Result<(), SchemaError> {
        match &self.write {
            Pool::Sqlite(pool) => SQLITE.run(&**pool).await?,
            Pool::Postgres(pool) => {
                // Neither a long step nor waiting for another node's is a reason to give up. The connection is ended
                // afterwards, and the lock with it, whatever happened.
                let mut connection = pool.acquire().await?.detach();
                sqlx::raw_sql(postgres::UNHURRIED_SESSION).execute(&mut connection).await?;
                let migrated = POSTGRES.run(&mut connection).await;
                connection.close().await?;
                migrated?;
            }
        }
        // Restored and older databases were filled by programs with other tables, or with none.
        Ok(self.follow_unicode().await?)
    }

    /// The version of the schema; `None` if there is none yet. Changes nothing.
    pub async fn schema_version(&self) -> Result<Option<i64>> {
        let is_there = match &self.read {
            Pool::Sqlite(_) => "SELECT count(*) FROM sqlite_master WHERE name = '_sqlx_migrations'",
            Pool::Postgres(_) => "SELECT count(*) FROM pg_class WHERE oid = to_regclass('_sqlx_migrations')",
        };
        on_db!(&self.read, pool => {
            if sqlx::query_scalar::<_, i64>(is_there).fetch_one(pool).await? == 0 {
                return Ok(None);
            }
            sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(pool).await
        })
    }

    /// Whether the schema is the one that this program works with.
    ///
    /// # Errors
    ///
    /// It is a newer one.
    pub async fn is_up_to_date(&self) -> std::result::Result<bool, SchemaError> {
        match self.schema_version().await? {
            Some(version) if version > newest() => Err(SchemaError::Newer(version)),
            version => Ok(version == Some(newest())),
        }
    }
}
