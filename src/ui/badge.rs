//! What a tab and an installed app say while something else is looked at: how much is unread, in title and icon.

use leptos::prelude::*;

use crate::client::browser;
use crate::client::effect::effect;

/// Unread messages of all my rooms, as far as I want to know of them.
#[derive(Clone, Copy)]
pub struct Badge(pub RwSignal<i64>);

/// Keeps the document's title, with the count in front of it, a dot on its icon, and the count on the app's.
pub fn show_with(title: impl Fn() -> String + Send + Sync + 'static) {
    let badge = use_context::<Badge>();
    effect(move || {
        let (count, title) = (badge.map_or(0, |Badge(count)| count.get()), title());
        let shown = if count > 0 { format!("({count}) {title}") } else { title };
        document().set_title(&shown);
        browser::badge_app(count);
        if let Ok(Some(icon)) = document().query_selector("link[rel=icon]") {
            let icon_of = if count > 0 { "/favicon-unread.svg" } else { "/favicon.svg" };
            let _ = icon.set_attribute("href", icon_of);
        }
    });
}
