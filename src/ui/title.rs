//! The document's title, safe with any text.

use leptos::prelude::*;
use leptos_meta::Title;

/// `<title>text · Chat Chat</title>`.
#[component]
pub fn PageTitle(#[prop(into)] text: Signal<String>) -> impl IntoView {
    view! { <Title text=move || written(&format!("{} · Chat Chat", text.get()))/> }
}

/// leptos_meta puts a title into the server's document as it stands, where `</title>` would end it; in the browser it
/// sets the property, which takes text.
fn written(text: &str) -> String {
    if is_server() { super::form::escaped(text) } else { text.to_owned() }
}
