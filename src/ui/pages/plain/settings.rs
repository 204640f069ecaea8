//! How one wants the pages, visitors too, and the way out.

use leptos::prelude::*;

use super::account::AccountForms;
use super::admin::AdminLink;
use crate::i18n::Lang;
use crate::model::user::{Author, Theme};
use crate::ui::form::{FormError, FormState, Select};
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
        <form class="form" method="post" action="/api/preferences">
            <FormError message=form.error_besides(&["lang", "theme"]) id="form-error"/>
            <input type="hidden" name="next" value="/settings"/>
            <Select
                form=form.clone()
                name="lang"
                label=texts.language
                options=langs
                chosen=viewer.lang.as_str()
            />
            <Select
                form
                name="theme"
                label=texts.theme
                options=themes
                chosen=viewer.theme.map_or("", Theme::as_str)
            />
            <button class="primary" type="submit">{texts.save}</button>
        </form>
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
