//! One message: written, on its way, stored or refused, changed or deleted, it stays the same element.

use leptos::html;
use leptos::prelude::*;

use super::failed::Failed;
use super::reactions::Reactions;
use crate::client::outbox::Why;
use crate::client::rows::Shown;
use crate::client::timeline::{Row, State};
use crate::model::ids::{Millis, Seq};
use crate::model::user::Author;
use crate::ui::avatar::{Avatar, shown_name};
use crate::ui::doc::DocView;
use crate::ui::page;
use crate::ui::time::{Clock, Day, Edited};

#[component]
pub fn MessageItem(
    shown: ArcRwSignal<Shown>,
    /// The address of the room: a message has its own below that.
    room: String,
    /// The message whose page this is.
    target: Option<Seq>,
    field: NodeRef<html::Textarea>,
) -> impl IntoView {
    // Who wrote it, and its nonce, never change.
    let (author, nonce) = shown.with_untracked(|shown| (shown.row.author.clone(), shown.row.nonce.clone()));
    let username = author.username.clone();
    let data_nonce = nonce.as_ref().map(|nonce| nonce.as_str().to_owned());
    let row = ArcRwSignal::clone(&shown);
    let day = part(&shown, |shown| shown.day.then_some(shown.row.ts));
    let line = part(&shown, |shown| shown.line);
    let first = part(&shown, |shown| (shown.first, shown.row.ts));
    let seq = part(&shown, |shown| shown.row.seq);
    let state = part(&shown, |shown| state_name(&shown.row.state));
    let deleted = part(&shown, |shown| shown.row.deleted);
    let content = part(&shown, |shown| (shown.row.body.clone(), shown.row.doc.clone()));
    let edited = part(&shown, |shown| shown.row.edited_ts);
    let reactions = part(&shown, |shown| shown.row.reactions.clone());
    let failed = part(&shown, |shown| why(&shown.row));

    let day = move || day.get().map(|ts| view! { <div class="day"><Day ts/></div> });
    // Shown by the browser itself where there is no script.
    let line = move || {
        line.get().then(|| {
            view! {
                <div class="newline" data-testid="unread-line" tabindex="-1" autofocus=true>
                    {page::texts().unread_line}
                </div>
            }
        })
    };
    let side = move || side(first.get(), address(&room, seq.get()), author.clone());
    let is_target = move || target.is_some() && seq.get() == target;
    let body = move || match content.get() {
        _ if deleted.get() => page::texts().message_deleted.into_any(),
        (_, Some(doc)) => view! { <DocView doc/> }.into_any(),
        (body, None) => body.into_any(),
    };
    let under = move || {
        let (edited, reactions) = (edited.get(), reactions.get());
        (edited.is_some() || !reactions.is_empty()).then(|| {
            view! {
                <div class="under">
                    {(!reactions.is_empty()).then(|| view! { <Reactions reactions/> })}
                    {edited.map(|ts| view! { <Edited ts/> })}
                </div>
            }
        })
    };
    let failed = move || Some(view! { <Failed nonce=nonce.clone()? why=failed.get()? field/> });
    let sending =
        move || (state.get() == "pending").then(|| view! { <span class="sending">{page::texts().sending}</span> });
    let class = move || {
        row.with(|shown| format!("msg {} {}", if shown.first { "first" } else { "" }, state_name(&shown.row.state)))
    };
    view! {
        {day}
        {line}
        <article
            class=class
            id=move || seq.get().map(|seq| format!("m{seq}"))
            aria-current=move || is_target().then_some("true")
            // Shown and focused by the browser itself where there is no script.
            tabindex="-1"
            autofocus=is_target
            data-seq=move || seq.get()
            data-nonce=data_nonce
            data-author=username
            data-state=move || state.get()
            data-deleted=move || deleted.get().then_some("true")
        >
            {side}
            <div class="body" data-part="body">{body}</div>
            {under}
            {sending}
            {failed}
        </article>
    }
}

/// One part of a row, which changes only when it does itself.
fn part<T: Clone + PartialEq + Send + Sync + 'static>(
    shown: &ArcRwSignal<Shown>,
    of: impl Fn(&Shown) -> T + Send + Sync + 'static,
) -> Memo<T> {
    let shown = shown.clone();
    Memo::new(move |_| shown.with(&of))
}

const fn state_name(state: &State) -> &'static str {
    match state {
        State::Sent => "sent",
        State::Pending => "pending",
        State::Failed(_) => "failed",
    }
}

fn why(row: &Row) -> Option<Why> {
    match &row.state {
        State::Failed(why) => Some(why.clone()),
        _ => None,
    }
}

/// The address of a message, once it has a place.
fn address(room: &str, seq: Option<Seq>) -> Option<String> {
    seq.map(|seq| format!("{room}/messages/{seq}"))
}

/// Beside a message: who and when, where they begin to speak; else when only.
fn side((is_first, ts): (bool, Millis), address: Option<String>, author: Author) -> AnyView {
    let time = match address {
        Some(href) => view! { <a class="at" href=href title=page::texts().message_link><Clock ts/></a> }.into_any(),
        None => view! { <Clock ts/> }.into_any(),
    };
    if !is_first {
        return view! { <span class="when">{time}</span> }.into_any();
    }
    let name = shown_name(&author).to_owned();
    view! {
        <Avatar author/>
        <div class="by">
            <span class="who">{name}</span>
            {time}
        </div>
    }
    .into_any()
}
