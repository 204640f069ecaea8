//! PostgreSQL: how its connections are made and kept, and which refusals are worth waiting for.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection};

use super::{ACQUIRE_TIMEOUT, Db, Door, OpenError, Pool, Result, STATEMENT_TIMEOUT, Trust};

/// The name under which PostgreSQL lists our connections.
pub const APPLICATION: &str = "chat-chat";

/// A connection that was used within this is taken to be alive: asking it first would double the way of short queries.
const FRESH: Duration = Duration::from_secs(1);
/// How long a connection that comes back may take to say that it is fit for the next caller.
const EXAMINATION: Duration = Duration::from_secs(1);

/// Lifts the limits of [`settings`] for one transaction, or until its connection ends.
pub const UNHURRIED_TRANSACTION: &str =
    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
pub const UNHURRIED_SESSION: &str =
    "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0";

/// What a pooler does that hands a connection on after each transaction.
const POOLED: &str = "a pooler stands in between that gives each transaction another session: set pool_mode = session \
                      in PgBouncer, or connect to PostgreSQL directly";

/// What each session is told at its beginning. The server ends what its client has given up: a statement, a lock, a
/// transaction that nobody goes on with, and the session of a client that is gone without a word. Told by SET, not while
/// connecting, which poolers do not allow.
fn settings() -> String {
    let limit = STATEMENT_TIMEOUT.as_millis();
    format!(
        "SET statement_timeout = {limit}; SET lock_timeout = {limit}; SET idle_in_transaction_session_timeout = 10000;
         SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
    )
}

/// Our connections, of whatever process, to this database.
const OURS: &str = "
    SELECT count(*)
    FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = $1";

impl Db {
    /// Whether other processes of this program are connected to a database that nodes share.
    pub async fn has_other_processes(&self) -> Result<bool> {
        let Pool::Postgres(pool) = &self.write else { return Ok(false) };
        let ours: i64 = sqlx::query_scalar(OURS).bind(APPLICATION).fetch_one(&**pool).await?;
        Ok(ours > i64::from(pool.size()))
    }
}

pub async fn open(url: &str) -> std::result::Result<Db, OpenError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| OpenError::BadUrl(error.to_string()))?
        .application_name(APPLICATION)
        // We keep no fractions, and poolers refuse what they do not know.
        .extra_float_digits(None);
    let trust = Arc::new(Trust::default());
    let (before, after) = (Arc::clone(&trust), Arc::clone(&trust));
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move { sqlx::raw_sql(AssertSqlSafe(settings())).execute(connection).await.map(drop) })
        })
        .before_acquire(move |connection, meta| {
            let is_spoiled = before.is_spoiled(meta.age);
            Box::pin(async move {
                if is_spoiled {
                    return Ok(false);
                }
                if meta.idle_for > FRESH {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_release(move |connection, meta| {
            let (is_spoiled, examines) = (after.is_spoiled(meta.age), after.examines());
            Box::pin(async move {
                if is_spoiled {
                    return Ok(false);
                }
                if examines {
                    examine(connection).await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await
        .map_err(refusal)?;
    fit(&pool).await?;
    let door = |writes| Pool::Postgres(Door::new(pool.clone(), &trust, writes));
    Ok(Db { read: door(false), write: door(true), trust, erased: Arc::default() })
}

/// sqlx would wait without end for a connection whose server does not answer, and for so long nobody could use its place.
async fn examine(connection: &mut PgConnection) -> Result<()> {
    match tokio::time::timeout(EXAMINATION, connection.ping()).await {
        Ok(answer) => answer,
        Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
    }
}

/// Refuses a database in which this program cannot work.
async fn fit(pool: &PgPool) -> std::result::Result<(), OpenError> {
    let encoding: String = sqlx::query_scalar("SHOW server_encoding").fetch_one(pool).await.map_err(refusal)?;
    if encoding != "UTF8" {
        return Err(OpenError::Refused(format!(
            "the encoding of the database is {encoding}, which cannot hold every language: make one with ENCODING 'UTF8'"
        )));
    }
    // Two sessions that are open at once are served by two processes, unless they are none.
    let mut one = pool.acquire().await.map_err(refusal)?;
    let mut other = pool.acquire().await.map_err(refusal)?;
    let process = "SELECT pg_backend_pid()";
    let first: i32 = sqlx::query_scalar(process).fetch_one(&mut *one).await.map_err(refusal)?;
    let second: i32 = sqlx::query_scalar(process).fetch_one(&mut *other).await.map_err(refusal)?;
    if first == second { Err(OpenError::Refused(POOLED.into())) } else { Ok(()) }
}

fn refusal(error: sqlx::Error) -> OpenError {
    match error {
        // The server itself said no: waiting will not help.
        sqlx::Error::Database(said) => match said.code().as_deref() {
            // 57P03: starting up or shutting down; 53300: too many connections; timeouts and sessions ended meanwhile.
            Some("57P01" | "57P02" | "57P03" | "53300" | "57014") => OpenError::NotThereYet(said.message().to_owned()),
            // Prepared statements that another session has, or has not.
            Some("42P05" | "26000") => OpenError::Refused(POOLED.into()),
            _ => OpenError::Refused(said.message().to_owned()),
        },
        // The server has no TLS, or a certificate that we are not to believe.
        sqlx::Error::Tls(why) => OpenError::Refused(format!("TLS: {why}")),
        sqlx::Error::Configuration(why) => OpenError::BadUrl(why.to_string()),
        other => OpenError::NotThereYet(other.to_string()),
    }
}
