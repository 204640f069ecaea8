//! What the reader writes: shown at once, kept until the server has it, sent when its turn has come.

use leptos::prelude::Set;

use super::{Live, State};
use crate::client::outbox::{Entry, UNDO};
use crate::client::timeline::Showing;
use crate::client::{browser, kept};
use crate::model::action::Action;
use crate::model::ids::{Millis, Nonce, RoomId};
use crate::protocol::{Event, Kind};

/// What was written here is known for so many messages.
const SETTLED: usize = 64;

impl Live {
    /// Says something in `room`, or changes what was said.
    pub fn send(self, room: RoomId, action: impl Into<Action>) {
        self.with(|state| {
            let nonce = browser::new_nonce();
            state.outbox.push(Entry::new(nonce.clone(), room, action.into(), browser::now()));
            state.keep(&nonce);
            state.drain();
        });
    }

    /// Takes back what is still held.
    pub fn take_back(self, nonce: &Nonce) {
        self.with(|state| {
            if let Some(entry) = state.outbox.take_back(nonce) {
                state.drop_kept(nonce);
                state.forget(nonce);
                state.publish(entry.room);
            }
        });
    }

    /// The page is about to go: what is held goes now, and how far was read, as far as the network is quick enough.
    pub fn release(self) {
        self.with(|state| {
            state.outbox.release(browser::now() + UNDO);
            state.drain();
            let rooms: Vec<RoomId> = state.rooms.keys().copied().collect();
            for room in rooms {
                state.tell_read(room);
            }
        });
    }

    /// Tries again what was stopped, behind what was written since.
    pub fn retry(self, nonce: &Nonce) {
        self.with(|state| {
            state.outbox.retry(nonce, browser::now());
            state.keep(nonce);
            state.forget(nonce);
            state.drain();
        });
    }

    /// Takes away what was stopped, and gives it back.
    pub fn discard(self, nonce: &Nonce) -> Option<Action> {
        self.with(|state| {
            let entry = state.settle(nonce)?;
            state.forget(nonce);
            state.publish(entry.room);
            Some(entry.action)
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
        for entry in due {
            let id = self.next_id();
            self.put(&entry.frame(id));
        }
        self.show_outbox();
    }

    pub(super) fn show_outbox(&mut self) {
        let Some(me) = &self.me else { return };
        let mut stored: Vec<Nonce> = Vec::new();
        for (room, joined) in &mut self.rooms {
            let mut is_changed = false;
            for entry in self.outbox.entries().iter().filter(|entry| entry.room == *room) {
                match joined.timeline.show(entry, me) {
                    Showing::Stored => stored.push(entry.nonce.clone()),
                    Showing::Changed => is_changed = true,
                    Showing::Known => {}
                }
            }
            if is_changed {
                joined.publish();
            }
        }
        // By an earlier try, whose answer was lost.
        stored.iter().for_each(|nonce| drop(self.settle(nonce)));
    }

    /// An own event proves that what was written is stored, whether or not its `ack` ever comes. What was written on
    /// another device may stand here as a draft.
    pub(super) fn see(&mut self, room: RoomId, events: &[Event]) {
        for event in events {
            let Some(nonce) = &event.nonce else { continue };
            let is_from_here = self.settle(nonce).is_some() || self.settled.contains(nonce);
            if let Some(joined) = self.rooms.get(&room).filter(|_| !is_from_here && event.k == Kind::Msg) {
                joined.signals.said_elsewhere.try_set(event.body.clone().map(|body| (body, event.reply_to)));
            }
        }
    }

    /// It needs no sending any more.
    pub(super) fn settle(&mut self, nonce: &Nonce) -> Option<Entry> {
        let entry = self.outbox.ack(nonce)?;
        self.drop_kept(nonce);
        self.settled.push_back(nonce.clone());
        if self.settled.len() > SETTLED {
            self.settled.pop_front();
        }
        Some(entry)
    }

    fn drop_kept(&self, nonce: &Nonce) {
        if let Some(me) = &self.me {
            kept::drop_entry(me.id, &self.tab, nonce);
        }
    }

    pub(super) fn keep(&self, nonce: &Nonce) {
        if let (Some(me), Some(entry)) = (&self.me, self.outbox.find(nonce)) {
            kept::keep(me.id, &self.tab, entry);
        }
    }

    /// Takes what is unsent off the screen.
    fn forget(&mut self, nonce: &Nonce) {
        for joined in self.rooms.values_mut() {
            joined.timeline.forget(nonce);
        }
    }
}
