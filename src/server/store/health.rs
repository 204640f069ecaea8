//! Whether the database takes writes; whether an SQLite file is whole, and its log of a bearable size.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnection, SqlitePool};

use super::{Db, Fault, Pool, Result, meta, on_db, sqlite};
use crate::server::{ids, telemetry};

/// The largest file that is read before every start: it takes a third of a second.
const GLANCE: u64 = 256 * 1024 * 1024;
/// How often the log is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// Pages in the log that are worth bringing into the file: 4 MiB, as much as SQLite lets gather by itself.
const WORTH_FOLDING: i64 = 1_000;
/// Pages from which on writers wait for a moment, so that the log can begin anew: 32 MiB.
const PRESSING: i64 = 8_000;
/// How often a log that has grown too long is emptied, or complained about.
const EMPTY_EVERY: Duration = Duration::from_secs(10);
/// How soon after a deletion the log is emptied, and so at most how often: what is written while it grows anew costs more.
const ERASE_AFTER: Duration = Duration::from_secs(30);
/// How long emptying the log may keep writers waiting.
const PATIENCE: &str = "PRAGMA busy_timeout = 100";

/// What a write that only finds out whether writing works leaves behind, in `meta`: as many bytes as the longest message
/// takes, because a full disk has room for a short one.
const WRITTEN: &str = "written";
const WRITTEN_BYTES: usize = 32 * 1024;

impl Db {
    /// Whether the database answers, and takes writes. Cheap: nothing is written unless the latest write has failed, or
    /// a session of PostgreSQL says that it can only read.
    pub async fn probe(&self) -> Result<()> {
        let reads_only: bool = match &self.read {
            Pool::Sqlite(_) => on_db!(&self.read, pool => sqlx::query_scalar("SELECT FALSE").fetch_one(pool).await)?,
            Pool::Postgres(_) => {
                let ask = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean";
                on_db!(&self.read, pool => sqlx::query_scalar(ask).fetch_one(pool).await)?
            }
        };
        if !reads_only && !self.trust.writes_fail() {
            return Ok(());
        }
        let now = format!("{:0>WRITTEN_BYTES$}", ids::now());
        on_db!(&self.write, pool => {
            sqlx::query(meta::RENEW).bind(WRITTEN).bind(&now).execute(pool).await.map(drop)
        })
    }

    /// What is wrong with the file, if anything is: reads all of it, and compares indexes and references.
    pub async fn damage(&self) -> Result<Option<String>> {
        let Pool::Sqlite(pool) = &self.read else { return Ok(None) };
        if let Some(finding) = finding(pool, "PRAGMA integrity_check(1)").await? {
            return Ok(Some(finding));
        }
        let orphan: Option<String> = sqlx::query_scalar("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1")
            .fetch_optional(&**pool)
            .await?;
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
            sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(&**pool).await?;
        if copied < frames {
            tracing::warn!("another program reads the database: part of its log stays");
        }
        Ok(())
    }

    /// Looks after the log for as long as the future is polled: commits leave it alone, because bringing it into the file
    /// is two flushes of which nobody should have to wait for one. Ends the process after a [`Fault::LostFlush`].
    pub async fn keep_log_small(&self) {
        let Pool::Sqlite(pool) = &self.write else { return };
        let mut keeper = LogKeeper::new(pool, &self.erased);
        loop {
            tokio::time::sleep(LOOK).await;
            if let Err(error) = keeper.look().await {
                if Fault::of(&error) == Fault::LostFlush {
                    telemetry::give_up("the database's log could not be flushed to the disk");
                }
                tracing::warn!(%error, "the database's log could not be looked after");
                keeper.connection = None;
            }
        }
    }
}

struct LogKeeper<'a> {
    pool: &'a SqlitePool,
    log: PathBuf,
    /// Of its own, so that commits go on meanwhile.
    connection: Option<SqliteConnection>,
    emptied: Option<Instant>,
    erased: &'a AtomicBool,
    /// When it is to be emptied of what was deleted.
    erase_at: Option<Instant>,
}

/// The pages of the log, and how many of them are in the file already.
type Frames = (i64, i64);

impl<'a> LogKeeper<'a> {
    fn new(pool: &'a SqlitePool, erased: &'a AtomicBool) -> Self {
        let log = sqlite::with_ending(pool.connect_options().get_filename(), "-wal");
        Self { pool, log, connection: None, emptied: None, erased, erase_at: None }
    }

