//! What a tab says while another one is looked at: how much is unread, in its title and its icon.

use leptos::prelude::*;

use crate::client::browser;

/// Unread messages of all my rooms, as far as I want to know of them.
#[derive(Clone, Copy)]
pub struct Badge(pub RwSignal<i64>);

/// Shows the count in front of `title`, and a dot on the icon.
pub fn show_with(title: String) {
    let Some(Badge(count)) = use_context() else { return };
    Effect::new(move |_| {
        let (count, title) = (count.get(), title.clone());
        // After leptos_meta has written the title itself.
        browser::after(0, move || {
            let shown = if count > 0 { format!("({count}) {title}") } else { title };
            document().set_title(&shown);
            if let Ok(Some(icon)) = document().query_selector("link[rel=icon]") {
                let icon_of = if count > 0 { "/favicon-unread.svg" } else { "/favicon.svg" };
                let _ = icon.set_attribute("href", icon_of);
            }
        });
    });
}
