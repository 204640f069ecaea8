//! Read means seen: the page is visible and has the focus, and the end of the message was on the screen for a moment.

use leptos::html;
use leptos::prelude::*;

use super::browser;
use super::effect::effect;
use super::live::Live;
use super::room_signals::RoomSignals;
use super::sight::last_ended;
use crate::model::ids::{Millis, RoomId, Seq};

/// How long a message has to be on the screen.
const SEEN_AFTER: Millis = 300;
/// The list is looked at no more often than this, however it is scrolled.
const BETWEEN: Millis = 100;

/// Notes how far has been read, for as long as the room is open.
#[derive(Clone, Copy)]
pub struct Reader {
    live: Live,
    room: RoomId,
    signals: RoomSignals,
    log: NodeRef<html::Div>,
    /// It has just been looked at.
    waits: StoredValue<bool>,
}

impl Reader {
    pub fn new(live: Live, room: RoomId, signals: RoomSignals, log: NodeRef<html::Div>) -> Self {
        let reader = Self { live, room, signals, log, waits: StoredValue::new(false) };
        effect(move || {
            signals.track_rows();
            signals.reads.track();
            // Once they are on the page.
            request_animation_frame(move || reader.look());
        });
        effect(move || {
            let focus = window_event_listener(leptos::ev::focus, move |_| reader.look());
            on_cleanup(move || focus.remove());
        });
        reader
    }

    /// To be called whenever the list is scrolled.
    pub fn look(self) {
        if self.waits.try_get_value() != Some(false) {
            return;
        }
        let Some(before) = self.seen() else { return };
        self.waits.try_set_value(true);
        browser::after(BETWEEN, move || {
            self.waits.try_set_value(false);
            if self.seen() != Some(before) {
                self.look();
            }
        });
        browser::after(SEEN_AFTER, move || {
            if let Some(now) = self.seen() {
                self.live.read(self.room, now.min(before));
            }
        });
    }

    /// The last message whose end is on the screen, if anybody is looking and it counts.
    fn seen(self) -> Option<Seq> {
        if self.signals.reads.try_get_untracked() != Some(true) || !browser::is_watched() {
            return None;
        }
        last_ended(&self.log.try_get_untracked()??)
    }
}
