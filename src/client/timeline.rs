//! One room's conversation: whatever order frames come in, it ends in the state that a fresh load would show.
//!
//! The cursor moves over contiguous events only. What lies beyond a gap is held back and the gap is reported; the
//! driver then asks for everything since the cursor. An own message is one row from the moment it is written: the row
//! is known by its nonce, and the `ack` and the event, in either order, only make it a stored one. A page is read after
//! its head, so that it may show changes whose events are still to come: each row knows the latest change that is in it.

mod row;

use std::collections::BTreeMap;

use crate::model::ids::{Millis, Nonce, Seq, UserId};
use crate::model::message::History;
use crate::model::user::Author;
use crate::protocol::{Event, Kind};

pub use self::row::{Key, Row, State};
use super::outbox::Entry;

/// Events that are held back behind a gap; what is beyond comes when the gap is filled.
pub const BUFFER: usize = 256;

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
    /// Whose reactions are one's own.
    me: Option<UserId>,
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
    pub fn load(page: History, me: Option<UserId>) -> Self {
        let mut timeline = Self {
            me,
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

    /// A piece of the log that ends at `to`, and whether everything up to there is now applied.
    pub fn resume(&mut self, to: Seq, events: Vec<Event>) -> Applied {
        for event in events {
            self.apply(event);
        }
        if self.behind(to) || !self.held.is_empty() { Applied::Gap } else { Applied::Moved }
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
        // A message acknowledged beyond the page's head is stored all the same, and a row that is newer than the page
        // stays so; in another epoch nothing is certain.
        let keeps = self.epoch == page.epoch;
        let has = |seq: &Seq| page.messages.binary_search_by_key(seq, |message| message.seq).is_ok();
        self.sent.retain(|seq, _| keeps && (*seq > page.head || has(seq)));
        self.held.retain(|seq, _| keeps && *seq > page.head);
        self.epoch = page.epoch;
        self.cursor = page.head;
        self.more = page.more;
        for message in page.messages {
            self.store(message.into());
        }
        self.drain();
    }

    /// Shows a message of the outbox at the end; one that is shown already takes the entry's state. False if it is
    /// stored, as the rows prove.
    pub fn show(&mut self, entry: &Entry, author: &Author) -> bool {
        if self.sent.values().any(|row| row.nonce.as_ref() == Some(&entry.nonce)) {
            return false;
        }
        let row = Row::unsent(entry, author.clone());
        match self.unsent.iter_mut().find(|known| known.nonce == row.nonce) {
            Some(known) => *known = row,
            None => self.unsent.push(row),
        }
        true
    }

    /// The server has stored an own message. The cursor waits for the event: others may lie before it.
    pub fn ack(&mut self, nonce: &Nonce, seq: Seq, ts: Millis) {
        let Some(mut row) = self.forget(nonce) else { return };
        // Up to the cursor everything is known: it is among the rows, or above them.
        if self.behind(seq) {
            (row.seq, row.rev, row.ts, row.state) = (Some(seq), seq, ts, State::Sent);
            self.sent.entry(seq).or_insert(row);
        }
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

    fn take(&mut self, event: Event) {
        self.cursor = event.seq;
        match event.k {
            Kind::Msg => self.store(event.into()),
            // A message above the window is read with its page, changes included.
            Kind::Edit | Kind::Del | Kind::React | Kind::Pin => {
                if let Some(row) = event.target.and_then(|target| self.sent.get_mut(&target)) {
                    row.change(event, self.me);
                }
            }
            // `Other` is a kind of a later version: its place in the log is all that we know of it.
            Kind::Member | Kind::Room | Kind::Skip | Kind::Other => {}
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

    /// Puts a stored message in its place, unless a later state of it is there.
    fn store(&mut self, mut row: Row) {
        let Some(seq) = row.seq else { return };
        if let Some(nonce) = &row.nonce {
            let nonce = nonce.clone();
            self.forget(&nonce);
        }
        if let Some(known) = self.sent.get(&seq) {
            if known.rev > row.rev {
                return;
            }
            // Its element is known by the nonce: losing that would make it another element.
            row.nonce = row.nonce.or_else(|| known.nonce.clone());
        }
        self.sent.insert(seq, row);
    }
}

#[cfg(test)]
mod tests;
