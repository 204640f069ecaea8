//! The document's title, safe with any text.

use leptos::prelude::*;
use leptos_meta::Title;

use super::badge;
use super::escape::as_text;

/// `<title>text · Chat Chat</title>`. leptos_meta puts it into the server's document as it stands, where `</title>`
/// would end it.
#[component]
pub fn PageTitle(#[prop(into)] text: String) -> impl IntoView {
    // A plain value: the server writes the head last, when the signals of the page may be gone.
    let title = format!("{text} · Chat Chat");
    let escaped = as_text(&title);
    badge::show_with(title);
    view! { <Title text=escaped/> }
}
