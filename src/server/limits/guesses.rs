//! Wrong passwords: each makes those who may have guessed wait, longer each time, and never for good.
//!
//! An address that guesses at an account waits for up to a minute. All addresses together wait for a few seconds, so that
//! whoever guesses from many does not keep out the account's owner, who may be somewhere new. A browser in which somebody
//! has signed in to the account before answers for itself alone (OWASP: device cookies).

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::{MAX_KEYS, lock, too_fast};
use crate::error::Result;
use crate::model::text::{USERNAME_CHARS, fold};
use crate::server::address::counted;

/// Wrong passwords that cost nothing, of one address or browser at one account: people mistype.
const FREE: u32 = 5;
/// The same of all addresses at one account.
const FREE_AT_ACCOUNT: u32 = 10;
/// The same of one address at all accounts. Addresses are shared by many people.
const FREE_OF_ADDRESS: u32 = 30;
/// The longest that somebody has to wait after their own wrong password, and after those of others.
const MAX_DELAY: Duration = Duration::from_secs(60);
const MAX_DELAY_AT_ACCOUNT: Duration = Duration::from_secs(4);
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
    /// An address at one account.
    Pair(u64, IpAddr),
    /// A browser in which somebody has signed in to the account.
    Browser(u64),
}

impl Suspect {
    /// Failures that cost nothing, and the longest delay after others.
    const fn allowance(self) -> (u32, Duration) {
        match self {
            Self::Account(_) => (FREE_AT_ACCOUNT, MAX_DELAY_AT_ACCOUNT),
            Self::Address(_) => (FREE_OF_ADDRESS, MAX_DELAY),
            Self::Pair(..) | Self::Browser(_) => (FREE, MAX_DELAY),
        }
    }

    /// 1 s, 2 s, 4 s … after the free ones.
    fn delay(self, failures: u32) -> Duration {
        let (free, longest) = self.allowance();
        match failures.checked_sub(free) {
            None => Duration::ZERO,
            Some(beyond) => Duration::from_secs(1 << beyond.min(6)).min(longest),
        }
    }
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
    suspects: Vec<Suspect>,
}

impl Guesses {
    /// Begins to try a password for `account` from `address`, in a browser that is `known` for the account.
    ///
    /// # Errors
    ///
    /// `rate_limited` while one of those who may be to blame has to wait; then nothing is counted.
    pub fn attempt(&self, account: &str, address: IpAddr, known: Option<&str>, now: Instant) -> Result<Attempt<'_>> {
        let suspects = self.suspects(account, address, known);
        let mut failures = lock(&self.failures);
        for suspect in &suspects {
            let Some(known) = failures.get(suspect) else { continue };
            let ready = known.last + suspect.delay(known.count);
            if ready > now {
                return Err(too_fast(ready - now));
            }
        }
        if failures.len() + suspects.len() > MAX_KEYS {
            make_room(&mut failures, now);
        }
        for suspect in &suspects {
            let known = failures.entry(*suspect).or_insert(Failures { count: 0, last: now });
            if now.saturating_duration_since(known.last) > FORGET {
                known.count = 0;
            }
            known.count = known.count.saturating_add(1);
            known.last = now;
        }
        Ok(Attempt { guesses: self, suspects })
    }

    /// Who may be to blame. A name that is too long for anybody's is nobody's.
    fn suspects(&self, account: &str, address: IpAddr, known: Option<&str>) -> Vec<Suspect> {
        let address = counted(address);
        if let Some(browser) = known {
            return vec![Suspect::Browser(self.hasher.hash_one(browser))];
        }
        let mut suspects = vec![Suspect::Address(address)];
        if account.len() <= NAME_BYTES {
            let account = self.hasher.hash_one(fold(account));
            suspects.extend([Suspect::Account(account), Suspect::Pair(account, address)]);
        }
        suspects
    }
}

