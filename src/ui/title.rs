//! The document's title, safe with any text, with what is unread in front of it.

use leptos::prelude::*;
use leptos_meta::Title;

use super::badge;
use super::escape::as_text;

/// `<title>text · Chat Chat</title>`.
#[component]
pub fn PageTitle(#[prop(into)] text: Signal<String>) -> impl IntoView {
    let title = move || format!("{} · Chat Chat", text.get());
    if cfg!(not(target_arch = "wasm32")) {
        // It is noted as it is made, and is nothing to draw: the server writes the head last, when the signals of the
        // page may be gone. leptos_meta puts it there as it stands, where `</title>` would end it.
        let text = untrack(title);
        let _ = view! { <Title text=as_text(&text)/> };
    }
    badge::show_with(title);
}
