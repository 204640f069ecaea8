//! Backups: everything but the sessions, as one text file that either database can be restored from.

mod file;
mod restore;

use std::path::{Path, PathBuf};

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Row};

use self::file::{Kind, Value};
pub use self::restore::{into_postgres, into_sqlite};
use super::schema::SchemaError;
use super::sqlite::ReplaceError;
use super::{Db, Pool, on_db_unhurried, postgres};

/// What a backup holds, in an order in which every row comes after those that it refers to.
pub const TABLES: [&str; 15] = [
    "meta",
    "users",
    "skeletons",
    "categories",
    "rooms",
    "room_revisions",
    "room_tags",
    "members",
    "events",
    "reactions",
    "revisions",
    "mentions",
    "drafts",
    "departures",
    "invitations",
];

/// What it does not hold: restored sessions would sign in again whoever has signed out since, the steps of the schema
/// are taken anew by the database that is restored, and its server makes the index of the search anew.
pub const LEFT_OUT: [&str; 5] = ["sessions", "search_docs", "search_index", "search_rooms", "_sqlx_migrations"];

/// Why there is no backup, or nothing was restored from it. Whatever it says, nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: std::io::Error },
    #[error("{} is no backup of chat-chat", .0.display())]
    Foreign(PathBuf),
    #[error("{}: line {line} is damaged, or the end is missing: use another backup", path.display())]
    Damaged { path: PathBuf, line: u64 },
    #[error("{0}")]
    Refused(String),
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the database: {0}")]
    Schema(#[from] SchemaError),
    #[error("the database's file: {0}")]
    Replace(#[from] ReplaceError),
}

pub type Result<T> = std::result::Result<T, BackupError>;

/// Where a backup goes.
pub enum Target<'a> {
    File(&'a Path),
    /// Standard output, say: the last line tells the reader that it has all of it.
    Output(std::fs::File),
}

/// The names and types of a table's columns. `SELECT *` would leave their order to chance.
const SQLITE_COLUMNS: &str = "
    SELECT name, upper(type)
    FROM pragma_table_info($1)
    ORDER BY cid";
const POSTGRES_COLUMNS: &str = "
    SELECT column_name::text, upper(data_type::text)
    FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER'
    ORDER BY ordinal_position";

fn columns_query(pool: &Pool) -> &'static str {
    match pool {
        Pool::Sqlite(_) => SQLITE_COLUMNS,
        Pool::Postgres(_) => POSTGRES_COLUMNS,
    }
}

impl Db {
    /// Writes everything into `target`, as it stands at one moment, while others go on reading and writing. A file is
    /// for its owner's eyes only, and has its name only once it is whole and safe on the disk. Says how many rows there are.
    ///
    /// # Errors
    ///
    /// `target` exists, or cannot be written; the database has no schema, or a newer one than this program.
    pub async fn back_up(&self, target: Target<'_>) -> Result<u64> {
        self.is_up_to_date().await?;
        let Some(version) = self.schema_version().await? else {
            return Err(BackupError::Refused("the database is empty: there is nothing to back up".into()));
        };
        let begin = match &self.read {
            // The first read decides what is seen.
            Pool::Sqlite(_) => "BEGIN",
            Pool::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        };
        let mut file = file::Writer::create(target, version)?;
        on_db_unhurried!(&self.read, pool => {
            let mut tx = pool.begin_with(begin).await?;
            if self.is_shared() {
                sqlx::raw_sql(postgres::UNHURRIED_TRANSACTION).execute(&mut *tx).await?;
            }
            for table in TABLES {
                let columns: Vec<(String, String)> =
                    sqlx::query_as(columns_query(&self.read)).bind(table).fetch_all(&mut *tx).await?;
                // A table of a later version of the schema than this database has.
                if columns.is_empty() {
                    continue;
                }
                let names: Vec<_> = columns.iter().map(|(name, _)| name.clone()).collect();
                let kinds = columns.iter().map(|(name, kind)| Kind::of(table, name, kind)).collect::<Result<Vec<_>>>()?;
                // Names from the schema itself.
                let select = AssertSqlSafe(format!("SELECT {} FROM {table}", names.join(", ")));
                file.table(table, names)?;
                let mut rows = sqlx::query(select).fetch(&mut *tx);
                while let Some(row) = rows.try_next().await? {
                    let value = |(at, kind): (usize, &Kind)| -> sqlx::Result<Value> {
                        Ok(match kind {
                            Kind::Int => row.try_get::<Option<i64>, _>(at)?.map_or(Value::Null, Value::Int),
                            Kind::Bool => row.try_get::<Option<bool>, _>(at)?.map_or(Value::Null, Value::Bool),
                            Kind::Text => row.try_get::<Option<String>, _>(at)?.map_or(Value::Null, Value::Text),
                        })
                    };
                    file.row(&kinds.iter().enumerate().map(value).collect::<sqlx::Result<Vec<_>>>()?)?;
                }
            }
        });
        file.finish()
    }
}
