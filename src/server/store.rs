//! The database: one set of queries for SQLite and PostgreSQL, each written once.

pub mod commit;
pub mod events;
pub mod members;
pub mod meta;
pub mod rooms;
pub mod sessions;
pub mod users;

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use crate::error::{AppError, Problem};

pub type Result<T> = std::result::Result<T, sqlx::Error>;

/// How long a query may wait for a connection before the caller is told that the database is unavailable.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long SQLite waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A pool of either engine. Match it with `on_db!` only.
#[derive(Clone, Debug)]
pub enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Runs one body on whichever engine the pool is of. The body is compiled twice.
macro_rules! on_db {
    ($pool:expr, $name:ident => $body:expr) => {
        match $pool {
            $crate::server::store::Pool::Sqlite($name) => $body,
            $crate::server::store::Pool::Postgres($name) => $body,
        }
    };
}
pub(crate) use on_db;

/// The store. SQLite has one write connection, because it has one writer anyway: waiting in our queue is fair and
/// cheap, waiting in SQLite's busy handler is neither. PostgreSQL uses one pool for both.
#[derive(Clone, Debug)]
pub struct Db {
    pub(in crate::server::store) read: Pool,
    pub(in crate::server::store) write: Pool,
}

/// Why the program cannot start with this database.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{0}")]
    BadUrl(String),
    #[error("{0}")]
    Refused(String),
    /// Worth trying again: the server is not there yet.
    #[error("{0}")]
    NotThereYet(String),
}

impl Db {
    /// Opens the database that `url` names; an SQLite file is created. Runs no migration.
    pub async fn open(url: &str) -> std::result::Result<Self, OpenError> {
        if url.starts_with("sqlite:") {
            open_sqlite(url).await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            open_postgres(url).await
        } else {
            Err(OpenError::BadUrl("it must begin with sqlite: or postgres://".into()))
        }
    }

    /// Brings the schema up to date. Safe to run from several nodes at once: sqlx takes a lock.
    pub async fn migrate(&self) -> std::result::Result<(), sqlx::migrate::MigrateError> {
        match &self.write {
            Pool::Sqlite(pool) => sqlx::migrate!("migrations/sqlite").run(pool).await,
            Pool::Postgres(pool) => sqlx::migrate!("migrations/postgres").run(pool).await,
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        on_db!(&self.read, pool => sqlx::query("SELECT 1").execute(pool).await.map(drop))
    }

    /// Several processes may share this database.
    pub fn is_shared(&self) -> bool {
        matches!(self.write, Pool::Postgres(_))
    }

    pub async fn close(&self) {
        on_db!(&self.read, pool => pool.close().await);
        on_db!(&self.write, pool => pool.close().await);
    }

    /// How a write transaction begins. SQLite must take the write lock at once: a transaction that reads first and
    /// writes later fails as soon as somebody else wrote in between.
    pub(in crate::server::store) fn begin_write(&self) -> &'static str {
        if self.is_shared() { "BEGIN" } else { "BEGIN IMMEDIATE" }
    }
}

async fn open_sqlite(url: &str) -> std::result::Result<Db, OpenError> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|error| OpenError::BadUrl(error.to_string()))?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        // An fsync that overwrites the log costs a fortieth of one that extends it: never shrink it.
        .pragma("journal_size_limit", "-1")
        .pragma("temp_store", "memory");
    if let Some(folder) = options.get_filename().parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|error| OpenError::Refused(format!("{}: {error}", folder.display())))?;
    }
    let refused = |error: sqlx::Error| OpenError::Refused(error.to_string());
    // A file's connection cannot go stale, so that there is nothing to ask it before each use.
    let pool = || SqlitePoolOptions::new().test_before_acquire(false);
    let write = pool()
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(BUSY_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone())
        .await
        .map_err(refused)?;
    let read = pool()
        .max_connections(4)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options.read_only(true).create_if_missing(false))
        .await
        .map_err(refused)?;
    Ok(Db { read: Pool::Sqlite(read), write: Pool::Sqlite(write) })
}

async fn open_postgres(url: &str) -> std::result::Result<Db, OpenError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| OpenError::BadUrl(error.to_string()))?
        .application_name("chat-chat")
        .options([("statement_timeout", "3000"), ("lock_timeout", "3000")]);
    let pool =
        PgPoolOptions::new().max_connections(16).acquire_timeout(ACQUIRE_TIMEOUT).connect_with(options).await.map_err(
            |error| match error {
                // The server itself said no: waiting will not help.
                sqlx::Error::Database(said) => match said.code().as_deref() {
                    // 57P03: starting up or shutting down; 53300: too many connections.
                    Some("57P03" | "53300") => OpenError::NotThereYet(said.message().to_owned()),
                    _ => OpenError::Refused(said.message().to_owned()),
                },
                other => OpenError::NotThereYet(other.to_string()),
            },
        )?;
    Ok(Db { read: Pool::Postgres(pool.clone()), write: Pool::Postgres(pool) })
}

impl From<sqlx::Error> for AppError {
    /// Nobody outside learns what the database said; the log does.
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(%error, "database");
        match error {
            // PostgreSQL takes no NUL in a text, for one: the caller's mistake, not the database's.
            sqlx::Error::Database(_) if Fault::of(&error) == Fault::Content => Problem::Malformed.into(),
            sqlx::Error::Database(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::WorkerCrashed => AppError::from(Problem::Unavailable).retry_after(1_000),
            _ => Problem::Internal.into(),
        }
    }
}

/// What a failed write says about trying again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Another transaction got in the way: the same one may succeed at once.
    LostRace,
    /// What was sent cannot be stored; the database itself is well.
    Content,
    /// The database is not to be had.
    Database,
}

impl Fault {
    /// By SQLSTATE on PostgreSQL; SQLite, with its one writer, has no races and reports by number.
    pub fn of(error: &sqlx::Error) -> Self {
        let Some(said) = error.as_database_error() else { return Self::Database };
        match said.code().as_deref() {
            // Serialization failure, deadlock, or a nonce that another node stored meanwhile.
            Some("40001" | "40P01" | "23505") => Self::LostRace,
            Some(code) if code.len() == 5 && (code.starts_with("22") || code.starts_with("23")) => Self::Content,
            // SQLITE_CONSTRAINT, SQLITE_TOOBIG and SQLITE_MISMATCH, with their extended forms in the upper bits.
            Some(code) if code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 18..=20)) && code.len() != 5 => {
                Self::Content
            }
            _ => Self::Database,
        }
    }
}

/// The value in a column that only this program writes, as the type it was written from.
pub(in crate::server::store) fn stored<T>(value: Option<T>, column: &'static str) -> Result<T> {
    value.ok_or_else(|| sqlx::Error::ColumnDecode { index: column.into(), source: "unknown value".into() })
}
