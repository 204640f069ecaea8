//! What was written and is not yet known to be stored: kept, sent in order, and sent again until it is answered.
//!
//! One message per room is in flight, so a refused one cannot be overtaken. The nonce makes every repetition harmless.

use serde::{Deserialize, Serialize};

use crate::model::ids::{Millis, Nonce, RoomId, Seq};

/// An unanswered send is repeated after this.
pub const ACK_TIMEOUT: Millis = 10_000;
/// What is older is not sent behind its author's back: they are asked.
pub const TOO_OLD: Millis = 600_000;
/// The wait after a transient refusal that names none.
const PAUSE: Millis = 2_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub nonce: Nonce,
    pub room: RoomId,
    pub body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    pub state: Progress,
    pub created_ms: Millis,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    Queued,
    InFlight {
        since: Millis,
    },
    /// The server asked to wait.
    Paused {
        until: Millis,
    },
    /// Only its author can move it on.
    Stopped(Why),
}

/// Why a message is not sent any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// In the words of the server.
    Refused(String),
    TooOld,
}

impl Entry {
    pub fn new(nonce: Nonce, room: RoomId, body: String, reply_to: Option<Seq>, now: Millis) -> Self {
        Self { nonce, room, body, reply_to, state: Progress::Queued, created_ms: now }
    }

    fn waits(&self) -> bool {
        !matches!(self.state, Progress::Stopped(_))
    }

    fn is_in_flight(&self) -> bool {
        matches!(self.state, Progress::InFlight { .. })
    }

    /// To be sent anew: nobody knows what became of it.
    fn again(&mut self) {
        if self.waits() {
            self.state = Progress::Queued;
        }
    }

    /// When this entry, being the first of its room, wants to be looked at.
    fn due(&self) -> Millis {
        match self.state {
            Progress::Queued | Progress::Stopped(_) => 0,
            Progress::InFlight { since } => since + ACK_TIMEOUT,
            Progress::Paused { until } => until,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    /// In the order of sending, over all rooms.
    entries: Vec<Entry>,
}

impl Outbox {
    /// Takes over what an earlier page left behind, each in its place by time: before what is written from now on.
    pub fn inherit(&mut self, mut left: Vec<Entry>) {
        left.retain(|entry| self.find(&entry.nonce).is_none());
        left.iter_mut().for_each(Entry::again);
        self.entries.append(&mut left);
        // What is in flight stays the first of its room: only one may be.
        self.entries.sort_by_key(|entry| (!entry.is_in_flight(), entry.created_ms));
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn find(&self, nonce: &Nonce) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.nonce == *nonce)
    }

    /// Adds what was just written. Its time tells its place in the order, which a clock that is set back would change.
    pub fn push(&mut self, mut entry: Entry) {
        let latest = self.entries.iter().map(|entry| entry.created_ms).max();
        entry.created_ms = latest.map_or(entry.created_ms, |latest| entry.created_ms.max(latest + 1));
        self.entries.push(entry);
    }

    /// Everything that may go out now, marked as in flight: at most one per room.
    pub fn due(&mut self, now: Millis) -> Vec<Entry> {
        let mut out: Vec<Entry> = Vec::new();
        let mut busy: Vec<RoomId> = Vec::new();
        for entry in &mut self.entries {
            if !entry.waits() || busy.contains(&entry.room) {
                continue;
            }
            // Not while its answer may still come: a message that is just being stored must not ask.
            if entry.due() <= now && now - entry.created_ms > TOO_OLD {
                entry.state = Progress::Stopped(Why::TooOld);
                continue;
            }
            busy.push(entry.room);
            if entry.due() <= now {
                entry.state = Progress::InFlight { since: now };
                out.push(entry.clone());
            }
        }
        out
    }

    /// When `due` should be asked again.
    pub fn next_due(&self) -> Option<Millis> {
        let mut seen: Vec<RoomId> = Vec::new();
        let mut next: Option<Millis> = None;
        for entry in self.entries.iter().filter(|entry| entry.waits()) {
            if !seen.contains(&entry.room) {
                seen.push(entry.room);
                next = Some(next.map_or(entry.due(), |known| known.min(entry.due())));
            }
        }
        next
    }

    /// The message is stored: by its `ack`, or by its own event.
    pub fn ack(&mut self, nonce: &Nonce) -> Option<Entry> {
        self.discard(nonce)
    }

    /// The server would not take it: for good, or not now.
    pub fn refuse(&mut self, nonce: &Nonce, fatal: bool, reason: String, retry_ms: Option<u64>, now: Millis) {
        let Some(entry) = self.entry(nonce) else { return };
        if fatal {
            entry.state = Progress::Stopped(Why::Refused(reason));
        } else if entry.waits() {
            // Not one that was stopped: this is the answer to an earlier copy of it.
            let pause = retry_ms.map_or(PAUSE, |ms| Millis::try_from(ms).unwrap_or(PAUSE));
            entry.state = Progress::Paused { until: now + pause };
        }
    }

    /// A new connection knows of nothing: all that is unanswered goes again, oldest first.
    pub fn reconnected(&mut self) {
        self.entries.iter_mut().for_each(Entry::again);
    }

    /// Its author wants another try: now, and behind what has been written since.
    pub fn retry(&mut self, nonce: &Nonce, now: Millis) {
        if let Some(mut entry) = self.discard(nonce) {
            entry.state = Progress::Queued;
            entry.created_ms = now;
            self.push(entry);
        }
    }

    pub fn discard(&mut self, nonce: &Nonce) -> Option<Entry> {
        let at = self.entries.iter().position(|entry| entry.nonce == *nonce)?;
        Some(self.entries.remove(at))
    }

    fn entry(&mut self, nonce: &Nonce) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.nonce == *nonce)
    }
}

#[cfg(test)]
mod tests;
