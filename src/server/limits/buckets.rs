//! Token buckets by key, in bounded memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::{MAX_KEYS, lock, too_fast};
use crate::error::Result;
use crate::server::config::{Rate, RateLimit};

/// Buckets that stay when there are too many: the emptiest.
const KEPT: usize = MAX_KEYS * 3 / 4;

/// A token bucket.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    /// Below zero where something was taken that was not there.
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    pub const fn full(limit: RateLimit, now: Instant) -> Self {
        Self { tokens: limit.burst, filled: now }
    }

    /// Takes a token, or says how long until there is one.
    pub fn take(&mut self, limit: RateLimit, now: Instant) -> std::result::Result<(), Duration> {
        self.fill(limit, now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - self.tokens) / limit.per_second))
    }

    fn fill(&mut self, limit: RateLimit, now: Instant) {
        let earned = now.saturating_duration_since(self.filled).as_secs_f64() * limit.per_second;
        self.tokens = (self.tokens + earned).min(limit.burst);
        self.filled = now;
    }

    /// Takes what something has cost that is done already. The debt is one burst at most.
    fn pay(&mut self, limit: RateLimit, cost: f64, now: Instant) {
        self.fill(limit, now);
        self.tokens = (self.tokens - cost).max(-limit.burst);
    }
}

/// Buckets by key. Full ones are the same as unknown ones, so they may be forgotten.
pub struct Buckets<K> {
    limit: Rate,
    by_key: Mutex<HashMap<K, Bucket>>,
}

impl<K: Hash + Eq> Buckets<K> {
    pub fn new(limit: Rate) -> Self {
        Self { limit, by_key: Mutex::default() }
    }

    /// Takes a token of `key`.
    ///
    /// # Errors
    ///
    /// `rate_limited`, with the time until there is one.
    pub fn take(&self, key: K, now: Instant) -> Result<()> {
        let Some(limit) = self.limit else { return Ok(()) };
        self.with(key, limit, now, |bucket| bucket.take(limit, now)).map_err(too_fast)
    }

    /// Takes what something of `key` has cost, in tokens.
    pub fn pay(&self, key: K, cost: f64, now: Instant) {
        if let Some(limit) = self.limit {
            self.with(key, limit, now, |bucket| bucket.pay(limit, cost, now));
        }
    }

    fn with<T>(&self, key: K, limit: RateLimit, now: Instant, use_it: impl FnOnce(&mut Bucket) -> T) -> T {
        let mut by_key = lock(&self.by_key);
        if by_key.len() >= MAX_KEYS {
            make_room(&mut by_key, limit, now);
        }
        use_it(by_key.entry(key).or_insert_with(|| Bucket::full(limit, now)))
    }
}

/// Forgets the fullest buckets: whoever makes many keys up to be forgotten under one of them has to leave it alone, which is
/// what the limit asks for.
fn make_room<K: Hash + Eq>(by_key: &mut HashMap<K, Bucket>, limit: RateLimit, now: Instant) {
    by_key.values_mut().for_each(|bucket| bucket.fill(limit, now));
    by_key.retain(|_, bucket| bucket.tokens < limit.burst);
    if by_key.len() > KEPT {
        let mut tokens: Vec<f64> = by_key.values().map(|bucket| bucket.tokens).collect();
        tokens.sort_unstable_by(f64::total_cmp);
        let fullest = tokens[KEPT];
        by_key.retain(|_, bucket| bucket.tokens < fullest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: RateLimit = RateLimit { burst: 2.0, per_second: 2.0 };

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::full(LIMIT, start);
        assert!(bucket.take(LIMIT, start).is_ok());
        assert!(bucket.take(LIMIT, start).is_ok());
        assert_eq!(bucket.take(LIMIT, start), Err(Duration::from_millis(500)));
        assert!(bucket.take(LIMIT, start + Duration::from_millis(500)).is_ok());
    }

    #[test]
    fn a_debt_is_paid_off_and_bounded() {
        let start = Instant::now();
        let mut bucket = Bucket::full(LIMIT, start);
        bucket.pay(LIMIT, 1_000.0, start);
        assert_eq!(bucket.take(LIMIT, start), Err(Duration::from_millis(1_500)));
        assert!(bucket.take(LIMIT, start + Duration::from_millis(1_500)).is_ok());
    }

    #[test]
    fn many_keys_need_no_more_memory_and_free_nobody() {
        let (buckets, start) = (Buckets::new(Some(LIMIT)), Instant::now());
        assert!(buckets.take(0, start).and_then(|()| buckets.take(0, start)).is_ok());
        assert!((1..=5 * MAX_KEYS).all(|key| buckets.take(key, start).is_ok()));
        assert!(lock(&buckets.by_key).len() <= MAX_KEYS);
        assert!(buckets.take(0, start).is_err(), "the emptiest bucket is remembered");
    }
}
