//! The database: one set of queries for SQLite and PostgreSQL, each written once.

pub mod access;
pub mod backup;
mod called;
mod cards;
mod categories;
mod chains;
pub mod commit;
mod days;
mod door;
pub mod drafts;
pub mod events;
mod fault;
mod health;
pub mod invitations;
pub mod listed;
pub mod lock;
mod mark;
pub mod members;
pub mod meta;
mod names;
mod postgres;
pub mod profiles;
pub mod quotes;
mod reactors;
mod revisions;
pub mod rooms;
pub mod schema;
pub mod search;
pub mod sessions;
mod skeletons;
mod sqlite;
mod tags;
mod unicode;
pub mod unread;
pub mod users;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

use self::door::{Door, Trust};
pub use self::fault::Fault;
use super::telemetry;
use crate::error::{AppError, Problem};

/// What commands log that read or write everything. Named more closely than `telemetry` names the library, so that it wins.
pub const LOG_OF_UPKEEP: &str = "info,sqlx::query=error,sqlx::pool=error";

pub type Result<T> = std::result::Result<T, sqlx::Error>;

/// How long a query may wait for a connection before the caller is told that the database is unavailable.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long PostgreSQL works on a statement, or waits for a lock, before it gives up: a little less than callers wait, so
/// that they are told by the database, and the connection is fit for the next one.
const STATEMENT_TIMEOUT: Duration = Duration::from_millis(2_800);

/// A pool of either engine. Match it with `on_db!` only.
#[derive(Clone, Debug)]
pub enum Pool {
    Sqlite(Door<SqlitePool>),
    Postgres(Door<PgPool>),
}

/// Runs one body, which yields a [`Result`], on whichever engine the pool is of, for as long as [`door::DEADLINE`] at
/// most. The body is compiled twice. It is the way of every query; upkeep alone may take longer, see `on_db_unhurried!`.
macro_rules! on_db {
    ($pool:expr, $name:ident => $body:expr) => {
        match $pool {
            $crate::server::store::Pool::Sqlite(door) => {
                door.pass(async {
                    let $name = &**door;
                    $body
                })
                .await
            }
            $crate::server::store::Pool::Postgres(door) => {
                door.pass(async {
                    let $name = &**door;
                    $body
                })
                .await
            }
        }
    };
}
pub(crate) use on_db;

/// The same without a deadline, for what reads or writes everything and for which nobody waits.
macro_rules! on_db_unhurried {
    ($pool:expr, $name:ident => $body:expr) => {
        match $pool {
            $crate::server::store::Pool::Sqlite(door) => {
                let $name = &**door;
                $body
            }
            $crate::server::store::Pool::Postgres(door) => {
                let $name = &**door;
                $body
            }
        }
    };
}
pub(crate) use on_db_unhurried;

/// Binds ids as the rest of a list that `IN (` has begun in a `QueryBuilder`, and closes it.
macro_rules! push_ids {
    ($query:expr, $ids:expr) => {{
        let mut list = $query.separated(", ");
        for id in $ids {
            list.push_bind(id.get());
        }
        $query.push(")");
    }};
}
pub(in crate::server::store) use push_ids;

/// The store. SQLite has one write connection, because it has one writer anyway: waiting in our queue is fair and
/// cheap, waiting in SQLite's busy handler is neither. PostgreSQL uses one pool for both.
#[derive(Clone, Debug)]
pub struct Db {
    pub(in crate::server::store) read: Pool,
    pub(in crate::server::store) write: Pool,
    pub(in crate::server::store) trust: Arc<Trust>,
    /// Something was deleted whose text SQLite's log may hold still.
    pub(in crate::server::store) erased: Arc<AtomicBool>,
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
            sqlite::open(url).await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            postgres::open(url).await
        } else {
            Err(OpenError::BadUrl("it must begin with sqlite: or postgres://".into()))
        }
    }

    /// Whether there is something to open that would not be made by opening it.
    pub fn is_there(url: &str) -> std::result::Result<bool, OpenError> {
        Ok(!url.starts_with("sqlite:") || sqlite::file(url)?.exists())
    }

    /// Several processes may share this database.
    pub fn is_shared(&self) -> bool {
        matches!(self.write, Pool::Postgres(_))
    }

    /// Closes the connections, as far as they let themselves be closed within a moment: a database that does not answer
    /// is no reason to go on.
    pub async fn close(&self) {
        let close = async {
            on_db_unhurried!(&self.read, pool => pool.close().await);
            on_db_unhurried!(&self.write, pool => pool.close().await);
        };
        if tokio::time::timeout(ACQUIRE_TIMEOUT, close).await.is_err() {
            tracing::warn!("some connections to the database did not end in time");
        }
    }

    /// How a write transaction begins. SQLite must take the write lock at once: a transaction that reads first and
    /// writes later fails as soon as somebody else wrote in between.
    pub(in crate::server::store) fn begin_write(&self) -> &'static str {
        if self.is_shared() { "BEGIN" } else { "BEGIN IMMEDIATE" }
    }
}

impl From<sqlx::Error> for AppError {
    /// Nobody outside learns what the database said; the log does. Ends the process after a [`Fault::LostFlush`]: every
    /// failed write comes by here before it is answered.
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(%error, "database");
        match error {
            sqlx::Error::Database(_) if Fault::of(&error) == Fault::LostFlush => telemetry::give_up(
                "what was written could not be flushed to the disk: check the disk, then start again",
            ),
            // PostgreSQL takes no NUL in a text, for one: the caller's mistake, not the database's.
            sqlx::Error::Database(_) if Fault::of(&error) == Fault::Content => Problem::Malformed.into(),
            sqlx::Error::Database(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed => AppError::from(Problem::Unavailable).retry_after(1_000),
            _ => Problem::Internal.into(),
        }
    }
}

/// The value in a column that only this program writes, as the type it was written from.
pub(in crate::server::store) fn stored<T>(value: Option<T>, column: &'static str) -> Result<T> {
    value.ok_or_else(|| sqlx::Error::ColumnDecode { index: column.into(), source: "unknown value".into() })
}
