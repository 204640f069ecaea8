//! How much one person or address may do: token buckets, and growing delays after wrong passwords.

mod buckets;
mod guesses;

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use self::buckets::{Bucket, Buckets};
pub use self::guesses::Attempt;
use self::guesses::Guesses;
use super::address::counted;
use super::config::{Config, Rate, RateLimit};
use crate::error::{AppError, Problem, Result};
use crate::model::ids::{RoomId, UserId};
use crate::model::text::fold;

/// Keys that each limit remembers at most.
const MAX_KEYS: usize = 10_000;
const REGISTRATIONS: RateLimit = RateLimit { burst: 10.0, per_second: 1.0 / 60.0 };
/// Right passwords count too: each makes a session.
const SIGN_INS: RateLimit = RateLimit { burst: 30.0, per_second: 1.0 / 10.0 };
/// Rooms that one account may open: five at once, twenty a day.
const ROOMS: RateLimit = RateLimit { burst: 5.0, per_second: 20.0 / 86_400.0 };
/// People whom one account may add to rooms: thirty an hour.
const ADDED: RateLimit = RateLimit { burst: 30.0, per_second: 30.0 / 3_600.0 };
/// Drafts that one account saves. Browsers do so when nothing has been typed for two seconds, and when it is sent.
const DRAFTS: RateLimit = RateLimit { burst: 30.0, per_second: 2.0 };
/// Many people may share an address, and all of their pages fail at once; the log must bear it.
const FAULTS: RateLimit = RateLimit { burst: 10.0, per_second: 1.0 / 10.0 };

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// "Come back after `wait`."
pub fn too_fast(wait: Duration) -> AppError {
    AppError::from(Problem::TooFast).retry_after(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1))
}

pub struct Limits {
    sends: Buckets<(UserId, RoomId)>,
    registrations: Buckets<IpAddr>,
    faults: Buckets<IpAddr>,
    guesses: Option<Guesses>,
    /// By a hash of the name.
    sign_ins: Buckets<u64>,
    hasher: RandomState,
    rooms: Buckets<UserId>,
    added: Buckets<UserId>,
    drafts: Buckets<UserId>,
    /// Per connection; the connection holds the bucket.
    pub frames: Rate,
}

impl Limits {
    pub fn new(config: &Config) -> Self {
        Self {
            sends: Buckets::new(config.rate_send),
            registrations: Buckets::new(config.rate_auth.then_some(REGISTRATIONS)),
            faults: Buckets::new(Some(FAULTS)),
            guesses: config.rate_auth.then(Guesses::default),
            sign_ins: Buckets::new(config.rate_auth.then_some(SIGN_INS)),
            hasher: RandomState::new(),
            rooms: Buckets::new(config.quotas.then_some(ROOMS)),
            added: Buckets::new(config.quotas.then_some(ADDED)),
            drafts: Buckets::new(config.quotas.then_some(DRAFTS)),
            frames: config.rate_frames,
        }
    }

    /// One message of `user` to `room`.
    pub fn send(&self, user: UserId, room: RoomId) -> Result<()> {
        self.sends.take((user, room), Instant::now())
    }

    /// One registration from `address`.
    pub fn register(&self, address: IpAddr) -> Result<()> {
        self.registrations.take(counted(address), Instant::now())
    }

    /// One report of a failed page from `address`.
    pub fn report_fault(&self, address: IpAddr) -> Result<()> {
        self.faults.take(counted(address), Instant::now())
    }

    /// Whether a password for `account` may be tried from `address` now, in a browser that may be `known` for the account.
    /// It counts as wrong until the attempt says otherwise; nothing is counted where the limit is lifted.
    pub fn try_login(&self, account: &str, address: IpAddr, known: Option<&str>) -> Result<Option<Attempt<'_>>> {
        self.guesses.as_ref().map(|guesses| guesses.attempt(account, address, known, Instant::now())).transpose()
    }

    /// One session more of `account`, whose password was right.
    pub fn sign_in(&self, account: &str) -> Result<()> {
        self.sign_ins.take(self.hasher.hash_one(fold(account)), Instant::now())
    }

    /// One room more that `user` opens.
    pub fn open_room(&self, user: UserId) -> Result<()> {
        self.rooms.take(user, Instant::now())
    }

    /// One draft more that `user` saves.
    pub fn save_draft(&self, user: UserId) -> Result<()> {
        self.drafts.take(user, Instant::now())
    }

    /// One person more whom `user` adds to a room.
    pub fn add_member(&self, user: UserId) -> Result<()> {
        self.added.take(user, Instant::now())
    }
}
