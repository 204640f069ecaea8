//! Chat Chat: rooms are posts, and people talk in them live.

// A page is one type, as deep as its elements nest.
#![recursion_limit = "256"]

pub mod api;
pub mod client;
pub mod error;
pub mod i18n;
pub mod model;
pub mod protocol;
#[cfg(feature = "ssr")]
pub mod router;
#[cfg(feature = "ssr")]
pub mod server;
pub mod ui;

/// Takes over a page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(ui::App);
}
