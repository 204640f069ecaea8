//! SQLite: how a file is opened, examined and replaced.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use super::{ACQUIRE_TIMEOUT, Db, Door, OpenError, Pool, Result, STATEMENT_TIMEOUT, Trust};

/// An fsync that overwrites the log costs a fortieth of one that extends it, so the log keeps its size between
/// checkpoints, up to this many bytes. What a long reader made it grow beyond is given back once the reader is gone.
pub const LOG_LIMIT: u64 = 64 * 1024 * 1024;

/// The permissions of what this program makes of the database.
pub const OWNER_ONLY: u32 = 0o600;

/// The file that `url` names: the same path by whatever link, so that all agree on what lies beside it.
pub fn file(url: &str) -> std::result::Result<PathBuf, OpenError> {
    let options = options(url)?;
    Ok(options.get_filename().canonicalize().unwrap_or_else(|_| options.get_filename().to_owned()))
}

impl Db {
    /// The file, if it is one, by whatever link it was named.
    pub(super) fn file(&self) -> Option<PathBuf> {
        let Pool::Sqlite(pool) = &self.read else { return None };
        pool.connect_options().get_filename().canonicalize().ok()
    }
}

fn options(url: &str) -> std::result::Result<SqliteConnectOptions, OpenError> {
    let options = SqliteConnectOptions::from_str(url).map_err(|error| OpenError::BadUrl(error.to_string()))?;
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(OpenError::BadUrl("nothing would be kept: name a file".into()));
    }
    Ok(options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(STATEMENT_TIMEOUT)
        // What was deleted is overwritten, also where pages become free: each of those is written once more.
        .pragma("secure_delete", "ON")
        .pragma("journal_size_limit", LOG_LIMIT.to_string())
        .pragma("temp_store", "memory"))
}

/// Makes the folder that a database is to lie in.
pub fn make_folder(file: &Path) -> std::result::Result<(), OpenError> {
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => std::fs::create_dir_all(folder)
            .map_err(|error| OpenError::Refused(format!("{}: {error}", folder.display()))),
        None => Ok(()),
    }
}

/// Makes the file for its owner's eyes only, unless it is there: password hashes and private rooms are in it. SQLite gives
/// its log the same permissions. A file that cannot be written is refused: SQLite would open it for reading.
fn make_file(file: &Path) -> std::io::Result<()> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(OWNER_ONLY).open(file).map(drop)
}

pub async fn open(url: &str) -> std::result::Result<Db, OpenError> {
    let options = options(url)?;
    let file = options.get_filename();
    make_folder(file)?;
    make_file(file).map_err(|error| OpenError::Refused(format!("{} cannot be written: {error}", file.display())))?;
    let refused = |error: sqlx::Error| OpenError::Refused(error.to_string());
    // A file's connection cannot go stale, so that there is nothing to ask it before each use.
    let pool = || SqlitePoolOptions::new().test_before_acquire(false);
    let write = pool()
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        // After a COMMIT that failed, SQLite has rolled back by itself, and sqlx waits for ever for a ROLLBACK that
        // succeeds: such a connection takes no further transaction.
        .after_release(|connection, _| {
            Box::pin(async move {
                if connection.is_in_transaction() {
                    // The rollback may only be on its way still.
                    connection.ping().await?;
                }
                Ok(!connection.is_in_transaction())
            })
        })
        // A commit that brings the log into the file, too, waits for three flushes. `Db::keep_log_small` does that instead.
        .connect_with(options.clone().pragma("wal_autocheckpoint", "0"))
        .await
        .map_err(refused)?;
    let read = pool()
        .max_connections(4)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options.read_only(true).create_if_missing(false))
        .await
        .map_err(refused)?;
    let trust = Arc::new(Trust::default());
    let (read, write) = (Door::new(read, &trust, false), Door::new(write, &trust, true));
    // The process before may have ended before the log was emptied of what it deleted.
    let erased = Arc::new(AtomicBool::new(true));
    Ok(Db { read: Pool::Sqlite(read), write: Pool::Sqlite(write), trust, erased })
}

/// A new, empty file for one connection that nobody else will open: it has no log, and nothing is safe before
/// [`replace`] has made it so.
pub async fn fresh(file: &Path) -> Result<SqlitePool> {
    make_file(file)?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Memory)
        .synchronous(SqliteSynchronous::Off)
        // An index over random values is filled all over: it had better be in memory.
        .pragma("cache_size", "-131072")
        .foreign_keys(true);
    SqlitePoolOptions::new().max_connections(1).connect_with(options).await
}

/// Why a file could not take another's place.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    #[error("another program has it open")]
    InUse,
    #[error(transparent)]
    File(#[from] std::io::Error),
}

/// Puts the finished file `fresh` in the place of `file`, at once and for good.
pub async fn replace(file: &Path, fresh: &Path) -> std::result::Result<(), ReplaceError> {
    std::fs::File::open(fresh)?.sync_all()?;
    if file.exists() {
        fold_log(file).await?;
    }
    // A log of the old file would be applied to the new one. What `fold_log` left belongs to a broken database.
    for ending in ["-wal", "-shm"] {
        match std::fs::remove_file(with_ending(file, ending)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    std::fs::rename(fresh, file)?;
    sync_folder(file)?;
    Ok(())
}

/// Writes the log into the database and deletes it, which SQLite does for the only one who has the file open.
async fn fold_log(file: &Path) -> std::result::Result<(), ReplaceError> {
    let options = SqliteConnectOptions::new().filename(file).journal_mode(SqliteJournalMode::Delete);
    match options.connect().await {
        Ok(connection) => drop(connection.close().await),
        Err(error) => {
            let code = error.as_database_error().and_then(|said| said.code()?.parse::<u32>().ok());
            // SQLITE_BUSY and SQLITE_LOCKED. Anything else says that the file is broken, which is why it is replaced.
            if code.is_some_and(|code| matches!(code & 0xff, 5 | 6)) {
                return Err(ReplaceError::InUse);
            }
        }
    }
    Ok(())
}

/// Makes the names in a file's folder last.
pub fn sync_folder(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder)?.sync_all()
}

/// `file` with something more at the end of its name.
pub fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_transaction_that_sqlite_gave_up_by_itself_keeps_nobody_from_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let db = open(&format!("sqlite:{}/chat.db", folder.path().display())).await.unwrap();
        let Pool::Sqlite(pool) = &db.write else { unreachable!("it was opened as SQLite") };
        sqlx::raw_sql("CREATE TABLE t (x BLOB); PRAGMA max_page_count = 2").execute(&**pool).await.unwrap();
        let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let full = sqlx::query("INSERT INTO t VALUES (zeroblob(100000))").execute(&mut *tx).await.unwrap_err();
        assert_eq!(full.as_database_error().unwrap().code().as_deref(), Some("13"));
        drop(tx);
        let tx = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        tx.commit().await.unwrap();
    }
}
