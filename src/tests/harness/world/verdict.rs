//! The end of a fault: let everybody catch up, read the database, ask the oracle.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::World;
use crate::Result;
use crate::history::{Room, Seq};
use crate::oracle::{self, Evidence, Truth, Violation};

/// In which everybody has to agree again.
const RECOVERY: Duration = Duration::from_secs(30);

/// What became of a run.
pub struct Verdict {
    pub violations: Vec<Violation>,
    pub messages: u64,
    pub stored: usize,
    pub settled_in: Option<Duration>,
    pub opens: u32,
    pub resends: u32,
    pub resets: u32,
    pub syncs: u32,
    pub doubles: u64,
    pub closes: BTreeMap<u16, u32>,
    pub refusals: BTreeMap<String, u32>,
}

impl World {
    /// ORACLE: stops the talk, gives everybody 30 s to agree, and checks I1–I8.
    pub async fn verdict(&mut self) -> Result<Verdict> {
        self.verdict_within(RECOVERY).await
    }

    pub async fn verdict_within(&mut self, patience: Duration) -> Result<Verdict> {
        let messages = self.hush();
        let settled_in = self.settle(patience).await;
        let truth = Truth::read(&self.database).await?;
        let stored = truth.count();
        let evidence = Evidence {
            truth,
            logs: self.clients.iter().map(crate::client::Client::log).collect(),
            revocations: self.revocations.clone(),
            settled: self.clients.iter().filter(|client| client.is_online()).map(|client| client.id).collect(),
        };
        let mut verdict = Verdict {
            violations: oracle::check(&evidence),
            messages,
            stored,
            settled_in,
            opens: 0,
            resends: 0,
            resets: 0,
            syncs: 0,
            doubles: 0,
            closes: BTreeMap::new(),
            refusals: BTreeMap::new(),
        };
        for client in &self.clients {
            client.look(|state| {
                verdict.opens += state.counts.opens;
                verdict.resends += state.counts.resends;
                verdict.resets += state.counts.resets;
                verdict.syncs += state.counts.syncs;
                verdict.doubles += state.windows.values().map(|window| window.doubles).sum::<u64>();
                for (code, count) in &state.counts.closes {
                    *verdict.closes.entry(*code).or_default() += count;
                }
                for (code, count) in &state.counts.refusals {
                    *verdict.refusals.entry(code.clone()).or_default() += count;
                }
            });
        }
        Ok(verdict)
    }

    /// Waits until every client shows what the database holds and every outbox is empty. `None`: not in time.
    pub async fn settle(&self, patience: Duration) -> Option<Duration> {
        let started = Instant::now();
        loop {
            if let Ok(heads) = oracle::heads(&self.database).await {
                let heads: HashMap<Room, Seq> = heads.into_iter().collect();
                let behind = |client: &crate::client::Client| {
                    client.look(|state| {
                        let is =
                            |(room, window): (&Room, &crate::window::Window)| window.cursor == heads.get(room).copied();
                        !state.online || state.waiting() > 0 || !state.windows.iter().all(is)
                    })
                };
                if !self.clients.iter().any(behind) {
                    return Some(started.elapsed());
                }
            }
            if started.elapsed() > patience {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Times from outbox to screen since the last look, in microseconds: on the same node, and on others.
    pub fn deliveries(&self) -> (Histogram<u64>, Histogram<u64>) {
        (take(&self.clocks.local), take(&self.clocks.cross))
    }

    /// All deliveries since the last look, wherever.
    pub fn delivery(&self) -> Histogram<u64> {
        let (mut all, cross) = self.deliveries();
        all += cross;
        all
    }

    pub fn acks(&self) -> Histogram<u64> {
        take(&self.clocks.ack)
    }

    pub fn resumes(&self) -> Histogram<u64> {
        take(&self.clocks.resume)
    }
}

fn take(clock: &std::sync::Mutex<Histogram<u64>>) -> Histogram<u64> {
    let mut clock = clock.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let taken = clock.clone();
    clock.reset();
    taken
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} said, {} stored", self.messages, self.stored)?;
        match self.settled_in {
            Some(time) => write!(f, ", agreed in {:.1} s", time.as_secs_f64())?,
            None => write!(f, ", NOT AGREED")?,
        }
        write!(
            f,
            ", {} resends, {} resets, {} syncs, {} doubles",
            self.resends, self.resets, self.syncs, self.doubles
        )?;
        if !self.closes.is_empty() {
            write!(f, ", closes {:?}", self.closes)?;
        }
        if !self.refusals.is_empty() {
            write!(f, ", refusals {:?}", self.refusals)?;
        }
        Ok(())
    }
}

/// A percentile of a histogram of microseconds, in milliseconds. Of nothing it is infinite: no criterion holds then.
pub fn ms(histogram: &Histogram<u64>, quantile: f64) -> f64 {
    if histogram.is_empty() { f64::INFINITY } else { histogram.value_at_quantile(quantile) as f64 / 1_000.0 }
}

#[cfg(test)]
mod tests {
    use crate::client::Clocks;

    #[test]
    fn long_times_are_measured_and_none_is_no_good_time() {
        let clock = Clocks::new().cross;
        assert!(super::ms(&super::take(&clock), 0.99).is_infinite());
        clock.lock().unwrap().saturating_record(2_500_000);
        let taken = super::ms(&super::take(&clock), 0.99);
        assert!((2_490.0..2_510.0).contains(&taken), "{taken}");
    }
}
