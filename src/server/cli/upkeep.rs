//! What an operator does to a whole database: bring it up to date, examine it, back it up, restore it.

use std::path::Path;

use super::{CliError, Result};
use crate::server::app::open_database;
use crate::server::config::{Config, ConfigError};
use crate::server::store::Db;
use crate::server::store::backup::{self, BackupError};
use crate::server::store::lock::Lock;

/// A database that nobody else serves, if it is an SQLite file, for as long as the lock is kept; up to date.
pub async fn own(config: &Config) -> Result<(Db, Lock)> {
    let lock = lock(config)?;
    let db = open_database(&config.database_url).await?;
    undamaged(db.damage_at_a_glance().await)?;
    db.settle().await.map_err(unusable)?;
    migrate(&db).await?;
    Ok((db, lock))
}

/// A database that a running server may use too. It is brought up to date only if there is none: a server would find
/// itself on a schema that it does not know.
pub async fn beside_a_server(config: &Config) -> Result<Db> {
    let db = open_database(&config.database_url).await?;
    if !db.is_up_to_date().await.map_err(unusable)? {
        let _lock = lock(config)?;
        migrate(&db).await?;
    }
    Ok(db)
}

fn lock(config: &Config) -> Result<Lock> {
    Ok(Lock::take(&config.database_url).map_err(unusable)?)
}

async fn migrate(db: &Db) -> Result<()> {
    Ok(db.migrate().await.map_err(unusable)?)
}

fn undamaged<E: std::fmt::Display>(found: std::result::Result<Option<String>, E>) -> Result<()> {
    match found.map_err(unusable)? {
        Some(damage) => Err(unusable(format!("the file is damaged ({damage}): restore a backup")).into()),
        None => Ok(()),
    }
}

fn unusable(error: impl std::fmt::Display) -> ConfigError {
    ConfigError::new("DATABASE_URL", error.to_string())
}

/// Validates the configuration and the connections, and reads all of an SQLite file. Changes nothing, so that it may run
/// beside a server.
pub async fn check(config: Config) -> Result<()> {
    let db = open_database(&config.database_url).await?;
    db.ping().await.map_err(unusable)?;
    let up_to_date = db.is_up_to_date().await.map_err(unusable)?;
    undamaged(db.damage().await)?;
    if let Some(url) = &config.redis_url {
        crate::server::bus::check(url).await.map_err(|why| ConfigError::new("REDIS_URL", why))?;
    }
    let schema = if up_to_date { "" } else { "; the schema is brought up to date by the next start" };
    println!("configuration, database and bus are fine{schema}");
    Ok(())
}

/// Backs up what there is at this moment. Changes nothing, so that it may run beside a server.
pub async fn back_up(config: &Config, file: &Path) -> Result<()> {
    let db = open_database(&config.database_url).await?;
    let rows = db.back_up(file).await?;
    println!("{rows} rows are in {}", file.display());
    Ok(())
}

/// Restores a backup where no server runs.
pub async fn restore(config: &Config, file: &Path, replace: bool) -> Result<()> {
    let _lock = lock(config)?;
    let url = &config.database_url;
    let rows = if url.starts_with("sqlite:") {
        backup::into_sqlite(url, file, replace).await?
    } else {
        backup::into_postgres(&open_database(url).await?, file, replace).await?
    };
    println!("{rows} rows are restored; everybody signs in again");
    Ok(())
}

impl From<BackupError> for CliError {
    fn from(error: BackupError) -> Self {
        Self::Failed(error.to_string())
    }
}
