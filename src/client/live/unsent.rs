//! What the reader writes: shown at once, kept until the server has it, sent when its turn has come.

use super::{Live, State};
use crate::client::outbox::Entry;
use crate::client::{browser, kept};
use crate::model::ids::{Millis, Nonce, RoomId};
use crate::protocol::client::Send;
use crate::protocol::{ClientFrame, Event};

impl Live {
    /// Says `body` in `room`.
    pub fn send(self, room: RoomId, body: String) {
        self.with(|state| {
            let nonce = browser::new_nonce();
            state.outbox.push(Entry::new(nonce.clone(), room, body, None, browser::now()));
            state.keep(&nonce);
            state.drain();
        });
    }

    /// Tries a stopped message again, behind those that were written since.
    pub fn retry(self, nonce: &Nonce) {
        self.with(|state| {
            state.outbox.retry(nonce, browser::now());
            state.keep(nonce);
            state.forget(nonce);
            state.drain();
        });
    }

    /// Takes a stopped message away and gives its text back.
    pub fn discard(self, nonce: &Nonce) -> Option<String> {
        self.with(|state| {
            let entry = state.settle(nonce)?;
            state.forget(nonce);
            state.publish(entry.room);
            Some(entry.body)
        })
    }

    /// What a closed tab has left is this one's from now on.
    pub fn inherit(self, left: Vec<Entry>) {
        if left.is_empty() {
            return;
        }
        self.with(|state| {
            state.outbox.inherit(left);
            // Shown anew, in the order in which they will be sent.
            let nonces: Vec<Nonce> = state.outbox.entries().iter().map(|entry| entry.nonce.clone()).collect();
            nonces.iter().for_each(|nonce| state.forget(nonce));
            state.drain();
        });
    }

    /// Sends what is due, and says when to come again.
    pub fn tick(self) -> Option<Millis> {
        self.with(|state| {
            let now = browser::now();
            if state.is_mine && state.outbox.next_due().is_some_and(|due| due <= now) {
                state.drain();
            }
            state.outbox.next_due().filter(|_| state.is_mine).map(|due| due - now)
        })
    }
}

impl State {
    /// Sends what may go now, and shows what became of everything in the outbox.
    pub(super) fn drain(&mut self) {
        let due = if self.is_mine { self.outbox.due(browser::now()) } else { Vec::new() };
        for Entry { nonce, room, body, reply_to, .. } in due {
            let id = self.next_id();
            self.put(&ClientFrame::Send(Send { id, room, nonce, body, reply_to, attachments: None }));
        }
        self.show_outbox();
    }

    pub(super) fn show_outbox(&mut self) {
        let Some(me) = &self.me else { return };
        let mut stored: Vec<Nonce> = Vec::new();
        for (room, joined) in &mut self.rooms {
            let mut entries = self.outbox.entries().iter().filter(|entry| entry.room == *room).peekable();
            if entries.peek().is_some() {
                let known = entries.filter(|entry| !joined.timeline.show(entry, me));
                stored.extend(known.map(|entry| entry.nonce.clone()));
                joined.publish();
            }
        }
        // By an earlier try, whose answer was lost.
        stored.iter().for_each(|nonce| drop(self.settle(nonce)));
    }

    /// An own event proves that the message is stored, whether or not its `ack` ever comes.
    pub(super) fn see(&mut self, events: &[Event]) {
        events.iter().filter_map(|event| event.nonce.as_ref()).for_each(|nonce| drop(self.settle(nonce)));
    }

    /// The message needs no sending any more.
    pub(super) fn settle(&mut self, nonce: &Nonce) -> Option<Entry> {
        let entry = self.outbox.ack(nonce)?;
        if let Some(me) = &self.me {
            kept::drop_entry(me.id, &self.tab, nonce);
        }
        Some(entry)
    }

    pub(super) fn keep(&self, nonce: &Nonce) {
        if let (Some(me), Some(entry)) = (&self.me, self.outbox.find(nonce)) {
            kept::keep(me.id, &self.tab, entry);
        }
    }

    /// Takes an unsent message off the screen.
    fn forget(&mut self, nonce: &Nonce) {
        for joined in self.rooms.values_mut() {
            joined.timeline.forget(nonce);
        }
    }
}
