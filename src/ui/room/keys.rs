//! The conversation by keyboard: up and down go from message to message, End to the latest, Escape to where one writes.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDivElement, HtmlElement, KeyboardEvent};

use crate::client::room_signals::RoomSignals;
use crate::client::scroll::{Scroll, seq_of};
use crate::client::timeline::Row;
use crate::ui::avatar::shown_name;
use crate::ui::page;
use crate::ui::time::local_clock;

/// What a key does while the list or one of its messages has the focus. The list is one stop of the Tab key; from a
/// message Tab goes on to what is in it.
pub fn on_key(
    signals: RoomSignals,
    scroll: Scroll,
    log: NodeRef<html::Div>,
    field: NodeRef<html::Textarea>,
) -> impl Fn(KeyboardEvent) + Copy {
    let (texts, lang) = (page::texts(), page::lang());
    let name = move |row: &Row| {
        let mut name = format!("{}, {}: ", shown_name(&row.author), local_clock(row.ts, lang));
        name.push_str(if row.deleted { texts.message_deleted } else { &row.body });
        if row.edited_ts.is_some() {
            name.push_str(", ");
            name.push_str(texts.message_edited);
        }
        let given: u32 = row.reactions.iter().map(|reaction| reaction.count).sum();
        if given > 0 {
            name.push_str(&format!(", {} {given}", texts.reactions));
        }
        name
    };
    let go = move |message: &Element| {
        let Some(message) = message.dyn_ref::<HtmlElement>() else { return };
        if let Some(row) = seq_of(message).and_then(|seq| signals.row(seq)) {
            // One name for all of it; said as the message is now.
            let _ = message.set_attribute("aria-label", &name(&row));
        }
        let _ = message.focus();
    };
    move |event| {
        let is_plain = !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key());
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let (Some(target), Some(list), true) = (target, log.get_untracked(), is_plain) else { return };
        // What stands in a message has keys of its own.
        if !(target.is_same_node(Some(&list)) || target.tag_name() == "ARTICLE") {
            return;
        }
        match event.key().as_str() {
            "ArrowUp" | "ArrowDown" => {
                let up = event.key() == "ArrowUp";
                let next = if target.tag_name() == "ARTICLE" { beside(&target, up) } else { last_in_sight(&list) };
                if let Some(next) = next {
                    event.prevent_default();
                    go(&next);
                }
            }
            "End" => {
                event.prevent_default();
                scroll.to_end();
            }
            "Escape" => {
                if let Some(field) = field.get_untracked() {
                    let _ = field.focus();
                }
            }
            _ => {}
        }
    }
}

/// The message above or below; lines of days and the like stand between.
fn beside(message: &Element, up: bool) -> Option<Element> {
    let step = |from: &Element| if up { from.previous_element_sibling() } else { from.next_element_sibling() };
    let mut at = step(message)?;
    while at.tag_name() != "ARTICLE" {
        at = step(&at)?;
    }
    Some(at)
}

/// Where one begins: the last message whose beginning can be seen.
fn last_in_sight(list: &HtmlDivElement) -> Option<Element> {
    let bottom = list.get_bounding_client_rect().bottom();
    let mut at = list.first_element_child()?.last_element_child();
    while let Some(element) = at {
        if element.tag_name() == "ARTICLE" && element.get_bounding_client_rect().top() < bottom {
            return Some(element);
        }
        at = element.previous_element_sibling();
    }
    None
}
