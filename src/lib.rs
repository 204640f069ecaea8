//! Chat Chat: rooms are posts, and people talk in them live.
//!
//! # The way of one message
//!
//! | step | where |
//! |---|---|
//! | somebody presses Enter | [`ui::room`] (`composer`) |
//! | the text waits, under a nonce, until it is acknowledged | [`client::outbox`] |
//! | what is done is an action, the same type everywhere | [`model::action`] |
//! | it goes over the page's one WebSocket as a `send` frame | `client::socket`, [`protocol`] |
//! | the frame is read, limited, and handed in with its author | [`server::socket`], [`server::chat`] (`submit`) |
//! | it waits with others for one transaction | [`server::chat::committer`] |
//! | rooms are locked, access decided, doubles found, seqs given, rows written | [`server::store::commit`] |
//! | this node's listeners get the event, encoded once | [`server::hub`] |
//! | other nodes get it through Redis, or by comparing heads | [`server::bus`], [`server::chat::repair`] |
//! | the sender gets its `ack` | [`server::socket`] |
//! | every screen applies it, once and in order | [`client::timeline`], [`client::live`] |
//!
//! A form without script and a program's request join that way at [`server::chat::submit_form`].
//!
//! # The code
//!
//! * [`model`], [`error`], [`json`], [`i18n`], [`protocol`]: plain data and rules, the same in the server and in the browser.
//! * [`model::policy`]: who may do what in a room. The server decides by it, and pages offer by it.
//! * [`api`]: the server functions, the doors of everything that is not the socket.
//! * [`ui`]: pages and components. [`client`]: what makes them live; its reducers are plain values.
//! * [`server`]: everything that needs a server. [`server::chat`] holds the use cases, [`server::store`] all SQL.
//!   [`server::store::commit`] has a file for each action. [`server::workers`] starts what runs beside the answers.
//! * [`server::search`]: what is found, and the indexer, which follows the log at its own pace.
//! * [`router`]: joins [`ui`] and [`server`]; nothing in one names the other.
//!
//! # What always holds
//!
//! * Only [`server::chat`] both writes and publishes: commit first, then publish, then acknowledge.
//! * The seqs of a room have no holes, and whoever sees one can read all below it: numbers are given under the room's
//!   lock, which is held until the commit.
//! * Access is decided by [`model::policy`]: inside the transaction that writes, and for whatever reads by
//!   [`server::store::access::Access`], which is made in one place. A room that one may not read answers as if it did not
//!   exist; and everybody reads it from their place on: where it was opened, or where members came in, in history, log,
//!   socket and feed alike.
//! * Who somebody is, [`server::identity::Identity`] says alone. It is made from a session that was loaded, for pages and
//!   sockets alike, and [`server::revocations`] closes every socket whose session is not there any more.
//! * No HTML is ever put into a page: text is text, and markup a typed [`model::doc`].

// A page is one type, as deep as its elements nest.
#![recursion_limit = "256"]
// What comes from outside may be anything. Tests may insist.
#![cfg_attr(not(test), deny(clippy::unwrap_used))]

pub mod api;
pub mod client;
pub mod error;
pub mod i18n;
pub mod json;
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
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        // For the report. Only the place: what is said there may quote what people wrote.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        client::browser::note_panic(&place);
    }));
    leptos::mount::hydrate_body(ui::App);
}
