//! A room in the lobby: what it is about, whose it is, and whether anybody is there.

use leptos::prelude::*;

use crate::model::room::{Room, RoomState};
use crate::ui::avatar::{Avatar, shown_name};
use crate::ui::href::query_value;
use crate::ui::page;
use crate::ui::time::Ago;

#[component]
pub fn RoomCard(room: Room) -> impl IntoView {
    let texts = page::texts();
    let path = room.path();
    let whose = format!("{} · {}", (texts.category_name)(&room.category), shown_name(&room.author));
    let excerpt = (!room.body.is_empty()).then(|| view! { <p>{room.body}</p> });
    let state =
        (room.state != RoomState::Open).then(|| view! { <span class="badge">{(texts.state_name)(room.state)}</span> });
    let present = (room.present > 0).then(|| view! { <span class="dot">{(texts.present)(room.present)}</span> });
    view! {
        <article class="card" data-room=room.id.get()>
            <Avatar author=room.author/>
            <div class="card-main">
                <h2>
                    <a href=path>{room.title}</a>
                </h2>
                {excerpt}
                <div class="meta">
                    <span>{whose}</span>
                    {room.tags.into_iter().map(tag_link).collect_view()}
                    <span>{(texts.members)(room.members)}</span>
                    <span>{(texts.messages)(room.messages)}</span>
                    {state}
                </div>
            </div>
            <div class="side">
                {present}
                <span class="last">
                    <Ago ts=room.last_ts/>
                </span>
            </div>
        </article>
    }
    .into_any()
}

fn tag_link(tag: String) -> impl IntoView {
    view! { <a class="tag" href=format!("/?tag={}", query_value(&tag))>{format!("#{tag}")}</a> }
}
