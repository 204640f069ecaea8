//! One room's conversation: whatever order frames come in, it ends in the state that a fresh load would show.
//!
//! The cursor moves over contiguous events only. What lies beyond a gap is held back and the gap is reported; the
//! driver then asks for everything since the cursor. An own message is one row from the moment it is written: the row
//! is known by its nonce, and the `ack` and the event, in either order, only make it a stored one. A page is read after
//! its head, so that it may show changes whose events are still to come: each row knows the latest change that is in it.
//!
//! What is shown is a window of the conversation, without holes. It may end before the latest message (`newer`): then
//! what is said is counted, not shown, until the window has been brought to the end.

mod notices;
mod overlay;
mod quotes;
mod row;
mod window;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::action::{Action, Post};
use crate::model::ids::{Millis, Nonce, Seq, UserId};
use crate::model::message::{History, Quote};
use crate::model::notice::Notice;
use crate::model::user::Author;
use crate::protocol::{Event, Kind};

use self::overlay::Overlay;
pub use self::row::{Key, Note, Row, State};
use self::window::Meanwhile;
pub use self::window::Side;
use super::outbox::Entry;

/// Events that are held back behind a gap; what is beyond comes when the gap is filled.
pub const BUFFER: usize = 256;

/// What showing an entry of the outbox came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Showing {
    /// It is stored, as the rows prove.
    Stored,
    /// It was shown as it is.
    Known,
    Changed,
}

