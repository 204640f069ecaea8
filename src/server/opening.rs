//! Opens the database, and waits for one that is not there yet.

use std::time::Duration;

use super::config::ConfigError;
use super::store::{Db, OpenError};

/// The longest pause between tries to reach a database that is not there yet.
const MAX_PAUSE: Duration = Duration::from_secs(5);
/// How long opening the database may take before that counts as no answer.
const OPEN_WITHIN: Duration = Duration::from_secs(4);
/// How often a command tries to open it.
const TRIES: u32 = 2;

/// Opens the database; one that refuses connections is waited for.
pub async fn open_database(url: &str) -> Result<Db, ConfigError> {
    let mut pause = Duration::from_millis(250);
    loop {
        match try_database(url).await? {
            Ok(db) => return Ok(db),
            Err(why) => {
                tracing::warn!(why, "the database does not answer yet; trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(MAX_PAUSE);
            }
        }
    }
}

/// Opens the database for a command that somebody waits for: one that does not answer for a few seconds is an error.
pub async fn open_database_now(url: &str) -> Result<Db, ConfigError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match try_database(url).await? {
            Ok(db) => return Ok(db),
            Err(why) if tries == TRIES => {
                return Err(ConfigError::new("DATABASE_URL", format!("the database does not answer: {why}")));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(250)).await,
        }
    }
}

/// The inner error says why another try may succeed.
async fn try_database(url: &str) -> Result<Result<Db, String>, ConfigError> {
    let opened = tokio::time::timeout(OPEN_WITHIN, Db::open(url)).await;
    match opened.unwrap_or_else(|_| Err(OpenError::NotThereYet("it takes connections and says nothing".into()))) {
        Ok(db) => Ok(Ok(db)),
        Err(OpenError::BadUrl(why) | OpenError::Refused(why)) => {
            Err(ConfigError::new("DATABASE_URL", without_secrets(&why, url)))
        }
        Err(OpenError::NotThereYet(why)) => Ok(Err(without_secrets(&why, url))),
    }
}

/// What a library says may repeat the URL, and that may hold a password.
pub(super) fn without_secrets(why: &str, url: &str) -> String {
    let first_line = why.lines().next().unwrap_or_default();
    let password =
        url.split_once("://").and_then(|(_, rest)| rest.split_once('@')).and_then(|(who, _)| who.split_once(':'));
    match password {
        Some((_, password)) if !password.is_empty() => first_line.replace(password, "***"),
        _ => first_line.to_owned(),
    }
}
