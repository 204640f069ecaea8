//! Pages and parts of pages that say that there is nothing to show, and what to do next.

use leptos::prelude::*;

use super::{href, page};
use crate::client::browser;
use crate::client::effect::effect;
use crate::client::live::{Connection, Live};
use crate::error::{AppError, Code};

/// An error in place of what it kept from being shown; the request is answered with its status. `below` the page's own
/// heading it has a lesser one.
#[component]
pub fn Trouble(error: AppError, #[prop(optional)] below: bool) -> impl IntoView {
    page::set_status(error.code.status());
    let texts = page::texts();
    let message = error.problem.in_language(page::lang());
    let may_pass = error.code.is_transient();
    if may_pass {
        try_again_when_back();
    }
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
                {may_pass.then(|| try_again().into_any())}
                // The browser goes there even if it is there already.
                <a class="btn" href="/" rel="external">{texts.back}</a>
            </p>
        </div>
    }
}

/// The same page, asked for anew.
fn try_again() -> impl IntoView {
    let here = href::here();
    view! { <a class="primary" href=move || here.get() rel="external">{page::texts().try_again}</a> }
}

/// A page that could not be brought because the network was gone comes by itself when that is back. One that the server has
/// rendered is not asked for again and again.
fn try_again_when_back() {
    let Some(live) = use_context::<Live>().filter(|_| page::hydrated().get_untracked()) else { return };
    let was_cut = StoredValue::new(false);
    effect(move || match live.connection().get() {
        Connection::Online if was_cut.get_value() => browser::go_to(&browser::here()),
        Connection::Online => {}
        _ => was_cut.set_value(true),
    });
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
