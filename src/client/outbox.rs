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
    /// What an earlier page left behind. Nothing of it is in flight any more.
    pub fn restore(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|a, b| (a.created_ms, &a.nonce).cmp(&(b.created_ms, &b.nonce)));
        let mut outbox = Self { entries };
        outbox.reconnected();
        outbox
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn find(&self, nonce: &Nonce) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.nonce == *nonce)
    }

    pub fn push(&mut self, entry: Entry) {
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
        entry.state = if fatal {
            Progress::Stopped(Why::Refused(reason))
        } else {
            let pause = retry_ms.map_or(PAUSE, |ms| Millis::try_from(ms).unwrap_or(PAUSE));
            Progress::Paused { until: now + pause }
        };
    }

    /// A new connection knows of nothing: all that is unanswered goes again, oldest first.
    pub fn reconnected(&mut self) {
        for entry in self.entries.iter_mut().filter(|entry| entry.waits()) {
            entry.state = Progress::Queued;
        }
    }

    /// Its author wants another try: now, and behind what has been written since.
    pub fn retry(&mut self, nonce: &Nonce, now: Millis) {
        if let Some(mut entry) = self.discard(nonce) {
            entry.state = Progress::Queued;
            entry.created_ms = now;
            self.entries.push(entry);
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
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn nonce(n: usize) -> Nonce {
        Nonce::try_from(format!("n-{n:04}")).unwrap()
    }

    fn entry(n: usize, room: i64, now: Millis) -> Entry {
        Entry::new(nonce(n), RoomId::try_from(room).unwrap(), format!("text {n}"), None, now)
    }

    fn sent(outbox: &mut Outbox, now: Millis) -> Vec<String> {
        outbox.due(now).into_iter().map(|entry| entry.nonce.into()).collect()
    }

    #[test]
    fn one_message_per_room_is_in_flight() {
        let mut outbox = Outbox::default();
        for (n, room) in [(1, 7), (2, 7), (3, 8)] {
            outbox.push(entry(n, room, 0));
        }
        assert_eq!(sent(&mut outbox, 0), ["n-0001", "n-0003"]);
        assert!(sent(&mut outbox, 1).is_empty());
        outbox.ack(&nonce(1));
        assert_eq!(sent(&mut outbox, 2), ["n-0002"]);
    }

    #[test]
    fn an_unanswered_message_goes_again_and_holds_the_later_ones_back() {
        let mut outbox = Outbox::default();
        outbox.push(entry(1, 7, 0));
        outbox.push(entry(2, 7, 0));
        sent(&mut outbox, 0);
        assert_eq!(outbox.next_due(), Some(ACK_TIMEOUT));
        assert!(sent(&mut outbox, ACK_TIMEOUT - 1).is_empty());
        assert_eq!(sent(&mut outbox, ACK_TIMEOUT), ["n-0001"]);
        outbox.reconnected();
        assert_eq!(sent(&mut outbox, ACK_TIMEOUT + 1), ["n-0001"]);
    }

    #[test]
    fn a_refusal_for_good_keeps_the_text_and_lets_the_next_one_go() {
        let mut outbox = Outbox::default();
        outbox.push(entry(1, 7, 0));
        outbox.push(entry(2, 7, 0));
        sent(&mut outbox, 0);
        outbox.refuse(&nonce(1), true, "muted".into(), None, 0);
        assert_eq!(sent(&mut outbox, 1), ["n-0002"]);
        outbox.reconnected();
        let kept = outbox.find(&nonce(1)).unwrap();
        assert_eq!((kept.body.as_str(), &kept.state), ("text 1", &Progress::Stopped(Why::Refused("muted".into()))));
        outbox.retry(&nonce(1), 5);
        outbox.ack(&nonce(2));
        assert_eq!(sent(&mut outbox, 5), ["n-0001"]);
    }

    #[test]
    fn too_fast_is_tried_again_when_the_server_said() {
        let mut outbox = Outbox::default();
        outbox.push(entry(1, 7, 0));
        outbox.push(entry(2, 7, 0));
        sent(&mut outbox, 0);
        outbox.refuse(&nonce(1), false, "too fast".into(), Some(700), 100);
        assert_eq!(outbox.next_due(), Some(800));
        assert!(sent(&mut outbox, 799).is_empty());
        assert_eq!(sent(&mut outbox, 800), ["n-0001"]);
    }

    #[test]
    fn what_is_old_asks_instead_of_being_sent() {
        let left = serde_json::to_string(&[entry(2, 7, 1), entry(1, 7, 0)]).unwrap();
        let mut outbox = Outbox::restore(serde_json::from_str(&left).unwrap());
        assert_eq!(sent(&mut outbox, TOO_OLD + 1), ["n-0002"]);
        assert_eq!(outbox.find(&nonce(1)).unwrap().state, Progress::Stopped(Why::TooOld));
        outbox.retry(&nonce(1), TOO_OLD + 2);
        outbox.ack(&nonce(2));
        assert_eq!(sent(&mut outbox, TOO_OLD + 2), ["n-0001"]);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Write {
            room: i64,
        },
        /// The oldest frame on the wire reaches the server; its answer is lost or not.
        Arrive {
            answered: bool,
        },
        TooFast,
        Cut,
        Wait {
            ms: i64,
        },
        Reload,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (1_i64..3).prop_map(|room| Step::Write { room }),
            3 => any::<bool>().prop_map(|answered| Step::Arrive { answered }),
            1 => Just(Step::TooFast),
            1 => Just(Step::Cut),
            1 => (1_i64..15_000).prop_map(|ms| Step::Wait { ms }),
            1 => Just(Step::Reload),
        ]
    }

    proptest! {
        /// A server that stores each nonce once sees every room's messages in the order in which they were written.
        #[test]
        fn all_is_stored_once_and_in_order(steps in prop::collection::vec(step(), 0..80)) {
            let (mut outbox, mut wire, mut now) = (Outbox::default(), Vec::<Entry>::new(), 0);
            let mut stored: BTreeMap<RoomId, Vec<Nonce>> = BTreeMap::new();
            let mut written: BTreeMap<RoomId, Vec<Nonce>> = BTreeMap::new();
            let mut known = BTreeSet::new();
            let rest = std::iter::repeat_n(Step::Arrive { answered: true }, 200);
            for (n, step) in steps.into_iter().chain([Step::Cut]).chain(rest).enumerate() {
                match step {
                    Step::Write { room } => {
                        let entry = entry(n, room, now);
                        written.entry(entry.room).or_default().push(entry.nonce.clone());
                        outbox.push(entry);
                    }
                    Step::Arrive { answered } if !wire.is_empty() => {
                        let entry = wire.remove(0);
                        if known.insert(entry.nonce.clone()) {
                            stored.entry(entry.room).or_default().push(entry.nonce.clone());
                        }
                        if answered {
                            outbox.ack(&entry.nonce);
                        }
                    }
                    Step::TooFast if !wire.is_empty() => {
                        let entry = wire.remove(0);
                        outbox.refuse(&entry.nonce, false, String::new(), Some(300), now);
                    }
                    Step::Arrive { .. } | Step::TooFast => {}
                    Step::Cut => {
                        wire.clear();
                        outbox.reconnected();
                    }
                    Step::Wait { ms } => now += ms,
                    Step::Reload => {
                        wire.clear();
                        let text = serde_json::to_string(outbox.entries()).unwrap();
                        outbox = Outbox::restore(serde_json::from_str(&text).unwrap());
                    }
                }
                // Fewer steps than would make anything too old at this pace.
                let before = wire.len();
                wire.extend(outbox.due(now));
                prop_assert!(wire.len() <= before + 2);
            }
            if now < TOO_OLD {
                prop_assert_eq!(stored, written);
                prop_assert!(outbox.entries().is_empty());
            }
        }
    }
}
