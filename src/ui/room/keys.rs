//! The conversation by keyboard: up and down go from message to message, Escape to where one writes.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusEvent, HtmlDivElement, HtmlElement, KeyboardEvent};

use crate::client::browser;
use crate::client::effect::effect;
use crate::client::room_signals::RoomSignals;
use crate::client::sight::seq_of;
use crate::client::timeline::Row;
use crate::ui::page;
use crate::ui::time::local_clock;

const NAME: &str = "aria-label";

/// What a key does while the list or one of its messages has the focus. The list is one stop of the Tab key; from a
/// message Tab goes on to what is in it.
pub fn on_key(log: NodeRef<html::Div>, field: NodeRef<html::Textarea>) -> impl Fn(KeyboardEvent) + Copy {
    move |event| {
        let is_plain = !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key());
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let (Some(target), Some(list), true) = (target, log.get_untracked(), is_plain) else { return };
        let is_message = target.tag_name() == "ARTICLE";
        match event.key().as_str() {
            "Escape" => {
                if let Some(field) = field.get_untracked() {
                    let _ = field.focus();
                }
            }
            // What stands in a message has keys of its own.
            _ if !is_message && !target.is_same_node(Some(&list)) => {}
            "ArrowUp" | "ArrowDown" => {
                let up = event.key() == "ArrowUp";
                let next = if is_message { beside(&target, up) } else { last_in_sight(&list) };
                if let Some(next) = next {
                    event.prevent_default();
                    focus(&next);
                }
            }
            _ => {}
        }
    }
}

/// A message that gets the focus has one name for all of it, as it is now, for as long as it has the focus.
pub fn on_focus(signals: RoomSignals) -> impl Fn(FocusEvent) + Copy {
    let (texts, lang) = (page::texts(), page::lang());
    let name = move |row: &Row| {
        let mut name = format!("{}, {}: ", row.author.shown_name(), local_clock(row.ts, lang));
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
    move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(message) = target.filter(|target| target.tag_name() == "ARTICLE") else { return };
        let row = seq_of(&message, "data-seq").and_then(|seq| signals.row(seq));
        match row.filter(|_| event.type_() == "focusin") {
            Some(row) => drop(message.set_attribute(NAME, &name(&row))),
            None => drop(message.remove_attribute(NAME)),
        }
    }
}

/// What stands in messages is no stop of the Tab key, but for what stands in the one that has the focus.
pub fn one_stop() {
    effect(move || {
        let listener = window_event_listener(leptos::ev::keydown, move |event| {
            if event.key() == "Tab" {
                browser::focused().as_deref().map(stop_in);
            }
        });
        on_cleanup(move || listener.remove());
    });
}

fn stop_in(focused: &Element) {
    let all = "[role=log] :is(article :is(a, button, pre), .day a)";
    let Ok(within) = document().query_selector_all(all) else { return };
    let message = focused.closest("article").ok().flatten();
    for element in (0..within.length()).filter_map(|at| within.get(at)?.dyn_into::<HtmlElement>().ok()) {
        // The line of a day goes with the message below it.
        let of = match element.closest(".day").ok().flatten() {
            Some(day) => day.next_element_sibling(),
            None => element.closest("article").ok().flatten(),
        };
        let is_in = message.is_some() && of == message;
        let stop = if is_in { 0 } else { -1 };
        if element.tab_index() != stop {
            element.set_tab_index(stop);
        }
    }
}

fn focus(message: &Element) {
    if let Some(message) = message.dyn_ref::<HtmlElement>() {
        let _ = message.focus();
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
