//! Tabs that write, close and inherit, wires that lose and delay, a server that refuses: nothing is lost or overtaken.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;
use proptest::sample::Index;

use super::{entry, inherited};
use crate::client::outbox::{Entry, Outbox, Progress, TOO_OLD};
use crate::model::ids::{Millis, Nonce, RoomId};

#[derive(Clone, Debug)]
enum Step {
    Write {
        tab: Index,
        room: i64,
    },
    /// The oldest frame of a tab reaches the server.
    Arrive {
        tab: Index,
        verdict: Verdict,
    },
    /// The oldest answer reaches its tab, or nobody.
    Answer {
        tab: Index,
        lost: bool,
    },
    /// What was on the wire may reach the server much later, and its answers nobody.
    Cut {
        tab: Index,
    },
    /// A frame of a connection that its client has given up.
    Ghost {
        which: Index,
    },
    /// Closed, crashed or about to be reloaded: whatever it keeps stays in the storage.
    Close {
        tab: Index,
    },
    Open,
    /// A tab is given the lock of one that is gone.
    Inherit {
        tab: Index,
    },
    Retry {
        tab: Index,
    },
    Discard {
        tab: Index,
    },
    Wait {
        ms: Millis,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Stored,
    NotNow,
    Refused,
}

enum Answer {
    Ack(Nonce),
    NotNow(Nonce),
    Refused(Nonce),
}

fn step() -> impl Strategy<Value = Step> {
    let tab = any::<Index>;
    let verdict = prop_oneof![
        6 => Just(Verdict::Stored),
        1 => Just(Verdict::NotNow),
        1 => Just(Verdict::Refused),
    ];
    prop_oneof![
        6 => (tab(), 1_i64..3).prop_map(|(tab, room)| Step::Write { tab, room }),
        6 => (tab(), verdict).prop_map(|(tab, verdict)| Step::Arrive { tab, verdict }),
        6 => (tab(), prop::bool::weighted(0.2)).prop_map(|(tab, lost)| Step::Answer { tab, lost }),
        2 => tab().prop_map(|tab| Step::Cut { tab }),
        2 => tab().prop_map(|which| Step::Ghost { which }),
        1 => tab().prop_map(|tab| Step::Close { tab }),
        1 => Just(Step::Open),
        2 => tab().prop_map(|tab| Step::Inherit { tab }),
        1 => tab().prop_map(|tab| Step::Retry { tab }),
        1 => tab().prop_map(|tab| Step::Discard { tab }),
        2 => (1_i64..15_000).prop_map(|ms| Step::Wait { ms }),
        1 => Just(Step::Wait { ms: TOO_OLD }),
        // The clock is set back.
        1 => Just(Step::Wait { ms: -TOO_OLD }),
    ]
}

#[derive(Default)]
struct Tab {
    outbox: Outbox,
    wire: VecDeque<Entry>,
    answers: VecDeque<Answer>,
    closed: bool,
}

struct World {
    /// Whether tabs know of each other. If not, each new one takes everything that is kept.
    locks: bool,
    now: Millis,
    tabs: Vec<Tab>,
    /// By tab, as the browser keeps it beyond the page.
    kept: BTreeMap<(usize, Nonce), Entry>,
    ghosts: Vec<Entry>,
    /// What the server has.
    stored: Vec<Nonce>,
    written: Vec<Nonce>,
    /// Those that waited in the same room of the same tab when a message was written: it may not overtake them.
    before: BTreeMap<Nonce, Vec<Nonce>>,
    /// Refused by the server, too old, or thrown away: from then on only their author moves them.
    stopped: BTreeSet<Nonce>,
}

impl World {
    fn new(locks: bool) -> Self {
        let mut world = Self {
            locks,
            now: 0,
            tabs: Vec::new(),
            kept: BTreeMap::new(),
            ghosts: Vec::new(),
            stored: Vec::new(),
            written: Vec::new(),
            before: BTreeMap::new(),
            stopped: BTreeSet::new(),
        };
        world.open();
        world
    }

