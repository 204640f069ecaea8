//! Room posts: list, read, write.

use leptos::prelude::*;

use crate::error::AppError;
use crate::model::ids::{RoomId, Seq};
use crate::model::message::Posted;
use crate::model::room::{OpenRoom, Room, RoomList};

/// A page of the lobby. Bodies are cut to excerpts.
#[server(endpoint = "/rooms")]
pub async fn rooms(
    sort: Option<String>,
    category: Option<String>,
    tag: Option<String>,
    before: Option<String>,
) -> Result<RoomList, AppError> {
    let request = crate::server::request::current()?;
    crate::server::lobby::page(&request, sort, category, tag, before).await
}

/// A room with the page of its conversation that `before`, `after` or `around` names; without them the latest.
#[server(name = EnterRoom, endpoint = "/open_room")]
pub async fn open_room(
    room: RoomId,
    before: Option<Seq>,
    after: Option<Seq>,
    around: Option<Seq>,
) -> Result<OpenRoom, AppError> {
    let request = crate::server::request::current()?;
    crate::server::lobby::open(&request, room, before, after, around).await
}

/// Writes a post; its author is owner and member at once. The nonce makes a double submit one post.
#[server(endpoint = "/create_room")]
pub async fn create_room(
    title: String,
    #[server(default)] body: String,
    category: String,
    #[server(default)] tags: String,
    visibility: String,
    #[server(default)] indexed: bool,
    nonce: Option<String>,
    next: Option<String>,
) -> Result<Room, AppError> {
    let _ = next;
    let request = crate::server::request::current()?;
    let draft = crate::server::chat::rooms::Draft { title, body, category, tags, visibility, indexed, nonce };
    crate::server::chat::rooms::create(&request, draft).await
}

/// Makes somebody a member of a room; for its owner and moderators. Lifts a ban.
#[server(endpoint = "/add_member")]
pub async fn add_member(room: RoomId, username: String) -> Result<Posted, AppError> {
    let request = crate::server::request::current()?;
    crate::server::chat::members::add(&request, room, &username).await
}

/// Puts somebody out of a room; for its owner and moderators. With `ban` they cannot come back.
#[server(endpoint = "/remove_member")]
pub async fn remove_member(room: RoomId, username: String, #[server(default)] ban: bool) -> Result<Posted, AppError> {
    let request = crate::server::request::current()?;
    crate::server::chat::members::remove(&request, room, &username, ban).await
}
