//! The way back: a backup becomes a database, all at once or not at all.

use std::path::Path;
use std::sync::Arc;

use sqlx::{AssertSqlSafe, QueryBuilder};

use super::file::{Entry, Kind, Reader, Value};
use super::{BackupError, LEFT_OUT, Result, TABLES, columns_query};
use crate::server::store::schema::SchemaError;
use crate::server::store::{Db, Door, OpenError, Pool, Trust, meta, on_db, on_db_unhurried, postgres, schema, sqlite};

/// Values in one INSERT: both databases take at least as many.
const VALUES: usize = 16_000;

const EMPTY: &str = "
    SELECT NOT EXISTS (SELECT 1 FROM users)";

/// Restores into the SQLite file that `url` names, which must be empty or may be replaced. The caller holds its lock. The
/// new file is made beside the old one and takes its name when it is whole. Says how many rows there are.
pub async fn into_sqlite(url: &str, backup: &Path, replace: bool) -> Result<u64> {
    check(backup)?;
    let path = sqlite::file(url).map_err(refused)?;
    if !replace && path.exists() {
        let there = Db::open(url).await.map_err(refused)?;
        let empty = is_empty(&there).await;
        there.close().await;
        refuse_unless(empty?)?;
    }
    let beside = sqlite::with_ending(&path, ".restoring");
    // What an earlier try left.
    let _ = std::fs::remove_file(&beside);
    let filled = fill_file(&beside, backup).await;
    if filled.is_ok() {
        sqlite::replace(&path, &beside).await?;
    } else {
        let _ = std::fs::remove_file(&beside);
    }
    filled
}

fn refused(error: OpenError) -> BackupError {
    BackupError::Refused(error.to_string())
}

async fn fill_file(file: &Path, backup: &Path) -> Result<u64> {
    let pool = sqlite::fresh(file).await?;
    let door = Door::new(pool.clone(), &Arc::new(Trust::default()), true);
    let outcome = fill(&Pool::Sqlite(door), backup).await;
    pool.close().await;
    outcome
}

/// Restores into `db`, which must be empty or may be replaced, in one transaction. No other process of ours may be
/// connected to it: a node would go on with the old epoch. One that starts meanwhile waits for the tables.
pub async fn into_postgres(db: &Db, backup: &Path, replace: bool) -> Result<u64> {
    check(backup)?;
    db.is_up_to_date().await?;
    if !replace {
        refuse_unless(is_empty(db).await?)?;
    }
    if db.has_other_processes().await? {
        return Err(BackupError::Refused("another process serves this database: stop that first".into()));
    }
    fill(&db.write, backup).await
}

/// Reads the whole backup, so that one that is damaged is refused before anything is touched.
fn check(backup: &Path) -> Result<()> {
    let mut reader = Reader::open(backup)?;
    if reader.schema > schema::newest() {
        let why = format!("{} was made by a newer version of chat-chat: restore it with that", backup.display());
        return Err(BackupError::Refused(why));
    }
    while reader.next()?.is_some() {}
    Ok(())
}

async fn is_empty(db: &Db) -> Result<bool> {
    if db.schema_version().await?.is_none() {
        return Ok(true);
    }
    Ok(on_db!(&db.read, pool => sqlx::query_scalar(EMPTY).fetch_one(pool).await)?)
}

fn refuse_unless(empty: bool) -> Result<()> {
    if empty {
        Ok(())
    } else {
        Err(BackupError::Refused("there are accounts in the database: `--replace` drops them".into()))
    }
}

