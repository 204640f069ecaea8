//! The frame of a page that is one sheet: what was asked for, or why it cannot be shown.

use std::future::Future;

use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::layout::Layout;
use super::notice::Trouble;
use super::page;
use super::title::PageTitle;
use crate::error::Result;

/// Shows what `load` finds for `asked`. `show` brings the page's title with it.
pub fn sheet<Q, T, F>(
    asked: impl Fn() -> Q + Send + Sync + 'static,
    load: impl Fn(Q) -> F + Send + Sync + 'static,
    show: fn(T) -> AnyView,
) -> AnyView
where
    Q: PartialEq + Clone + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let found = Resource::new(asked, load);
    let content = move || {
        Suspend::new(async move {
            found.await.map_or_else(
                |error| {
                    let title = error.problem.in_language(page::lang());
                    view! { <PageTitle text=title/> <Trouble error/> }.into_any()
                },
                show,
            )
        })
    };
    view! {
        <Layout>
            <main class="sheet wide" id="content" tabindex="-1">
                <Transition fallback=|| {
                    view! { <p class="loading">{page::texts().loading}</p> }
                }>{content}</Transition>
            </main>
        </Layout>
    }
    .into_any()
}
