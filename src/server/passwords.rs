//! Password hashing, kept away from the threads that serve people.

pub mod common;
mod queue;

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::mpsc::channel;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::oneshot;

use self::queue::{Asker, Full, Queue};
use super::address::counted;
use crate::error::{AppError, Problem, Result};

/// OWASP's minimum for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes at once: each takes a core for about 20 ms, and the others belong to the chat.
const AT_ONCE: usize = 2;

type Work = Box<dyn FnOnce() + Send>;

/// Hashes and verifies, a few at a time; whoever asks, by turns.
#[derive(Clone)]
pub struct Passwords {
    /// To threads of our own, which use the memory of their last hash again. Spread over the many threads of a runtime,
    /// half a gigabyte of freed memory would stay with the allocator.
    lines: Arc<Lines>,
    hasher: RandomState,
    asker: Asker,
    /// Verified against when there is no such user, so that the answer takes as long.
    nobody: Arc<str>,
}

/// The threads end with the last that may ask them for anything.
struct Lines(Arc<Queue<Work>>);

impl Drop for Lines {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are within argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str) -> String {
    argon2().hash_password(password.as_bytes()).expect("a random salt is to be had").to_string()
}

impl Passwords {
    #[expect(clippy::new_without_default, reason = "it hashes: too slow for a default")]
    pub fn new() -> Self {
        let queue = Arc::new(Queue::<Work>::default());
        for _ in 0..AT_ONCE {
            let queue = Arc::clone(&queue);
            std::thread::spawn(move || work_off(&queue));
        }
        let asker = Asker { address: Ipv4Addr::UNSPECIFIED.into(), account: None };
        let (nobody, hashed) = channel();
        let hash_nobody = Box::new(move || drop(nobody.send(hash_now("nobody's password"))));
        queue.push(asker, hash_nobody).expect("nothing waits yet");
        let nobody = hashed.recv().expect("hashing does not fail").into();
        Self { lines: Arc::new(Lines(queue)), hasher: RandomState::new(), asker, nobody }
    }

    /// The same for somebody at an address who says that they are `account`: what they ask for waits in their own line.
    pub fn asked_by(&self, address: IpAddr, account: &str) -> Self {
        let account = Some(self.hasher.hash_one(crate::model::text::fold(account)));
        Self { asker: Asker { address: counted(address), account }, ..self.clone() }
    }

    /// A PHC string for `password`.
    ///
    /// # Errors
    ///
    /// `busy` if too many wait already, `rate_limited` if too many of the same account do.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.run(move || hash_now(&password)).await
    }

    /// Whether `password` is the one of `hash`; without a hash it takes as long and is not.
    ///
    /// # Errors
    ///
    /// `busy` if too many wait already, `rate_limited` if too many of the same account do.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let known = hash.is_some();
        let hash: Arc<str> = hash.map_or_else(|| Arc::clone(&self.nobody), Arc::from);
        let matches = move || {
            PasswordHash::new(&hash).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
        };
        Ok(self.run(matches).await? && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let later = |problem: Problem| AppError::from(problem).retry_after(1_000);
        let (done, result) = oneshot::channel();
        // Whoever asked may be gone by then.
        let work = Box::new(move || drop(done.send(work())));
        self.lines.0.push(self.asker, work).map_err(|full| match full {
            Full::Account => later(Problem::TooFast),
            Full::Address => later(Problem::Busy),
        })?;
        // Dropped where somebody of an address with less to do came later.
        result.await.map_err(|_| later(Problem::Busy))
    }
}

/// Does what comes until nobody can ask any more.
fn work_off(queue: &Queue<Work>) {
    while let Some((asker, work)) = queue.pop() {
        work();
        queue.done(asker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_says_how_it_was_made_and_takes_one_password() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("wrong horse".into(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("nobody's password".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn one_account_at_a_time_asks_for_little() {
        let passwords = Passwords::new();
        let alice = passwords.asked_by([192, 0, 2, 1].into(), "alice");
        let asked = futures_util::future::join_all((0..60).map(|_| alice.hash("x".into()))).await;
        let refused: Vec<_> = asked.into_iter().filter_map(Result::err).collect();
        assert!(refused.len() >= 50 && refused.iter().all(|error| error.problem == Problem::TooFast), "{refused:?}");
        assert!(alice.hash("x".into()).await.is_ok(), "later");
    }
}
