//! What one may do with a message: one menu for the whole page, put beside the message that it is about.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent, MouseEvent};

use super::acts::target;
use super::desk::Desk;
use crate::client::effect::effect;
use crate::client::timeline::Row;
use crate::client::{browser, recent};
use crate::model::action::{Delete, Pin};
use crate::model::ids::{Millis, Seq};
use crate::model::policy::Deed;

/// Always at hand to react with.
const FREQUENT: [&str; 8] = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀"];
/// Between the menu and what it belongs to, and the edge of the screen.
const GAP: f64 = 6.0;
const LONG_PRESS: Millis = 500;

#[derive(Clone, Copy)]
pub struct Menu {
    desk: Desk,
    row: RwSignal<Option<Arc<Row>>>,
    node: NodeRef<html::Div>,
    /// Counts what fingers begin and end.
    touch: StoredValue<u32>,
    /// Open, and the finger that opened it is still down.
    is_held: StoredValue<bool>,
}

impl Menu {
    pub fn new(desk: Desk) -> Self {
        Self {
            desk,
            row: RwSignal::new(None),
            node: NodeRef::new(),
            touch: StoredValue::new(0),
            is_held: StoredValue::new(false),
        }
    }

    /// Opens if the finger that has just come down stays.
    pub fn press(self, row: Arc<Row>, on: Element) {
        self.lift();
        let begun = self.touch.get_value();
        browser::after(LONG_PRESS, move || {
            if self.touch.try_get_value() == Some(begun) {
                self.is_held.set_value(self.open(row, &on));
            }
        });
    }

    /// Where the menu lies under the finger that opened it, taking that finger off is no press of an entry.
    pub fn released(self, event: &Event) {
        if self.is_held.try_update_value(std::mem::take) == Some(true) {
            event.prevent_default();
        }
    }

    /// The finger is gone, or scrolls.
    pub fn lift(self) {
        self.touch.update_value(|touch| *touch += 1);
    }

    /// Opens beside `anchor`. False for a message of which there is nothing to do.
    pub fn open(self, row: Arc<Row>, anchor: &Element) -> bool {
        if row.deleted || row.seq.is_none() {
            return false;
        }
        self.row.set(Some(row));
        let anchor = anchor.clone();
        // Once its entries are there, and its size is known.
        browser::after(0, move || {
            let Some(menu) = self.node.try_get_untracked().flatten() else { return };
            let _ = menu.show_popover();
            place(&menu, &anchor);
            focus(&menu, 0);
        });
        true
    }

    /// False if it is not open.
    pub fn close(self, gives_focus_back: bool) -> bool {
        let Some(row) = self.row.try_update(Option::take).flatten() else { return false };
        if let Some(menu) = self.node.try_get_untracked().flatten() {
            let _ = menu.hide_popover();
        }
        if gives_focus_back {
            focus_message(row.seq.unwrap_or_default());
        }
        true
    }

    fn chosen(self, event: &MouseEvent) {
        let Some(item) = target(event).and_then(|target| target.closest("[data-act]").ok().flatten()) else { return };
        let (Some(row), Some(act)) = (self.row.get_untracked(), item.get_attribute("data-act")) else { return };
        let Some(seq) = row.seq else { return };
        let desk = self.desk;
        self.close(true);
        match act.as_str() {
            "react" => {
                let emoji = item.get_attribute("data-emoji").unwrap_or_default();
                recent::note(&emoji, &FREQUENT);
                let is_mine = row.reactions.iter().any(|known| known.mine && known.emoji == emoji);
                desk.react(seq, emoji, !is_mine);
            }
            "reply" => {
                if let Some(quote) = row.quote() {
                    desk.reply(quote);
                }
            }
            "edit" => desk.edit(seq, &row.body),
            "delete" => desk.live.send(desk.room, Delete { target: seq }),
            "pin" => desk.live.send(desk.room, Pin { target: seq, on: !row.pinned }),
            "unread" => desk.live.unread_from(desk.room, seq),
            "link" if browser::copy(&address(desk, seq)) => desk.said.set(desk.texts.copied),
            "text" if browser::copy(&row.body) => desk.said.set(desk.texts.copied),
            _ => {}
        }
    }

