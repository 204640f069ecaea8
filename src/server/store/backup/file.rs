//! The file of a backup: a line that says what it is, a line per table and row, and a line that proves it whole.
//!
//! Every line is JSON: `{"backup":{"format":1,"schema":2}}`, then per table `{"table":{"name":"users","columns":["id",…]}}`
//! and its rows as arrays, then `{"end":{"rows":7,"sha256":"…"}}`, the hash being of everything before that line.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{BackupError, Result, Target};
use crate::server::ids;
use crate::server::store::sqlite::{OWNER_ONLY, sync_folder, with_ending};

const FORMAT: u32 = 1;
/// Longer than any row of ours: what is longer is something else.
const MAX_LINE: u64 = 4 * 1024 * 1024;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Int,
    Bool,
    Text,
}

impl Kind {
    /// By the name of a type in either database.
    pub fn of(table: &str, column: &str, name: &str) -> Result<Self> {
        match name {
            "BIGINT" => Ok(Self::Int),
            "BOOLEAN" => Ok(Self::Bool),
            "TEXT" => Ok(Self::Text),
            _ => Err(BackupError::Refused(format!("a backup cannot hold {table}.{column}, which is {name}"))),
        }
    }

    pub fn holds(self, value: &Value) -> bool {
        matches!(
            (self, value),
            (_, Value::Null) | (Self::Int, Value::Int(_)) | (Self::Bool, Value::Bool(_)) | (Self::Text, Value::Text(_))
        )
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
}

/// A line that is no row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mark {
    Backup { format: u32, schema: i64 },
    Table { name: String, columns: Vec<String> },
    End { rows: u64, sha256: String },
}

/// What a reader finds between the first line and the last.
#[derive(Debug)]
pub enum Entry {
    Table { name: String, columns: Vec<String> },
    Row(Vec<Value>),
}

/// Writes a file under another name until all is there, and removes that if it does not come to it.
pub struct Writer {
    path: PathBuf,
    /// `None` for an output that has no name.
    partial: Option<PathBuf>,
    output: BufWriter<File>,
    hash: Sha256,
    rows: u64,
}

impl Writer {
    pub fn create(target: Target<'_>, schema: i64) -> Result<Self> {
        let (path, partial, output) = match target {
            Target::Output(output) => ("standard output".into(), None, output),
            Target::File(path) => {
                let failed = |error| BackupError::File { path: path.to_owned(), error };
                if path.symlink_metadata().is_ok() {
                    return Err(failed(ErrorKind::AlreadyExists.into()));
                }
                let partial = with_ending(path, &format!(".{}.partial", ids::nonce()));
                // Password hashes and private rooms are in it.
                let output = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(&partial);
                (path.to_owned(), Some(partial), output.map_err(failed)?)
            }
        };
        let output = BufWriter::with_capacity(256 * 1024, output);
        let mut writer = Self { path, partial, output, hash: Sha256::new(), rows: 0 };
        writer.line(&Mark::Backup { format: FORMAT, schema })?;
        Ok(writer)
    }

    pub fn table(&mut self, name: &str, columns: Vec<String>) -> Result<()> {
        self.line(&Mark::Table { name: name.to_owned(), columns })
    }

    pub fn row(&mut self, values: &[Value]) -> Result<()> {
        self.rows += 1;
        self.line(&values)
    }

    /// Gives the file its name; answers with the number of rows.
    pub fn finish(mut self) -> Result<u64> {
        let sha256 = STANDARD.encode(self.hash.finalize_reset());
        self.line(&Mark::End { rows: self.rows, sha256 })?;
        let named = self.output.flush().and_then(|()| match &self.partial {
            None => Ok(()),
            Some(partial) => {
                self.output.get_ref().sync_all()?;
                std::fs::rename(partial, &self.path)?;
                sync_folder(&self.path)
            }
        });
        named.map(|()| self.rows).map_err(|error| self.failed(error))
    }

    fn line(&mut self, line: &impl Serialize) -> Result<()> {
        let mut text = serde_json::to_vec(line).map_err(|error| self.failed(error.into()))?;
        text.push(b'\n');
        self.hash.update(&text);
        self.output.write_all(&text).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: std::io::Error) -> BackupError {
        BackupError::File { path: self.path.clone(), error }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // It is not there any more once it has its name.
        if let Some(partial) = &self.partial {
            let _ = std::fs::remove_file(partial);
        }
    }
}

/// Reads a file line by line, and fails before its end if it is not what was written.
pub struct Reader {
    path: PathBuf,
    input: BufReader<File>,
    hash: Sha256,
    line: u64,
    pub rows: u64,
    /// The version of the schema that the rows are of.
    pub schema: i64,
}

impl Reader {
    pub fn open(path: &Path) -> Result<Self> {
        let input = File::open(path).map_err(|error| BackupError::File { path: path.to_owned(), error })?;
        let input = BufReader::with_capacity(256 * 1024, input);
        let mut reader = Self { path: path.to_owned(), input, hash: Sha256::new(), line: 0, rows: 0, schema: 0 };
        let first = reader.text().map_err(|error| match error {
            BackupError::Damaged { path, .. } => BackupError::Foreign(path),
            other => other,
        })?;
        match serde_json::from_slice(&first) {
            Ok(Mark::Backup { format: FORMAT, schema }) => reader.schema = schema,
            Ok(Mark::Backup { .. }) => {
                let why = format!("{} was made by a newer version of chat-chat: restore it with that", path.display());
                return Err(BackupError::Refused(why));
            }
            _ => return Err(BackupError::Foreign(reader.path)),
        }
        reader.hash.update(&first);
        Ok(reader)
    }

    /// The next table or row; `None` once everything was proved whole.
    pub fn next(&mut self) -> Result<Option<Entry>> {
        let text = self.text()?;
        if text.starts_with(b"[") {
            self.hash.update(&text);
            self.rows += 1;
            return serde_json::from_slice(&text).map(|row| Some(Entry::Row(row))).map_err(|_| self.damaged());
        }
        match serde_json::from_slice(&text) {
            Ok(Mark::Table { name, columns }) => {
                self.hash.update(&text);
                Ok(Some(Entry::Table { name, columns }))
            }
            Ok(Mark::End { rows, sha256 })
                if rows == self.rows
                    && sha256 == STANDARD.encode(self.hash.finalize_reset())
                    && self.input.fill_buf().is_ok_and(<[u8]>::is_empty) =>
            {
                Ok(None)
            }
            _ => Err(self.damaged()),
        }
    }

    /// A line with its end.
    fn text(&mut self) -> Result<Vec<u8>> {
        self.line += 1;
        let mut text = Vec::new();
        let read = (&mut self.input).take(MAX_LINE).read_until(b'\n', &mut text);
        read.map_err(|error| BackupError::File { path: self.path.clone(), error })?;
        if text.ends_with(b"\n") { Ok(text) } else { Err(self.damaged()) }
    }

    pub fn damaged(&self) -> BackupError {
        BackupError::Damaged { path: self.path.clone(), line: self.line }
    }
}
