//! Making an account.

use leptos::prelude::*;

use super::about::About;
use super::{instead, next_after};
use crate::ui::form::{FormError, FormState, TextField};
use crate::ui::layout::Layout;
use crate::ui::page;
use crate::ui::title::PageTitle;

#[component]
pub fn RegisterPage() -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    let form = FormState::of("register");
    let next = next_after(&form);
    view! {
        <PageTitle text=plain.register_title/>
        <About path="/register" title=plain.register_title/>
        <Layout>
            <main class="sheet" id="content" tabindex="-1">
                <h1>{plain.register_title}</h1>
                <form class="form" method="post" action="/api/register">
                    <FormError
                        message=form.error_besides(&["username", "password", "display_name"])
                        id="form-error"
                    />
                    <input type="hidden" name="next" value=next/>
                    // The page comes with a cookie: without it, the form tells who would be signed out again at once.
                    <input type="hidden" name="cookies" value="on"/>
                    <TextField
                        form=form.clone()
                        name="username"
                        label=plain.username
                        hint=plain.username_hint
                        autocomplete="username"
                        required=true
                    />
                    <TextField
                        form=form.clone()
                        name="password"
                        label=plain.password
                        hint=plain.password_hint
                        kind="password"
                        autocomplete="new-password"
                        required=true
                    />
                    <TextField
                        form
                        name="display_name"
                        label=texts.display_name
                        hint=texts.display_name_hint
                        autocomplete="nickname"
                    />
                    <button class="primary" type="submit">{plain.register_submit}</button>
                </form>
                <p>
                    <a class="link" href=instead("/login", next)>{plain.login_instead}</a>
                </p>
            </main>
        </Layout>
    }
}