    fn key(self, event: &KeyboardEvent) {
        let Some(menu) = self.node.get_untracked() else { return };
        let items = items(&menu);
        let here = browser::focused();
        let at = items.iter().position(|item| Some(item) == here.as_ref()).unwrap_or_default();
        // The emoji stand first, in a row of their own.
        let row = items.iter().take_while(|item| item.has_attribute("data-emoji")).count();
        let (last, is_emoji) = (items.len().saturating_sub(1), at < row);
        let to = match event.key().as_str() {
            "ArrowDown" if is_emoji && row <= last => row,
            "ArrowUp" if is_emoji => last,
            "ArrowUp" if row > 0 && at == row => 0,
            "ArrowDown" | "ArrowRight" => {
                if at == last {
                    0
                } else {
                    at + 1
                }
            }
            "ArrowUp" | "ArrowLeft" => at.checked_sub(1).unwrap_or(last),
            "Home" => 0,
            "End" => last,
            "Escape" | "Tab" => {
                self.close(true);
                return event.prevent_default();
            }
            _ => return,
        };
        event.prevent_default();
        focus(&menu, to);
    }
}

fn address(desk: Desk, seq: Seq) -> String {
    format!("{}/rooms/{}/messages/{seq}", location().origin().unwrap_or_default(), desk.room)
}

/// A message that takes the focus itself, or else what opens its menu.
fn focus_message(seq: Seq) {
    let at = format!("#m{seq}[tabindex],#m{seq} [data-act=menu]");
    let found = document().query_selector(&at).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

fn items(menu: &Element) -> Vec<HtmlElement> {
    let Ok(found) = menu.query_selector_all("[role=menuitem]") else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect()
}

fn focus(menu: &Element, at: usize) {
    if let Some(item) = items(menu).get(at) {
        let _ = item.focus();
    }
}

/// Below the anchor, or above it where there is no room; never beyond the edge. Phones show it at their lower edge.
pub fn place(menu: &HtmlElement, anchor: &Element) {
    let (at, size) = (anchor.get_bounding_client_rect(), menu.get_bounding_client_rect());
    let edge = |side: Result<wasm_bindgen::JsValue, _>| side.ok().and_then(|side| side.as_f64()).unwrap_or_default();
    let (width, height) = (edge(window().inner_width()), edge(window().inner_height()));
    let below = at.bottom() + GAP;
    let top = if below + size.height() <= height { below } else { at.top() - GAP - size.height() };
    // Under the end of what was pressed, which stands at the right.
    let left = at.right() - size.width();
    let style = menu.style();
    for (name, at, most) in [("--x", left, width - size.width()), ("--y", top, height - size.height())] {
        // In whole pixels: text of fractions takes much code.
        let _ = style.set_property(name, &format!("{}px", at.min(most - GAP).max(GAP) as i32));
    }
}

#[component]
pub fn MessageMenu(menu: Menu) -> impl IntoView {
    let texts = menu.desk.texts;
    effect(move || {
        let outside = window_event_listener(leptos::ev::pointerdown, move |event| {
            if target(&event).is_none_or(|target| target.closest("#message-menu").ok().flatten().is_none()) {
                menu.close(false);
            }
        });
        on_cleanup(move || outside.remove());
    });
    view! {
        <div
            class="msg-menu"
            id="message-menu"
            role="menu"
            popover="manual"
            aria-label=texts.message_menu
            node_ref=menu.node
            on:click=move |event| menu.chosen(&event)
            on:keydown=move |event| menu.key(&event)
        >
            {move || menu.row.get().map(|row| entries(menu.desk, &row))}
        </div>
    }
    .into_any()
}

fn entries(desk: Desk, row: &Row) -> AnyView {
    let texts = desk.texts;
    let item = |act: &'static str, text: &'static str| {
        let class = if act == "delete" { "menu-item danger" } else { "menu-item" };
        view! { <button class=class type="button" role="menuitem" tabindex="-1" data-act=act>{text}</button> }
            .into_any()
    };
    let emoji = |emoji: String| {
        view! {
            <button class="emoji" type="button" role="menuitem" tabindex="-1" data-act="react" data-emoji=emoji.clone()>
                {emoji.clone()}
            </button>
        }
        .into_any()
    };
    let (signed_in, own) = (desk.is_signed_in(), desk.is_own(row));
    let at_hand = FREQUENT.iter().map(|emoji| (*emoji).to_owned()).chain(recent::emoji());
    let pin = if row.pinned { texts.unpin } else { texts.pin };
    let choices = [
        ("reply", texts.reply, signed_in),
        ("edit", texts.edit, desk.offers(Deed::EditMessage { own })),
        ("text", texts.copy_text, true),
        ("link", texts.copy_link, true),
        ("pin", pin, desk.offers(Deed::Pin)),
        ("unread", texts.unread_from_here, desk.is_member()),
        ("delete", texts.delete, desk.offers(Deed::DeleteMessage { own })),
    ];
    view! {
        {signed_in.then(|| view! { <div class="emojis" role="group" aria-label=texts.react>{at_hand.map(emoji).collect::<Vec<_>>()}</div> }.into_any())}
        {choices.into_iter().filter(|(.., may)| *may).map(|(act, text, _)| item(act, text)).collect::<Vec<_>>()}
    }
    .into_any()
}
