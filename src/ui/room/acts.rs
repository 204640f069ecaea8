//! What pressing something in the conversation does. One listener on the list hears of all its rows: what is pressed says
//! in `data-act` what it is for. Without script the same elements are plain links.

use std::sync::Arc;

use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent, MouseEvent, PointerEvent};

use super::desk::Desk;
use super::menu::Menu;
use crate::client::browser;
use crate::client::sight::seq_of;
use crate::client::timeline::Row;
use crate::model::action::{Action, Edit, Post};
use crate::model::ids::Nonce;

/// A press in the list. What it did not understand is left to the browser.
pub fn pressed(event: &MouseEvent, desk: Desk, menu: Menu) {
    let Some(pressed) = target(event).and_then(|target| target.closest("[data-act]").ok().flatten()) else { return };
    if pressed.tag_name() == "A" && !browser::is_plain(event) {
        return;
    }
    let act = pressed.get_attribute("data-act").unwrap_or_default();
    let is_done = match act.as_str() {
        "jump" => seq_of(&pressed, "data-to").is_some_and(|seq| browser::flash(&format!("m{seq}"))),
        "menu" => message(&pressed, desk).is_some_and(|row| menu.open(row, &pressed)),
        "reply" => message(&pressed, desk).and_then(|row| row.quote()).map(|quote| desk.reply(quote)).is_some(),
        "react" => {
            let row = message(&pressed, desk);
            let (seq, emoji) = (row.and_then(|row| row.seq), pressed.get_attribute("data-emoji"));
            let on = pressed.get_attribute("aria-pressed").as_deref() != Some("true");
            seq.zip(emoji).map(|(seq, emoji)| desk.react(seq, emoji, on)).is_some()
        }
        _ => nonce_of(&pressed).is_some_and(|nonce| settle(&act, &nonce, desk)),
    };
    if is_done {
        event.prevent_default();
    }
}

/// Enter on a message that has the focus opens its menu; Escape, where nothing else wants it, leaves the chain of replies
/// that is looked at.
pub fn key(event: &KeyboardEvent, desk: Desk, menu: Menu) {
    let focused = target(event).filter(|target| target.has_attribute("data-seq"));
    if event.key() == "Enter"
        && let Some(focused) = focused
        && message(&focused, desk).is_some_and(|row| menu.open(row, &focused))
    {
        event.prevent_default();
    }
    if event.key() == "Escape" && !event.default_prevented() && !event.is_composing() && browser::click(".lens a") {
        event.prevent_default();
    }
}

/// A finger that stays on a message opens its menu. One that begins to scroll is taken away by the browser.
pub fn touched(event: &PointerEvent, desk: Desk, menu: Menu) {
    let Some(on) = target(event).filter(|_| event.pointer_type() == "touch") else { return };
    let is_control = on.closest("a, button").ok().flatten().is_some();
    if let Some(row) = message(&on, desk).filter(|_| !is_control) {
        menu.press(row, on);
    }
}

/// With a finger, the browser's own menu would lie over ours.
pub fn context(event: &Event) {
    let is_message = target(event).is_some_and(|on| {
        on.closest("article[data-seq]").ok().flatten().is_some() && on.closest("a").ok().flatten().is_none()
    });
    if is_message && browser::is_touch() {
        event.prevent_default();
    }
}

/// What its author may do about something that was not stored.
fn settle(act: &str, nonce: &Nonce, desk: Desk) -> bool {
    match act {
        "undo" => desk.live.take_back(nonce),
        "again" => desk.live.retry(nonce),
        "discard" => drop(desk.live.discard(nonce)),
        "edit" => {
            let answers = desk.signals.quote_in(nonce);
            match desk.live.discard(nonce) {
                Some(Action::Post(Post { body, reply_to })) => {
                    match answers {
                        Some(quote) => desk.reply(quote),
                        None if reply_to.is_some() => desk.reply_to(reply_to.unwrap_or_default()),
                        // It answers nobody, and is no part of what another message is to become.
                        None if desk.is_edit() || desk.text().is_empty() => drop(desk.leave()),
                        None => {}
                    }
                    desk.put_back(&body);
                }
                Some(Action::Edit(Edit { target, body })) => desk.edit(target, &body),
                _ => {}
            }
        }
        _ => return false,
    }
    true
}

/// The message in which something happened.
pub fn message(within: &Element, desk: Desk) -> Option<Arc<Row>> {
    let article = within.closest("article[data-seq]").ok().flatten()?;
    desk.signals.row(seq_of(&article, "data-seq")?)
}

pub fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

fn nonce_of(element: &Element) -> Option<Nonce> {
    let holder = element.closest("[data-of]").ok().flatten()?;
    Nonce::try_from(holder.get_attribute("data-of")?).ok()
}
