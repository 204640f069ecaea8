//! The door of the store: every call has a deadline, and what failed decides which connections are used again.

use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{Fault, Result};

/// How long a call may take, waiting for a connection included. Beyond it the caller is told that the database is
/// unavailable; of a write nobody knows then whether it was stored, and only the nonce of a retry tells.
pub const DEADLINE: Duration = Duration::from_secs(3);
/// For so long after a call was abandoned, connections are examined before they go back into the pool: one of them has
/// its answer still to come, and may never get it.
const EXAMINE_FOR: u64 = 10_000;

/// A pool, and what is known of its connections. Calls go through [`Door::pass`], by way of `on_db!`.
#[derive(Clone, Debug)]
pub struct Door<P> {
    pool: P,
    trust: Arc<Trust>,
    writes: bool,
}

impl<P> Door<P> {
    pub fn new(pool: P, trust: &Arc<Trust>, writes: bool) -> Self {
        Self { pool, trust: Arc::clone(trust), writes }
    }

    /// The answer of a call to the pool.
    ///
    /// # Errors
    ///
    /// What the call says, or that it took longer than [`DEADLINE`].
    pub async fn pass<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        self.pass_within(DEADLINE, call).await
    }

    async fn pass_within<T>(&self, limit: Duration, call: impl Future<Output = Result<T>>) -> Result<T> {
        // Dropped before the call is, and with it the connection: whoever takes that back has to know already.
        let mut call = pin!(call);
        let abandoned = Abandoned(&self.trust);
        let answer = tokio::time::timeout(limit, call.as_mut()).await;
        if answer.is_ok() {
            std::mem::forget(abandoned);
        }
        let answer = answer.unwrap_or_else(|_| Err(late(limit)));
        self.trust.learn(&answer, self.writes);
        answer
    }
}

impl<P> Deref for Door<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.pool
    }
}

fn late(limit: Duration) -> sqlx::Error {
    let why = format!("the database did not answer within {limit:?}");
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, why))
}

/// Marks a call that ended without an answer: too late, or because nobody waits for it any more.
struct Abandoned<'a>(&'a Trust);

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        self.0.abandoned.store(self.0.now(), Ordering::Relaxed);
    }
}

/// What is known of a database's connections. Times are milliseconds since it was opened; 0 is never.
#[derive(Debug)]
pub struct Trust {
    opened: Instant,
    abandoned: AtomicU64,
    spoiled: AtomicU64,
    writes_fail: AtomicBool,
}

impl Default for Trust {
    fn default() -> Self {
        // A millisecond ago, so that no time is 0.
        let opened = Instant::now().checked_sub(Duration::from_millis(1)).unwrap_or_else(Instant::now);
        Self { opened, abandoned: AtomicU64::new(0), spoiled: AtomicU64::new(0), writes_fail: AtomicBool::new(false) }
    }
}

impl Trust {
    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn learn<T>(&self, answer: &Result<T>, writes: bool) {
        match answer {
            Ok(_) if writes => self.writes_fail.store(false, Ordering::Relaxed),
            Ok(_) => {}
            Err(error) => {
                if Fault::spoils_connection(error) {
                    self.spoiled.store(self.now(), Ordering::Relaxed);
                }
                if writes && Fault::of(error) == Fault::Database {
                    self.writes_fail.store(true, Ordering::Relaxed);
                }
            }
        }
    }

    /// Whether the latest write failed, and not for what was to be written.
    pub fn writes_fail(&self) -> bool {
        self.writes_fail.load(Ordering::Relaxed)
    }

    /// Whether a connection of this age was there already when one of them turned out to be of no use: after a failover
    /// its siblings are of none either.
    pub fn is_spoiled(&self, age: Duration) -> bool {
        let made = self.now().saturating_sub(u64::try_from(age.as_millis()).unwrap_or(u64::MAX));
        made <= self.spoiled.load(Ordering::Relaxed)
    }

    /// Whether a connection that comes back may be one whose answer nobody has waited for.
    pub fn examines(&self) -> bool {
        let abandoned = self.abandoned.load(Ordering::Relaxed);
        abandoned > 0 && self.now().saturating_sub(abandoned) < EXAMINE_FOR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(writes: bool) -> Door<()> {
        Door::new((), &Arc::new(Trust::default()), writes)
    }

    #[tokio::test]
    async fn a_call_that_does_not_end_is_abandoned_and_the_next_one_is_answered() {
        let door = door(true);
        let error = door.pass_within(Duration::from_millis(1), std::future::pending::<Result<()>>()).await.unwrap_err();
        assert!(matches!(error, sqlx::Error::Io(_)), "{error}");
        assert!(door.trust.examines() && door.trust.writes_fail());
        door.pass(async { Ok(()) }).await.unwrap();
        assert!(!door.trust.writes_fail());
    }

    #[tokio::test]
    async fn a_caller_who_goes_away_is_noticed_before_the_connection_is_given_back() {
        struct Connection<'a>(&'a Trust);
        impl Drop for Connection<'_> {
            fn drop(&mut self) {
                assert!(self.0.examines());
            }
        }
        let door = door(false);
        let connection = Connection(&door.trust);
        let mut call = Box::pin(door.pass(async {
            let _held = connection;
            std::future::pending::<Result<()>>().await
        }));
        assert!(futures_util::poll!(call.as_mut()).is_pending());
        drop(call);
        assert!(door.trust.examines());
    }

    #[tokio::test]
    async fn a_spoiled_connection_takes_along_those_that_are_as_old() {
        let door = door(true);
        assert!(!door.trust.is_spoiled(Duration::ZERO));
        door.pass(async { Err::<(), _>(sqlx::Error::Io(std::io::ErrorKind::BrokenPipe.into())) }).await.unwrap_err();
        assert!(door.trust.is_spoiled(Duration::from_secs(1)) && door.trust.writes_fail());
    }
}
