//! Open-loop talk: messages are handed to outboxes at a steady rate, whether or not anybody keeps up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::task::JoinHandle;

use crate::client::{Client, Outbox};
use crate::history::now;

/// Talk in the background, until stopped.
pub struct Load {
    said: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Load {
    /// `rate` messages per second, each by a random one of the clients in one of its rooms.
    pub fn start(rate: f64, clients: &[Client], seed: u64) -> Self {
        let outboxes: Vec<Outbox> = clients.iter().map(Client::outbox).collect();
        let said = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&said);
        let task = tokio::spawn(async move {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut beat = tokio::time::interval(Duration::from_secs_f64(1.0 / rate.max(0.1)));
            beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
            loop {
                beat.tick().await;
                let outbox = &outboxes[rng.random_range(0..outboxes.len())];
                let number = counter.fetch_add(1, Ordering::Relaxed);
                let room = outbox.rooms[rng.random_range(0..outbox.rooms.len())];
                outbox.say(room, &format!("l-{:x}-{seed:x}-{number:x}", outbox.client), &body(outbox.home, &mut rng));
            }
        });
        Self { said, task }
    }

    pub fn stop(self) -> u64 {
        self.task.abort();
        self.said.load(Ordering::Relaxed)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Begins with the time and the sender's node, from which the clients tell how long it was on its way.
pub fn body(home: usize, rng: &mut StdRng) -> String {
    format!("{}@{home} {:0width$x}", now(), rng.random::<u64>(), width = rng.random_range(16..120))
}
