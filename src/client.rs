//! The browser's half of the chat. The reducers are plain values, tested natively; `socket` talks, `live` joins them.

pub mod backoff;
pub mod browser;
pub mod drafts;
pub mod effect;
pub mod enter;
pub mod groups;
pub mod here;
pub mod kept;
pub mod keyboard;
pub mod live;
pub mod outbox;
pub mod place;
pub mod reading;
pub mod recent;
pub mod room_signals;
pub mod rows;
pub mod scroll;
pub mod sight;
pub mod tabs;
pub mod timeline;

#[cfg(feature = "hydrate")]
mod socket;

/// Opens the connection of this page. On the server there is none to open: there effects, which call this, do not run.
fn connect(live: live::Live) {
    #[cfg(feature = "hydrate")]
    socket::start(live);
    #[cfg(not(feature = "hydrate"))]
    let _ = live;
}
