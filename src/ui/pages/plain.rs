//! Pages that work by forms and links alone; only the server has code for them.

mod about;
mod account;
mod admin;
mod kept;
mod login;
mod message_edit;
mod message_history;
mod new_room;
mod post_form;
mod register;
mod room_days;
mod room_members;
mod room_pins;
mod room_settings;
mod search;
mod search_query;
mod settings;
mod unread;
mod user;

use leptos::prelude::*;
use leptos_router::any_nested_route::IntoAnyNestedRoute;
use leptos_router::components::Route;
use leptos_router::hooks::use_query_map;
use leptos_router::{SsrMode, path};

use self::admin::AdminPage;
use self::kept::KeptPage;
use self::login::LoginPage;
use self::message_edit::MessageEditPage;
use self::message_history::MessageHistoryPage;
use self::new_room::NewRoomPage;
use self::register::RegisterPage;
use self::room_days::RoomDaysPage;
use self::room_members::RoomMembersPage;
use self::room_pins::RoomPinsPage;
use self::room_settings::RoomSettingsPage;
use self::search::SearchPage;
use self::settings::SettingsPage;
use self::unread::UnreadPage;
use self::user::UserPage;
use crate::ui::form::FormState;
use crate::ui::href;

// Async: a page's status and title depend on its data, so its first byte waits for them.
#[component(transparent)]
pub fn PlainRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/rooms/new") view=NewRoomPage ssr=SsrMode::Async/>
        <Route path=path!("/rooms/:id/messages/:seq/history") view=MessageHistoryPage ssr=SsrMode::Async/>
        <Route path=path!("/rooms/:id/messages/:seq/edit") view=MessageEditPage ssr=SsrMode::Async/>
        <Route path=path!("/rooms/:id/days") view=RoomDaysPage ssr=SsrMode::Async/>
        <Route path=path!("/rooms/:id/members") view=RoomMembersPage ssr=SsrMode::Async/>
        <Route path=path!("/rooms/:id/pins") view=RoomPinsPage ssr=SsrMode::Async/>
        <Route path=path!("/rooms/:id/settings") view=RoomSettingsPage ssr=SsrMode::Async/>
        <Route path=path!("/users/:username") view=UserPage ssr=SsrMode::Async/>
        <Route path=path!("/unread") view=UnreadPage ssr=SsrMode::Async/>
        <Route path=path!("/search") view=SearchPage ssr=SsrMode::Async/>
        <Route path=path!("/kept") view=KeptPage ssr=SsrMode::Async/>
        <Route path=path!("/register") view=RegisterPage ssr=SsrMode::Async/>
        <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async/>
        <Route path=path!("/admin") view=AdminPage ssr=SsrMode::Async/>
        <Route path=path!("/settings") view=SettingsPage ssr=SsrMode::Async/>
    }
    .into_inner()
    .into_any_nested_route()
}

/// Where to go after signing in or up: what the refused form carried, or what the link here asked for.
fn next_after(form: &FormState) -> Signal<String> {
    let query = use_query_map();
    let carried = form.typed("next", "");
    Signal::derive(move || {
        let next = if carried.is_empty() { query.read().get("next").unwrap_or_default() } else { carried.clone() };
        href::ascii(&next)
    })
}

/// The other of the two forms, with the same way back.
fn instead(form: &'static str, next: Signal<String>) -> impl Fn() -> String {
    move || match next.get() {
        next if next.is_empty() => form.to_owned(),
        next => format!("{form}?next={}", href::query_value(&next)),
    }
}
