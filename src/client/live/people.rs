//! Who is here and who is writing: what the page hears of it, and says of its reader.

use leptos::prelude::*;

use super::{Joined, Live};
use crate::client::browser;
use crate::client::here::TYPING_FOR;
use crate::client::room_signals::set;
use crate::model::ids::{Millis, RoomId};
use crate::protocol::ClientFrame;
use crate::protocol::client::Typing;

/// One says that one is writing not more often than this.
const SAY_EVERY: Millis = 3_000;

impl Live {
    /// The reader is writing in `room`; called as often as they press a key.
    pub fn types(self, room: RoomId) {
        self.with(|state| {
            let now = browser::now();
            let (last_room, last) = state.said_typing;
            if state.is_mine && (last_room != Some(room) || now - last >= SAY_EVERY) {
                state.said_typing = (Some(room), now);
                state.put(&ClientFrame::Typing(Typing { room }));
            }
        });
    }

    /// Forgets whoever has stopped, in a while.
    pub(super) fn forget_typing(self, room: RoomId) {
        browser::after(TYPING_FOR, move || {
            self.state.try_update_value(|state| {
                if let Some(joined) = state.rooms.get_mut(&room) {
                    joined.show_typing();
                }
            });
        });
    }
}

impl Joined {
    pub(super) fn show_typing(&mut self) {
        set(self.signals.typing, self.typing.people(browser::now()));
    }
}
