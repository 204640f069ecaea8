//! When to try the connection again: random, growing, and forgotten once it has held for a while.

use crate::model::ids::Millis;

/// The longest wait.
const CEILING: f64 = 30_000.0;
/// Doubled with each try.
const BASE: f64 = 500.0;
/// A cut is mostly short, and everybody notices it at once: the first try is spread over this much.
const FIRST: f64 = 1_000.0;
/// A connection that held for so long was good: the next cut starts anew.
const STABLE: Millis = 30_000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    tries: u32,
}

impl Backoff {
    /// The wait before the next try. `random` is in [0, 1).
    pub fn delay(&mut self, random: f64) -> Millis {
        let ceiling = match self.tries {
            0 => FIRST,
            // 2^6 is beyond the ceiling already; an unbounded power would end in infinity.
            n => (BASE * f64::from(1_u32 << n.min(6))).min(CEILING),
        };
        self.tries = self.tries.saturating_add(1);
        (ceiling * random.clamp(0.0, 1.0)) as Millis
    }

    /// Tells how long the connection that has just ended had been open.
    pub fn ended_after(&mut self, open: Millis) {
        if open >= STABLE {
            self.tries = 0;
        }
    }

    /// The network is back, or the reader: the next try is a first one.
    pub fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_wait_grows_to_half_a_minute() {
        let mut backoff = Backoff::default();
        let waits: Vec<Millis> = (0..9).map(|_| backoff.delay(1.0)).collect();
        assert_eq!(waits, [1_000, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    }

    #[test]
    fn only_a_connection_that_held_is_forgotten() {
        let mut backoff = Backoff::default();
        for _ in 0..5 {
            backoff.delay(0.5);
        }
        backoff.ended_after(STABLE - 1);
        assert_eq!(backoff.delay(1.0), 16_000);
        backoff.ended_after(STABLE);
        assert_eq!(backoff.delay(1.0), 1_000);
    }

    proptest! {
        #[test]
        fn every_wait_is_within_its_bounds(tries in 0_usize..200, random in 0.0_f64..1.0) {
            let mut backoff = Backoff::default();
            for _ in 0..tries {
                backoff.delay(0.0);
            }
            let wait = backoff.delay(random);
            prop_assert!((0..30_000).contains(&wait));
            prop_assert!(tries > 0 || wait < 1_000);
        }
    }
}
