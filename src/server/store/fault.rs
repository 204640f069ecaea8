//! What a failed write says about trying again.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Another transaction got in the way: the same one may succeed at once.
    LostRace,
    /// What was sent cannot be stored; the database itself is well.
    Content,
    /// The database is not to be had: gone, locked, or its disk is full. It may be again, without a restart.
    Database,
    /// What was written could not be made to last. The system may by now have forgotten that it could not, so that a
    /// second try would be told that all is well: only a restart reads what is really there.
    LostFlush,
}

impl Fault {
    /// By SQLSTATE on PostgreSQL, which ends by itself when it loses a flush; SQLite reports by number, and with its
    /// one writer has no races.
    pub fn of(error: &sqlx::Error) -> Self {
        let Some(code) = error.as_database_error().and_then(|said| said.code()) else { return Self::Database };
        match &*code {
            // Serialization failure, deadlock, or a nonce that another node stored meanwhile.
            "40001" | "40P01" | "23505" => Self::LostRace,
            // SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC.
            "1034" | "1290" => Self::LostFlush,
            state if state.len() == 5 => {
                if state.starts_with("22") || state.starts_with("23") {
                    Self::Content
                } else {
                    Self::Database
                }
            }
            // SQLITE_TOOBIG, SQLITE_CONSTRAINT and SQLITE_MISMATCH, with their extended forms in the upper bits.
            number => match number.parse::<u32>().map(|number| number & 0xff) {
                Ok(18..=20) => Self::Content,
                _ => Self::Database,
            },
        }
    }

    /// Whether the connection that said so is of no use any more, although another one may be: its session can only read,
    /// as after a failover, was ended by the server, or has lost what was prepared in it.
    pub fn spoils_connection(error: &sqlx::Error) -> bool {
        match error {
            sqlx::Error::Io(error) => error.kind() != std::io::ErrorKind::TimedOut,
            sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(said) => said.code().is_some_and(|code| match &*code {
                // Read-only; shut down by an administrator, by a crash, starting up; a prepared statement that is not
                // there, or whose result has another type since the schema changed.
                "25006" | "57P01" | "57P02" | "57P03" | "26000" | "0A000" => true,
                state => state.len() == 5 && state.starts_with("08"),
            }),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    /// A database that says only a code.
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Said(&'static str);

    impl sqlx::error::DatabaseError for Said {
        fn message(&self) -> &str {
            self.0
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }

        fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> sqlx::error::ErrorKind {
            sqlx::error::ErrorKind::Other
        }
    }

    #[test]
    fn what_a_code_says_about_trying_again() {
        for (fault, codes) in [
            (Fault::LostRace, &["40001", "40P01", "23505"][..]),
            // NUL in a text; a missing reference; SQLite's constraints (of a key, unique), too big, mismatch.
            (Fault::Content, &["22021", "23503", "787", "2067", "18", "20"]),
            // Terminated, disk full, timeout; SQLite busy (also of a snapshot), locked, full, read or write error.
            (Fault::Database, &["57P01", "53100", "57014", "5", "517", "6", "13", "10", "266", "778", "11", "x"]),
            (Fault::LostFlush, &["1034", "1290"]),
        ] {
            for code in codes {
                assert_eq!(Fault::of(&sqlx::Error::Database(Box::new(Said(code)))), fault, "{code}");
            }
        }
        assert_eq!(Fault::of(&sqlx::Error::PoolTimedOut), Fault::Database);
    }

    #[test]
    fn what_a_code_says_about_the_connection() {
        let spoils = |code| Fault::spoils_connection(&sqlx::Error::Database(Box::new(Said(code))));
        assert!(["25006", "57P01", "57P02", "57P03", "08006", "08P01", "26000"].into_iter().all(spoils));
        // What was sent, a timeout, a full disk; SQLite's codes.
        assert!(!["22021", "40001", "57014", "53100", "8", "5", "1034"].into_iter().any(spoils));
        assert!(!Fault::spoils_connection(&sqlx::Error::PoolTimedOut));
    }
}
