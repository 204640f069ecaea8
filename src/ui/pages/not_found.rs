//! The page for addresses that lead nowhere.

use leptos::prelude::*;

use crate::ui::layout::Layout;
use crate::ui::page;
use crate::ui::title::PageTitle;

#[component]
pub fn NotFoundPage() -> impl IntoView {
    page::set_status(404);
    let texts = page::texts();
    view! {
        <PageTitle text=texts.not_found/>
        <Layout>
            <main class="sheet" id="content" tabindex="-1">
                <h1>{texts.not_found}</h1>
                <p>{texts.not_found_hint}</p>
                <p>
                    <a class="btn" href="/">{texts.back}</a>
                </p>
            </main>
        </Layout>
    }
}
