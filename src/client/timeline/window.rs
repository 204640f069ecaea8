//! The window moves: pages are put above and below it, and what is far from the reader is let go of.

use super::Timeline;
use crate::model::ids::Seq;
use crate::model::message::History;
use crate::protocol::Event;

/// Rows that are shown at once. A few more are let be, so that not every message is one trimmed.
const MOST_ROWS: usize = 300;
const SLACK: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Above,
    Below,
}

/// What has happened since a page beyond `edge` was asked for. `id` is the question's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meanwhile {
    id: i64,
    side: Side,
    edge: Seq,
    pub events: Vec<Event>,
}

impl Timeline {
    /// The seq before which an older page begins, if there is one.
    pub fn older(&self) -> Option<Seq> {
        self.sent.keys().next().copied().filter(|_| self.older)
    }

    /// The seq after which a newer page begins, if there is one.
    pub fn newer(&self) -> Option<Seq> {
        self.sent.keys().next_back().copied().filter(|_| self.newer)
    }

    /// The first message that the page came without the text of.
    pub fn withheld(&self) -> Option<Seq> {
        self.sent.iter().find(|(_, row)| row.is_withheld()).map(|(seq, _)| *seq)
    }

    /// Puts such texts in their places.
    pub fn uncover(&mut self, page: History) {
        for message in page.messages {
            if self.sent.get(&message.seq).is_some_and(|row| row.is_withheld()) {
                self.store(message.into());
            }
        }
    }

    pub fn has(&self, seq: Seq) -> bool {
        self.sent.contains_key(&seq)
    }

    /// A page is being read.
    pub fn is_asking(&self) -> bool {
        self.meanwhile.is_some()
    }

    /// The window goes up to the latest message.
    pub fn is_at_end(&self) -> bool {
        !self.newer
    }

    /// Another page instead of the window; what is unsent stays, unless the page shows that it was stored.
    pub fn replace(&mut self, page: History) {
        // A message acknowledged beyond the page's head is stored all the same, and a row that is newer than the page
        // stays so; in another epoch nothing is certain, and below a page that is not the latest there would be a hole.
        let keeps = self.epoch == page.epoch;
        let has = |seq: &Seq| page.messages.binary_search_by_key(seq, |message| message.seq).is_ok();
        self.sent.retain(|seq, _| keeps && ((*seq > page.head && !page.newer) || has(seq)));
        self.held.retain(|seq, _| keeps && *seq > page.head);
        // Whatever is later than the page comes again.
        self.notices.clear();
        self.epoch = page.epoch;
        self.cursor = page.head;
        self.heard = if keeps { self.heard.max(page.head) } else { page.head };
        (self.older, self.newer, self.meanwhile) = (page.older, page.newer, None);
        for message in page.messages {
            self.store(message.into());
        }
        page.quotes.into_iter().for_each(|quote| self.know(quote));
        page.notices.into_iter().for_each(|notice| self.note(notice));
        self.drain();
        if !keeps {
            self.overlay.forget_stored();
            self.missed.clear();
        }
        self.missed.retain(|seq| self.sent.get(seq).is_none_or(|row| !row.deleted));
        self.overlay.passed(self.cursor);
    }

    /// The seq at which a page beyond this side of the window begins, if there is one. Until it is put there, what
    /// happens is kept: the page may have been read before that.
    pub fn ask(&mut self, id: i64, side: Side) -> Option<Seq> {
        let edge = self.edge(side)?;
        self.meanwhile = Some(Meanwhile { id, side, edge, events: Vec::new() });
        Some(edge)
    }

    /// Puts the page that was asked for as `id` beside the window, unless the window has moved away from it, or is
    /// another one by now. Without a page it is not waited for any longer.
    pub fn put(&mut self, id: i64, page: Option<History>) {
        let asked = self.meanwhile.take_if(|meanwhile| meanwhile.id == id);
        let (Some(Meanwhile { side, edge, events, .. }), Some(page)) = (asked, page) else { return };
        if self.epoch != page.epoch || self.edge(side) != Some(edge) {
            return;
        }
        match side {
            Side::Above => self.older = page.older,
            Side::Below => self.newer = page.newer,
        }
        for message in page.messages {
            self.store(message.into());
        }
        page.quotes.into_iter().for_each(|quote| self.know(quote));
        page.notices.into_iter().for_each(|notice| self.note(notice));
        for event in events {
            self.requote(&event);
            self.show_event(event);
        }
    }

    /// Lets go of what is the farthest from the reader, who looks at the message `at`, or at the end.
    pub fn trim(&mut self, at: Option<Seq>) {
        if self.sent.len() > MOST_ROWS + SLACK {
            self.trim_to(at, MOST_ROWS);
        }
    }

    pub(super) fn trim_to(&mut self, at: Option<Seq>, most: usize) {
        let below = at.map_or(0, |seq| self.sent.range(seq..).count());
        if below <= self.sent.len() / 2 {
            while self.sent.len() > most {
                self.sent.pop_first();
                self.older = true;
            }
        } else if self.sent.len() > most && self.sent.keys().next() <= Some(&self.cursor) {
            // Beyond the cursor there may be holes, which nobody will fill now.
            let last = self.sent.keys().nth(most - 1).copied();
            self.sent.retain(|seq, _| Some(*seq) <= last && *seq <= self.cursor);
            self.newer = true;
        }
        self.trim_notices();
    }

    fn edge(&self, side: Side) -> Option<Seq> {
        match side {
            Side::Above => self.older(),
            Side::Below => self.newer(),
        }
    }
}
