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

/// `newer` is the last seq of a page that is not the latest one.
#[component]
pub fn MessageList(
    room: Room,
    path: String,
    signals: RoomSignals,
    newer: Option<Seq>,
    field: NodeRef<html::Textarea>,
    log: NodeRef<html::Div>,
    is_member: bool,
) -> impl IntoView {
    let texts = page::texts();
    let id = room.id.get();
    let look = is_member.then(|| reading::follow(expect_context::<Live>(), room.id, signals, log));
    let pages = path.clone();
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
                <a class="pill" data-testid="latest" href=path>{texts.messages_latest}</a>
            </p>
        }
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
                    <MessageItem shown=row.shown field/>
                </For>
                {newer}
            </div>
        </div>
    }
}
