//! The line above a conversation: which room this is, and who is in it.

use leptos::prelude::*;

use crate::model::room::{Room, RoomState};
use crate::ui::href::query_value;
use crate::ui::page;

#[component]
pub fn Head(room: Room) -> impl IntoView {
    let texts = page::texts();
    let category = format!("/?category={}", query_value(&room.category));
    let state =
        (room.state != RoomState::Open).then(|| view! { <span class="badge">{(texts.state_name)(room.state)}</span> });
    let present = (room.present > 0)
        .then(|| view! { <span class="dot" data-testid="present">{(texts.present)(room.present)}</span> });
    view! {
        <header class="head">
            <a class="head-back" href="/" aria-label=texts.back title=texts.back>"←"</a>
            <div>
                <h1>{room.title}</h1>
                <div class="meta">
                    <a href=category>{(texts.category_name)(&room.category)}</a>
                    {room.tags.into_iter().map(tag_link).collect_view()}
                    <span>{(texts.members)(room.members)}</span>
                    {present}
                    {state}
                </div>
            </div>
        </header>
    }
}

fn tag_link(tag: String) -> impl IntoView {
    view! { <a class="tag" href=format!("/?tag={}", query_value(&tag))>{format!("#{tag}")}</a> }
}
