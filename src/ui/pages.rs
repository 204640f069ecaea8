//! The pages, one file each; the room's is larger and has its own module.

mod account;
mod admin;
mod lobby;
mod lobby_query;
mod login;
mod message_edit;
mod message_history;
mod new_room;
mod not_found;
mod post_form;
mod register;
mod room_card;
mod room_days;
mod room_members;
mod room_pins;
mod room_settings;
mod search;
mod search_query;
mod settings;
mod unread;
mod user;

pub use admin::AdminPage;
pub use lobby::LobbyPage;
pub use login::LoginPage;
pub use message_edit::MessageEditPage;
pub use message_history::MessageHistoryPage;
pub use new_room::{NewRoomPage, SignInBeside};
pub use not_found::NotFoundPage;
pub use register::RegisterPage;
pub use room_days::RoomDaysPage;
pub use room_members::RoomMembersPage;
pub use room_pins::RoomPinsPage;
pub use room_settings::RoomSettingsPage;
pub use search::SearchPage;
pub use settings::SettingsPage;
pub use unread::UnreadPage;
pub use user::UserPage;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::form::FormState;
use super::href;

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
