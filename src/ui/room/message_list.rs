//! The conversation: the post, then every message in order, each row its own signal.

use leptos::html;
use leptos::prelude::*;

use super::message_item::MessageItem;
use super::post::Post;
use crate::client::live::Live;
use crate::client::reading;
use crate::client::room_signals::RoomSignals;
use crate::model::ids::Seq;
use crate::model::room::Room;
use crate::ui::page;

/// `target` is the message whose page this is; `newer` the last seq of a page that others follow.
#[component]
pub fn MessageList(
    room: Room,
    path: String,
    signals: RoomSignals,
    target: Option<Seq>,
    is_latest: bool,
    newer: Option<Seq>,
    log: NodeRef<html::Div>,
    is_member: bool,
) -> impl IntoView {
    let texts = page::texts();
    let id = room.id.get();
    // What is read on an old page, or behind a link, is not what is new.
    let look = (is_member && is_latest).then(|| reading::follow(expect_context::<Live>(), room.id, signals, log));
    let (pages, own) = (path.clone(), path.clone());
    let older = move || {
        signals.older.get().map(|first| {
            let page = format!("{pages}?before={first}");
            view! { <p class="paging"><a class="btn older" rel="prev" href=page>{texts.messages_older}</a></p> }
        })
    };
    let silence = move || {
        let is_silent = signals.rows.read().is_empty() && !signals.revoked.get();
        is_silent.then(|| view! { <p class="silence">{texts.nothing_said}</p> })
    };
    let newer = newer.map(|last| {
        view! {
            <p class="paging">
                <a class="btn newer" rel="next" href=format!("{path}?after={last}")>{texts.messages_newer}</a>
            </p>
        }
    });
    let latest = (!is_latest).then(|| {
        let path = path.clone();
        view! { <p class="paging latest"><a class="pill" data-testid="latest" href=path>{texts.messages_latest}</a></p> }
    });
    // The list is upside down in the style sheet (column-reverse): a browser keeps such a box at its end as it grows.
    view! {
        <div class="log" role="log" aria-label=texts.conversation tabindex="0" data-room=id node_ref=log on:scroll=move |_| {
            if let Some(look) = look { look() }
        }>
            <div class="log-inner">
                <Post room/>
                {older}
                {silence}
                <For each=move || signals.rows.get() key=|row| row.key.clone() let(row)>
                    <MessageItem shown=row.shown room=own.clone() target/>
                </For>
                {newer}
                {latest}
            </div>
        </div>
    }
}
