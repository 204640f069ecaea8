//! What is known of rooms that are not open: what is unread in them, and how their cards in the lobby change.

use std::collections::{HashMap, HashSet};

use leptos::prelude::*;

use super::{Live, State};
use crate::client::effect::effect;
use crate::model::ids::{Millis, RoomId};
use crate::model::room::{Card, Unread};
use crate::protocol::client::{Lobby, LobbyFilter};
use crate::protocol::{ClientFrame, MAX_CARDS};

/// News since the page was rendered: whoever shows a room shows these instead of what the page came with.
#[derive(Clone, Copy, Default)]
pub struct Overview {
    pub unread: RwSignal<HashMap<RoomId, Unread>>,
    /// Rooms that the reader belongs to no more.
    pub left: RwSignal<HashSet<RoomId>>,
    pub cards: RwSignal<HashMap<RoomId, Card>>,
    /// When something last happened in a public room.
    pub latest: RwSignal<Option<Millis>>,
    /// The rooms whose cards are on the screen.
    watched: StoredValue<Vec<RoomId>>,
}

impl Overview {
    /// What is unread in a room of which the page said `base`.
    pub fn unread_in(self, room: RoomId, base: Option<Unread>) -> Option<Unread> {
        let base = base.filter(|_| !self.left.with(|left| left.contains(&room)));
        self.unread.with(|news| news.get(&room).copied()).or(base)
    }

    pub(super) fn hear(self, room: RoomId, unread: Unread) {
        self.unread.try_update(|known| known.insert(room, unread));
        self.left.try_maybe_update(|left| (left.remove(&room), ()));
    }

    pub(super) fn leave(self, room: RoomId) {
        self.unread.try_update(|known| known.remove(&room));
        self.left.try_update(|left| left.insert(room));
    }

    /// One part of a room's card, if it has changed.
    pub fn card<T>(self, room: RoomId, part: impl FnOnce(&Card) -> T) -> Option<T> {
        self.cards.with(|news| news.get(&room).map(part))
    }
}

impl Live {
    /// Keeps the cards of these rooms up to date until the caller's owner is disposed.
    pub fn watch_cards(self, rooms: Vec<RoomId>) {
        effect(move || {
            let rooms: Vec<RoomId> = rooms.iter().copied().take(MAX_CARDS).collect();
            self.overview.latest.set(None);
            self.overview.watched.set_value(rooms);
            self.with(|state| state.ask_for_cards());
            on_cleanup(move || {
                self.overview.watched.try_set_value(Vec::new());
                self.state.try_update_value(|state| state.ask_for_cards());
            });
        });
    }
}

impl State {
    pub(super) fn has_cards(&self) -> bool {
        self.overview.watched.try_with_value(|rooms| !rooms.is_empty()).unwrap_or_default()
    }

    pub(super) fn ask_for_cards(&self) {
        let rooms = self.overview.watched.try_get_value().unwrap_or_default();
        let lobby = Lobby { on: !rooms.is_empty(), filter: LobbyFilter { rooms } };
        self.put(&ClientFrame::Lobby(lobby));
    }
}
