//! What is asked of the browser itself: clock, chance and window. Only effects and events may call these.

use leptos::prelude::{location, set_timeout, window};
use uuid::Builder;

use crate::model::ids::{Millis, Nonce};

pub fn now() -> Millis {
    js_sys::Date::now() as Millis
}

/// In [0, 1).
pub fn random() -> f64 {
    js_sys::Math::random()
}

pub fn after(ms: Millis, then: impl FnOnce() + 'static) {
    set_timeout(then, std::time::Duration::from_millis(ms.unsigned_abs()));
}

/// A UUIDv7: sorts by time. It needs to be unique, not secret, so that common chance will do.
pub fn new_nonce() -> Nonce {
    let chance: [u8; 10] = std::array::from_fn(|_| (random() * 256.0) as u8);
    let uuid = Builder::from_unix_timestamp_millis(now().unsigned_abs(), &chance).into_uuid();
    Nonce::try_from(uuid.to_string()).expect("a UUID is 36 hexadecimal digits and hyphens")
}

/// Address of this page, path and query.
pub fn here() -> String {
    let location = location();
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}

pub fn go_to(address: &str) {
    // Fails for an ill-formed URL only.
    let _ = location().set_href(address);
}

/// Whether there is no network at all. Browsers say so only when they are sure.
pub fn is_cut_off() -> bool {
    !window().navigator().on_line()
}

pub fn is_visible() -> bool {
    leptos::prelude::document().visibility_state() == web_sys::VisibilityState::Visible
}

/// Whether the first pointer is a finger.
pub fn is_touch() -> bool {
    window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|query| query.matches())
}

/// True once per tab and `what`.
pub fn first_time(what: &str) -> bool {
    let Ok(Some(storage)) = window().session_storage() else { return false };
    let known = storage.get_item(what).ok().flatten().is_some();
    !known && storage.set_item(what, "1").is_ok()
}
