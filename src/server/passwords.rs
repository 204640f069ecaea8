//! Password hashing, kept away from the threads that serve people.

pub mod common;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{Semaphore, oneshot};

use crate::error::{AppError, Problem, Result};

/// OWASP's minimum for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes at once: each takes a core for about 20 ms, and the others belong to the chat.
const AT_ONCE: usize = 2;
/// Callers that may wait; beyond it they are told to come back.
const WAITING: usize = 32;

type Work = Box<dyn FnOnce() + Send>;

/// Hashes and verifies, a few at a time.
#[derive(Clone)]
pub struct Passwords {
    /// To threads of our own, which use the memory of their last hash again. Spread over the many threads of a runtime,
    /// half a gigabyte of freed memory would stay with the allocator.
    work: Sender<Work>,
    admitted: Arc<Semaphore>,
    /// Verified against when there is no such user, so that the answer takes as long.
    nobody: Arc<str>,
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
        let (work, waiting) = channel::<Work>();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..AT_ONCE {
            let waiting = Arc::clone(&waiting);
            std::thread::spawn(move || work_off(&waiting));
        }
        let (nobody, hashed) = channel();
        let hash_nobody = Box::new(move || drop(nobody.send(hash_now("nobody's password"))));
        work.send(hash_nobody).expect("the threads have just been started");
        Self {
            work,
            admitted: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            nobody: hashed.recv().expect("hashing does not fail").into(),
        }
    }

    /// A PHC string for `password`.
    ///
    /// # Errors
    ///
    /// `busy` if too many wait already.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.run(move || hash_now(&password)).await
    }

    /// Whether `password` is the one of `hash`; without a hash it takes as long and is not.
    ///
    /// # Errors
    ///
    /// `busy` if too many wait already.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let known = hash.is_some();
        let hash: Arc<str> = hash.map_or_else(|| Arc::clone(&self.nobody), Arc::from);
        let matches = move || {
            PasswordHash::new(&hash).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
        };
        Ok(self.run(matches).await? && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let busy = || AppError::from(Problem::Busy).retry_after(1_000);
        let _admitted = self.admitted.try_acquire().map_err(|_| busy())?;
        let (done, result) = oneshot::channel();
        // Whoever asked may be gone by then.
        let work = Box::new(move || drop(done.send(work())));
        self.work.send(work).map_err(|_| Problem::Internal)?;
        result.await.map_err(|_| Problem::Internal.into())
    }
}

/// Runs what comes until nobody can send any more.
fn work_off(waiting: &Mutex<Receiver<Work>>) {
    loop {
        // Released before the work begins.
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(work) => work(),
            Err(_) => return,
        }
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
    async fn the_queue_is_bounded() {
        let passwords = Passwords::new();
        let _all = passwords.admitted.try_acquire_many((AT_ONCE + WAITING) as u32).unwrap();
        assert_eq!(passwords.hash("x".into()).await.unwrap_err().code, crate::error::Code::Busy);
    }
}
