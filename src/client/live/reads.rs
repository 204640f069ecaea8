//! How far the reader has read in a room: told to the server as often as it wants to hear it, and over each connection
//! until it says so.

use leptos::prelude::Set;

use super::{Live, State};
use crate::client::browser;
use crate::model::ids::{Millis, RoomId, Seq};
use crate::protocol::client::{Read, UnreadFrom};
use crate::protocol::{ClientFrame, Since};

/// Between two words on one room: who flies through a thousand messages says so a few times, not a thousand.
const PAUSE: Millis = 500;

#[derive(Debug, Default)]
pub struct Reads {
    /// As the server says.
    stored: Seq,
    /// As the reader has seen here, since they last wanted something to be unread again.
    seen: Seq,
    /// The last that the server was told over this connection.
    told: Seq,
    is_pausing: bool,
}

impl Reads {
    pub fn new(stored: Seq) -> Self {
        Self { stored, ..Self::default() }
    }

    /// Everything up to here has been read, whether or not the server knows.
    pub fn farthest(&self) -> Seq {
        self.stored.max(self.seen)
    }

    /// The server says how far. True if that is less than it was: the reader wants to read it again.
    pub fn hear(&mut self, stored: Seq) -> bool {
        let is_back = stored < self.stored;
        self.stored = stored;
        if is_back {
            self.forget();
        }
        is_back
    }

    /// What was seen until now does not count.
    fn forget(&mut self) {
        (self.seen, self.told) = (0, 0);
    }

    /// The connection is gone, and with it perhaps the last word.
    pub fn cut(&mut self) {
        self.told = 0;
    }

    fn see(&mut self, seq: Seq) {
        self.seen = self.seen.max(seq);
    }

    /// What the server has to be told.
    fn due(&mut self) -> Option<Seq> {
        let is_due = self.seen > self.stored.max(self.told);
        is_due.then(|| {
            self.told = self.seen;
            self.seen
        })
    }
}

impl Live {
    /// Everything up to `seq` has been seen.
    pub fn read(self, room: RoomId, seq: Seq) {
        let is_pausing = self.with(|state| {
            state.rooms.get_mut(&room).is_some_and(|joined| {
                joined.reads.see(seq);
                joined.reads.is_pausing
            })
        });
        if !is_pausing {
            self.tell_read(room);
        }
    }

    pub(super) fn tell_read(self, room: RoomId) {
        if self.with(|state| state.tell_read(room)) {
            browser::after(PAUSE, move || self.tell_read(room));
        }
    }

    /// `seq` and what follows is to count as unread again.
    pub fn unread_from(self, room: RoomId, seq: Seq) {
        self.with(|state| {
            if let Some(joined) = state.rooms.get_mut(&room) {
                joined.reads.forget();
                joined.signals.reads.try_set(false);
            }
            state.put(&ClientFrame::UnreadFrom(UnreadFrom { room, seq: Since(seq) }));
        });
    }
}

impl State {
    /// False if there is nothing to tell, or nobody to be told.
    pub(super) fn tell_read(&mut self, room: RoomId) -> bool {
        let is_mine = self.is_mine;
        let Some(joined) = self.rooms.get_mut(&room) else { return false };
        let due = if is_mine { joined.reads.due() } else { None };
        joined.reads.is_pausing = due.is_some();
        let Some(seq) = due else { return false };
        self.put(&ClientFrame::Read(Read { room, seq: Since(seq) }));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_told_until_the_server_says_so() {
        let mut reads = Reads::new(10);
        reads.see(10);
        assert_eq!(reads.due(), None, "the server has said so");
        reads.see(12);
        reads.see(11);
        assert_eq!((reads.due(), reads.due()), (Some(12), None), "once over one connection");
        reads.cut();
        assert_eq!(reads.due(), Some(12), "it may not have got there");
        assert!(!reads.hear(12));
        reads.cut();
        assert_eq!(reads.due(), None);
    }

    #[test]
    fn what_is_wanted_unread_is_read_by_being_seen_anew() {
        let mut reads = Reads::new(10);
        reads.see(20);
        assert_eq!(reads.due(), Some(20));
        assert!(!reads.hear(20) && reads.hear(14));
        assert_eq!((reads.farthest(), reads.due()), (14, None));
        reads.see(20);
        assert_eq!(reads.due(), Some(20));
    }
}
