//! One room's conversation: whatever order frames come in, it ends in the state that a fresh load would show.
//!
//! The cursor moves over contiguous events only. What lies beyond a gap is held back and the gap is reported; the
//! driver then asks for everything since the cursor. An own message is one row from the moment it is written: the row
//! is known by its nonce, and the `ack` and the event, in either order, only make it a stored one.

use std::collections::BTreeMap;

use crate::model::doc::Doc;
use crate::model::ids::{Millis, Nonce, Seq};
use crate::model::message::{History, Message};
use crate::model::user::Author;
use crate::protocol::{Event, Kind};

use super::outbox::{Entry, Progress, Why};

/// Events that are held back behind a gap; a resume brings what is beyond.
pub const BUFFER: usize = 256;

/// What a row is known by for as long as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// An own message: the same before and after it has a seq.
    Nonce(Nonce),
    Seq(Seq),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Sent,
    Pending,
    Failed(Why),
}

/// A message as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Absent until the server has given one.
    pub seq: Option<Seq>,
    pub nonce: Option<Nonce>,
    pub author: Author,
    pub body: String,
    pub doc: Option<Doc>,
    pub reply_to: Option<Seq>,
    pub ts: Millis,
    pub state: State,
}

impl Row {
    pub fn key(&self) -> Key {
        match (&self.nonce, self.seq) {
            (Some(nonce), _) => Key::Nonce(nonce.clone()),
            (None, seq) => Key::Seq(seq.unwrap_or_default()),
        }
    }

    /// A message that is on its way, or was stopped.
    pub fn unsent(entry: &Entry, author: Author) -> Self {
        Self {
            seq: None,
            nonce: Some(entry.nonce.clone()),
            author,
            body: entry.body.clone(),
            doc: None,
            reply_to: entry.reply_to,
            ts: entry.created_ms,
            state: match &entry.state {
                Progress::Stopped(why) => State::Failed(why.clone()),
                _ => State::Pending,
            },
        }
    }
}

impl From<Message> for Row {
    fn from(message: Message) -> Self {
        let Message { seq, author, nonce, body, doc, ts, reply_to, .. } = message;
        Self { seq: Some(seq), nonce, author, body, doc, reply_to, ts, state: State::Sent }
    }
}

impl From<Event> for Row {
    fn from(event: Event) -> Self {
        let Event { seq, author, nonce, ts, body, doc, reply_to, .. } = event;
        Self { seq: Some(seq), nonce, author, body: body.unwrap_or_default(), doc, reply_to, ts, state: State::Sent }
    }
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It was known.
    Known,
    Moved,
    /// Something before it is missing.
    Gap,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    epoch: String,
    /// Everything up to here has been applied.
    cursor: Seq,
    /// Whether there are messages before the first row.
    more: bool,
    sent: BTreeMap<Seq, Row>,
    held: BTreeMap<Seq, Event>,
    /// Not stored yet as far as we know, in the order of sending.
    unsent: Vec<Row>,
}

impl Timeline {
    pub fn load(page: History) -> Self {
        let mut timeline = Self {
            epoch: String::new(),
            cursor: 0,
            more: false,
            sent: BTreeMap::new(),
            held: BTreeMap::new(),
            unsent: Vec::new(),
        };
        timeline.replace(page);
        timeline
    }

    pub fn cursor(&self) -> Seq {
        self.cursor
    }

    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// The seq before which an older page begins, if there is one.
    pub fn older(&self) -> Option<Seq> {
        let first = self.sent.keys().next().copied();
        first.filter(|_| self.more)
    }

