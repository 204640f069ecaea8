//! Read means seen: the page is visible and has the focus, and the end of the message was on the screen for a moment.

use leptos::html;
use leptos::prelude::*;
use web_sys::HtmlDivElement;

use super::browser;
use super::live::Live;
use super::room_signals::RoomSignals;
use super::scroll::seq_of;
use crate::model::ids::{Millis, RoomId, Seq};

/// How long a message has to be on the screen.
const SEEN_AFTER: Millis = 300;

/// Tells the server how far the member has read, for as long as the room is open. To be called again when the list is
/// scrolled.
pub fn follow(live: Live, room: RoomId, signals: RoomSignals, log: NodeRef<html::Div>) -> impl Fn() + Copy {
    let told = StoredValue::new(0);
    let look = move || {
        let seen = move || seen(log).filter(|_| signals.reads.try_get_untracked() == Some(true));
        let Some(before) = seen() else { return };
        browser::after(SEEN_AFTER, move || {
            let Some(seq) = seen().map(|now| now.min(before)) else { return };
            if told.try_get_value().is_some_and(|told| seq > told) {
                told.try_set_value(seq);
                live.read(room, seq);
            }
        });
    };
    Effect::new(move |_| {
        signals.track_rows();
        signals.reads.track();
        // Once they are on the page.
        request_animation_frame(look);
    });
    Effect::new(move |_| {
        let focus = window_event_listener(leptos::ev::focus, move |_| look());
        on_cleanup(move || focus.remove());
    });
    look
}

/// The last message whose end is on the screen, if anybody is looking.
fn seen(log: NodeRef<html::Div>) -> Option<Seq> {
    if !browser::is_watched() {
        return None;
    }
    let log: HtmlDivElement = log.try_get_untracked()??;
    let bottom = log.get_bounding_client_rect().bottom();
    let inner = log.first_element_child()?;
    let mut child = inner.last_element_child();
    while let Some(element) = child {
        if let Some(seq) = seq_of(&element)
            && element.get_bounding_client_rect().bottom() <= bottom + 1.0
        {
            return Some(seq);
        }
        child = element.previous_element_sibling();
    }
    None
}
