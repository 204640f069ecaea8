//! The field in which one writes, as it stands in the page: its text, its caret and its length.

use leptos::prelude::*;

use super::Desk;
use crate::model::text::{MESSAGE_MAX, MESSAGE_MAX_BYTES};

/// From here on the text is counted.
const NEAR: usize = MESSAGE_MAX - 400;

impl Desk {
    /// The text as it stands in the field: a signal lags behind an input method.
    pub fn text(self) -> String {
        self.field.try_get_untracked().flatten().map(|area| area.value()).unwrap_or_default()
    }

    pub fn put(self, text: &str, at: Option<u32>) {
        if let Some(area) = self.field.try_get_untracked().flatten() {
            area.set_value(text);
            if let Some(at) = at {
                let _ = area.set_selection_range(at, at);
            }
        }
        self.measure();
    }

    /// What stands before the caret.
    pub fn before_caret(self) -> Option<String> {
        let area = self.field.try_get_untracked().flatten()?;
        let at = area.selection_start().ok()?? as usize;
        let before: Vec<u16> = area.value().encode_utf16().take(at).collect();
        Some(String::from_utf16_lossy(&before))
    }

    /// Puts `text` in place of the last `count` characters before the caret.
    pub fn replace_before_caret(self, count: usize, text: &str) {
        let (whole, before) = (self.text(), self.before_caret().unwrap_or_default());
        let (Some(after), Some(gone)) = (whole.strip_prefix(&before), before.chars().count().checked_sub(count)) else {
            return;
        };
        let before: String = before.chars().take(gone).chain(text.chars()).collect();
        let at = u32::try_from(before.encode_utf16().count()).unwrap_or_default();
        self.put(&(before + after), Some(at));
        self.keep();
    }

    /// How long the text is, once that matters.
    pub fn measure(self) {
        let text = self.text();
        // UTF-8 has at least as many bytes as characters.
        let length = if text.len() > NEAR { text.chars().count() } else { 0 };
        let length = Some(length).filter(|length| *length > NEAR || text.len() > MESSAGE_MAX_BYTES);
        if self.length.try_with_untracked(|known| *known != length) == Some(true) {
            self.length.set(length);
        }
    }

    /// Has the browser send the form.
    pub fn submit(self) {
        if let Some(form) = self.field.try_get_untracked().flatten().and_then(|area| area.form()) {
            // Where something is missing, the browser says so itself.
            let _ = form.request_submit();
        }
    }

    pub fn focus(self) {
        if let Some(area) = self.field.try_get_untracked().flatten() {
            let _ = area.focus();
        }
    }
}
