//! What was written and is not yet known to be stored: kept, sent in order, and sent again until it is answered.
//!
//! Messages, edits, deletions and reactions go the same way. One per room is in flight, so a refused one cannot be
//! overtaken. The nonce makes every repetition harmless.

use serde::{Deserialize, Serialize};

use crate::model::action::Action;
use crate::model::ids::{Millis, Nonce, RoomId};
use crate::protocol::ClientFrame;
use crate::protocol::client::Act;

/// An unanswered send is repeated after this.
pub const ACK_TIMEOUT: Millis = 10_000;
/// What is older is not sent behind its author's back: they are asked.
pub const TOO_OLD: Millis = 600_000;
/// For so long a deletion may be taken back.
pub const UNDO: Millis = 5_000;
/// The wait after a transient refusal that names none.
const PAUSE: Millis = 2_000;
/// So many go at once, and then one in so long. The server lets a connection say twenty things at once, and then four in a
/// second, of all kinds; what comes too fast has to be said again, and more than five times in a minute ends the connection.
const AT_ONCE: i64 = 12;
const EVERY: Millis = 600;
/// How far `rested` may lie ahead while one more may go.
const AHEAD: Millis = (AT_ONCE - 1) * EVERY;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub nonce: Nonce,
    pub room: RoomId,
    /// Called `change` where browsers keep it.
    #[serde(rename = "change")]
    pub action: Action,
    pub state: Progress,
    pub created_ms: Millis,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Its author may still take it back. It keeps nothing else waiting.
    Held {
        until: Millis,
    },
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

/// Why something is not sent any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// In the words of the server.
    Refused(String),
    TooOld,
}

impl Entry {
    /// A deletion can be taken back for a while; everything else goes as soon as it can.
    pub fn new(nonce: Nonce, room: RoomId, action: Action, now: Millis) -> Self {
        let state = match action {
            Action::Delete(_) => Progress::Held { until: now + UNDO },
            _ => Progress::Queued,
        };
        Self { nonce, room, action, state, created_ms: now }
    }

    /// What goes over the wire.
    pub fn frame(self, id: i64) -> ClientFrame {
        let Self { nonce, room, action, .. } = self;
        ClientFrame::Act(Act { id, room, nonce, action })
    }

    /// Waits for its turn or its answer.
    fn waits(&self) -> bool {
        !matches!(self.state, Progress::Stopped(_) | Progress::Held { .. })
    }

    fn is_held(&self) -> bool {
        matches!(self.state, Progress::Held { .. })
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
            Progress::Paused { until } | Progress::Held { until } => until,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    /// In the order of sending, over all rooms.
    entries: Vec<Entry>,
    /// When as many may go at once again as ever (generic cell rate algorithm, ITU-T I.371).
    rested: Millis,
}

impl Outbox {
    /// Takes over what an earlier page left behind, each in its place by time: before what is written from now on.
    pub fn inherit(&mut self, mut left: Vec<Entry>) {
        left.retain(|entry| self.find(&entry.nonce).is_none());
        left.iter_mut().for_each(Entry::again);
        self.entries.append(&mut left);
        self.sort();
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
        self.release(now);
        // It would lie farther ahead only if the clock was set back.
        self.rested = self.rested.min(now + AHEAD + EVERY);
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
            if entry.due() <= now && self.rested <= now + AHEAD {
                self.rested = self.rested.max(now) + EVERY;
                entry.state = Progress::InFlight { since: now };
                out.push(entry.clone());
            }
        }
        out
    }

    /// When `due` should be asked again.
    pub fn next_due(&self) -> Option<Millis> {
        let paced = self.rested - AHEAD;
        let mut seen: Vec<RoomId> = Vec::new();
        let mut next: Option<Millis> = None;
        for entry in &self.entries {
            let is_first = entry.waits() && !seen.contains(&entry.room);
            if is_first {
                seen.push(entry.room);
            }
            if is_first || entry.is_held() {
                let due = entry.due().max(paced);
                next = Some(next.map_or(due, |known| known.min(due)));
            }
        }
        next
    }

    /// What nobody has taken back by `now` joins the queue, in its place by the time at which it became due.
    pub fn release(&mut self, now: Millis) {
        for entry in &mut self.entries {
            // One that is held for longer than it could be was written before the clock was set back.
            if let Progress::Held { until } = entry.state
                && (until <= now || until > now + UNDO)
            {
                // Never before what was written before it, whatever the clock has done meanwhile.
                (entry.created_ms, entry.state) = (entry.created_ms.max(until), Progress::Queued);
            }
        }
        self.sort();
    }

    /// Its author has thought better of it, in time.
    pub fn take_back(&mut self, nonce: &Nonce) -> Option<Entry> {
        self.find(nonce).filter(|entry| entry.is_held())?;
        self.discard(nonce)
    }

    /// The change is stored: by its `ack`, or by its own event.
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

    fn sort(&mut self) {
        // What is in flight stays the first of its room: only one may be.
        self.entries.sort_by_key(|entry| (!entry.is_in_flight(), entry.created_ms));
    }

    fn entry(&mut self, nonce: &Nonce) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.nonce == *nonce)
    }
}

#[cfg(test)]
mod tests;
