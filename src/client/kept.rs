//! What is unsent, in the browser's storage, where it outlives the page: one item each, under the tab that sends it.
//!
//! Storage may be full or forbidden; then it lives as long as its page.

use leptos::prelude::window;
use web_sys::Storage;

use super::outbox::Entry;
use crate::json;
use crate::model::ids::{Nonce, UserId};

/// What `me` has written and `tab` is to send.
pub fn keep(me: UserId, tab: &str, entry: &Entry) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(entry)) {
        let _ = storage.set_item(&key(me, tab, &entry.nonce), &text);
    }
}

pub fn drop_entry(me: UserId, tab: &str, nonce: &Nonce) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&key(me, tab, nonce));
    }
}

/// The tabs that have, or had, something to send.
pub fn tabs(me: UserId) -> Vec<String> {
    let mut tabs: Vec<String> = Vec::new();
    for key in keys() {
        if let Some(tab) = tab_of(me, &key).filter(|tab| !tabs.iter().any(|known| known == tab)) {
            tabs.push(tab.to_owned());
        }
    }
    tabs
}

/// The tab in the name of an item, if it is one of `me`.
pub fn tab_of(me: UserId, key: &str) -> Option<&str> {
    let (tab, _) = key.strip_prefix(&entries_of(me))?.split_once(':')?;
    Some(tab)
}

/// Makes what `from` has left the business of `to`. Written before the old is removed: better twice than never.
pub fn inherit(me: UserId, from: &str, to: &str) -> Vec<Entry> {
    let Some(storage) = storage() else { return Vec::new() };
    let keys = keys().into_iter().filter(|key| tab_of(me, key) == Some(from));
    keys.filter_map(|key| {
        let entry: Entry = json::read(&storage.get_item(&key).ok()??).ok()?;
        keep(me, to, &entry);
        drop_entry(me, from, &entry.nonce);
        Some(entry)
    })
    .collect()
}

pub(super) fn keys() -> Vec<String> {
    let Some(storage) = storage() else { return Vec::new() };
    (0..storage.length().unwrap_or(0)).filter_map(|at| storage.key(at).ok().flatten()).collect()
}

pub(super) fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn entries_of(me: UserId) -> String {
    format!("outbox:{me}:")
}

fn key(me: UserId, tab: &str, nonce: &Nonce) -> String {
    format!("{}{tab}:{}", entries_of(me), nonce.as_str())
}
