//! What is asked of the browser itself: clock, chance and storage. Only effects and events may call these.

use leptos::prelude::{location, set_timeout, window};
use uuid::Builder;
use web_sys::Storage;

use super::outbox::Entry;
use crate::model::ids::{Millis, Nonce, UserId};

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

/// Keeps an unsent message beyond this page. One item each: two tabs do not overwrite each other's.
/// Storage may be full or forbidden; then the message lives as long as the page.
pub fn keep_entry(me: UserId, entry: &Entry) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(entry)) {
        let _ = storage.set_item(&entry_key(me, &entry.nonce), &text);
    }
}

pub fn drop_entry(me: UserId, nonce: &Nonce) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&entry_key(me, nonce));
    }
}

/// What earlier pages, or other tabs, have not sent yet. Sending it twice does no harm: the nonce is the same.
pub fn kept_entries(me: UserId) -> Vec<Entry> {
    let Some(storage) = storage() else { return Vec::new() };
    let prefix = entries_of(me);
    let keys = (0..storage.length().unwrap_or(0)).filter_map(|at| storage.key(at).ok().flatten());
    keys.filter(|key| key.starts_with(&prefix))
        .filter_map(|key| serde_json::from_str(&storage.get_item(&key).ok()??).ok())
        .collect()
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn entries_of(me: UserId) -> String {
    format!("outbox:{me}:")
}

fn entry_key(me: UserId, nonce: &Nonce) -> String {
    format!("{}{}", entries_of(me), nonce.as_str())
}
