//! Signing in.

use leptos::prelude::*;

use super::{instead, next_after};
use crate::ui::avatar::shown_name;
use crate::ui::form::{FormError, FormState, TextField};
use crate::ui::layout::Layout;
use crate::ui::page;
use crate::ui::title::PageTitle;

#[component]
pub fn LoginPage() -> impl IntoView {
    let texts = page::texts();
    let form = FormState::of("login");
    let next = next_after(&form);
    let already = page::me().map(|me| (texts.signed_in_as)(shown_name(&me)));
    view! {
        <PageTitle text=texts.login_title/>
        <Layout>
            <main class="sheet" id="content" tabindex="-1">
                <h1>{texts.login_title}</h1>
                {already.map(|sentence| view! { <p>{sentence}</p> })}
                <form class="form" method="post" action="/api/login">
                    <FormError message=form.error_besides(&["username", "password"]) id="form-error"/>
                    <input type="hidden" name="next" value=next/>
                    <TextField
                        form=form.clone()
                        name="username"
                        label=texts.username
                        autocomplete="username"
                        required=true
                    />
                    <TextField
                        form
                        name="password"
                        label=texts.password
                        kind="password"
                        autocomplete="current-password"
                        required=true
                    />
                    <button class="primary" type="submit">{texts.login_submit}</button>
                </form>
                <p>
                    <a class="link" href=instead("/register", next)>{texts.register_instead}</a>
                </p>
            </main>
        </Layout>
    }
}
