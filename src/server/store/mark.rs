//! Whether an SQLite file is the one that was last served here, or a copy that was put back by hand: that has an older mark
//! than the one that stands beside it.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Db, Result, meta, on_db, sqlite};
use crate::server::ids;

const MARK: &str = "mark";

impl Db {
    /// The file with the marks, which the lock holds: PostgreSQL has none.
    fn marks(&self) -> Option<PathBuf> {
        Some(sqlite::with_ending(&self.file()?, ".lock"))
    }

    /// Whether this is another past than the one that was last served here. `false` where nothing was.
    pub async fn was_put_back(&self) -> Result<bool> {
        let known = self.marks().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        if known.is_empty() {
            return Ok(false);
        }
        let mark = self.remembered(MARK, "").await?;
        Ok(!known.lines().any(|line| line == mark))
    }

    /// Gives the file a new mark, so that copies of before can be told from it.
    pub async fn mark(&self) -> Result<()> {
        let Some(path) = self.marks() else { return Ok(()) };
        let (old, new) = (self.remembered(MARK, "").await?, ids::nonce());
        // Both hold until the database has the new one for good, whatever happens meanwhile.
        write(&path, &format!("{old}\n{new}\n")).map_err(sqlx::Error::Io)?;
        on_db!(&self.write, pool => {
            sqlx::query(meta::RENEW).bind(MARK).bind(&new).execute(pool).await.map(drop)
        })?;
        write(&path, &format!("{new}\n")).map_err(sqlx::Error::Io)
    }
}

fn write(path: &Path, marks: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(sqlite::OWNER_ONLY).open(path)?;
    file.write_all(marks.as_bytes())?;
    file.sync_all()
}
