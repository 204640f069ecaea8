//! Which pages work by forms and links alone: the browser loads no program for them, and the program has no code of theirs.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, Event};

use super::href;
use super::pages::NotFoundPage;
use crate::client::browser;
use crate::client::effect::effect;

/// Of rooms: what the address of such a page ends with.
const PARTS: [&str; 6] = ["/days", "/edit", "/history", "/members", "/pins", "/settings"];

/// Whether the page at `address` is one of them. Leptos puts a host in front of the address that was asked for.
pub fn is_plain(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    matches!(path, "/login" | "/register" | "/settings" | "/search" | "/unread" | "/rooms/new" | "/admin" | "/kept")
        || path.starts_with("/users/")
        || path.strip_prefix("/rooms/").is_some_and(|rest| PARTS.iter().any(|part| rest.ends_with(part)))
}

/// Has the browser follow links to plain pages by itself. Were the router to follow them first, the address would be in
/// the browser's history twice, and the way back would lead to pages that nobody draws any more.
pub fn leave_to_browser() {
    effect(move || {
        let mark = Closure::<dyn FnMut(Event)>::new(|event: Event| {
            let on = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let Some(link) = on.and_then(|on| on.closest("a[href^='/']").ok().flatten()) else { return };
            if link.get_attribute("href").is_some_and(|address| is_plain(&address)) {
                // The router lets such links be.
                let _ = link.set_attribute("rel", "external");
            }
        });
        // Before the router hears of the click.
        let _ = window().add_event_listener_with_callback_and_bool("click", mark.as_ref().unchecked_ref(), true);
        mark.forget();
    });
}

/// Where no route leads: to a plain page, which the server answers, or nowhere.
pub fn otherwise() -> AnyView {
    let here = href::here();
    if cfg!(target_arch = "wasm32") && is_plain(&here.get_untracked()) {
        effect(move || browser::go_to(&here.get_untracked()));
        return view! { <p class="loading"></p> }.into_any();
    }
    view! { <NotFoundPage/> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_to_talk_on_are_not_plain() {
        for address in
            ["/login?next=%2F", "/rooms/new", "/rooms/42/settings", "/users/a", "http://leptos.dev/search?q=http://x"]
        {
            assert!(is_plain(address), "{address}");
        }
        for address in
            ["/", "/?q=/login", "/rooms/42-settings", "/rooms/42/days/2026-11-21", "http://leptos.dev", "/nowhere"]
        {
            assert!(!is_plain(address), "{address}");
        }
    }
}
