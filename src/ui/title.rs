//! The document's title, safe with any text.

use leptos::prelude::*;
use leptos_meta::Title;

use super::escape::as_text;

/// `<title>text · Chat Chat</title>`. leptos_meta puts it into the server's document as it stands, where `</title>`
/// would end it.
#[component]
pub fn PageTitle(#[prop(into)] text: Signal<String>) -> impl IntoView {
    view! { <Title text=move || as_text(&format!("{} · Chat Chat", text.get()))/> }
}
