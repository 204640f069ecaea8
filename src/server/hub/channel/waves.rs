//! Large rooms get their events in waves: what is said while one is under way goes out with the next.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Notify;

use super::super::sync;
use super::super::wave::{self, Wave};
use super::super::{Encoded, lock};
use super::{Channel, State};

/// Events that wait for a wave to end.
pub(super) struct Gathering {
    pub events: Vec<Arc<Encoded>>,
    /// As many as the wave under way brings: it may be that all of those have been answered then.
    enough: usize,
    is_enough: Arc<Notify>,
}

impl Gathering {
    fn after(wave: usize) -> Self {
        Self { events: Vec::new(), enough: wave, is_enough: Arc::default() }
    }

    pub fn add(&mut self, events: &[Arc<Encoded>]) {
        self.events.extend_from_slice(events);
        if self.events.len() >= self.enough {
            self.is_enough.notify_one();
        }
    }
}

impl Channel {
    /// Takes events; returns whether a gap has to be filled.
    pub fn deliver(this: &Arc<Self>, events: Vec<Arc<Encoded>>) -> bool {
        let mut state = lock(&this.state);
        let begins_wave = state.waiting.is_none() && state.subscribers.len() >= wave::LARGE;
        if begins_wave {
            state.waiting = Some(Gathering::after(usize::MAX));
        }
        let is_missing = state.accept(events);
        if begins_wave {
            let is_enough = this.send_wave(&mut state);
            drop(state);
            let channel = Arc::clone(this);
            sync::spawn(async move { channel.go_on_in_waves(is_enough).await });
        }
        is_missing
    }

    /// Sends what has gathered, as one wave. What it returns is notified once enough has gathered for another.
    fn send_wave(&self, state: &mut State) -> Arc<Notify> {
        let events = state.waiting.take().map(|waiting| waiting.events).unwrap_or_default();
        state.push(&events, Some(&Wave::new(&self.wave_ended)));
        Arc::clone(&state.waiting.insert(Gathering::after(events.len())).is_enough)
    }

    /// Waits for the wave under way and for the answers to it, and sends another for as long as something has gathered.
    async fn go_on_in_waves(&self, mut is_enough: Arc<Notify>) {
        loop {
            let began = Instant::now();
            // An earlier wave's end may have been noted twice; going on a little early does no harm.
            sync::timeout(wave::LONGEST, self.wave_ended.notified()).await;
            sync::timeout(began.elapsed() / wave::GATHER, is_enough.notified()).await;
            let mut state = lock(&self.state);
            if state.waiting.as_ref().is_none_or(|waiting| waiting.events.is_empty()) {
                state.waiting = None;
                return;
            }
            is_enough = self.send_wave(&mut state);
        }
    }
}
