//! Where messages are written. Without script a plain form; with it, what is sent is on the screen at once.

use leptos::html;
use leptos::prelude::*;
use web_sys::{CompositionEvent, InputEvent, KeyboardEvent, SubmitEvent};

use crate::client::browser;
use crate::client::enter::{Act, Enter, Press};
use crate::client::live::Live;
use crate::client::scroll::Scroll;
use crate::error::Problem;
use crate::model::ids::RoomId;
use crate::model::text::{MESSAGE_MAX, MESSAGE_MAX_BYTES};
use crate::ui::form::{FormError, FormState, textarea_text};
use crate::ui::page;

const FIELD: &str = "message";
const ERROR: &str = "message-error";
/// `keyCode` of a key that the input method has taken.
const BY_INPUT_METHOD: u32 = 229;

#[component]
pub fn Composer(room: RoomId, path: String, field: NodeRef<html::Textarea>, scroll: Scroll) -> impl IntoView {
    let texts = page::texts();
    let form = FormState::of("post_message");
    let problem = RwSignal::new(form.error_besides(&[]));
    let keys = StoredValue::new(Enter::default());
    let live = expect_context::<Live>();
    let send = sender(room, field, scroll, problem);

    let on_enter = send.clone();
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" {
            let act = keys.try_update_value(|keys| keys.pressed(press(&event)));
            if act.is_some_and(|act| act != Act::Leave) {
                event.prevent_default();
            }
            if act == Some(Act::Send) {
                on_enter();
            }
        }
    };
    // The field holds the last syllable only when this event is over.
    let on_composed = move |event: CompositionEvent| {
        if keys.try_update_value(|keys| keys.composition_ended(event.data())) == Some(true) {
            browser::after(0, send.clone());
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
    let on_submit = {
        let send = sender(room, field, scroll, problem);
        move |event: SubmitEvent| {
            event.prevent_default();
            send();
        }
    };
    view! {
        <form class="composer" data-testid="composer" method="post" action="/api/post_message" on:submit=on_submit>
            <input type="hidden" name="room" value=room.get()/>
            <input type="hidden" name="nonce" value=page::context().form_nonce/>
            <input type="hidden" name="next" value=path/>
            <label class="unseen" for=FIELD>{texts.message}</label>
            <textarea
                id=FIELD
                name="body"
                rows="1"
                required=true
                placeholder=texts.message_hint
                aria-describedby=move || problem.read().is_some().then_some(ERROR)
                aria-invalid=move || problem.read().is_some().then_some("true")
                node_ref=field
                on:keydown=on_key
                on:keyup=on_key_up
                on:blur=move |_| keys.update_value(Enter::released)
                on:beforeinput=on_break
                on:input=move |_| live.types(room)
                on:compositionstart=move |_| keys.update_value(Enter::composition_started)
                on:compositionupdate=move |event| keys.update_value(|keys| keys.composed(event.data().unwrap_or_default()))
                on:compositionend=on_composed
            >
                {textarea_text(&form.typed("body", ""))}
            </textarea>
            <button type="submit" aria-label=texts.send title=texts.send>"↑"</button>
        </form>
        {move || view! { <FormError message=problem.get() id=ERROR/> }}
    }
}

/// Sends what stands in the field. It is read from the element: a signal lags behind an input method.
fn sender(
    room: RoomId,
    field: NodeRef<html::Textarea>,
    scroll: Scroll,
    problem: RwSignal<Option<String>>,
) -> impl Fn() + Clone + 'static {
    let live = expect_context::<Live>();
    let lang = page::lang();
    move || {
        let Some(area) = field.try_get_untracked().flatten() else { return };
        let typed = area.value();
        // The button has had the focus; the next message is written in the field.
        let _ = area.focus();
        if typed.trim().is_empty() {
            return;
        }
        if typed.chars().count() > MESSAGE_MAX || typed.len() > MESSAGE_MAX_BYTES {
            problem.set(Some(Problem::TooLong { max: MESSAGE_MAX }.in_language(lang)));
            return;
        }
        live.send(room, typed);
        area.set_value("");
        problem.set(None);
        scroll.to_end();
    }
}

/// Puts the text of a message back into the field, above what stands there.
pub fn put_back(field: NodeRef<html::Textarea>, body: &str) {
    if let Some(area) = field.try_get_untracked().flatten() {
        let there = area.value();
        area.set_value(&if there.is_empty() { body.to_owned() } else { format!("{body}\n{there}") });
        let _ = area.focus();
    }
}

fn press(event: &KeyboardEvent) -> Press {
    Press {
        shift: event.shift_key(),
        composing: event.is_composing(),
        by_input_method: event.key_code() == BY_INPUT_METHOD,
        touch: browser::is_touch(),
    }
}
