//! Pages that work by forms and links alone: the browser loads no program for them, and the program has no code of theirs.

use leptos::prelude::*;

use super::href;
use crate::client::browser;

/// Of rooms: what the address of such a page ends with.
const PARTS: [&str; 6] = ["/days", "/edit", "/history", "/members", "/pins", "/settings"];

/// Whether the page at `address` is one of them. Leptos puts a host in front of the address that was asked for.
pub fn is_plain(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    matches!(path, "/login" | "/register" | "/settings" | "/search" | "/unread" | "/rooms/new" | "/admin")
        || path.starts_with("/users/")
        || path.strip_prefix("/rooms/").is_some_and(|rest| PARTS.iter().any(|part| rest.ends_with(part)))
}

/// The view of a plain page's route. A link that leads to it from a page with a program is followed by the program,
/// which has the server answer it.
pub fn plain(page: fn() -> AnyView) -> AnyView {
    // Known to the compiler: what the browser never calls is not in its program.
    if cfg!(not(target_arch = "wasm32")) {
        return page();
    }
    let here = href::here();
    Effect::new(move |_| browser::go_to(&here.get_untracked()));
    view! { <p class="loading"></p> }.into_any()
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
