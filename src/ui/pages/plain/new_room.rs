//! Writing a post, which is opening a room.

use leptos::prelude::*;

use super::post_form::{PostForm, WhoReads, Written};
use crate::error::Problem;
use crate::model::room::Visibility;
use crate::ui::form::{FormError, FormState};
use crate::ui::layout::Layout;
use crate::ui::notice::SignInBeside;
use crate::ui::page;
use crate::ui::title::PageTitle;

const FIELDS: [&str; 6] = ["title", "body", "category", "tags", "visibility", "indexed"];

#[component]
pub fn NewRoomPage() -> impl IntoView {
    let plain = page::plain_texts();
    // Whose session has ended while they wrote gets their text back, and signs in beside it.
    let is_refused = FormState::of("create_room").is_refused();
    let content = match page::me() {
        Some(_) => view! { <NewPost/> }.into_any(),
        None if is_refused => view! { <SignInBeside/> <NewPost/> }.into_any(),
        None => view! { <Invitation/> }.into_any(),
    };
    view! {
        <PageTitle text=plain.new_title/>
        <Layout>
            <main class="sheet wide" id="content" tabindex="-1">
                <h1>{plain.new_title}</h1>
                <p class="intro">{plain.new_intro}</p>
                {content}
            </main>
        </Layout>
    }
}

#[component]
fn Invitation() -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    view! {
        <div class="notice">
            <p>{plain.new_sign_in}</p>
            <p class="notice-actions">
                <a class="primary" href="/login?next=%2Frooms%2Fnew">{texts.sign_in}</a>
                <a class="btn" href="/register?next=%2Frooms%2Fnew">{texts.sign_up}</a>
            </p>
        </div>
    }
}

#[component]
fn NewPost() -> impl IntoView {
    let plain = page::plain_texts();
    let form = FormState::of("create_room");
    let category = page::categories().into_iter().next().map(|(key, _)| key).unwrap_or_default();
    // The same nonce at every try: pressing twice opens one room. Unless it has opened another one.
    let fresh = page::context().form_nonce;
    let nonce = if form.is_refused_for(&Problem::RoomNonceReused) { fresh } else { form.typed("nonce", &fresh) };
    let before = view! {
        <FormError message=form.error_besides(&FIELDS) id="form-error"/>
        <input type="hidden" name="nonce" value=nonce/>
    };
    let after = view! {
        <WhoReads form=form.clone() now=Visibility::Public/>
        <Indexed form=form.clone()/>
    };
    view! {
        <PostForm
            action="create_room"
            form
            written=Written { category, ..Written::default() }
            before=before.into_any()
            after=after.into_any()
            submit=plain.new_submit
            draft="post".to_owned()
        />
    }
}

#[component]
fn Indexed(form: FormState) -> impl IntoView {
    let plain = page::plain_texts();
    let indexed = form.typed("indexed", "") == "true";
    view! {
        <div class="field">
            <label class="check">
                <input
                    type="checkbox"
                    name="indexed"
                    value="true"
                    checked=indexed
                    aria-describedby="field-indexed-hint"
                />
                {plain.indexed}
            </label>
            <FormError message=form.error_on("indexed") id="field-indexed-error"/>
            <p class="hint" id="field-indexed-hint">{plain.indexed_hint}</p>
        </div>
    }
    .into_any()
}
