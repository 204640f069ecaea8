//! Plain forms that keep what was typed: fields with label, hint and, beside the one at fault, what is wrong.

use leptos::prelude::*;

pub use super::escape::textarea_text;
use super::page;
use crate::api::people::{FORM_OF, RefusedForm};
use crate::error::Problem;

/// One form of this page: empty, or as it was when the server refused it.
#[derive(Clone)]
pub struct FormState(Option<RefusedForm>);

impl FormState {
    /// The form that goes to the server function `name`.
    pub fn of(name: &str) -> Self {
        Self(page::refused(name))
    }

    /// It comes back to somebody who wanted to see what they write.
    pub fn is_preview(&self) -> bool {
        self.0.as_ref().is_some_and(|form| form.error.is_none())
    }

    /// Somebody has filled it in, and it comes back to them.
    pub const fn is_refused(&self) -> bool {
        self.0.is_some()
    }

    /// What had been typed in `field`; `otherwise` in a form that nobody has filled in yet.
    pub fn typed(&self, field: &str, otherwise: &str) -> String {
        self.0.as_ref().map_or(otherwise, |refused| refused.typed(field)).to_owned()
    }

    /// Whether it was refused for this.
    pub fn is_refused_for(&self, problem: &Problem) -> bool {
        self.0.as_ref().and_then(|form| form.error.as_ref()).is_some_and(|error| error.problem == *problem)
    }

    /// What is wrong with `field`.
    pub fn error_on(&self, field: &str) -> Option<String> {
        self.message(|at| at == Some(field))
    }

    /// What is wrong with the form as a whole, or with something in it that is none of its `fields`.
    pub fn error_besides(&self, fields: &[&str]) -> Option<String> {
        self.message(|at| at.is_none_or(|at| !fields.contains(&at)))
    }

    /// Why it comes back.
    pub fn problem(&self) -> Option<&Problem> {
        Some(&self.0.as_ref()?.error.as_ref()?.problem)
    }

    fn message(&self, is_meant: impl Fn(Option<&str>) -> bool) -> Option<String> {
        let error = self.0.as_ref()?.error.as_ref()?;
        let said = || match error.message.as_str() {
            "" => error.problem.in_language(page::lang()),
            message => message.to_owned(),
        };
        is_meant(error.field.as_deref()).then(said)
    }
}

/// The field that says for whom the page of a form was made. Every form that writes has it: who is somebody else by the
/// time they send it, as another tab may have made them, is told so.
pub fn made_for() -> AnyView {
    page::me().map(|me| view! { <input type="hidden" name=FORM_OF value=me.id.get()/> }).into_any()
}

/// One press that sends a form with nothing to fill in.
#[component]
pub fn PostButton(
    /// The server function.
    action: &'static str,
    label: &'static str,
    fields: Vec<(&'static str, String)>,
    class: &'static str,
    /// For one of several choices: whether it is the one chosen.
    #[prop(optional, into)]
    pressed: Option<bool>,
) -> impl IntoView {
    let pressed = pressed.map(|pressed| if pressed { "true" } else { "false" });
    view! {
        <form method="post" action=format!("/api/{action}")>
            {made_for()}
            {fields
                .into_iter()
                .map(|(name, value)| view! { <input type="hidden" name=name value=value/> }.into_any())
                .collect::<Vec<_>>()}
            <button class=class type="submit" aria-pressed=pressed>{label}</button>
        </form>
    }
    .into_any()
}

/// The line that says what is wrong, read aloud as soon as it is there.
#[component]
pub fn FormError(message: Option<String>, #[prop(into)] id: String) -> impl IntoView {
    message.map(|message| view! { <p class="error" role="alert" id=id>{message}</p> }.into_any())
}

/// What belongs to a field besides its control, and how the control refers to it.
#[derive(Clone)]
struct Around {
    id: String,
    hint: Option<&'static str>,
    error: Option<String>,
}

impl Around {
    fn new(form: &FormState, name: &str, hint: Option<&'static str>) -> Self {
        Self { id: format!("field-{name}"), hint, error: form.error_on(name) }
    }

    fn described_by(&self) -> Option<String> {
        let error = self.error.as_ref().map(|_| format!("{}-error", self.id));
        let hint = self.hint.map(|_| format!("{}-hint", self.id));
        let ids: Vec<String> = error.into_iter().chain(hint).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn is_wrong(&self) -> bool {
        self.error.is_some()
    }

    fn below(self) -> impl IntoView {
        let (error_id, hint_id) = (format!("{}-error", self.id), format!("{}-hint", self.id));
        view! {
            <FormError message=self.error id=error_id/>
            {self.hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
        }
    }
}

/// A field of one line.
#[component]
pub fn TextField(
    form: FormState,
    name: &'static str,
    label: &'static str,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] required: bool,
    /// What stands in a form that nobody has filled in yet.
    #[prop(optional, into)]
    value: String,
) -> impl IntoView {
    let around = Around::new(&form, name, hint);
    // A password comes back to nobody, not even to who typed it.
    let typed = (kind != "password").then(|| form.typed(name, &value));
    let is_name = autocomplete == "username";
    view! {
        <div class="field">
            <label for=around.id.clone()>{label}</label>
            <input
                id=around.id.clone()
                type=kind
                name=name
                value=typed
                required=required
                autocomplete=autocomplete
                autocapitalize=is_name.then_some("none")
                spellcheck=is_name.then_some("false")
                autofocus=around.is_wrong()
                aria-describedby=around.described_by()
                aria-invalid=around.is_wrong().then_some("true")
            />
            {around.below()}
        </div>
    }
    .into_any()
}

/// A field of many lines.
#[component]
pub fn TextArea(
    form: FormState,
    name: &'static str,
    label: &'static str,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(default = "8")] rows: &'static str,
    /// What stands in a form that nobody has filled in yet.
    #[prop(optional, into)]
    value: String,
) -> impl IntoView {
    let around = Around::new(&form, name, hint);
    view! {
        <div class="field">
            <label for=around.id.clone()>{label}</label>
            <textarea
                id=around.id.clone()
                name=name
                rows=rows
                autofocus=around.is_wrong()
                aria-describedby=around.described_by()
                aria-invalid=around.is_wrong().then_some("true")
            >
                {textarea_text(&form.typed(name, &value))}
            </textarea>
            {around.below()}
        </div>
    }
    .into_any()
}

/// A choice from a list: pairs of value and name.
#[component]
pub fn Select(
    form: FormState,
    name: &'static str,
    label: &'static str,
    #[prop(optional)] hint: Option<&'static str>,
    options: Vec<(String, String)>,
    /// The value chosen in a form that nobody has filled in yet.
    #[prop(into)]
    chosen: String,
) -> impl IntoView {
    let around = Around::new(&form, name, hint);
    let chosen = form.typed(name, &chosen);
    let option = |(value, shown): (String, String)| {
        let is_chosen = value == chosen;
        view! { <option value=value selected=is_chosen>{shown}</option> }
    };
    view! {
        <div class="field">
            <label for=around.id.clone()>{label}</label>
            <select
                id=around.id.clone()
                name=name
                aria-describedby=around.described_by()
                aria-invalid=around.is_wrong().then_some("true")
            >
                {options.into_iter().map(option).collect_view()}
            </select>
            {around.below()}
        </div>
    }
    .into_any()
}
