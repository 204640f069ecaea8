//! Signing in.

use leptos::prelude::*;

use super::about::About;
use super::{instead, next_after};
use crate::ui::form::{FormError, FormState, TextField};
use crate::ui::layout::Layout;
use crate::ui::page;
use crate::ui::title::PageTitle;

#[component]
pub fn LoginPage() -> impl IntoView {
    let plain = page::plain_texts();
    let form = FormState::of("login");
    let next = next_after(&form);
    let already = page::me().map(|me| (plain.signed_in_as)(me.shown_name()));
    view! {
        <PageTitle text=plain.login_title/>
        <About path="/login" title=plain.login_title/>
        <Layout>
            <main class="sheet" id="content" tabindex="-1">
                <h1>{plain.login_title}</h1>
                {already.map(|sentence| view! { <p>{sentence}</p> })}
                <form class="form" method="post" action="/api/login">
                    <FormError message=form.error_besides(&["username", "password"]) id="form-error"/>
                    <input type="hidden" name="next" value=next/>
                    // The page comes with a cookie: without it, the form tells who would be signed out again at once.
                    <input type="hidden" name="cookies" value="on"/>
                    <TextField
                        form=form.clone()
                        name="username"
                        label=plain.username
                        autocomplete="username"
                        required=true
                    />
                    <TextField
                        form
                        name="password"
                        label=plain.password
                        kind="password"
                        autocomplete="current-password"
                        required=true
                    />
                    <button class="primary" type="submit">{plain.login_submit}</button>
                </form>
                <p>
                    <a class="link" href=instead("/register", next)>{plain.register_instead}</a>
                </p>
            </main>
        </Layout>
    }
}
