//! How much one person or address may do: token buckets, and growing delays after wrong passwords.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::config::{Config, Rate, RateLimit};
use crate::error::{AppError, Problem, Result};
use crate::model::ids::{RoomId, UserId};

/// Keys remembered before idle ones are thrown out.
const MAX_KEYS: usize = 10_000;
/// Wrong passwords that cost nothing: people mistype.
const FREE_FAILURES: u32 = 5;
/// Addresses are shared by many people.
const FREE_FAILURES_OF_ADDRESS: u32 = 30;
/// The longest that somebody has to wait after a wrong password. Never a lock-out.
const MAX_DELAY: Duration = Duration::from_secs(60);
/// Failures are forgotten after this time without any.
const FORGET: Duration = Duration::from_secs(15 * 60);
const REGISTRATIONS: RateLimit = RateLimit { burst: 10.0, per_second: 1.0 / 60.0 };

/// A token bucket.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    pub const fn full(limit: RateLimit, now: Instant) -> Self {
        Self { tokens: limit.burst, filled: now }
    }

    /// Takes a token, or says how long until there is one.
    pub fn take(&mut self, limit: RateLimit, now: Instant) -> std::result::Result<(), Duration> {
        let earned = now.saturating_duration_since(self.filled).as_secs_f64() * limit.per_second;
        self.tokens = (self.tokens + earned).min(limit.burst);
        self.filled = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - self.tokens) / limit.per_second))
    }
}

/// Buckets by key. Full ones are the same as unknown ones, so they may be forgotten.
struct Buckets<K> {
    limit: Rate,
    by_key: Mutex<HashMap<K, Bucket>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn too_fast(wait: Duration) -> AppError {
    AppError::from(Problem::TooFast).retry_after(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1))
}

impl<K: Hash + Eq> Buckets<K> {
    fn new(limit: Rate) -> Self {
        Self { limit, by_key: Mutex::default() }
    }

    fn take(&self, key: K, now: Instant) -> Result<()> {
        let Some(limit) = self.limit else { return Ok(()) };
        let mut by_key = lock(&self.by_key);
        if by_key.len() >= MAX_KEYS {
            let full_after = Duration::from_secs_f64(limit.burst / limit.per_second);
            by_key.retain(|_, bucket| now.saturating_duration_since(bucket.filled) < full_after);
        }
        by_key.entry(key).or_insert_with(|| Bucket::full(limit, now)).take(limit, now).map_err(too_fast)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Suspect {
    Account(String),
    Address(IpAddr),
}

struct Failures {
    count: u32,
    last: Instant,
}

pub struct Limits {
    sends: Buckets<(UserId, RoomId)>,
    registrations: Buckets<IpAddr>,
    failures: Option<Mutex<HashMap<Suspect, Failures>>>,
    /// Per connection; the connection holds the bucket.
    pub frames: Rate,
}

impl Limits {
    pub fn new(config: &Config) -> Self {
        Self {
            sends: Buckets::new(config.rate_send),
            registrations: Buckets::new(config.rate_auth.then_some(REGISTRATIONS)),
            failures: config.rate_auth.then(Mutex::default),
            frames: config.rate_frames,
        }
    }

    /// One message of `user` to `room`.
    pub fn send(&self, user: UserId, room: RoomId) -> Result<()> {
        self.sends.take((user, room), Instant::now())
    }

    /// One registration from `address`.
    pub fn register(&self, address: IpAddr) -> Result<()> {
        self.registrations.take(address, Instant::now())
    }

    /// Whether a password for `account` may be tried from `address` now.
    pub fn try_login(&self, account: &str, address: IpAddr) -> Result<()> {
        self.try_login_at(account, address, Instant::now())
    }

    fn try_login_at(&self, account: &str, address: IpAddr, now: Instant) -> Result<()> {
        let Some(failures) = &self.failures else { return Ok(()) };
        let failures = lock(failures);
        for (suspect, free) in suspects(account, address) {
            let Some(known) = failures.get(&suspect) else { continue };
            let ready = known.last + delay(known.count, free);
            if ready > now {
                return Err(too_fast(ready - now));
            }
        }
        Ok(())
    }

    /// A password was wrong.
    pub fn login_failed(&self, account: &str, address: IpAddr) {
        self.login_failed_at(account, address, Instant::now());
    }

    fn login_failed_at(&self, account: &str, address: IpAddr, now: Instant) {
        let Some(failures) = &self.failures else { return };
        let mut failures = lock(failures);
        if failures.len() >= MAX_KEYS {
            failures.retain(|_, known| now.saturating_duration_since(known.last) < FORGET);
        }
        for (suspect, _) in suspects(account, address) {
            let known = failures.entry(suspect).or_insert(Failures { count: 0, last: now });
            if now.saturating_duration_since(known.last) > FORGET {
                known.count = 0;
            }
            known.count = known.count.saturating_add(1);
            known.last = now;
        }
    }

    /// The password was right: the account is not under suspicion any more, its address still is.
    pub fn login_succeeded(&self, account: &str) {
        if let Some(failures) = &self.failures {
            lock(failures).remove(&Suspect::Account(crate::model::text::fold(account)));
        }
    }
}

fn suspects(account: &str, address: IpAddr) -> [(Suspect, u32); 2] {
    [
        (Suspect::Account(crate::model::text::fold(account)), FREE_FAILURES),
        (Suspect::Address(address), FREE_FAILURES_OF_ADDRESS),
    ]
}

/// 1 s, 2 s, 4 s … after the free ones.
fn delay(failures: u32, free: u32) -> Duration {
    match failures.checked_sub(free) {
        None => Duration::ZERO,
        Some(beyond) => Duration::from_secs(1 << beyond.min(6)).min(MAX_DELAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits::new(&Config::read(&|_| None).unwrap())
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let limit = RateLimit { burst: 2.0, per_second: 2.0 };
        let start = Instant::now();
        let mut bucket = Bucket::full(limit, start);
        assert!(bucket.take(limit, start).is_ok());
        assert!(bucket.take(limit, start).is_ok());
        assert_eq!(bucket.take(limit, start), Err(Duration::from_millis(500)));
        assert!(bucket.take(limit, start + Duration::from_millis(500)).is_ok());
    }

    #[test]
    fn wrong_passwords_delay_one_account_and_never_lock_it() {
        let limits = limits();
        let start = Instant::now();
        let address = |n: u8| IpAddr::from([192, 0, 2, n]);
        let refused = (0..100)
            .filter(|try_| {
                let from = address(try_ % 20);
                let refused = limits.try_login_at("Alice", from, start).is_err();
                if !refused {
                    limits.login_failed_at("alice", from, start);
                }
                refused
            })
            .count();
        assert!(refused >= 90, "{refused}");
        assert!(limits.try_login_at("bob", address(1), start).is_ok());
        assert!(limits.try_login_at("alice", address(99), start + MAX_DELAY).is_ok());
    }
}
