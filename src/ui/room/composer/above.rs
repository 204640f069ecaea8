//! Above the field: what is being answered or edited, with a way out, and what to do with a text that is too long.

use leptos::prelude::*;

use super::pieces::{fits, longest, pieces};
use crate::client::scroll::Scroll;
use crate::model::text::MESSAGE_MAX;
use crate::ui::room::desk::{Desk, Task};
use crate::ui::room::message_item::quoted;

#[component]
pub fn Above(desk: Desk, path: String, scroll: Scroll) -> impl IntoView {
    let texts = desk.texts;
    let room = path.clone();
    let task = move || {
        let (label, about) = match desk.task.get() {
            Task::Say => return None,
            Task::Reply(quote) => (texts.replying, Some(quoted(&quote, &room))),
            Task::Edit { .. } => (texts.editing, None),
        };
        let leave = move |event: web_sys::MouseEvent| {
            event.prevent_default();
            desk.leave();
            desk.focus();
        };
        let task = view! {
            <div class="task" data-testid="task">
                <span>{label}</span>
                {about}
                // Without script, the same page without the reply.
                <a class="quiet" href=path.clone() rel="external" aria-label=texts.cancel title=texts.cancel on:click=leave>"✕"</a>
            </div>
        };
        Some(task.into_any())
    };
    view! {
        {move || task()}
        <TooLong desk scroll/>
    }
    .into_any()
}

/// How much room is left, once there is little; then what to do. Nothing is cut before its author has said so, and what
/// was cut can be had back.
#[component]
fn TooLong(desk: Desk, scroll: Scroll) -> impl IntoView {
    let texts = desk.texts;
    let rest = RwSignal::new(String::new());
    let count = move || {
        let length = desk.length.get()?;
        let class = if length > MESSAGE_MAX { "count over" } else { "count" };
        Some(view! { <span class=class data-testid="count">{(texts.length_of)(length, MESSAGE_MAX)}</span> }.into_any())
    };
    let split = move |_| {
        if desk.send(pieces(&desk.text())) {
            scroll.to_end();
        }
        desk.focus();
    };
    let trim = move |_| {
        let text = desk.text();
        let (kept, cut) = text.split_at(longest(&text));
        rest.set(cut.to_owned());
        desk.put(kept, None);
        desk.keep();
        desk.focus();
    };
    let restore = move |_| {
        let text = desk.text() + &rest.get_untracked();
        rest.set(String::new());
        desk.put(&text, None);
        desk.keep();
        desk.focus();
    };
    let choices = move || {
        desk.length.get()?;
        let text = desk.text();
        if fits(&text) {
            return None;
        }
        // An edit stays one message.
        let several = (!matches!(*desk.task.read(), Task::Edit { .. })).then(|| {
            view! { <button class="btn" type="button" on:click=split>{(texts.send_in_pieces)(pieces(&text).len())}</button> }.into_any()
        });
        let choices = view! {
            {several}
            <button class="btn" type="button" on:click=trim>{texts.trim}</button>
        };
        Some(choices.into_any())
    };
    let cut = move || {
        (!rest.read().is_empty())
            .then(|| view! { <button class="btn" type="button" on:click=restore>{texts.untrim}</button> }.into_any())
    };
    view! {
        <div class="long">
            {move || count()}
            // Said when there is something to choose; the count, which every letter changes, is not.
            <div class="choices-long" role="status">
                {move || choices()}
                {move || cut()}
            </div>
        </div>
    }
}
