//! What one tells of oneself, and what others may see: the parts of the settings that need an account.

use leptos::prelude::*;

use super::settings::{Save, to_saved};
use crate::api::people::account;
use crate::model::user::{Account, Privacy};
use crate::ui::form::{FormError, FormState, Select, TextArea, TextField, made_for};
use crate::ui::notice::Trouble;
use crate::ui::page;

#[component]
pub fn AccountForms() -> impl IntoView {
    let texts = page::texts();
    let found = Resource::new(|| (), |()| account());
    let content = move || {
        Suspend::new(async move {
            match found.await {
                Ok(account) => view! { <Forms account/> }.into_any(),
                Err(error) => view! { <Trouble error below=true/> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=move || view! { <p class="loading">{texts.loading}</p> }>{content}</Transition> }
}

#[component]
fn Forms(account: Account) -> impl IntoView {
    let Account { display_name, bio, privacy } = account;
    view! {
        <ProfileForm display_name bio/>
        <PrivacyForm privacy/>
        <PasswordForm/>
    }
    .into_any()
}

#[component]
fn ProfileForm(display_name: String, bio: String) -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    let form = FormState::of("update_profile");
    view! {
        <section>
            <h2>{plain.profile}</h2>
            <form class="form" id="update_profile" method="post" action="/api/update_profile">
                {made_for()}
                <FormError message=form.error_besides(&["display_name", "bio"]) id="profile-error"/>
                <input type="hidden" name="next" value=to_saved("update_profile")/>
                <TextField
                    form=form.clone()
                    name="display_name"
                    label=texts.display_name
                    hint=texts.display_name_hint
                    value=display_name
                />
                <TextArea form name="bio" label=plain.bio hint=plain.bio_hint rows="4" value=bio/>
                <Save form="update_profile"/>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn PrivacyForm(privacy: Privacy) -> impl IntoView {
    let plain = page::plain_texts();
    let form = FormState::of("update_privacy");
    let choice = |shows: bool| if shows { "true" } else { "false" };
    let options = || vec![("true".to_owned(), plain.shown.to_owned()), ("false".to_owned(), plain.hidden.to_owned())];
    let added = [("true", plain.added_at_once), ("false", plain.added_when_accepted)];
    let added = added.map(|(value, name)| (value.to_owned(), name.to_owned())).to_vec();
    view! {
        <section>
            <h2>{plain.privacy}</h2>
            <form class="form" id="update_privacy" method="post" action="/api/update_privacy">
                {made_for()}
                <FormError message=form.error_besides(&["shows_presence", "shows_typing", "may_be_listed", "may_be_added"]) id="privacy-error"/>
                <input type="hidden" name="next" value=to_saved("update_privacy")/>
                <Select
                    form=form.clone()
                    name="shows_presence"
                    label=plain.shows_presence
                    options=options()
                    chosen=choice(privacy.shows_presence)
                />
                <Select
                    form=form.clone()
                    name="shows_typing"
                    label=plain.shows_typing
                    options=options()
                    chosen=choice(privacy.shows_typing)
                />
                <p class="hint">{plain.privacy_hint}</p>
                <Select
                    form=form.clone()
                    name="may_be_listed"
                    label=plain.may_be_listed
                    hint=plain.may_be_listed_hint
                    options=options()
                    chosen=choice(privacy.may_be_listed)
                />
                <Select
                    form
                    name="may_be_added"
                    label=plain.may_be_added
                    hint=plain.may_be_added_hint
                    options=added
                    chosen=choice(privacy.may_be_added)
                />
                <Save form="update_privacy"/>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn PasswordForm() -> impl IntoView {
    let plain = page::plain_texts();
    let form = FormState::of("change_password");
    view! {
        <section>
            <h2>{plain.password_change}</h2>
            <form class="form" id="change_password" method="post" action="/api/change_password">
                {made_for()}
                <FormError message=form.error_besides(&["old", "new"]) id="password-error"/>
                <input type="hidden" name="next" value=to_saved("change_password")/>
                // Password managers keep the new one under this name.
                <input type="text" name="username" value=page::me().map(|me| me.username) autocomplete="username" hidden=true readonly=true/>
                <TextField
                    form=form.clone()
                    name="old"
                    label=plain.password_old
                    kind="password"
                    autocomplete="current-password"
                    required=true
                />
                <TextField
                    form
                    name="new"
                    label=plain.password_new
                    hint=plain.password_new_hint
                    kind="password"
                    autocomplete="new-password"
                    required=true
                />
                <Save form="change_password"/>
            </form>
        </section>
    }
    .into_any()
}