    async fn look(&mut self) -> Result<()> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(connect(self.pool).await?),
        };
        let bytes = size(&self.log);
        metrics::gauge!("chat_wal_bytes").set(bytes as f64);
        let (mut pages, mut copied) = checkpoint(&mut *connection, "PRAGMA wal_checkpoint(NOOP)").await?;
        if pages - copied >= WORTH_FOLDING {
            (pages, copied) = checkpoint(&mut *connection, "PRAGMA wal_checkpoint(PASSIVE)").await?;
            if pages >= PRESSING && copied < pages {
                // Commits went on. They wait while the few pages that are left are copied, and the next one begins the
                // log anew.
                let mut writer = self.pool.acquire().await?;
                checkpoint(&mut writer, "PRAGMA wal_checkpoint(PASSIVE)").await?;
            }
        }
        if self.erased.swap(false, Ordering::Relaxed) {
            self.erase_at.get_or_insert_with(|| Instant::now() + ERASE_AFTER);
        }
        if self.erase_at.is_some_and(|at| at <= Instant::now()) {
            self.erase_at = if empty_log(connection).await? { None } else { Some(Instant::now() + EMPTY_EVERY) };
        }
        if bytes > sqlite::LOG_LIMIT && self.emptied.is_none_or(|at| at.elapsed() >= EMPTY_EVERY) {
            self.emptied = Some(Instant::now());
            if empty_log(connection).await? {
                tracing::info!(bytes, "the database's log had grown, and is empty again");
            } else {
                tracing::warn!(bytes, "the database's log grows: some reader does not end");
            }
        }
        Ok(())
    }
}

async fn connect(pool: &SqlitePool) -> Result<SqliteConnection> {
    let mut connection = pool.connect_options().as_ref().clone().connect().await?;
    sqlx::query(PATIENCE).execute(&mut connection).await?;
    Ok(connection)
}

async fn checkpoint(connection: &mut SqliteConnection, how: &'static str) -> Result<Frames> {
    let (_, pages, copied): (i64, i64, i64) = sqlx::query_as(how).fetch_one(connection).await?;
    Ok((pages, copied))
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
async fn empty_log(connection: &mut SqliteConnection) -> Result<bool> {
    // The first does nearly all of the work and keeps nobody waiting, as the second would.
    let (pages, copied) = checkpoint(&mut *connection, "PRAGMA wal_checkpoint(PASSIVE)").await?;
    if copied < pages {
        return Ok(false);
    }
    let (busy, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(connection).await?;
    Ok(busy == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::action::{Action, Delete, Post};
    use crate::model::ids::{Nonce, UserId};
    use crate::model::room::Visibility;
    use crate::server::store::commit::Write;
    use crate::server::store::rooms::NewRoom;
    use crate::server::store::users::NewUser;

    #[tokio::test]
    async fn what_was_deleted_leaves_the_log_soon() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite:{}/chat.db", folder.path().display())).await.unwrap();
        db.migrate().await.unwrap();
        let author = UserId::try_from(7).unwrap();
        let (username, display_name, password_hash) = ("alice", "alice", "hash");
        let user = NewUser { id: author, username, display_name, password_hash, admin: false, now: 1 };
        assert!(db.add_user(user).await.unwrap());
        let room = ids::random();
        let post = NewRoom {
            id: room,
            author,
            title: "Tea",
            body: "",
            category: "tech",
            tags: &[],
            visibility: Visibility::Public,
            indexed: false,
            nonce: None,
            now: 1,
        };
        assert!(db.add_room(post).await.unwrap());
        let write = async |nonce: &str, action: Action| {
            let nonce = Nonce::try_from(nonce.to_owned()).unwrap();
            let write = Write { room, author, nonce, fingerprint: 1, mentions: Vec::new(), action };
            db.commit(&[&write], 2).await.unwrap();
        };
        let Pool::Sqlite(pool) = &db.write else { unreachable!("it was opened as SQLite") };
        let mut keeper = LogKeeper::new(pool, &db.erased);
        let holds = |name: &str| {
            let bytes = std::fs::read(folder.path().join(name)).unwrap();
            bytes.windows(6).any(|part| part == b"secret")
        };
        let empty = async |keeper: &mut LogKeeper<'_>| {
            keeper.look().await.unwrap();
            let at = keeper.erase_at.expect("a time");
            assert!(at <= Instant::now() + Duration::from_secs(60));
            keeper.erase_at = Some(Instant::now());
            keeper.look().await.unwrap();
            assert!(keeper.erase_at.is_none());
        };
        // What a process before has left.
        empty(&mut keeper).await;
        write("1", Action::Post(Post { body: "secret".into(), reply_to: None })).await;
        keeper.look().await.unwrap();
        assert!(holds("chat.db-wal") && keeper.erase_at.is_none());
        write("2", Action::Delete(Delete { target: 1 })).await;
        assert!(holds("chat.db-wal"));
        empty(&mut keeper).await;
        assert!(!holds("chat.db-wal") && !holds("chat.db"));
    }
}