    /// The rows from top to bottom: what is stored by seq, then what is not.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.sent.values().chain(&self.unsent)
    }

    pub fn apply(&mut self, event: Event) -> Applied {
        if event.seq <= self.cursor {
            return Applied::Known;
        }
        if event.seq > self.cursor + 1 {
            if self.held.len() < BUFFER {
                self.held.insert(event.seq, event);
            }
            return Applied::Gap;
        }
        self.take(event);
        self.drain();
        if self.held.is_empty() { Applied::Moved } else { Applied::Gap }
    }

    /// The events of a resume, and whether the room's head is now reached.
    pub fn resume(&mut self, head: Seq, events: Vec<Event>) -> Applied {
        for event in events {
            self.apply(event);
        }
        if self.behind(head) || !self.held.is_empty() { Applied::Gap } else { Applied::Moved }
    }

    /// Whether the server has events that have not come.
    pub fn behind(&self, head: Seq) -> bool {
        head > self.cursor
    }

    /// The last event that has been seen, applied or not.
    pub fn farthest(&self) -> Seq {
        self.held.keys().next_back().copied().unwrap_or(self.cursor)
    }

    /// The latest page instead of the window; what is unsent stays, unless the page shows that it was stored.
    pub fn replace(&mut self, page: History) {
        // A message acknowledged beyond the page's head is stored all the same; in another epoch nothing is certain.
        let keeps = self.epoch == page.epoch;
        self.sent.retain(|seq, _| keeps && *seq > page.head);
        self.epoch = page.epoch;
        self.cursor = page.head;
        self.more = page.more;
        self.add(page.messages);
        self.held.retain(|seq, _| keeps && *seq > page.head);
        self.drain();
    }

    /// Shows a message of the outbox at the end; one that is shown already takes the entry's state.
    pub fn show(&mut self, entry: &Entry, author: &Author) {
        let stored = self.sent.values().any(|row| row.nonce.as_ref() == Some(&entry.nonce));
        if stored {
            return;
        }
        let row = Row::unsent(entry, author.clone());
        match self.unsent.iter_mut().find(|known| known.nonce == row.nonce) {
            Some(known) => *known = row,
            None => self.unsent.push(row),
        }
    }

    /// The server has stored an own message. The cursor waits for the event: others may lie before it.
    pub fn ack(&mut self, nonce: &Nonce, seq: Seq, ts: Millis) {
        let Some(mut row) = self.forget(nonce) else { return };
        // Above the window, it will come with its page.
        if self.older().is_some_and(|first| seq < first) {
            return;
        }
        (row.seq, row.ts, row.state) = (Some(seq), ts, State::Sent);
        self.sent.entry(seq).or_insert(row);
    }

    /// Takes an unsent row away: it is stored, discarded, or about to be shown at the end again.
    pub fn forget(&mut self, nonce: &Nonce) -> Option<Row> {
        let at = self.unsent.iter().position(|row| row.nonce.as_ref() == Some(nonce))?;
        Some(self.unsent.remove(at))
    }

    /// The room is closed to this reader: nothing of it stays on the screen.
    pub fn clear(&mut self) {
        self.sent.clear();
        self.held.clear();
        self.more = false;
    }

    fn add(&mut self, messages: Vec<Message>) {
        for row in messages.into_iter().map(Row::from) {
            self.store(row);
        }
    }

    fn take(&mut self, event: Event) {
        self.cursor = event.seq;
        match event.k {
            Kind::Msg => self.store(event.into()),
            // A kind of a later version: its place in the log is all that we know of it.
            Kind::Other => {}
        }
    }

    fn drain(&mut self) {
        while let Some(entry) = self.held.first_entry() {
            if *entry.key() > self.cursor + 1 {
                break;
            }
            let event = entry.remove();
            if event.seq > self.cursor {
                self.take(event);
            }
        }
    }

    fn store(&mut self, mut row: Row) {
        let Some(seq) = row.seq else { return };
        if let Some(nonce) = &row.nonce {
            let nonce = nonce.clone();
            self.forget(&nonce);
        } else if let Some(known) = self.sent.get(&seq) {
            // Its element is known by the nonce: losing that would make it another element.
            row.nonce = known.nonce.clone();
        }
        self.sent.insert(seq, row);
    }
}

#[cfg(test)]
mod tests;
