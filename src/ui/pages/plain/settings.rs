//! How one wants the pages, visitors too, and the way out.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::account::AccountForms;
use super::admin::AdminLink;
use crate::i18n::Lang;
use crate::model::user::{Author, Theme};
use crate::ui::form::{FormError, FormState, Select, made_for};
use crate::ui::layout::Layout;
use crate::ui::page;
use crate::ui::sidebar::own_name;
use crate::ui::title::PageTitle;

#[component]
pub fn SettingsPage() -> impl IntoView {
    let texts = page::texts();
    view! {
        <PageTitle text=texts.settings/>
        <Layout>
            <main class="sheet" id="content" tabindex="-1">
                <h1>{texts.settings}</h1>
                <Preferences/>
                {page::me().map(|_| view! { <AccountForms/> })}
                {page::me().map(|me| view! { <AdminLink/> <Leave me/> })}
            </main>
        </Layout>
    }
}

#[component]
fn Preferences() -> impl IntoView {
    let texts = page::texts();
    let viewer = page::context().viewer;
    let form = FormState::of("preferences");
    let langs = Lang::ALL.map(|lang| (lang.as_str().to_owned(), own_name(lang).to_owned())).to_vec();
    let themes = [
        ("", texts.theme_system),
        (Theme::Light.as_str(), texts.theme_light),
        (Theme::Dark.as_str(), texts.theme_dark),
    ];
    let themes = themes.map(|(value, name)| (value.to_owned(), name.to_owned())).to_vec();
    view! {
        <form class="form" id="preferences" method="post" action="/api/preferences">
            {made_for()}
            <FormError message=form.error_besides(&["lang", "theme", "enter_sends"]) id="form-error"/>
            <input type="hidden" name="next" value=to_saved("preferences")/>
            <Select
                form=form.clone()
                name="lang"
                label=texts.language
                options=langs
                chosen=viewer.lang.as_str()
            />
            <Select
                form=form.clone()
                name="theme"
                label=texts.theme
                options=themes
                chosen=viewer.theme.map_or("", Theme::as_str)
            />
            {viewer.me.is_some().then(|| view! { <OnEnter form sends=viewer.enter_sends/> })}
            <Save form="preferences"/>
        </form>
    }
}

/// What Enter does. Only who has an account writes messages.
#[component]
fn OnEnter(form: FormState, sends: bool) -> impl IntoView {
    let plain = page::plain_texts();
    let options =
        vec![("true".to_owned(), plain.enter_sends.to_owned()), ("false".to_owned(), plain.enter_breaks.to_owned())];
    view! {
        <Select
            form
            name="enter_sends"
            label=plain.on_enter
            hint=plain.on_enter_hint
            options
            chosen=if sends { "true" } else { "false" }
        />
    }
}

/// Where a form of the settings leads: back to itself, which then says that it is saved.
pub(super) fn to_saved(form: &str) -> String {
    format!("/settings?saved={form}#{form}")
}

/// The button of a form of the settings, and whether what one sees was saved by it just now.
#[component]
pub(super) fn Save(form: &'static str) -> impl IntoView {
    let is_saved = use_query_map().read_untracked().get_str("saved") == Some(form);
    let is_refused = ["preferences", "update_profile", "update_privacy", "change_password"];
    let is_refused = is_refused.map(|form| FormState::of(form).is_refused());
    let is_saved = is_saved && !is_refused.contains(&true);
    view! {
        <p class="save">
            <button class="primary" type="submit">{page::texts().save}</button>
            {is_saved.then(|| view! { <span class="saved" role="status">{page::plain_texts().saved}</span> })}
        </p>
    }
}

#[component]
fn Leave(me: Author) -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    view! {
        <section class="leave">
            <h2>{texts.account}</h2>
            <p>{(plain.signed_in_as)(me.shown_name())}</p>
            <form method="post" action="/api/logout">
                <button class="btn" type="submit">{texts.sign_out}</button>
            </form>
        </section>
    }
}