impl Showing {
    fn of(is_new: bool) -> Self {
        if is_new { Self::Changed } else { Self::Known }
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

#[derive(Clone, Debug)]
pub struct Timeline {
    /// Whose reactions are one's own.
    me: Option<UserId>,
    epoch: String,
    /// Everything up to here has been applied.
    cursor: Seq,
    /// Whether there are messages before the first row, and after the last stored one.
    older: bool,
    newer: bool,
    sent: BTreeMap<Seq, Arc<Row>>,
    held: BTreeMap<Seq, Event>,
    /// Not stored yet as far as we know, in the order of sending.
    unsent: Vec<Arc<Row>>,
    /// Own changes that the log has not brought yet.
    overlay: Overlay,
    /// Messages outside the window that replies in it answer. Nothing is known yet of those that were asked for.
    quotes: BTreeMap<Seq, Option<Quote>>,
    notices: BTreeMap<Seq, Arc<Notice>>,
    /// While a page is being read: what it may or may not know of.
    meanwhile: Option<Meanwhile>,
    /// What others have said since it was last asked for.
    news: Vec<Arc<Row>>,
    /// The last message that was news.
    heard: Seq,
    /// What was news since the reader was last at the end, but for what was deleted again.
    missed: BTreeSet<Seq>,
}

impl Timeline {
    pub fn load(page: History, me: Option<UserId>) -> Self {
        let mut timeline = Self {
            me,
            epoch: String::new(),
            cursor: 0,
            older: false,
            newer: false,
            sent: BTreeMap::new(),
            held: BTreeMap::new(),
            unsent: Vec::new(),
            meanwhile: None,
            news: Vec::new(),
            heard: 0,
            missed: BTreeSet::new(),
            overlay: Overlay::default(),
            quotes: BTreeMap::new(),
            notices: BTreeMap::new(),
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

    /// The rows from top to bottom: what is stored by seq, then, if that is all, what is not.
    pub fn rows(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.sent.values().chain(self.unsent.iter().filter(|_| !self.newer))
    }

    /// What others have said since this was last called, shown or not.
    pub fn take_news(&mut self) -> Vec<Arc<Row>> {
        std::mem::take(&mut self.news)
    }

    /// How many messages others have said, and not deleted again, since the reader was last at the end.
    pub fn missed(&self) -> usize {
        self.missed.len()
    }

    /// The reader is at the end.
    pub fn miss_nothing(&mut self) {
        self.missed.clear();
    }

    /// A row as its reader has changed it, if they have, whether or not the server knows.
    pub fn changed(&self, row: &Row) -> Option<Row> {
        self.overlay.over(row)
    }

    pub fn apply(&mut self, event: Event) -> Applied {
        if let Some(nonce) = &event.nonce {
            self.overlay.store(nonce, event.seq);
        }
        if event.seq <= self.cursor {
            self.overlay.passed(self.cursor);
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
        self.overlay.passed(self.cursor);
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

    /// Shows what the outbox holds: a message at the end, a change over its message. What is shown already takes the
    /// entry's state.
    pub fn show(&mut self, entry: &Entry, author: &Author) -> Showing {
        let Action::Post(Post { body, reply_to }) = &entry.action else {
            return Showing::of(self.overlay.show(entry));
        };
        if self.sent.values().any(|row| row.nonce.as_ref() == Some(&entry.nonce)) {
            return Showing::Stored;
        }
        let row = Arc::new(Row::unsent(entry, body, *reply_to, author.clone()));
        match self.unsent.iter_mut().find(|known| known.nonce == row.nonce) {
            Some(known) if *known == row => Showing::Known,
            Some(known) => {
                *known = row;
                Showing::Changed
            }
            None => {
                self.unsent.push(row);
                Showing::Changed
            }
        }
    }

    /// The server has stored an own message or change. The cursor waits for the event: others may lie before it.
    pub fn ack(&mut self, nonce: &Nonce, seq: Seq, ts: Millis) {
        self.overlay.store(nonce, seq);
        self.overlay.passed(self.cursor);
        let Some(mut row) = self.take_unsent(nonce) else { return };
        // Up to the cursor everything is known: it is among the rows, or outside the window.
        if self.behind(seq) && !self.newer {
            let stored = Arc::make_mut(&mut row);
            (stored.seq, stored.rev, stored.ts, stored.state) = (Some(seq), seq, ts, State::Sent);
            self.sent.entry(seq).or_insert(row);
        }
    }

    /// Takes what is unsent off the screen: it is discarded, or about to be shown anew.
    pub fn forget(&mut self, nonce: &Nonce) {
        self.overlay.forget(nonce);
        self.take_unsent(nonce);
    }

    fn take_unsent(&mut self, nonce: &Nonce) -> Option<Arc<Row>> {
        let at = self.unsent.iter().position(|row| row.nonce.as_ref() == Some(nonce))?;
        Some(self.unsent.remove(at))
    }

    /// The room is closed to this reader: nothing of it stays on the screen.
    pub fn clear(&mut self) {
        self.sent.clear();
        self.held.clear();
        self.notices.clear();
        self.missed.clear();
        (self.older, self.newer, self.meanwhile) = (false, false, None);
    }

    fn take(&mut self, event: Event) {
        self.cursor = event.seq;
        if event.k == Kind::Msg && Some(event.author.id) != self.me && event.seq > self.heard {
            self.heard = event.seq;
            self.news.push(Arc::new(event.clone().into()));
            self.missed.insert(event.seq);
        }
        if let (Kind::Del, Some(target)) = (event.k, event.target) {
            self.missed.remove(&target);
        }
        if let Some(meanwhile) = &mut self.meanwhile {
            meanwhile.events.push(event.clone());
        }
        self.requote(&event);
        self.show_event(event);
    }

    /// Shows what an event does to the window. Doing it again changes nothing.
    fn show_event(&mut self, event: Event) {
        match event.k {
            Kind::Msg if self.newer => {}
            Kind::Msg => self.store(event.into()),
            // A message outside the window is read with its page, changes included.
            Kind::Edit | Kind::Del | Kind::React | Kind::Pin => {
                if let Some(row) = event.target.and_then(|target| self.sent.get_mut(&target)) {
                    Arc::make_mut(row).change(event, self.me);
                }
            }
            Kind::Member | Kind::Room => {
                if let Some(notice) = event.notice().filter(|_| !self.newer) {
                    self.note(notice);
                }
            }
            // `Other` is a kind of a later version: its place in the log is all that we know of it.
            Kind::Skip | Kind::Other => {}
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
            self.take_unsent(&nonce);
        }
        if let Some(known) = self.sent.get(&seq) {
            if known.rev > row.rev {
                return;
            }
            // Its element is known by the nonce: losing that would make it another element.
            row.nonce = row.nonce.or_else(|| known.nonce.clone());
        }
        self.sent.insert(seq, Arc::new(row));
    }
}

#[cfg(test)]
mod tests;
