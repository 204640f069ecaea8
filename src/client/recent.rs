//! The emoji that somebody has reacted with lately, in the browser's storage.

use super::kept::storage;

const KEY: &str = "emoji";
const MOST: usize = 4;

/// The latest first.
pub fn emoji() -> Vec<String> {
    let kept = storage().and_then(|storage| storage.get_item(KEY).ok().flatten()).unwrap_or_default();
    kept.split_whitespace().map(str::to_owned).collect()
}

/// Remembers an emoji that is not always at hand.
pub fn note(emoji: &str, at_hand: &[&str]) {
    let Some(storage) = storage().filter(|_| !at_hand.contains(&emoji)) else { return };
    let mut recent = self::emoji();
    recent.retain(|known| known != emoji);
    recent.insert(0, emoji.to_owned());
    recent.truncate(MOST);
    let _ = storage.set_item(KEY, &recent.join(" "));
}
