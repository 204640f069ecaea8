//! The post that opens a room.

use leptos::prelude::*;

use crate::model::room::Room;
use crate::ui::avatar::{Avatar, shown_name};
use crate::ui::doc::DocView;
use crate::ui::page;
use crate::ui::time::Ago;

#[component]
pub fn Post(room: Room) -> impl IntoView {
    let texts = page::texts();
    let body = match room.doc {
        Some(doc) => view! { <DocView doc/> }.into_any(),
        None if room.body.is_empty() => ().into_any(),
        // One paragraph per blank line; single line ends are kept by the style.
        None => room
            .body
            .split("\n\n")
            .filter(|paragraph| !paragraph.trim().is_empty())
            .map(|paragraph| view! { <p class="plain">{paragraph.to_owned()}</p> })
            .collect_view()
            .into_any(),
    };
    let name = shown_name(&room.author).to_owned();
    view! {
        <section class="post" aria-label=texts.post_body>
            <h2>{room.title}</h2>
            <div class="meta">
                <Avatar author=room.author small=true/>
                <span>{name}</span>
                <Ago ts=room.ts/>
                {room.edited_ts.map(|ts| view! { <span>{texts.room_edited} " " <Ago ts/></span> })}
                <span>{(texts.visibility_name)(room.visibility)}</span>
            </div>
            {body}
            {(room.open_from > 0).then(|| view! { <p class="hint">{texts.opened_later}</p> })}
        </section>
    }
}
