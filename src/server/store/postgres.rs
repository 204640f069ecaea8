//! PostgreSQL: how its connections are made, and which refusals are worth waiting for.

use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{ACQUIRE_TIMEOUT, Db, OpenError, Pool};

/// The name under which PostgreSQL lists our connections.
pub const APPLICATION: &str = "chat-chat";

/// A connection that was used within this is taken to be alive: asking it first would double the way of short queries.
const FRESH: Duration = Duration::from_secs(1);

pub async fn open(url: &str) -> Result<Db, OpenError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| OpenError::BadUrl(error.to_string()))?
        .application_name(APPLICATION)
        .options([("statement_timeout", "3000"), ("lock_timeout", "3000")]);
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > FRESH {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await
        .map_err(refusal)?;
    Ok(Db { read: Pool::Postgres(pool.clone()), write: Pool::Postgres(pool) })
}

fn refusal(error: sqlx::Error) -> OpenError {
    match error {
        // The server itself said no: waiting will not help.
        sqlx::Error::Database(said) => match said.code().as_deref() {
            // 57P03: starting up or shutting down; 53300: too many connections.
            Some("57P03" | "53300") => OpenError::NotThereYet(said.message().to_owned()),
            _ => OpenError::Refused(said.message().to_owned()),
        },
        other => OpenError::NotThereYet(other.to_string()),
    }
}
