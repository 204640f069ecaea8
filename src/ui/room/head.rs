//! The line above a conversation: which room this is, who is in it, and what one may do with it.

use leptos::prelude::*;

use crate::client::live::Live;
use crate::client::room_signals::RoomSignals;
use crate::model::policy::{Deed, offers};
use crate::model::room::{Level, Membership, Room, RoomState};
use crate::ui::form::PostButton;
use crate::ui::href::{self, query_value};
use crate::ui::icon::Magnifier;
use crate::ui::page;
use crate::ui::time::Clock;

#[component]
pub fn Head(room: Room, signals: RoomSignals) -> impl IntoView {
    let texts = page::texts();
    let overview = expect_context::<Live>().overview;
    expect_context::<Live>().watch_cards(vec![room.id]);
    let id = room.id;
    let lang = page::lang_of(&room.title);
    let (base_title, base_state) = (room.title.clone(), room.state);
    let (base_members, base_present) = (room.members, room.present);
    let (base_category, base_tags) = (room.category.clone(), room.tags.clone());
    let category = move || match &*signals.post.read() {
        Some(Room { category, .. }) => category_link(category),
        None => category_link(&base_category),
    };
    let tags = move || match &*signals.post.read() {
        Some(Room { tags, .. }) => tag_links(tags),
        None => tag_links(&base_tags),
    };
    let title = move || overview.card(id, |card| card.title.clone()).unwrap_or(base_title.clone());
    let state = move || {
        let state = overview.card(id, |card| card.state).unwrap_or(base_state);
        (state != RoomState::Open).then(|| view! { <span class="badge">{(texts.state_name)(state)}</span> }.into_any())
    };
    let members = move || (texts.members)(overview.card(id, |card| card.members).unwrap_or(base_members));
    let present = move || {
        let present = overview.card(id, |card| card.present).unwrap_or(base_present);
        (present > 0)
            .then(|| view! { <span class="dot" data-testid="present">{(texts.present)(present)}</span> }.into_any())
    };
    view! {
        <header class="head">
            <a class="head-back" href="/" aria-label=texts.back title=texts.back>"←"</a>
            <div class="head-main">
                <h1 lang=lang>{move || title()}</h1>
                <div class="meta">
                    {move || category()}
                    <a href=format!("/rooms/{id}/members")>{move || members()}</a>
                    {move || present()}
                    {move || state()}
                    // What the line has no room for is not shown.
                    {move || tags()}
                </div>
            </div>
            <a class="head-find" href=format!("/search?room={id}") aria-label=texts.search_here title=texts.search_here>
                <Magnifier/>
            </a>
            {page::me().map(|_| view! { {move || standing(&room, signals.membership.get())} }.into_any())}
        </header>
    }
    .into_any()
}

fn category_link(category: &str) -> AnyView {
    let href = format!("/?category={}", query_value(category));
    view! { <a href=href>{page::category_name(category)}</a> }.into_any()
}

fn tag_links(tags: &[String]) -> Vec<AnyView> {
    tags.iter().cloned().map(href::tag_link).collect()
}

/// Joining, or what a member may do. Plain forms: each is one press, with script or without.
fn standing(room: &Room, membership: Option<Membership>) -> AnyView {
    let texts = page::texts();
    let (id, path) = (room.id.get().to_string(), href::ascii(&room.path()));
    let Some(Membership { role, level, quiet_until, .. }) = membership else {
        return view! {
            <PostButton action="join_room" label=texts.join fields=vec![("room", id), ("next", path)] class="primary"/>
        }
        .into_any();
    };
    let level_button = |to: Level| {
        let fields = vec![("room", id.clone()), ("level", to.as_str().to_owned()), ("next", path.clone())];
        let pressed = to == level;
        view! { <li><PostButton action="set_level" label=(texts.level_name)(to) fields class="menu-item" pressed/></li> }.into_any()
    };
    let mute_button = |minutes: i64, label: &'static str| {
        let minutes = minutes.to_string();
        let fields = vec![("room", id.clone()), ("minutes", minutes), ("next", path.clone())];
        view! { <PostButton action="mute_room" label fields class="btn"/> }.into_any()
    };
    let muting = match quiet_until {
        Some(ts) => {
            let [before, after] = texts.quiet_until;
            view! {
                <span>{before}<Clock ts/>{after}</span>
                {mute_button(0, texts.unmute)}
            }
            .into_any()
        }
        None => view! {
            <span>{texts.mute_for}</span>
            {texts.mute_choices.iter().map(|(minutes, label)| mute_button(*minutes, label)).collect::<Vec<_>>()}
        }
        .into_any(),
    };
    let settings = offers(Some(role), Deed::SetState).then(|| {
        view! { <li><a class="menu-item" href=format!("/rooms/{id}/settings")>{texts.room_settings}</a></li> }
            .into_any()
    });
    let leave = vec![("room", id.clone()), ("next", "/".to_owned())];
    view! {
        <details class="menu">
            <summary aria-label=texts.room_menu title=texts.room_menu>"⋯"</summary>
            <ul>
                {Level::ALL.iter().map(|level| level_button(*level)).collect::<Vec<_>>()}
                <li class="menu-muting">{muting}</li>
                <li><a class="menu-item" href=format!("/rooms/{id}/members")>{texts.room_members}</a></li>
                <li><a class="menu-item" href=format!("/rooms/{id}/pins")>{texts.pins}</a></li>
                <li><a class="menu-item" href=format!("/rooms/{id}/days")>{texts.days}</a></li>
                {settings}
                <li><PostButton action="leave_room" label=texts.leave fields=leave class="menu-item"/></li>
            </ul>
        </details>
    }
    .into_any()
}
