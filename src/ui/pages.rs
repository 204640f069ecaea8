//! The pages, one file each; the room's is larger and has its own module.

mod lobby;
mod lobby_query;
mod not_found;
#[cfg(not(target_arch = "wasm32"))]
pub mod plain;
mod room_card;

pub use lobby::LobbyPage;
pub use not_found::NotFoundPage;
