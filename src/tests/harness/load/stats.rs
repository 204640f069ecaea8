//! What a run counted.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::server::Usage;

/// A histogram of microseconds up to two minutes, with three digits.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 120_000_000, 3).expect("the bounds are in order")
}

/// Counted while the clients run.
pub struct Stats {
    /// What is due from the first to the second of these times is measured; nanoseconds of the run.
    pub window: (u64, u64),
    pub sent: u64,
    pub acked: u64,
    /// Acknowledged within the window.
    pub acked_in_window: u64,
    pub delivered: u64,
    pub delivered_in_window: u64,
    pub delivery: Histogram<u64>,
    pub ack: Histogram<u64>,
    pub handshake: Histogram<u64>,
    /// Skipped over by a connection.
    pub gaps: u64,
    /// At or below what the connection had been told before.
    pub repeated: u64,
    /// Windows thrown away because the server would not fill them.
    pub resets: u64,
    pub refused: BTreeMap<String, u64>,
    pub closed: BTreeMap<u16, u64>,
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            window: (u64::MAX, u64::MAX),
            sent: 0,
            acked: 0,
            acked_in_window: 0,
            delivered: 0,
            delivered_in_window: 0,
            delivery: histogram(),
            ack: histogram(),
            handshake: histogram(),
            gaps: 0,
            repeated: 0,
            resets: 0,
            refused: BTreeMap::new(),
            closed: BTreeMap::new(),
        }
    }
}

impl Stats {
    pub fn measures(&self, at: u64) -> bool {
        (self.window.0..self.window.1).contains(&at)
    }
}

/// What a run came to.
pub struct Report {
    pub stats: Stats,
    pub measured: Duration,
    /// From the first handshake to the last subscription.
    pub connecting: Duration,
    pub connections: usize,
    /// Messages that were said and that no reader was told of, or that were never acknowledged.
    pub lost: u64,
    /// Deliveries missing at the end: readers that did not get as far as others in their room.
    pub missing: u64,
    pub doubled: u64,
    pub overtaken: u64,
    /// From the start of the measured time until every connection was back and had everything; for runs that end
    /// connections on purpose.
    pub recovered: Option<Duration>,
    /// Per cent of a core within the measured time: ourselves first, then the watched processes.
    pub cpu: Vec<f64>,
    /// In the same order, when half of the clients were connected.
    pub half: Vec<Usage>,
    /// In the same order, at the end of the measured time.
    pub usage: Vec<Usage>,
}

impl Report {
    pub fn per_second(&self, count: u64) -> f64 {
        count as f64 / self.measured.as_secs_f64()
    }

    /// What broke a promise, if anything did.
    pub fn faults(&self) -> String {
        let stats = &self.stats;
        let counts = [
            ("lost", self.lost),
            ("deliveries missing", self.missing),
            ("doubled", self.doubled),
            ("overtaken", self.overtaken),
            ("gaps", stats.gaps),
            ("repeated", stats.repeated),
        ];
        let mut faults: Vec<_> =
            counts.iter().filter(|(_, count)| *count > 0).map(|(what, count)| format!("{count} {what}")).collect();
        faults.extend(stats.refused.iter().map(|(code, count)| format!("{count} × {code}")));
        if self.recovered.is_none() {
            faults.extend(stats.closed.iter().map(|(code, count)| format!("{count} closed ({code})")));
        }
        faults.join(", ")
    }
}

/// A quantile in milliseconds.
pub fn quantile(histogram: &Histogram<u64>, quantile: f64) -> f64 {
    histogram.value_at_quantile(quantile) as f64 / 1_000.0
}
