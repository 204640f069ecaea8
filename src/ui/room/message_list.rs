//! The conversation: the post, then every message in order, each row its own signal.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;

use super::keys;
use super::message_item::MessageItem;
use super::notices::notices;
use super::post::Post;
use crate::client::browser;
use crate::client::groups::Group;
use crate::client::live::Live;
use crate::client::reading::Reader;
use crate::client::room_signals::RoomSignals;
use crate::client::scroll::Scroll;
use crate::client::timeline::Side;
use crate::model::ids::Seq;
use crate::model::room::Room;
use crate::ui::page;

/// `target` is the message whose page this is.
#[component]
pub fn MessageList(
    room: Room,
    path: String,
    signals: RoomSignals,
    target: Option<Seq>,
    chain: Vec<Seq>,
    scroll: Scroll,
    field: NodeRef<html::Textarea>,
    log: NodeRef<html::Div>,
) -> impl IntoView {
    let texts = page::texts();
    let room_id = room.id;
    let live = expect_context::<Live>();
    let reader = Reader::new(live, room.id, signals, log);
    let own = path.clone();
    let chain: Arc<[Seq]> = chain.into();
    let (on_key, on_focus) = (keys::on_key(log, field), keys::on_focus(signals));
    keys::one_stop();
    // Links where there is no script, and for whoever is quicker than the pages that come by themselves.
    let page_link = move |side: Side, edge: Seq| {
        let (rel, cursor, text) = match side {
            Side::Above => ("prev", "before", texts.messages_older),
            Side::Below => ("next", "after", texts.messages_newer),
        };
        let go = move |event: leptos::ev::MouseEvent| {
            if browser::is_plain(&event) {
                event.prevent_default();
                live.read_on(room_id, side);
            }
        };
        view! {
            <p class="paging">
                <a class="btn" rel=rel href=format!("{path}?{cursor}={edge}") on:click=go>{text}</a>
            </p>
        }
        .into_any()
    };
    let below = page_link.clone();
    let older = move || signals.older.get().map(|first| page_link(Side::Above, first));
    let newer = move || signals.newer.get().map(|last| below(Side::Below, last));
    let silence = move || {
        let is_silent = signals.groups.read().is_empty() && !signals.revoked.get();
        is_silent.then(|| view! { <p class="silence">{texts.nothing_said}</p> }.into_any())
    };
    // The list is upside down in the style sheet (column-reverse): a browser keeps such a box at its end as it grows.
    // A log is read out by itself, pages of history included; the announcer says what is new.
    view! {
        <div class="log" id="content" role="log" aria-label=texts.conversation aria-live="off" tabindex="0" data-room=room_id.get() node_ref=log on:keydown=on_key on:focusin=on_focus on:focusout=on_focus on:scroll=move |_| {
            scroll.scrolled();
            reader.look();
        }>
            <div class="log-inner">
                <Post room signals/>
                {move || older()}
                {move || silence()}
                <For each=move || signals.groups.get() key=|group| group.id let(group)>
                    <Rows group room=own.clone() target chain=chain.clone()/>
                </For>
                {move || notices(&signals.notices.read())}
                {move || newer()}
            </div>
        </div>
    }
}

#[component]
fn Rows(group: Group, room: String, target: Option<Seq>, chain: Arc<[Seq]>) -> impl IntoView {
    view! {
        <For each=move || group.rows.get() key=|row| row.key.clone() let(row)>
            <MessageItem shown=row.shown room=room.clone() target chain=chain.clone()/>
        </For>
    }
}
