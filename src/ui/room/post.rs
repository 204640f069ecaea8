//! The post that opens a room.

use leptos::prelude::*;

use crate::client::room_signals::RoomSignals;
use crate::model::room::Room;
use crate::ui::avatar::Avatar;
use crate::ui::doc::PostText;
use crate::ui::page;
use crate::ui::time::Ago;

#[component]
pub fn Post(room: Room, signals: RoomSignals) -> impl IntoView {
    let shown = move || {
        let is_open = !signals.revoked.get();
        is_open.then(|| post(signals.post.get().unwrap_or_else(|| room.clone())))
    };
    view! { {move || shown()} }
}

fn post(room: Room) -> AnyView {
    let texts = page::texts();
    let name = room.author.shown_name().to_owned();
    view! {
        <section class="post" aria-label=texts.post_body>
            <h2 lang=page::lang_of(&room.title)>{room.title.clone()}</h2>
            <div class="meta">
                <Avatar author=room.author small=true/>
                <span>{name}</span>
                <Ago ts=room.ts/>
                {room.edited_ts.map(|ts| view! { <span>{texts.room_edited} " " <Ago ts/></span> }.into_any())}
                <span>{(texts.visibility_name)(room.visibility)}</span>
            </div>
            <PostText doc=room.doc body=room.body/>
            {(room.open_from > 0).then(|| view! { <p class="hint">{texts.opened_later}</p> }.into_any())}
        </section>
    }
    .into_any()
}
