//! A room in the lobby: what it is about, whose it is, who may read it, and whether anybody is there.

use leptos::prelude::*;

use crate::client::live::Live;
use crate::model::room::{Room, RoomState, Visibility};
use crate::ui::avatar::Avatar;
use crate::ui::my_rooms::UnreadBadge;
use crate::ui::time::Ago;
use crate::ui::{href, page};

#[component]
pub fn RoomCard(room: Room) -> impl IntoView {
    let texts = page::texts();
    let overview = expect_context::<Live>().overview;
    let (id, path, unread) = (room.id, room.path(), room.unread());
    let whose = format!("{} · {}", page::category_name(&room.category), room.author.shown_name());
    let excerpt =
        (!room.body.is_empty()).then(|| view! { <p lang=page::lang_of(&room.body)>{room.body.clone()}</p> }.into_any());
    let live = |part: fn(&crate::model::room::Card) -> i64, base: i64| {
        Memo::new(move |_| overview.card(id, part).unwrap_or(base))
    };
    let members = live(|card| card.members, room.members);
    let messages = live(|card| card.messages, room.messages);
    let present = live(|card| card.present, room.present);
    let last_ts = live(|card| card.last_ts, room.last_ts);
    let lang = page::lang_of(&room.title);
    let (base_title, base_state) = (room.title, room.state);
    let title = move || overview.card(id, |card| card.title.clone()).unwrap_or(base_title.clone());
    let state = move || {
        let state = overview.card(id, |card| card.state).unwrap_or(base_state);
        (state != RoomState::Open).then(|| view! { <span class="badge">{(texts.state_name)(state)}</span> }.into_any())
    };
    // Most rooms are open to everybody and not listed by search engines; where it is otherwise, the card says so.
    let who_reads = (texts.who_reads)(room.visibility, room.indexed);
    let is_usual = room.visibility == Visibility::Public && !room.indexed;
    let said = (!is_usual).then(|| view! { <span>{who_reads.clone()}</span> }.into_any());
    let present = move || {
        let present = present.get();
        (present > 0).then(|| view! { <span class="dot">{(texts.present)(present)}</span> }.into_any())
    };
    // Its tooltip would be what it is called otherwise.
    let name = format!("room{}", id.get());
    view! {
        <article class="card" data-room=id.get() title=who_reads aria-labelledby=name.clone()>
            <Avatar author=room.author/>
            <div class="card-main">
                <h2 id=name.clone()>
                    <a href=path lang=lang>{move || title()}</a>
                </h2>
                {excerpt}
                <div class="meta">
                    <span>{whose}</span>
                    {room.tags.into_iter().map(href::tag_link).collect::<Vec<_>>()}
                    <span>{move || (texts.members)(members.get())}</span>
                    <span>{move || (texts.messages)(messages.get())}</span>
                    {said}
                    {move || state()}
                </div>
            </div>
            <div class="side">
                {move || present()}
                <UnreadBadge room=id base=unread/>
                <span class="last">{move || view! { <Ago ts=last_ts.get()/> }}</span>
            </div>
        </article>
    }
    .into_any()
}
