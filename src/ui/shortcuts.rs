//! What the keyboard does on every page: Ctrl or ⌘ and K goes to one of my rooms, Ctrl or ⌘ and / lists the keys.
//!
//! Single characters (`n` for the next unread room, `?` for the list) count only while the conversation or the list of my
//! rooms has the focus: whoever speaks to their computer, or strikes keys by mistake, would set them off (WCAG 2.1.4).

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlDialogElement, HtmlElement, HtmlInputElement, KeyboardEvent, NodeList};

use super::page;
use crate::client::browser;
use crate::client::effect::effect;

/// What opened a menu, and closes it.
const OPEN_MENU: &str = ".menu[open] > summary";
/// The links to my rooms, as the sidebar has them.
const MINE: &str = ".mine li:not([hidden]) a";
/// Where single characters are shortcuts.
const LISTS: &str = "[role=log], .mine";
/// The same where something is unread, but for the room that is open.
const UNREAD: &str = ".mine li:not([hidden]):has([data-testid=unread]) a:not([aria-current])";
/// The way to the latest message, while one is elsewhere.
const LATEST: &str = ".latest:not([hidden]) a";
/// Rooms that are offered at once.
const MOST: usize = 8;

#[component]
pub fn Shortcuts() -> impl IntoView {
    let texts = page::texts();
    let (switcher, help) = (NodeRef::<html::Dialog>::new(), NodeRef::<html::Dialog>::new());
    let field = NodeRef::<html::Input>::new();
    // Chosen by the arrow keys; what is offered follows what is typed.
    let (typed, chosen) = (RwSignal::new(String::new()), RwSignal::new(0_usize));
    let offered = move || if page::hydrated().get() { rooms(&typed.get()) } else { Vec::new() };
    let go = move |at: usize| {
        if let (Some(dialog), Some((_, link))) = (switcher.get_untracked(), rooms(&typed.get_untracked()).get(at)) {
            dialog.close();
            link.click();
        }
    };
    let open = move || {
        let (Some(dialog), Some(field)) = (switcher.get_untracked(), field.get_untracked()) else { return };
        field.set_value("");
        typed.set(String::new());
        chosen.set(0);
        show(&dialog);
    };
    effect(move || {
        let listener = window_event_listener(ev::keydown, move |event| {
            if event.default_prevented() {
                return;
            }
            let is_command = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
            let key = event.key();
            if key == "Escape" && browser::click(OPEN_MENU) {
                event.prevent_default();
            } else if is_command && is_letter(&event, 'k') && page::me().is_some() {
                event.prevent_default();
                open();
            } else if is_command && key == "/" || !is_command && key == "?" && is_within(&event, LISTS) {
                event.prevent_default();
                help.get_untracked().as_ref().map(show);
            } else if is_command || event.alt_key() || is_writing(&event) {
                // A letter is a letter there.
            } else if is_letter(&event, 'n') && is_within(&event, LISTS) && browser::click(UNREAD)
                || key == "End" && browser::click(LATEST)
            {
                event.prevent_default();
            }
        });
        let outside = window_event_listener(ev::pointerdown, move |event| {
            if !is_within(&event, ".menu") {
                browser::click(OPEN_MENU);
            }
        });
        on_cleanup(move || {
            listener.remove();
            outside.remove();
        });
    });
    let on_key = move |event: KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let last = rooms(&typed.get_untracked()).len().saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => chosen.update(|at| *at = (*at + 1).min(last)),
            "ArrowUp" => chosen.update(|at| *at = at.saturating_sub(1)),
            "Enter" => go(chosen.get_untracked()),
            _ => return,
        }
        event.prevent_default();
    };
    let option = move |(at, (title, _)): (usize, (String, HtmlElement))| {
        view! {
            <li
                id=format!("switch-{at}")
                role="option"
                aria-selected=move || if chosen.get() == at { "true" } else { "false" }
                on:click=move |_| go(at)
            >
                {title}
            </li>
        }
        .into_any()
    };
    let keys = texts.shortcuts.iter().map(|(keys, does)| {
        view! {
            <li>
                <kbd>{*keys}</kbd>
                <span>{*does}</span>
            </li>
        }
        .into_any()
    });
    view! {
        <dialog class="switcher" node_ref=switcher aria-label=texts.switch>
            <input
                type="text"
                role="combobox"
                aria-expanded=move || if offered().is_empty() { "false" } else { "true" }
                aria-controls="switch-list"
                aria-activedescendant=move || (!offered().is_empty()).then(|| format!("switch-{}", chosen.get()))
                aria-label=texts.switch
                placeholder=texts.switch
                autocomplete="off"
                node_ref=field
                on:keydown=on_key
                on:input=move |event| {
                    chosen.set(0);
                    typed.set(event_target::<HtmlInputElement>(&event).value());
                }
            />
            <ul id="switch-list" role="listbox" aria-label=texts.my_rooms>
                {move || offered().into_iter().enumerate().map(option).collect::<Vec<_>>()}
            </ul>
            <p class="hint" role="status">
                {move || (!typed.read().is_empty() && offered().is_empty()).then_some(texts.switch_none)}
            </p>
        </dialog>
        <dialog class="keys" node_ref=help aria-labelledby="keys-title">
            <h2 id="keys-title">{texts.shortcuts_title}</h2>
            <ul>{keys.collect::<Vec<_>>()}</ul>
            <form method="dialog">
                <button class="btn" type="submit">{texts.close}</button>
            </form>
        </dialog>
    }
    .into_any()
}

fn show(dialog: &HtmlDialogElement) {
    // Fails where it is open already.
    let _ = dialog.show_modal();
}

/// My rooms whose title has the typed text in it, at most [`MOST`].
fn rooms(typed: &str) -> Vec<(String, HtmlElement)> {
    let wanted = browser::lower_case(typed);
    let links = document().query_selector_all(MINE).ok();
    let link = |at: u32, links: &NodeList| {
        let link = links.item(at)?.dyn_into::<HtmlElement>().ok()?;
        let title = link.first_element_child()?.text_content()?;
        browser::lower_case(&title).contains(&wanted).then_some((title, link))
    };
    let all = |links: NodeList| (0..links.length()).filter_map(|at| link(at, &links)).take(MOST).collect();
    links.map(all).unwrap_or_default()
}

/// Also where the keyboard writes another script, as Hangul: then the key is told by its place.
fn is_letter(event: &KeyboardEvent, letter: char) -> bool {
    let mut key = [0; 4];
    let key = letter.encode_utf8(&mut key);
    event.key().eq_ignore_ascii_case(key)
        || !event.key().is_ascii()
            && event.code().strip_prefix("Key").is_some_and(|place| place.eq_ignore_ascii_case(key))
}

/// The key goes into a field, or belongs to an input method.
fn is_writing(event: &KeyboardEvent) -> bool {
    event.is_composing() || is_within(event, "input, textarea, select, dialog[open]")
}

/// What has the focus, or was pressed, is or stands in what `selector` finds.
fn is_within(event: &Event, selector: &str) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| target.closest(selector).ok().flatten().is_some())
}
