//! Where messages are written. Without script a plain form; with it, what is sent is on the screen at once.

mod above;
mod complete;
mod pieces;
mod token;

use leptos::prelude::*;
use web_sys::{CompositionEvent, InputEvent, KeyboardEvent, SubmitEvent};

use self::above::Above;
use self::complete::{Choices, Completion, LIST};
use super::desk::{Desk, FIELD, Task};
use crate::client::browser;
use crate::client::enter::{Act, Enter, Press};
use crate::client::scroll::Scroll;
use crate::error::Problem;
use crate::model::message::SavedDraft;
use crate::model::text::MESSAGE_MAX;
use crate::ui::form::{FormError, FormState, made_for, textarea_text};
use crate::ui::page;

const ERROR: &str = "message-error";
/// `keyCode` of a key that the input method has taken.
const BY_INPUT_METHOD: u32 = 229;

#[component]
pub fn Composer(desk: Desk, path: String, scroll: Scroll, draft: Option<SavedDraft>) -> impl IntoView {
    let texts = page::texts();
    let form = FormState::of("post_message");
    let problem = desk.problem;
    problem.set(form.error_besides(&[]));
    let keys = StoredValue::new(Enter::default());
    let send = sender(desk, scroll);
    let completion = Completion::new(desk);
    desk.take_up_draft(draft);
    let enter_sends = page::context().viewer.enter_sends;

    let (by_enter, by_command) = (send.clone(), send.clone());
    // With a list open, Enter chooses from it.
    let on_enter = move || {
        if !completion.pick() {
            by_enter();
        }
    };
    let after_composing = on_enter.clone();
    let on_key = move |event: KeyboardEvent| match event.key().as_str() {
        key @ ("ArrowDown" | "ArrowUp") if completion.is_open() && walks(&event, keys) => {
            event.prevent_default();
            completion.step(if key == "ArrowDown" { 1 } else { -1 });
        }
        "Tab" if !event.is_composing() && !event.shift_key() && completion.pick() => event.prevent_default(),
        // The list is gone before the focus moves, which would go to it.
        "Tab" => completion.close(),
        "Escape" if completion.is_open() => {
            event.prevent_default();
            completion.close();
        }
        // Whoever breaks lines by Enter still chooses by it.
        "Enter" if !enter_sends && is_bare(&event) && completion.pick() => event.prevent_default(),
        "Enter" => {
            let press = press(&event, browser::is_touch() || !enter_sends);
            let act = keys.try_update_value(|keys| keys.pressed(press));
            if act.is_some_and(|act| act != Act::Leave) {
                event.prevent_default();
            }
            match act {
                Some(Act::Send) if press.command => {
                    completion.close();
                    by_command();
                }
                Some(Act::Send) => on_enter(),
                _ => {}
            }
        }
        "Escape" if !event.is_composing() && desk.leave() => event.prevent_default(),
        "ArrowUp" if !event.is_composing() && desk.text().is_empty() && desk.edit_last() => event.prevent_default(),
        "End" if desk.text().is_empty() => scroll.to_end(),
        _ => {}
    };
    // The field holds the last syllable only when this event is over.
    let on_composed = move |event: CompositionEvent| {
        if keys.try_update_value(|keys| keys.composition_ended(event.data())) == Some(true) {
            browser::after(0, after_composing.clone());
        }
    };
    let on_break = move |event: InputEvent| {
        let is_break = matches!(event.input_type().as_str(), "insertLineBreak" | "insertParagraph");
        if is_break && !keys.with_value(Enter::breaks_line) {
            event.prevent_default();
        }
    };
    let on_key_up = move |event: KeyboardEvent| {
        if event.key() == "Enter" || event.code().ends_with("Enter") {
            keys.update_value(Enter::released);
        }
    };
    let on_input = move |_| {
        desk.keep();
        desk.measure();
        desk.live.types(desk.room);
        completion.look();
    };
    let on_submit = move |event: SubmitEvent| {
        if desk.goes_by_form() {
            desk.forget_draft();
        } else {
            event.prevent_default();
            send();
        }
    };
    let reply_to = move || match desk.task.get() {
        Task::Reply(quote) => Some(view! { <input type="hidden" name="reply_to" value=quote.seq/> }.into_any()),
        _ => None,
    };
    view! {
        <Above desk path=path.clone() scroll/>
        <Choices completion/>
        <form class="composer" data-testid="composer" method="post" action="/api/post_message" on:submit=on_submit>
            {made_for()}
            <input type="hidden" name="room" value=desk.room.get()/>
            <input type="hidden" name="nonce" value=page::context().form_nonce/>
            <input type="hidden" name="next" value=path/>
            {move || reply_to()}
            <label class="unseen" for=FIELD>{texts.message}</label>
            <textarea
                id=FIELD
                name="body"
                rows="1"
                required=true
                placeholder=texts.message_hint
                aria-describedby=move || problem.read().is_some().then_some(ERROR)
                aria-invalid=move || problem.read().is_some().then_some("true")
                node_ref=desk.field
                on:keydown=on_key
                on:keyup=on_key_up
                aria-autocomplete="list"
                aria-controls=move || completion.active_id().map(|_| LIST)
                aria-activedescendant=move || completion.active_id()
                on:blur=move |_| {
                    keys.update_value(Enter::released);
                    completion.close();
                }
                on:beforeinput=on_break
                on:input=on_input
                on:compositionstart=move |_| keys.update_value(Enter::composition_started)
                on:compositionupdate=move |event| keys.update_value(|keys| keys.composed(event.data().unwrap_or_default()))
                on:compositionend=on_composed
            >
                {textarea_text(&form.typed("body", ""))}
            </textarea>
            <button type="submit" aria-label=texts.send title=texts.send>"↑"</button>
        </form>
        {move || view! { <FormError message=problem.get() id=ERROR/> }.into_any()}
    }
}

/// Sends what stands in the field. It is read from the element: a signal lags behind an input method.
fn sender(desk: Desk, scroll: Scroll) -> impl Fn() + Clone + 'static {
    let lang = page::lang();
    move || {
        if desk.goes_by_form() {
            return desk.submit();
        }
        let typed = desk.text();
        // The button has had the focus; the next message is written in the field.
        desk.focus();
        if typed.trim().is_empty() {
            // To send nothing is no mistake, to make a message nothing is.
            desk.problem.set(desk.is_edit().then(|| Problem::Empty.in_language(lang)));
            return;
        }
        if !pieces::fits(&typed) {
            desk.problem.set(Some(Problem::TooLong { max: MESSAGE_MAX }.in_language(lang)));
            return;
        }
        if !desk.send(vec![typed]) {
            return;
        }
        scroll.to_end();
    }
}

/// Whether the arrow keys are for the list: while text is composed they choose from the input method's own.
fn walks(event: &KeyboardEvent, keys: StoredValue<Enter>) -> bool {
    !event.is_composing() || keys.with_value(Enter::composes_hangul)
}

/// Nothing else is held, and no input method has a part in it.
fn is_bare(event: &KeyboardEvent) -> bool {
    !(event.is_composing() || event.shift_key() || event.ctrl_key() || event.meta_key())
}

fn press(event: &KeyboardEvent, breaks: bool) -> Press {
    Press {
        shift: event.shift_key(),
        composing: event.is_composing(),
        by_input_method: event.key_code() == BY_INPUT_METHOD,
        command: event.ctrl_key() || event.meta_key(),
        breaks,
    }
}
