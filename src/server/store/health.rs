//! Whether an SQLite file is whole, and its log of a bearable size. PostgreSQL looks after itself.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqlitePool;

use super::{Db, Pool, Result, sqlite};

/// The largest file that is read before every start: it takes a third of a second.
const GLANCE: u64 = 256 * 1024 * 1024;
/// How often the size of the log is looked at.
const LOG_CHECK: Duration = Duration::from_secs(10);
/// How long emptying the log may keep writers waiting.
const PATIENCE: &str = "PRAGMA busy_timeout = 100";

impl Db {
    /// What is wrong with the file, if anything is: reads all of it, and compares indexes and references.
    pub async fn damage(&self) -> Result<Option<String>> {
        let Pool::Sqlite(pool) = &self.read else { return Ok(None) };
        if let Some(finding) = finding(pool, "PRAGMA integrity_check(1)").await? {
            return Ok(Some(finding));
        }
        let orphan: Option<String> =
            sqlx::query_scalar("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1").fetch_optional(pool).await?;
        Ok(orphan.map(|table| format!("a row of {table} refers to one that is missing")))
    }

    /// Damage that can be seen without delaying a start: a large file is not looked at. What is not seen here fails when
    /// it is read.
    pub async fn damage_at_a_glance(&self) -> Result<Option<String>> {
        match &self.read {
            Pool::Sqlite(pool) if size(pool.connect_options().get_filename()) <= GLANCE => {
                finding(pool, "PRAGMA quick_check(1)").await
            }
            _ => Ok(None),
        }
    }

    /// Brings into the file, and flushes there, what an ended process left in the log. Part of it may never have reached
    /// the disk, if that process ended because of a [`Fault::LostFlush`](super::Fault): the system would hide this from
    /// whoever only reads the log, and a retry would be told that its message is kept.
    pub async fn settle(&self) -> Result<()> {
        let Pool::Sqlite(pool) = &self.write else { return Ok(()) };
        let (_, frames, copied): (i64, i64, i64) =
            sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(pool).await?;
        if copied < frames {
            tracing::warn!("another program reads the database: part of its log stays");
        }
        Ok(())
    }

    /// Looks after the log for as long as the future is polled. A reader who stays makes it grow, and SQLite starts it
    /// anew only when a commit finds no reader in it: on a busy server that may be never.
    pub async fn keep_log_small(&self) {
        let Pool::Sqlite(pool) = &self.write else { return };
        let log = sqlite::with_ending(pool.connect_options().get_filename(), "-wal");
        loop {
            tokio::time::sleep(LOG_CHECK).await;
            let bytes = size(&log);
            if bytes > sqlite::LOG_LIMIT {
                match empty_log(pool).await {
                    Ok(true) => tracing::info!(bytes, "the database's log had grown, and is empty again"),
                    Ok(false) => tracing::warn!(bytes, "the database's log grows: some reader does not end"),
                    Err(error) => tracing::warn!(%error, bytes, "the database's log grows and cannot be emptied"),
                }
            }
        }
    }
}

async fn finding(pool: &SqlitePool, examine: &'static str) -> Result<Option<String>> {
    let found: String = sqlx::query_scalar(examine).fetch_one(pool).await?;
    // A heading may stand before the finding.
    Ok(if found == "ok" { None } else { found.lines().last().map(str::to_owned) })
}

fn size(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |data| data.len())
}

/// `false` if a reader still needs the log.
async fn empty_log(pool: &SqlitePool) -> Result<bool> {
    use sqlx::{ConnectOptions, Connection};
    // A connection of its own: commits go on meanwhile.
    let mut connection = pool.connect_options().as_ref().clone().connect().await?;
    sqlx::query(PATIENCE).execute(&mut connection).await?;
    // The first does nearly all of the work and keeps nobody waiting, as the second would.
    let (_, frames, copied): (i64, i64, i64) =
        sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(&mut connection).await?;
    let mut busy = 1;
    if frames == copied {
        (busy, _, _) =
            sqlx::query_as::<_, (i64, i64, i64)>("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut connection).await?;
    }
    connection.close().await?;
    Ok(busy == 0)
}
