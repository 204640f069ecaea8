//! What an operator does to a whole database: bring it up to date, examine it, back it up, restore it.

use std::os::fd::AsFd;
use std::path::Path;

use super::{CliError, Result};
use crate::server::config::{Config, ConfigError};
use crate::server::opening::{open_database, open_database_now};
use crate::server::store::Db;
use crate::server::store::backup::{self, BackupError, Target};
use crate::server::store::lock::Lock;

/// As the name of a backup: whatever reads what the program says.
const STANDARD_OUTPUT: &str = "-";

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
    let db = open_database_now(&config.database_url).await?;
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

/// Validates the configuration and the connections, and reads all of an SQLite file. Changes and makes nothing, so that it
/// may run beside a server.
pub async fn check(config: Config) -> Result<()> {
    let is_there = Db::is_there(&config.database_url).map_err(unusable)?;
    let up_to_date = if is_there { examine(&config).await? } else { false };
    if let Some(url) = &config.redis_url {
        crate::server::bus::check(url).await.map_err(|why| ConfigError::new("REDIS_URL", why))?;
    }
    match (is_there, up_to_date) {
        (true, true) => println!("configuration, database and bus are fine"),
        (true, false) => {
            println!("configuration, database and bus are fine; the schema is brought up to date by the next start");
        }
        (false, _) => println!("configuration and bus are fine; the database is made by the next start"),
    }
    Ok(())
}

/// Whether the database, which answers and is whole, has the schema of this program.
async fn examine(config: &Config) -> Result<bool> {
    let db = open_database_now(&config.database_url).await?;
    let examined = async {
        db.probe().await.map_err(unusable)?;
        let up_to_date = db.is_up_to_date().await.map_err(unusable)?;
        undamaged(db.damage().await)?;
        Ok(up_to_date)
    };
    let examined = examined.await;
    // The last one to close an SQLite file takes its log away, which opening it has made.
    db.close().await;
    examined
}

/// Backs up what there is at this moment. Changes nothing, so that it may run beside a server.
pub async fn back_up(config: &Config, file: &Path) -> Result<()> {
    if !Db::is_there(&config.database_url).map_err(unusable)? {
        return Err(unusable("there is no such file, and so there is nothing to back up").into());
    }
    let db = open_database_now(&config.database_url).await?;
    if file.as_os_str() == STANDARD_OUTPUT {
        let output = std::io::stdout().as_fd().try_clone_to_owned();
        let output = output.map_err(|error| CliError::Failed(format!("standard output: {error}")))?;
        let rows = db.back_up(Target::Output(output.into())).await?;
        eprintln!("{rows} rows are written");
    } else {
        let rows = db.back_up(Target::File(file)).await?;
        println!("{rows} rows are in {}", file.display());
    }
    Ok(())
}

/// A copy that somebody has put in the place of the database is made another one: what open pages remember of messages
/// that are no more means nothing in it.
pub async fn notice_another_past(db: &Db) -> Result<()> {
    if db.was_put_back().await.map_err(unusable)? {
        tracing::warn!("the database is not the one that was last served here: it gets a new epoch");
        db.renew().await.map_err(unusable)?;
    }
    Ok(())
}

/// Makes cursors and the bus of before mean nothing, where a database was put back by other means than `restore`.
pub async fn new_epoch(config: &Config) -> Result<()> {
    let _lock = lock(config)?;
    let db = open_database_now(&config.database_url).await?;
    if !db.is_up_to_date().await.map_err(unusable)? {
        migrate(&db).await?;
    }
    if db.has_other_processes().await.map_err(unusable)? {
        return Err(unusable("another process serves this database: stop that first").into());
    }
    db.renew().await.map_err(unusable)?;
    println!("the database has a new epoch: open pages load their rooms anew");
    Ok(())
}

/// Restores a backup where no server runs.
pub async fn restore(config: &Config, file: &Path, replace: bool) -> Result<()> {
    let _lock = lock(config)?;
    let url = &config.database_url;
    let rows = if url.starts_with("sqlite:") {
        backup::into_sqlite(url, file, replace).await?
    } else {
        backup::into_postgres(&open_database_now(url).await?, file, replace).await?
    };
    println!("{rows} rows are restored; everybody signs in again");
    Ok(())
}

impl From<BackupError> for CliError {
    fn from(error: BackupError) -> Self {
        Self::Failed(error.to_string())
    }
}
