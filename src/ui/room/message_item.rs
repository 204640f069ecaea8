//! One message: written, on its way, stored or refused, changed or deleted, it stays the same element.
//!
//! A row is one reaction to one signal, and has no listener of its own: a room shows hundreds of them.

use std::sync::Arc;

use leptos::prelude::*;

use super::desk::Desk;
use super::notices::notices;
use super::reactions::Reactions;
use crate::client::outbox::Why;
use crate::client::rows::Shown;
use crate::client::timeline::{Note, Row, State};
use crate::i18n::Texts;
use crate::model::doc::Doc;
use crate::model::ids::{Nonce, Seq};
use crate::model::message::Quote;
use crate::model::policy::Deed;
use crate::ui::avatar::Avatar;
use crate::ui::doc::DocView;
use crate::ui::time::{Clock, Day, Edited};
use crate::ui::{href, page};

/// `room` is the address of the room: a message has its own below that. `target` is the message whose page this is.
#[component]
pub fn MessageItem(
    shown: ArcRwSignal<Shown>,
    room: String,
    target: Option<Seq>,
    /// The chain of replies that is looked at: everything else steps back.
    chain: Arc<[Seq]>,
) -> impl IntoView {
    move || {
        shown.with(|shown| {
            let is_beside = !chain.is_empty() && shown.row.seq.is_none_or(|seq| chain.binary_search(&seq).is_err());
            item(shown, &room, target, is_beside)
        })
    }
}

fn item(shown: &Shown, room: &str, target: Option<Seq>, is_beside: bool) -> impl IntoView + use<> {
    let texts = page::texts();
    let Shown { row, first, day, line, quote, .. } = shown;
    let (before_day, since) = shown.notices.split_at(shown.before_day);
    let state = state_name(&row.state);
    let is_target = target.is_some() && row.seq == target;
    let day = day.then(|| view! { <div class="day"><Day ts=row.ts room=room.to_owned()/></div> }.into_any());
    // Shown by the browser itself where there is no script.
    let line = line.then(|| {
        view! {
            <div class="newline" data-testid="unread-line" tabindex="-1" autofocus=true>{texts.unread_line}</div>
        }
        .into_any()
    });
    let is_shown = !row.deleted && !row.doc.as_ref().is_some_and(Doc::is_withheld);
    let written = is_shown.then_some(&*row.body);
    let body = match &row.doc {
        _ if row.deleted => texts.message_deleted.into_any(),
        Some(doc) if doc.is_withheld() => {
            let href = format!("{room}/messages/{}", row.seq.unwrap_or_default());
            view! { <a class="link" rel="nofollow" href=href>{texts.withheld}</a> }.into_any()
        }
        Some(doc) => view! { <DocView doc=doc.clone()/> }.into_any(),
        None => row.body.clone().into_any(),
    };
    view! {
        {notices(before_day)}
        {day}
        {notices(since)}
        {line}
        <article
            class=format!("msg {} {} {state}", if *first { "first" } else { "" }, if is_beside { "beside" } else { "" })
            id=row.seq.map(|seq| format!("m{seq}"))
            aria-current=is_target.then_some("true")
            // Shown and focused by the browser itself where there is no script.
            tabindex="-1"
            autofocus=is_target
            data-seq=row.seq
            data-nonce=row.nonce.as_ref().map(|nonce| nonce.as_str().to_owned())
            data-author=row.author.username.clone()
            data-state=state
            data-deleted=row.deleted.then_some("true")
        >
            {side(shown, room)}
            {quote.as_ref().map(|quote| quoted(quote, room))}
            <div class="body" data-part="body" lang=written.and_then(page::lang_of)>{body}</div>
            {under(row, room)}
            {(row.state == State::Pending).then(|| view! { <span class="sending">{texts.sending}</span> }.into_any())}
            {note(row)}
            {tools(row, room)}
        </article>
    }
}

const fn state_name(state: &State) -> &'static str {
    match state {
        State::Sent => "sent",
        State::Pending => "pending",
        State::Failed(_) => "failed",
    }
}

/// Beside a message: who and when, where they begin to speak; else when only.
fn side(shown: &Shown, room: &str) -> AnyView {
    let Row { seq, ts, author, .. } = &*shown.row;
    let ts = *ts;
    let time = match seq {
        // A message has an address once it has a place.
        Some(seq) => {
            let href = format!("{room}/messages/{seq}");
            view! { <a class="at" href=href title=page::texts().message_link><Clock ts/></a> }.into_any()
        }
        None => view! { <Clock ts/> }.into_any(),
    };
    if !shown.first {
        return view! { <span class="when">{time}</span> }.into_any();
    }
    let name = author.shown_name().to_owned();
    view! {
        <Avatar author=author.clone()/>
        <div class="by">
            <a class="who" href=href::ascii(&format!("/users/{}", author.username))>{name}</a>
            {time}
        </div>
    }
    .into_any()
}

