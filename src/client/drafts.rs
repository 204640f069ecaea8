//! What is being written, room by room, in the browser's storage: there again after a reload, in every other tab, and, by
//! way of the server, on every other device.

use js_sys::Reflect;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

use super::browser;
use super::effect::effect;
use super::kept::{keys, storage};
use crate::api::messages::save_draft;
use crate::json;
use crate::model::ids::{Millis, RoomId, Seq, UserId};
use crate::model::message::{Quote, SavedDraft};

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

/// What the names of items begin with.
const DRAFT: &str = "draft:";
const SAVED: &str = "saved:";
/// What is not typed on for this long is kept by the server, too.
const PAUSE: Millis = 2_000;

/// What the server has of a draft, as far as this browser knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Saved {
    /// When the server kept it; 0 if it has none.
    ts: Millis,
    /// What was written here since has not reached the server.
    is_behind: bool,
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
            effect(move || drafts.follow());
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
        json::read(&text).ok()
    }

    /// Keeps a draft, or, if there is nothing in it, none.
    pub fn keep(self, room: RoomId, draft: &Draft) {
        let known = self.of(room).unwrap_or_default();
        self.put(room, draft);
        if known.text != draft.text || known.reply_to != draft.reply_to {
            self.note(room, Saved { is_behind: true, ..self.saved(room) });
            let (draft, is_over) = (draft.clone(), draft.text.is_empty());
            browser::after(if is_over { 0 } else { PAUSE }, move || self.send(room, draft));
        }
    }

    /// The draft to go on with, where the server has `saved`: what this browser has not sent yet, or else what another
    /// device has left.
    pub fn settle(self, room: RoomId, saved: Option<SavedDraft>) -> Option<Draft> {
        let (here, known) = (self.of(room), self.saved(room));
        let ts = saved.as_ref().map_or(0, |saved| saved.ts);
        if known.is_behind {
            self.send(room, here.clone().unwrap_or_default());
        } else if ts != known.ts {
            let edit = here.and_then(|here| here.edit);
            let SavedDraft { body, reply_to, .. } = saved.unwrap_or_default();
            let at = u32::try_from(body.encode_utf16().count()).unwrap_or_default();
            self.put(room, &Draft { text: body, at, reply_to, edit });
            self.note(room, Saved { ts, is_behind: false });
            return self.of(room);
        }
        here
    }

    /// Has the server keep a draft, unless it has been written on.
    fn send(self, room: RoomId, draft: Draft) {
        let is_current = move |draft: &Draft| {
            let now = self.of(room).unwrap_or_default();
            now.text == draft.text && now.reply_to == draft.reply_to
        };
        if !is_current(&draft) {
            return;
        }
        spawn_local(async move {
            let reply_to = draft.reply_to.as_ref().map(|quote| quote.seq);
            // What does not get there goes with the next change, or when the room is opened again.
            let Ok(ts) = save_draft(room, draft.text.clone(), reply_to).await else { return };
            self.note(room, Saved { ts, is_behind: !is_current(&draft) });
        });
    }

    fn saved(self, room: RoomId) -> Saved {
        let text = self.saved_key(room).and_then(|key| storage()?.get_item(&key).ok()?);
        text.and_then(|text| json::read(&text).ok()).unwrap_or_default()
    }

    fn note(self, room: RoomId, saved: Saved) {
        let (Some(key), Some(storage)) = (self.saved_key(room), storage()) else { return };
        if saved == Saved::default() {
            let _ = storage.remove_item(&key);
        } else if let Ok(text) = serde_json::to_string(&saved) {
            let _ = storage.set_item(&key, &text);
        }
    }

    fn put(self, room: RoomId, draft: &Draft) {
        let (Some(key), Some(storage)) = (self.key(room), storage()) else { return };
        if draft.text.is_empty() && draft.reply_to.is_none() && draft.edit.is_none() {
            let _ = storage.remove_item(&key);
        } else if let Ok(text) = serde_json::to_string(draft) {
            let _ = storage.set_item(&key, &text);
        }
        self.look();
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
        Some(format!("{DRAFT}{}:", self.me?))
    }

    fn saved_key(self, room: RoomId) -> Option<String> {
        Some(format!("{SAVED}{}:{room}", self.me?))
    }
}