impl Attempt<'_> {
    /// The password was right: whoever tried it is not under suspicion any more; the address is as much as before, at
    /// other accounts, and so is the account, at which others may go on guessing.
    pub fn was_right(self) {
        let mut failures = lock(&self.guesses.failures);
        for suspect in self.suspects {
            if matches!(suspect, Suspect::Pair(..) | Suspect::Browser(_)) {
                failures.remove(&suspect);
            } else {
                take_back(&mut failures, suspect);
            }
        }
    }

    /// Nobody has looked whether it is right.
    pub fn was_not_made(self) {
        let mut failures = lock(&self.guesses.failures);
        for suspect in self.suspects {
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
        let refused = (0..100).filter(|n| guesses.attempt(spelt(*n), address(n % 20), None, start).is_err()).count();
        assert!(refused >= 85, "{refused}");
        assert!(guesses.attempt("bob", address(1), None, start).is_ok());
        assert!(guesses.attempt("alice", address(99), None, start + MAX_DELAY_AT_ACCOUNT).is_ok());
    }

    #[test]
    fn who_guesses_without_end_keeps_nobody_out() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        let mut made = 0;
        // Five times a second, for ten minutes.
        for moment in (0..3_000).map(|n| start + Duration::from_millis(200 * n)) {
            made += u32::from(guesses.attempt("alice", address(1), None, moment).is_ok());
        }
        let after = start + Duration::from_secs(600);
        assert!(made < 25, "{made} guesses");
        guesses.attempt("alice", address(2), None, after + MAX_DELAY_AT_ACCOUNT).unwrap().was_right();
        for n in 0..100 {
            let _ = guesses.attempt("alice", address(n), None, after);
        }
        guesses.attempt("alice", address(1), Some("a browser"), after).unwrap().was_right();
        let mistyped =
            (0..9).filter(|_| guesses.attempt("alice", address(1), Some("a browser"), after).is_ok()).count();
        assert_eq!(mistyped, FREE as usize);
    }

    #[test]
    fn guesses_at_once_are_as_many_as_one_after_the_other() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        let try_from = |n| guesses.attempt("alice", address(n), None, start).ok();
        let under_way: Vec<_> = (0..34).filter_map(|_| try_from(1)).collect();
        assert_eq!(under_way.len(), FREE as usize);
        let under_way: Vec<_> = (10..44).filter_map(try_from).collect();
        assert_eq!(under_way.len(), (FREE_AT_ACCOUNT - FREE) as usize);
    }

    #[test]
    fn a_right_password_and_one_that_nobody_looked_at_cost_nothing() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        for _ in 0..100 {
            guesses.attempt("alice", address(1), None, start).unwrap().was_right();
            guesses.attempt("alice", address(1), None, start).unwrap().was_not_made();
        }
        assert!(lock(&guesses.failures).is_empty());
    }

    #[test]
    fn one_network_is_one_suspect() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        let in_network = |n: u32| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, n as u16]);
        let tried =
            (0..100).filter(|n| guesses.attempt(&format!("user{n}"), in_network(*n), None, start).is_ok()).count();
        assert_eq!(tried, FREE_OF_ADDRESS as usize);
    }

    #[test]
    fn made_up_names_need_no_memory_and_clear_nobody() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        let long = "x".repeat(60_000);
        for n in 0..3_000 {
            assert!(guesses.attempt(&long, address(n), None, start).is_ok());
        }
        assert_eq!(lock(&guesses.failures).len(), 3_000, "nobody has a name of 60 KB");
        while guesses.attempt("alice", address(0), None, start).is_ok() {}
        for n in 0..3 * MAX_KEYS as u32 {
            let _ = guesses.attempt(&format!("user{n}"), address(n), None, start);
        }
        assert!(lock(&guesses.failures).len() <= MAX_KEYS);
        assert!(guesses.attempt("alice", address(0), None, start).is_err(), "who has guessed most is remembered");
    }
}
