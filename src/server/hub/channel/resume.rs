//! What a subscriber missed, and where it may begin.

use std::sync::Arc;

use super::super::{Encoded, EventLog, Outgoing, lock};
use super::{Channel, State, evs, frame, key};
use crate::error::Result;
use crate::model::ids::Seq;
use crate::protocol::{MAX_RESUME, ServerFrame};

/// Bytes of events that a resume may bring.
const RESUME_BYTES: usize = 512 * 1024;

/// Where a subscriber wants to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// Live from now on.
    Live,
    /// Everything after this seq.
    After(Seq),
    /// A cursor that means nothing here (another epoch): live, and told so.
    Void,
}

impl Resume {
    /// The same without anything to catch up with: who missed something is told so.
    pub fn without_events(self) -> Self {
        if self == Self::Live { Self::Live } else { Self::Void }
    }
}

/// What a subscriber gets to begin with.
#[derive(Clone, Copy)]
pub(super) enum Recovery {
    Nothing,
    /// Everything after this seq, which the ring should have.
    After(Seq),
}

impl Recovery {
    pub fn events(self, state: &State) -> Option<Vec<Arc<Encoded>>> {
        match self {
            Recovery::Nothing => Some(Vec::new()),
            Recovery::After(since) => state.recent(since).filter(|events| !is_too_much(events)),
        }
    }
}

impl Channel {
    /// Brings a subscriber that lagged behind since `since` up to the head; it gets a `reset` if that is too much.
    pub async fn catch_up(&self, log: &dyn EventLog, out: &Arc<Outgoing>, since: Seq) {
        // Who cannot be served from the log reloads a page, which tries again for as long as it takes.
        let recovery = self.recover(log, since).await.unwrap_or_default();
        let mut state = lock(&self.state);
        if !state.subscribers.contains_key(&key(out)) {
            return out.forget(self.room);
        }
        state.settle();
        let head = state.head.unwrap_or_default();
        let answer = match recovery.and_then(|recovery| recovery.events(&state)) {
            Some(events) => {
                let events = Encoded::all_seen_from(events, out.floor(self.room));
                evs(None, self.room, since, &events, out.reader)
            }
            None => frame(&ServerFrame::Reset { room: self.room, head, reason: "behind".into() }),
        };
        out.catch_up(self.room, answer);
    }

    /// Makes sure that the ring reaches back to `since`, reading the log once for all who ask at a time. `None` if
    /// that is too far.
    pub(super) async fn recover(&self, log: &dyn EventLog, since: Seq) -> Result<Option<Recovery>> {
        let needs_log = |state: &State| {
            let head = state.head.unwrap_or_default();
            let is_far = since > head || head - since > MAX_RESUME as Seq;
            if is_far { None } else { Some(state.recent(since).is_none()) }
        };
        match needs_log(&lock(&self.state)) {
            None => return Ok(None),
            Some(false) => return Ok(Some(Recovery::After(since))),
            Some(true) => {}
        }
        let _one_at_a_time = self.filling.lock().await;
        let (from, first) = {
            let state = lock(&self.state);
            if needs_log(&state) != Some(true) {
                return Ok(Some(Recovery::After(since)));
            }
            let head = state.head.unwrap_or_default();
            // As far back as anybody may ask for: who comes next finds it.
            ((head - MAX_RESUME as Seq).max(0), state.ring.first().unwrap_or(head + 1))
        };
        let missing = usize::try_from(first - 1 - from).unwrap_or_default();
        let older = log.since(self.room, from, missing).await?;
        let mut state = lock(&self.state);
        let is_next = older.last().is_some_and(|last| last.seq + 1 == first);
        let is_first = match state.ring.first() {
            Some(known) => known == first,
            None => state.head == Some(first - 1),
        };
        if is_next && is_first {
            state.ring.prepend(older);
        }
        Ok(Some(Recovery::After(since)))
    }
}

/// How many of these fit into one frame; one always does.
pub fn within_bytes(events: &[Arc<Encoded>]) -> usize {
    let mut bytes = 0;
    let fits = events.iter().take_while(|event| {
        bytes += event.size();
        bytes <= 2 * RESUME_BYTES
    });
    fits.count().max(1)
}

fn is_too_much(events: &[Arc<Encoded>]) -> bool {
    events.len() > MAX_RESUME || within_bytes(events) < events.len()
}