    fn open(&mut self) {
        self.tabs.push(Tab::default());
        let tab = self.tabs.len() - 1;
        let others = (0..tab).filter(|other| !self.locks || self.tabs[*other].closed);
        for other in others.collect::<Vec<_>>() {
            self.inherit(tab, other);
        }
    }

    fn inherit(&mut self, tab: usize, from: usize) {
        let left: Vec<Entry> =
            self.kept.extract_if(.., |(owner, _), _| *owner == from).map(|(_, entry)| entry).collect();
        self.kept.extend(left.iter().map(|entry| ((tab, entry.nonce.clone()), entry.clone())));
        self.tabs[tab].outbox.inherit(left);
    }

    /// One that is open; there is always one.
    fn pick(&mut self, index: &Index) -> usize {
        let open: Vec<usize> = (0..self.tabs.len()).filter(|tab| !self.tabs[*tab].closed).collect();
        if open.is_empty() {
            self.open();
            return self.tabs.len() - 1;
        }
        *index.get(&open)
    }

    fn take(&mut self, n: usize, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Write { tab, room } => {
                let tab = self.pick(tab);
                let new = entry(n, *room, self.now);
                let waiting = self.tabs[tab].outbox.entries().iter().filter(|old| old.room == new.room && old.waits());
                self.before.insert(new.nonce.clone(), waiting.map(|old| old.nonce.clone()).collect());
                self.written.push(new.nonce.clone());
                let nonce = new.nonce.clone();
                self.tabs[tab].outbox.push(new);
                self.keep(tab, &nonce);
            }
            Step::Arrive { tab, verdict } => {
                let tab = self.pick(tab);
                if let Some(frame) = self.tabs[tab].wire.pop_front() {
                    let answer = self.serve(&frame, *verdict)?;
                    self.tabs[tab].answers.push_back(answer);
                }
            }
            Step::Ghost { which } if !self.ghosts.is_empty() => {
                let frame = self.ghosts.remove(which.index(self.ghosts.len()));
                self.serve(&frame, Verdict::Stored)?;
            }
            Step::Ghost { .. } => {}
            Step::Answer { tab, lost } => {
                let tab = self.pick(tab);
                if let Some(answer) = self.tabs[tab].answers.pop_front().filter(|_| !lost) {
                    self.hear(tab, answer);
                }
            }
            Step::Cut { tab } => {
                let tab = self.pick(tab);
                self.cut(tab);
                self.tabs[tab].outbox.reconnected();
            }
            Step::Close { tab } => {
                let tab = self.pick(tab);
                self.close(tab);
            }
            Step::Open => self.open(),
            Step::Inherit { tab } if self.locks => {
                let tab = self.pick(tab);
                let gone = (0..self.tabs.len()).filter(|tab| self.tabs[*tab].closed);
                gone.collect::<Vec<_>>().into_iter().for_each(|gone| self.inherit(tab, gone));
            }
            Step::Inherit { .. } => {}
            Step::Retry { tab } => {
                let tab = self.pick(tab);
                if let Some(nonce) = self.a_stopped_one(tab) {
                    self.tabs[tab].outbox.retry(&nonce, self.now);
                    self.keep(tab, &nonce);
                }
            }
            Step::Discard { tab } => {
                let tab = self.pick(tab);
                if let Some(nonce) = self.a_stopped_one(tab) {
                    self.forget(tab, &nonce);
                }
            }
            Step::Wait { ms } => self.now += ms,
        }
        self.send()
    }

    /// The server: each nonce once, and never one that others still wait for.
    fn serve(&mut self, frame: &Entry, verdict: Verdict) -> Result<Answer, TestCaseError> {
        let nonce = frame.nonce.clone();
        if self.stored.contains(&nonce) {
            return Ok(Answer::Ack(nonce));
        }
        match verdict {
            Verdict::Stored => {
                let overtaken = self.before[&nonce]
                    .iter()
                    .find(|before| !self.stored.contains(before) && !self.stopped.contains(before));
                prop_assert_eq!(overtaken, None, "overtaken by {:?}", nonce);
                self.stored.push(nonce.clone());
                Ok(Answer::Ack(nonce))
            }
            Verdict::NotNow => Ok(Answer::NotNow(nonce)),
            Verdict::Refused => {
                self.stopped.insert(nonce.clone());
                Ok(Answer::Refused(nonce))
            }
        }
    }

