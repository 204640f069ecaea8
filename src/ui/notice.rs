//! Pages and parts of pages that say that there is nothing to show, and what to do next.

use leptos::prelude::*;

use super::{href, page};
use crate::error::{AppError, Code};

/// An error in place of what it kept from being shown; the request is answered with its status. `below` the page's own
/// heading it has a lesser one.
#[component]
pub fn Trouble(error: AppError, #[prop(optional)] below: bool) -> impl IntoView {
    page::set_status(error.code.status());
    let texts = page::texts();
    let message = error.problem.in_language(page::lang());
    let heading = match error.code {
        Code::NotFound => texts.not_found,
        Code::Unauthorized => texts.sign_in,
        _ => texts.trouble,
    };
    view! {
        <div class="notice" role="alert">
            {if below { view! { <h2>{heading}</h2> }.into_any() } else { view! { <h1>{heading}</h1> }.into_any() }}
            <p>{message}</p>
            <p class="notice-actions">
                {(error.code == Code::Unauthorized && page::me().is_none()).then(|| sign_in().into_any())}
                <a class="btn" href="/">{texts.back}</a>
            </p>
        </div>
    }
}

/// The way to sign in, and from there back here.
fn sign_in() -> impl IntoView {
    let here = href::here();
    let href = move || format!("/login?next={}", href::query_value(&here.get()));
    view! { <a class="primary" href=href>{page::texts().sign_in}</a> }
}

/// For somebody who has something typed on this page: signing in elsewhere does not lose it.
#[component]
pub fn SignInBeside() -> impl IntoView {
    let texts = page::texts();
    view! {
        <p class="notice">
            {texts.sign_in_beside}
            " "
            <a class="link" href="/login" target="_blank" rel="external">{texts.sign_in}</a>
        </p>
    }
}

/// Nothing here yet: why, and what to do about it.
#[component]
pub fn Empty(heading: &'static str, hint: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="empty">
            <h2>{heading}</h2>
            <p>{hint}</p>
            <p class="empty-actions">{children()}</p>
        </div>
    }
}
