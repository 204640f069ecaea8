//! Pages and parts of pages that say that there is nothing to show, and what to do next.

use leptos::prelude::*;

use super::page;
use crate::error::{AppError, Code};

/// An error in place of what it kept from being shown; the request is answered with its status.
#[component]
pub fn Trouble(error: AppError) -> impl IntoView {
    page::set_status(error.code.status());
    let texts = page::texts();
    let message = error.problem.in_language(page::lang());
    let heading = if error.code == Code::NotFound { texts.not_found } else { texts.trouble };
    view! {
        <div class="notice" role="alert">
            <h2>{heading}</h2>
            <p>{message}</p>
            <p>
                <a class="btn" href="/">{texts.back}</a>
            </p>
        </div>
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
