//! Tabs that write, close and inherit, wires that lose and delay, and a server that refuses.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;
use proptest::sample::Index;

use super::steps::{Step, Verdict};
use super::{deletion, entry};
use crate::client::outbox::{EVERY, Entry, Outbox, Progress, UNDO};
use crate::model::ids::{Millis, Nonce, RoomId};

enum Answer {
    Ack(Nonce),
    NotNow(Nonce),
    Refused(Nonce),
}

#[derive(Default)]
struct Tab {
    outbox: Outbox,
    wire: VecDeque<Entry>,
    answers: VecDeque<Answer>,
    closed: bool,
}

pub struct World {
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
    /// Refused by the server or too old, some time: others may overtake them.
    stopped: BTreeSet<Nonce>,
    discarded: BTreeSet<Nonce>,
}

impl World {
    pub fn new(locks: bool) -> Self {
        let mut world = Self {
            locks,
            now: 1_000_000_000_000,
            tabs: Vec::new(),
            kept: BTreeMap::new(),
            ghosts: Vec::new(),
            stored: Vec::new(),
            written: Vec::new(),
            before: BTreeMap::new(),
            stopped: BTreeSet::new(),
            discarded: BTreeSet::new(),
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

    pub fn take(&mut self, n: usize, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Write { tab, room, held } => {
                let tab = self.pick(tab);
                let new = if *held { deletion(n, *room, self.now) } else { entry(n, *room, self.now) };
                let waiting = self.tabs[tab].outbox.entries().iter().filter(|old| {
                    // A deletion may be held again by the next page: it keeps nothing else waiting.
                    old.room == new.room
                        && old.waits()
                        && !matches!(old.action, crate::model::action::Action::Delete(_))
                });
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
                    self.tabs[tab].outbox.discard(&nonce);
                    self.kept.remove(&(tab, nonce.clone()));
                    self.discarded.insert(nonce);
                }
            }
            Step::TakeBack { tab } => {
                let tab = self.pick(tab);
                let held = self.tabs[tab].outbox.entries().iter().find(|entry| entry.is_held());
                if let Some(nonce) = held.map(|entry| entry.nonce.clone()) {
                    prop_assert!(self.tabs[tab].outbox.take_back(&nonce).is_some());
                    self.kept.remove(&(tab, nonce.clone()));
                    // Where tabs do not know of each other, another one may have sent it.
                    self.discarded.insert(nonce);
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
                // What was taken back waits for nothing any more.
                let is_gone = |before: &Nonce| self.stopped.contains(before) || self.discarded.contains(before);
                let overtaken =
                    self.before[&nonce].iter().find(|before| !self.stored.contains(before) && !is_gone(before));
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
            let stopped = tab.outbox.entries().iter().filter(|entry| !entry.waits() && !entry.is_held());
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

    fn a_stopped_one(&self, tab: usize) -> Option<Nonce> {
        let mut entries = self.tabs[tab].outbox.entries().iter();
        entries.find(|entry| matches!(entry.state, Progress::Stopped(_))).map(|entry| entry.nonce.clone())
    }

    /// All tabs are closed. A new one is opened, and from here on everything works.
    pub fn settle(&mut self) -> Result<(), TestCaseError> {
        (0..self.tabs.len()).for_each(|tab| self.close(tab));
        self.open();
        self.now += UNDO;
        let last = self.tabs.len() - 1;
        for _ in 0..=self.written.len() {
            self.now += EVERY;
            self.send()?;
            while let Some(frame) = self.tabs[last].wire.pop_front() {
                let answer = self.serve(&frame, Verdict::Stored)?;
                self.hear(last, answer);
            }
        }
        Ok(())
    }

    /// Everything is stored, once, but for what its author threw away or is asked about.
    pub fn has_lost_nothing(&self) -> Result<(), TestCaseError> {
        let stored: BTreeSet<&Nonce> = self.stored.iter().collect();
        prop_assert_eq!(stored.len(), self.stored.len(), "stored twice");
        let left = self.tabs.last().expect("a tab").outbox.entries();
        prop_assert!(left.iter().all(|entry| matches!(entry.state, Progress::Stopped(_))), "still waiting");
        let asked: BTreeSet<&Nonce> = left.iter().map(|entry| &entry.nonce).collect();
        let is_safe =
            |nonce: &&Nonce| stored.contains(nonce) || asked.contains(nonce) || self.discarded.contains(nonce);
        prop_assert_eq!(self.written.iter().find(|nonce| !is_safe(nonce)), None, "lost");
        Ok(())
    }
}
