//! Wrong passwords: each makes its account and its address wait, longer each time, and never for good.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::{MAX_KEYS, lock, too_fast};
use crate::error::Result;
use crate::model::text::{USERNAME_CHARS, fold};
use crate::server::address::counted;

/// Wrong passwords that cost nothing: people mistype.
const FREE_FAILURES: u32 = 5;
/// Addresses are shared by many people.
const FREE_FAILURES_OF_ADDRESS: u32 = 30;
/// The longest that somebody has to wait after a wrong password. Never a lock-out.
const MAX_DELAY: Duration = Duration::from_secs(60);
/// Failures are forgotten after this time without any.
const FORGET: Duration = Duration::from_secs(15 * 60);
/// Suspects that stay when there are too many.
const KEPT: usize = MAX_KEYS * 3 / 4;
/// Bytes of a name that may be somebody's, in whatever form.
const NAME_BYTES: usize = 12 * *USERNAME_CHARS.end();

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Suspect {
    /// By a keyed hash of the name, which takes no memory that a caller chooses.
    Account(u64),
    Address(IpAddr),
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

/// Who has failed how often.
#[derive(Default)]
pub struct Guesses {
    hasher: RandomState,
    failures: Mutex<HashMap<Suspect, Failures>>,
}

/// A password that is being tried. It counts as wrong until it is known to be right: many at once are as many, one after the
/// other.
pub struct Attempt<'g> {
    guesses: &'g Guesses,
    suspects: Vec<(Suspect, u32)>,
}

impl Guesses {
    /// Begins to try a password for `account` from `address`.
    ///
    /// # Errors
    ///
    /// `rate_limited` while either has to wait; then nothing is counted.
    pub fn attempt(&self, account: &str, address: IpAddr, now: Instant) -> Result<Attempt<'_>> {
        let suspects = self.suspects(account, address);
        let mut failures = lock(&self.failures);
        for (suspect, free) in &suspects {
            let Some(known) = failures.get(suspect) else { continue };
            let ready = known.last + delay(known.count, *free);
            if ready > now {
                return Err(too_fast(ready - now));
            }
        }
        if failures.len() + suspects.len() > MAX_KEYS {
            make_room(&mut failures, now);
        }
        for (suspect, _) in &suspects {
            let known = failures.entry(*suspect).or_insert(Failures { count: 0, last: now });
            if now.saturating_duration_since(known.last) > FORGET {
                known.count = 0;
            }
            known.count = known.count.saturating_add(1);
            known.last = now;
        }
        Ok(Attempt { guesses: self, suspects })
    }

    /// What may be to blame, with what each may do for free. A name that is too long for anybody's is none.
    fn suspects(&self, account: &str, address: IpAddr) -> Vec<(Suspect, u32)> {
        let mut suspects = vec![(Suspect::Address(counted(address)), FREE_FAILURES_OF_ADDRESS)];
        if account.len() <= NAME_BYTES {
            suspects.push((Suspect::Account(self.hasher.hash_one(fold(account))), FREE_FAILURES));
        }
        suspects
    }
}

impl Attempt<'_> {
    /// The password was right: the account is not under suspicion any more; its address is as much as before.
    pub fn was_right(self) {
        let mut failures = lock(&self.guesses.failures);
        for (suspect, _) in self.suspects {
            if matches!(suspect, Suspect::Account(_)) {
                failures.remove(&suspect);
            } else {
                take_back(&mut failures, suspect);
            }
        }
    }

    /// Nobody has looked whether it is right.
    pub fn was_not_made(self) {
        let mut failures = lock(&self.guesses.failures);
        for (suspect, _) in self.suspects {
            take_back(&mut failures, suspect);
        }
    }
}

fn take_back(failures: &mut HashMap<Suspect, Failures>, suspect: Suspect) {
    if let Some(known) = failures.get_mut(&suspect) {
        known.count = known.count.saturating_sub(1);
        if known.count == 0 {
            failures.remove(&suspect);
        }
    }
}

/// Forgets those that have failed least, the longest ago: who guesses a lot is remembered, however many names are made up.
fn make_room(failures: &mut HashMap<Suspect, Failures>, now: Instant) {
    failures.retain(|_, known| now.saturating_duration_since(known.last) < FORGET);
    if failures.len() > KEPT {
        let mut all: Vec<_> = failures.iter().map(|(suspect, known)| (known.count, known.last, *suspect)).collect();
        all.sort_unstable_by_key(|(count, last, _)| (*count, *last));
        for (.., suspect) in &all[..all.len() - KEPT] {
            failures.remove(suspect);
        }
    }
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

    fn address(n: u32) -> IpAddr {
        IpAddr::from(n.to_be_bytes())
    }

    #[test]
    fn wrong_passwords_delay_one_account_and_never_lock_it() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        let spelt = |n: u32| if n.is_multiple_of(2) { "Alice" } else { "alice" };
        let refused = (0..100).filter(|n| guesses.attempt(spelt(*n), address(n % 20), start).is_err()).count();
        assert!(refused >= 90, "{refused}");
        assert!(guesses.attempt("bob", address(1), start).is_ok());
        assert!(guesses.attempt("alice", address(99), start + MAX_DELAY).is_ok());
    }

    #[test]
    fn guesses_at_once_are_as_many_as_one_after_the_other() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        let under_way: Vec<_> = (0..34).filter_map(|n| guesses.attempt("alice", address(n), start).ok()).collect();
        assert_eq!(under_way.len(), FREE_FAILURES as usize);
    }

    #[test]
    fn a_right_password_and_one_that_nobody_looked_at_cost_nothing() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        for _ in 0..100 {
            guesses.attempt("alice", address(1), start).unwrap().was_right();
            guesses.attempt("alice", address(1), start).unwrap().was_not_made();
        }
        assert!(lock(&guesses.failures).is_empty());
    }

    #[test]
    fn one_network_is_one_suspect() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        let in_network = |n: u32| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, n as u16]);
        let tried = (0..100).filter(|n| guesses.attempt(&format!("user{n}"), in_network(*n), start).is_ok()).count();
        assert_eq!(tried, FREE_FAILURES_OF_ADDRESS as usize);
    }

    #[test]
    fn made_up_names_need_no_memory_and_clear_nobody() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        let long = "x".repeat(60_000);
        for n in 0..3_000 {
            assert!(guesses.attempt(&long, address(n), start).is_ok());
        }
        assert_eq!(lock(&guesses.failures).len(), 3_000, "nobody has a name of 60 KB");
        while guesses.attempt("alice", address(0), start).is_ok() {}
        for n in 0..3 * MAX_KEYS as u32 {
            let _ = guesses.attempt(&format!("user{n}"), address(n), start);
        }
        assert!(lock(&guesses.failures).len() <= MAX_KEYS);
        assert!(guesses.attempt("alice", address(u32::MAX), start).is_err(), "who was guessed at most is remembered");
    }
}