/// What a reply answers, on one line.
pub fn quoted(quote: &Quote, room: &str) -> AnyView {
    let Quote { seq, author, excerpt, deleted } = quote;
    let texts = page::texts();
    if *deleted {
        return view! { <p class="quote">{texts.message_deleted}</p> }.into_any();
    }
    let name = author.shown_name().to_owned();
    view! {
        <div class="quoting">
            <a class="quote" href=format!("{room}/messages/{seq}") data-act="jump" data-to=*seq title=texts.quote_hint>
                <strong>{name}</strong>
                " "
                <span lang=page::lang_of(excerpt)>{excerpt.clone()}</span>
            </a>
            <a class="chain" href=format!("{room}?chain={seq}") title=texts.chain_hint>{texts.chain}</a>
        </div>
    }
    .into_any()
}

/// What has become of it: reactions, and that it was edited.
fn under(row: &Row, room: &str) -> Option<AnyView> {
    let reactions =
        (!row.reactions.is_empty()).then(|| view! { <Reactions reactions=row.reactions.clone()/> }.into_any());
    let edited = row.edited_ts.map(|ts| match row.seq.filter(|_| may_see_history(row)) {
        Some(seq) => {
            view! { <a class="link" href=format!("{room}/messages/{seq}/history")><Edited ts/></a> }.into_any()
        }
        None => view! { <Edited ts/> }.into_any(),
    });
    let pinned = row.pinned.then(|| view! { <span class="pinned">{page::texts().pinned}</span> }.into_any());
    let is_something = reactions.is_some() || edited.is_some() || pinned.is_some();
    is_something.then(|| view! { <div class="under">{reactions} {pinned} {edited}</div> }.into_any())
}

/// What it was before is for its author, and for whoever keeps order here.
fn may_see_history(row: &Row) -> bool {
    with_context(|desk: &Desk| desk.offers(Deed::ReadRevisions { own: desk.is_own(row) })).unwrap_or_default()
}

/// What was not stored, and what its author may do about it. Its text stays on the screen.
fn note(row: &Row) -> Option<AnyView> {
    let texts = page::texts();
    match (&row.state, &row.note) {
        (State::Failed(why), _) => Some(stopped(row.nonce.as_ref()?, why, true, texts)),
        (_, Some(Note::Refused { nonce, why, has_text })) => Some(stopped(nonce, why, *has_text, texts)),
        (_, Some(Note::Held(nonce))) => {
            let of = nonce.as_str().to_owned();
            Some(view! { <div class="failed" data-of=of>{act("undo", texts.undo)}</div> }.into_any())
        }
        _ => None,
    }
}

fn stopped(nonce: &Nonce, why: &Why, has_text: bool, texts: &Texts) -> AnyView {
    let reason = match why {
        Why::Refused(reason) => format!("{} {reason}", texts.not_sent),
        Why::TooOld => texts.not_sent_asks.to_owned(),
    };
    view! {
        <div class="failed" data-of=nonce.as_str().to_owned()>
            <span class="error">{reason}</span>
            {act("again", texts.send_again)}
            {has_text.then(|| act("edit", texts.edit))}
            {act("discard", texts.discard)}
        </div>
    }
    .into_any()
}

fn act(act: &'static str, text: &'static str) -> AnyView {
    view! { <button class="btn" type="button" data-act=act>{text}</button> }.into_any()
}

/// What one may do with a message. Without script the links lead to the form, and to a page with everything else.
fn tools(row: &Row, room: &str) -> Option<AnyView> {
    let seq = row.seq.filter(|_| !row.deleted)?;
    let texts = page::texts();
    let reply = page::me().map(|_| {
        let href = format!("{room}?reply_to={seq}#message");
        view! { <a class="tool" href=href data-act="reply" aria-label=texts.reply title=texts.reply>"↩"</a> }.into_any()
    });
    let href = format!("{room}/messages/{seq}/edit");
    Some(
        view! {
            <span class="tools">
                {reply}
                <a class="tool" href=href data-act="menu" aria-haspopup="menu" aria-label=texts.message_menu title=texts.message_menu>
                    "⋯"
                </a>
            </span>
        }
        .into_any(),
    )
}
