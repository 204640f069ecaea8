//! Exactly one process serves an SQLite file.

use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt;

use super::{OpenError, sqlite};

/// Held by whoever serves an SQLite file, changes its schema or replaces it: for as long as it does.
///
/// The lock is the operating system's, on a file beside the database, and ends with the process however that ends: the
/// file stays, and means nothing by itself. PostgreSQL needs no such thing, because nodes share it.
pub struct Lock {
    _file: Option<File>,
}

impl Lock {
    /// Takes the lock of the database that `url` names.
    ///
    /// # Errors
    ///
    /// Another process holds it; or its file cannot be made.
    pub fn take(url: &str) -> Result<Self, OpenError> {
        if !url.starts_with("sqlite:") {
            return Ok(Self { _file: None });
        }
        let database = sqlite::file(url)?;
        sqlite::make_folder(&database)?;
        let path = sqlite::with_ending(&database, ".lock");
        let failed = |error: std::io::Error| OpenError::Refused(format!("{}: {error}", path.display()));
        let file = File::options().create(true).append(true).mode(sqlite::OWNER_ONLY).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => {
                Err(OpenError::Refused(format!("{} is served by another process: stop that first", database.display())))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}
