//! What the form of a new post and that of a changed one have in common: fields, preview, and what there is already.

use leptos::nonce::use_nonce;
use leptos::prelude::*;

use crate::api::posts::{preview_post, similar_rooms, suggested_tags};
use crate::model::post::{Preview, Similar};
use crate::model::room::Visibility;
use crate::ui::doc::PostText;
use crate::ui::form::{FormError, FormState, Select, TextArea, TextField, made_for};
use crate::ui::page;

/// Tags suggested where no script shows those that fit what is typed.
const TAGS: usize = 8;

/// A post as the form shows it to whoever has not typed anything yet.
#[derive(Clone, Default)]
pub struct Written {
    pub title: String,
    pub body: String,
    pub category: String,
    pub tags: String,
}

/// What the server knows that helps to write this post.
type Help = (Vec<String>, Option<(Preview, Vec<Similar>)>);

/// A form in which a post is written. Its script keeps what is typed under `draft` in the browser.
#[component]
pub fn PostForm(
    /// The server function that takes it.
    action: &'static str,
    form: FormState,
    written: Written,
    /// What stands before the fields, and after them.
    before: AnyView,
    after: AnyView,
    submit: &'static str,
    draft: String,
) -> impl IntoView {
    let plain = page::plain_texts();
    let help = help(&form, &written);
    let content = {
        let form = form.clone();
        move || {
            let (form, written) = (form.clone(), written.clone());
            Suspend::new(async move {
                let (tags, _) = help.await;
                view! { <Fields form written tags/> }
            })
        }
    };
    let preview = move || {
        Suspend::new(async move {
            view! { <PreviewOf preview=help.await.1/> }
        })
    };
    let draft = page::me().map(|me| format!("draft:{}:{draft}", me.id));
    view! {
        <form
            class="form"
            id="post-form"
            method="post"
            action=format!("/api/{action}")
            data-draft=draft
            data-fresh=(!form.is_refused()).then_some("true")
        >
            {made_for()}
            {before}
            <p class="notice" role="status" data-part="draft" hidden=true>
                {plain.draft_back}
                " "
                <button class="btn" type="button">{plain.draft_discard}</button>
            </p>
            <Transition>{content}</Transition>
            {after}
            <p class="error" role="alert" data-part="not-reached" hidden=true>{plain.not_reached}</p>
            // The first button is the one that Enter presses.
            <p class="form-actions">
                <button class="primary" type="submit">{submit}</button>
                <button class="btn" type="submit" formaction="/api/preview_post#preview" formnovalidate=true>
                    {plain.preview}
                </button>
            </p>
        </form>
        <Transition>{preview}</Transition>
        <script type="module" src="/post.js" nonce=use_nonce()></script>
        <script type="module" src="/suggest.js" nonce=use_nonce()></script>
    }
    .into_any()
}

fn help(form: &FormState, written: &Written) -> Resource<Help> {
    let title = form.typed("title", &written.title);
    let typed = [("body", ""), ("tags", ""), ("category", &*written.category)];
    let [body, tags, category] = typed.map(|(name, otherwise)| form.typed(name, otherwise));
    let (is_preview, room) = (form.is_preview(), form.typed("room", ""));
    Resource::new(
        || (),
        move |()| {
            let (title, body, tags, category) = (title.clone(), body.clone(), tags.clone(), category.clone());
            let room = room.clone();
            async move {
                // Whoever has to sign in first is helped afterwards.
                let suggested = suggested_tags(category).await.unwrap_or_default();
                if !is_preview {
                    return (suggested, None);
                }
                let mut similar = similar_rooms(title.clone()).await.unwrap_or_default();
                similar.retain(|one| one.room.to_string() != room);
                (suggested, preview_post(title, body, tags).await.ok().map(|preview| (preview, similar)))
            }
        },
    )
}

#[component]
fn Fields(form: FormState, written: Written, tags: Vec<String>) -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    let suggested = tags.into_iter().take(TAGS).map(|tag| view! { <li class="tag">{format!("#{tag}")}</li> });
    view! {
        <TextField
            form=form.clone()
            name="title"
            label=texts.title
            hint=plain.title_hint
            value=written.title
            required=true
        />
        // There from the beginning, so that what the script puts in is read out.
        <div role="status" data-part="similar">
            <SimilarRooms rooms=Vec::new()/>
        </div>
        <TextArea form=form.clone() name="body" label=texts.post_body hint=plain.post_body_hint value=written.body/>
        <Select
            form=form.clone()
            name="category"
            label=texts.category
            options=page::categories()
            chosen=written.category
        />
        <TextField form name="tags" label=texts.tags hint=plain.tags_hint value=written.tags/>
        <div class="suggested" data-part="suggested">
            <span id="suggested">{plain.suggested_tags}</span>
            <ul aria-labelledby="suggested">{suggested.collect_view()}</ul>
        </div>
    }
    .into_any()
}

/// How the post would look. Without a preview the place where the script puts one.
#[component]
fn PreviewOf(preview: Option<(Preview, Vec<Similar>)>) -> impl IntoView {
    let plain = page::plain_texts();
    let Some((preview, similar)) = preview else {
        return view! { <section id="preview" hidden=true></section> }.into_any();
    };
    let Preview { title, body, doc, tags } = preview;
    let text = if body.is_empty() {
        view! { <p class="hint">{plain.preview_empty}</p> }.into_any()
    } else {
        view! { <PostText doc body/> }.into_any()
    };
    view! {
        <section id="preview" class="preview" tabindex="-1" aria-labelledby="preview-title">
            <h2 id="preview-title">{plain.preview}</h2>
            <article class="post" data-testid="preview">
                <h3>{title}</h3>
                <div class="meta">
                    {tags.into_iter().map(|tag| view! { <span class="tag">{format!("#{tag}")}</span> }).collect_view()}
                </div>
                {text}
            </article>
            <SimilarRooms rooms=similar/>
        </section>
    }
    .into_any()
}

#[component]
fn SimilarRooms(rooms: Vec<Similar>) -> impl IntoView {
    let is_empty = rooms.is_empty();
    // Whoever looks at one of them keeps what they are writing.
    let link = |Similar { path, title, .. }| {
        view! { <li><a class="link" href=path target="_blank" rel="noopener">{title}</a></li> }
    };
    view! {
        <div class="similar" hidden=is_empty>
            <p>{page::plain_texts().similar}</p>
            <ul>{rooms.into_iter().map(link).collect_view()}</ul>
        </div>
    }
    .into_any()
}

/// The choice of who may read a room, each with its consequence; `now` is chosen at first.
#[component]
pub fn WhoReads(form: FormState, now: Visibility) -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
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
            <legend>{plain.visibility}</legend>
            {Visibility::ALL.iter().copied().map(choice).collect_view()}
            <FormError message=error id="field-visibility-error"/>
        </fieldset>
    }
    .into_any()
}