    fn hear(&mut self, tab: usize, answer: Answer) {
        let now = self.now;
        let outbox = &mut self.tabs[tab].outbox;
        match answer {
            Answer::Ack(nonce) => {
                outbox.ack(&nonce);
                self.kept.remove(&(tab, nonce));
            }
            Answer::NotNow(nonce) => {
                outbox.refuse(&nonce, false, String::new(), Some(300), now);
                self.keep(tab, &nonce);
            }
            Answer::Refused(nonce) => {
                outbox.refuse(&nonce, true, String::new(), None, now);
                self.keep(tab, &nonce);
            }
        }
    }

    /// Every open tab is connected and sends what is due.
    fn send(&mut self) -> Result<(), TestCaseError> {
        for tab in self.tabs.iter_mut().filter(|tab| !tab.closed) {
            tab.wire.extend(tab.outbox.due(self.now));
            let in_flight: Vec<RoomId> =
                tab.outbox.entries().iter().filter(|entry| entry.is_in_flight()).map(|entry| entry.room).collect();
            prop_assert_eq!(in_flight.iter().collect::<BTreeSet<_>>().len(), in_flight.len(), "two in flight");
            let stopped = tab.outbox.entries().iter().filter(|entry| matches!(entry.state, Progress::Stopped(_)));
            self.stopped.extend(stopped.map(|entry| entry.nonce.clone()));
        }
        Ok(())
    }

    fn close(&mut self, tab: usize) {
        self.cut(tab);
        self.tabs[tab].closed = true;
    }

    fn cut(&mut self, tab: usize) {
        self.ghosts.extend(self.tabs[tab].wire.drain(..));
        self.tabs[tab].answers.clear();
    }

    fn keep(&mut self, tab: usize, nonce: &Nonce) {
        // As it is written and read again.
        if let Some(entry) = self.tabs[tab].outbox.find(nonce) {
            let text = serde_json::to_string(entry).unwrap();
            self.kept.insert((tab, nonce.clone()), serde_json::from_str(&text).unwrap());
        }
    }

    fn forget(&mut self, tab: usize, nonce: &Nonce) {
        self.tabs[tab].outbox.discard(nonce);
        self.kept.remove(&(tab, nonce.clone()));
    }

    fn a_stopped_one(&self, tab: usize) -> Option<Nonce> {
        let mut entries = self.tabs[tab].outbox.entries().iter();
        entries.find(|entry| !entry.waits()).map(|entry| entry.nonce.clone())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// What was written is sent until it is acknowledged or stopped, stored once, and never overtaken in its room.
    #[test]
    fn nothing_is_lost_doubled_or_overtaken(locks in any::<bool>(), steps in prop::collection::vec(step(), 0..150)) {
        let mut world = World::new(locks);
        for (n, step) in steps.iter().enumerate() {
            world.take(n, step)?;
        }
        // All are closed. A new one is opened, and from here on everything works.
        for tab in 0..world.tabs.len() {
            world.close(tab);
        }
        world.open();
        let last = world.tabs.len() - 1;
        for _ in 0..=world.written.len() {
            world.send()?;
            while let Some(frame) = world.tabs[last].wire.pop_front() {
                let answer = world.serve(&frame, Verdict::Stored)?;
                world.hear(last, answer);
            }
        }
        let stored: BTreeSet<&Nonce> = world.stored.iter().collect();
        prop_assert_eq!(stored.len(), world.stored.len(), "stored twice");
        let lost = world.written.iter().find(|nonce| !stored.contains(nonce) && !world.stopped.contains(nonce));
        prop_assert_eq!(lost, None, "never stored");
        let outbox = &world.tabs[last].outbox;
        prop_assert!(outbox.entries().iter().all(|entry| !entry.waits()), "still waiting");
    }
}

#[test]
fn an_outbox_that_inherits_itself_is_the_same() {
    let entries: Vec<Entry> = (0..3).map(|n| entry(n, 7, n as Millis)).collect();
    let mut outbox = inherited(entries.clone());
    outbox.inherit(entries.clone());
    assert_eq!(outbox.entries(), entries);
}
