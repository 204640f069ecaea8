//! Writing a post, which is opening a room.

use leptos::prelude::*;

use crate::model::room::{SEEDED_CATEGORIES, Visibility};
use crate::ui::form::{FormError, FormState, Select, TextArea, TextField};
use crate::ui::layout::Layout;
use crate::ui::page;
use crate::ui::title::PageTitle;

const FIELDS: [&str; 6] = ["title", "body", "category", "tags", "visibility", "indexed"];

#[component]
pub fn NewRoomPage() -> impl IntoView {
    let texts = page::texts();
    // Whose session has ended while they wrote gets their text back, and signs in beside it.
    let is_refused = FormState::of("create_room").is_refused();
    let content = match page::me() {
        Some(_) => view! { <PostForm/> }.into_any(),
        None if is_refused => view! { <SignInBeside/> <PostForm/> }.into_any(),
        None => view! { <Invitation/> }.into_any(),
    };
    view! {
        <PageTitle text=texts.new_title/>
        <Layout>
            <main class="sheet wide" id="content" tabindex="-1">
                <h1>{texts.new_title}</h1>
                <p class="intro">{texts.new_intro}</p>
                {content}
            </main>
        </Layout>
    }
}

#[component]
fn Invitation() -> impl IntoView {
    let texts = page::texts();
    view! {
        <div class="notice">
            <p>{texts.new_sign_in}</p>
            <p class="notice-actions">
                <a class="primary" href="/login?next=%2Frooms%2Fnew">{texts.sign_in}</a>
                <a class="btn" href="/register?next=%2Frooms%2Fnew">{texts.sign_up}</a>
            </p>
        </div>
    }
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

#[component]
fn PostForm() -> impl IntoView {
    let texts = page::texts();
    let form = FormState::of("create_room");
    let categories = SEEDED_CATEGORIES.map(|name| (name, (texts.category_name)(name))).to_vec();
    let indexed = form.typed("indexed", "") == "true";
    view! {
        <form class="form" method="post" action="/api/create_room">
            <FormError message=form.error_besides(&FIELDS) id="form-error"/>
            // The same nonce at every try: pressing twice opens one room.
            <input type="hidden" name="nonce" value=page::context().form_nonce/>
            <TextField form=form.clone() name="title" label=texts.title hint=texts.title_hint required=true/>
            <TextArea form=form.clone() name="body" label=texts.post_body hint=texts.post_body_hint/>
            <Select
                form=form.clone()
                name="category"
                label=texts.category
                options=categories
                chosen=SEEDED_CATEGORIES[0]
            />
            <TextField form=form.clone() name="tags" label=texts.tags hint=texts.tags_hint/>
            <WhoReads form=form.clone() now=Visibility::Public/>
            <div class="field">
                <label class="check">
                    <input
                        type="checkbox"
                        name="indexed"
                        value="true"
                        checked=indexed
                        aria-describedby="field-indexed-hint"
                    />
                    {texts.indexed}
                </label>
                <FormError message=form.error_on("indexed") id="field-indexed-error"/>
                <p class="hint" id="field-indexed-hint">{texts.indexed_hint}</p>
            </div>
            <button class="primary" type="submit">{texts.new_submit}</button>
        </form>
    }
    .into_any()
}

/// The choice of who may read a room, each with its consequence; `now` is chosen at first.
#[component]
pub fn WhoReads(form: FormState, now: Visibility) -> impl IntoView {
    let texts = page::texts();
    let chosen = form.typed("visibility", now.as_str());
    let error = form.error_on("visibility");
    let described = error.is_some().then_some("field-visibility-error");
    let choice = |visibility: Visibility| {
        let hint = format!("field-visibility-{}", visibility.as_str());
        view! {
            <div class="choice">
                <label class="check">
                    <input
                        type="radio"
                        name="visibility"
                        value=visibility.as_str()
                        checked=visibility.as_str() == chosen
                        aria-describedby=hint.clone()
                    />
                    {(texts.visibility_name)(visibility)}
                </label>
                <p class="hint" id=hint>{(texts.visibility_hint)(visibility)}</p>
            </div>
        }
    };
    view! {
        <fieldset class="field" aria-describedby=described>
            <legend>{texts.visibility}</legend>
            {Visibility::ALL.iter().copied().map(choice).collect_view()}
            <FormError message=error id="field-visibility-error"/>
        </fieldset>
    }
    .into_any()
}
