//! What is being written, room by room, in the browser's storage: there again after a reload, and in every other tab.

use js_sys::Reflect;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::kept::{keys, storage};
use crate::model::ids::{RoomId, Seq, UserId};
use crate::model::message::Quote;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub text: String,
    /// The caret, in UTF-16 as browsers count.
    pub at: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Quote>,
    /// The message that was being changed while this lay aside, and how far the change had come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<(Seq, String)>,
}

/// Provided to the app: the drafts of whoever is signed in.
#[derive(Clone, Copy)]
pub struct Drafts {
    me: Option<UserId>,
    /// The rooms that have one.
    pub rooms: RwSignal<Vec<RoomId>>,
    /// The room whose draft another tab has just changed, and how often any has.
    pub elsewhere: RwSignal<(Option<RoomId>, u32)>,
}

impl Drafts {
    pub fn new(me: Option<UserId>) -> Self {
        let drafts = Self { me, rooms: RwSignal::default(), elsewhere: RwSignal::default() };
        if me.is_some() {
            Effect::new(move |_| drafts.follow());
        }
        drafts
    }

    /// Other tabs of this browser write drafts too.
    fn follow(self) {
        self.look();
        drop(window_event_listener_untyped("storage", move |event| {
            let key = Reflect::get(&event, &"key".into()).ok().and_then(|key| key.as_string());
            if let Some(room) = key.and_then(|key| self.room_of(&key)) {
                self.look();
                self.elsewhere.update(|(changed, times)| (*changed, *times) = (Some(room), *times + 1));
            }
        }));
    }

    pub fn of(self, room: RoomId) -> Option<Draft> {
        let text = storage()?.get_item(&self.key(room)?).ok()??;
        serde_json::from_str(&text).ok()
    }

    /// Keeps a draft, or, if there is nothing in it, none.
    pub fn keep(self, room: RoomId, draft: &Draft) {
        let (Some(key), Some(storage)) = (self.key(room), storage()) else { return };
        if draft.text.is_empty() && draft.reply_to.is_none() && draft.edit.is_none() {
            let _ = storage.remove_item(&key);
        } else if let Ok(text) = serde_json::to_string(draft) {
            let _ = storage.set_item(&key, &text);
        }
        self.look();
    }

    /// Whoever signs out leaves nothing behind.
    pub fn clear(self) {
        for room in self.rooms.get_untracked() {
            self.keep(room, &Draft::default());
        }
    }

    fn look(self) {
        let rooms: Vec<RoomId> = keys().iter().filter_map(|key| self.room_of(key)).collect();
        if self.rooms.with_untracked(|known| *known != rooms) {
            self.rooms.set(rooms);
        }
    }

    fn room_of(self, key: &str) -> Option<RoomId> {
        RoomId::try_from(key.strip_prefix(&self.mine()?)?.parse::<i64>().ok()?).ok()
    }

    fn key(self, room: RoomId) -> Option<String> {
        Some(self.mine()? + &room.get().to_string())
    }

    /// What the names of all of one's drafts begin with.
    fn mine(self) -> Option<String> {
        Some(format!("draft:{}:", self.me?))
    }
}
