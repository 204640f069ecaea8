//! Somebody as everyone sees them: name, a few words of their own, and the public rooms that they opened.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::api::people::user;
use crate::error::Problem;
use crate::model::room::Room;
use crate::model::user::Profile;
use crate::ui::avatar::Avatar;
use crate::ui::page;
use crate::ui::sheet::sheet;
use crate::ui::time::Ago;
use crate::ui::title::PageTitle;

#[component]
pub fn UserPage() -> impl IntoView {
    let params = use_params_map();
    sheet(
        move || params.read().get("username"),
        |username: Option<String>| async move { user(username.ok_or(Problem::NotFound)?).await },
        |profile| view! { <Person profile/> }.into_any(),
    )
}

#[component]
fn Person(profile: Profile) -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    let Profile { user, bio, since, rooms } = profile;
    let (name, at) = (user.shown_name().to_owned(), format!("@{}", user.username));
    let is_me = page::me().is_some_and(|me| me.id == user.id);
    let edit = is_me.then(|| view! { <a class="btn" href="/settings">{texts.settings}</a> });
    let bio = (!bio.is_empty()).then(|| view! { <p class="bio" lang=page::lang_of(&bio)>{bio.clone()}</p> });
    let rooms = if rooms.is_empty() {
        view! { <p class="silence">{plain.user_no_rooms}</p> }.into_any()
    } else {
        view! { <ul class="people" role="list">{rooms.into_iter().map(room).collect_view()}</ul> }.into_any()
    };
    view! {
        <PageTitle text=name.clone()/>
        <div class="person">
            <Avatar author=user/>
            <div>
                <h1>{name}</h1>
                <p class="soft">{at} " · " {plain.user_since} " " <Ago ts=since/></p>
            </div>
        </div>
        {bio}
        {edit}
        <section>
            <h2>{plain.user_rooms}</h2>
            {rooms}
        </section>
    }
    .into_any()
}

fn room(room: Room) -> AnyView {
    let texts = page::texts();
    view! {
        <li data-room=room.id.get()>
            <span class="member-name">
                <a class="link" href=room.path() lang=page::lang_of(&room.title)>{room.title.clone()}</a>
                <span class="soft">
                    {page::category_name(&room.category)} " · " {(texts.messages)(room.messages)}
                </span>
            </span>
            <Ago ts=room.last_ts/>
        </li>
    }
    .into_any()
}