/// Makes the database what the backup says: the schema as it was then, the rows, and the schema's later steps.
async fn fill(pool: &Pool, backup: &Path) -> Result<u64> {
    let mut reader = Reader::open(backup)?;
    let list_columns = columns_query(pool);
    let (steps, patience) = match pool {
        Pool::Sqlite(_) => (&schema::SQLITE, ""),
        Pool::Postgres(_) => (&schema::POSTGRES, postgres::UNHURRIED_TRANSACTION),
    };
    on_db_unhurried!(pool, pool => {
        let mut tx = pool.begin().await?;
        sqlx::raw_sql(patience).execute(&mut *tx).await?;
        // Nothing refers to what is left out.
        for table in LEFT_OUT.iter().chain(TABLES.iter().rev()) {
            sqlx::raw_sql(AssertSqlSafe(format!("DROP TABLE IF EXISTS {table}"))).execute(&mut *tx).await?;
        }
        steps.run_to(reader.schema, &mut *tx).await.map_err(SchemaError::from)?;
        let mut table: Option<Table> = None;
        loop {
            let entry = reader.next()?;
            if let Some(table) = &mut table
                && (table.is_full() || !matches!(entry, Some(Entry::Row(_))))
                && !table.waiting.is_empty()
            {
                let mut query = QueryBuilder::new(&table.insert);
                query.push_values(table.waiting.drain(..), |mut row, values: Vec<Value>| {
                    for (kind, value) in table.kinds.iter().zip(values) {
                        match (kind, value) {
                            (_, Value::Int(value)) => row.push_bind(value),
                            (_, Value::Bool(value)) => row.push_bind(value),
                            (_, Value::Text(value)) => row.push_bind(value),
                            // PostgreSQL wants to know what it is that is not there.
                            (Kind::Int, Value::Null) => row.push_bind(None::<i64>),
                            (Kind::Bool, Value::Null) => row.push_bind(None::<bool>),
                            (Kind::Text, Value::Null) => row.push_bind(None::<String>),
                        };
                    }
                });
                query.build().execute(&mut *tx).await?;
            }
            match entry {
                None => break,
                Some(Entry::Row(values)) => match &mut table {
                    Some(table) if table.takes(&values) => table.waiting.push(values),
                    _ => return Err(reader.damaged()),
                },
                Some(Entry::Table { name, columns }) => {
                    let known = sqlx::query_as(list_columns).bind(&name).fetch_all(&mut *tx).await?;
                    let next = Table::of(&name, &columns, &known)?;
                    // Some steps of the schema fill tables themselves.
                    sqlx::raw_sql(AssertSqlSafe(format!("DELETE FROM {name}"))).execute(&mut *tx).await?;
                    table = Some(next);
                }
            }
        }
        for (name, value) in meta::renewed() {
            sqlx::query(meta::RENEW).bind(name).bind(value).execute(&mut *tx).await?;
        }
        steps.run(&mut *tx).await.map_err(SchemaError::from)?;
        tx.commit().await?;
    });
    Ok(reader.rows)
}

/// A table that is being filled.
struct Table {
    insert: String,
    kinds: Vec<Kind>,
    waiting: Vec<Vec<Value>>,
}

impl Table {
    /// `known` are the columns that the database has, which must be those of the backup, in whatever order.
    fn of(name: &str, columns: &[String], known: &[(String, String)]) -> Result<Self> {
        let strange = || BackupError::Refused(format!("the backup's table {name} does not fit the schema"));
        if !TABLES.contains(&name) || columns.len() != known.len() {
            return Err(strange());
        }
        let kinds = columns.iter().map(|column| {
            let (_, kind) = known.iter().find(|(known, _)| known == column).ok_or_else(strange)?;
            Kind::of(name, column, kind)
        });
        Ok(Self {
            insert: format!("INSERT INTO {name} ({}) ", columns.join(", ")),
            kinds: kinds.collect::<Result<_>>()?,
            waiting: Vec::new(),
        })
    }

    fn takes(&self, values: &[Value]) -> bool {
        values.len() == self.kinds.len() && self.kinds.iter().zip(values).all(|(kind, value)| kind.holds(value))
    }

    fn is_full(&self) -> bool {
        self.waiting.len() * self.kinds.len() >= VALUES
    }
}
