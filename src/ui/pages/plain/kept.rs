//! What somebody has typed, where the page they typed it on is not theirs to see any more: another tab has signed them in
//! as somebody else, or they were put out of the room.

use leptos::prelude::*;

use crate::api::people::RefusedForm;
use crate::ui::form::{FormError, textarea_text};
use crate::ui::layout::Layout;
use crate::ui::page;
use crate::ui::pages::NotFoundPage;
use crate::ui::title::PageTitle;

#[component]
pub fn KeptPage() -> impl IntoView {
    match page::context().refused {
        Some(form) => view! { <Kept form/> }.into_any(),
        None => view! { <NotFoundPage/> }.into_any(),
    }
}

#[component]
fn Kept(form: RefusedForm) -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    let message = form.error.as_ref().map(|error| error.problem.in_language(page::lang()));
    view! {
        <PageTitle text=texts.trouble/>
        <Layout>
            <main class="sheet" id="content" tabindex="-1">
                <h1>{texts.trouble}</h1>
                <FormError message id="form-error"/>
                <div class="field">
                    <label for="kept">{plain.kept}</label>
                    <textarea id="kept" rows="8" readonly=true>
                        {textarea_text(form.typed("body"))}
                    </textarea>
                </div>
                <p>
                    <a class="btn" href="/">{texts.back}</a>
                </p>
            </main>
        </Layout>
    }
}
