//! Messages over plain HTTP: the same path as the socket's, for forms without script and for programs.

use leptos::prelude::*;

use crate::error::AppError;
use crate::json::Json;
use crate::model::ids::{Millis, RoomId, Seq};
use crate::model::message::{EmojiName, History, Message, Posted, Quote, Reactors, Revision};
use crate::model::user::Author;
use crate::protocol::Events;

/// Posts a message; posting in a public room joins it.
#[server(endpoint = "/post_message")]
pub async fn post_message(
    room: RoomId,
    body: String,
    nonce: Option<String>,
    reply_to: Option<Seq>,
    next: Option<String>,
) -> Result<Posted, AppError> {
    let _ = next;
    let actor = crate::server::actor::current()?;
    crate::server::chat::submit_form(&actor, room, nonce, crate::model::action::Post { body, reply_to }).await
}

/// Keeps what the caller is writing for their other devices, where they may speak; nothing is kept of an empty text that
/// answers nobody. When it was kept, or 0.
#[server(output = Json, endpoint = "/save_draft")]
pub async fn save_draft(
    room: RoomId,
    #[server(default)] body: String,
    reply_to: Option<Seq>,
) -> Result<Millis, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::drafts::save(&actor, room, body, reply_to).await
}

/// Gives an own message another text.
#[server(endpoint = "/edit_message")]
pub async fn edit_message(room: RoomId, target: Seq, body: String, nonce: Option<String>) -> Result<Posted, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::submit_form(&actor, room, nonce, crate::model::action::Edit { target, body }).await
}

/// Deletes a message for good: an own one, or as a moderator anybody's.
#[server(endpoint = "/delete_message")]
pub async fn delete_message(room: RoomId, target: Seq, nonce: Option<String>) -> Result<Posted, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::submit_form(&actor, room, nonce, crate::model::action::Delete { target }).await
}

/// Adds a reaction, or takes it back.
#[server(endpoint = "/react")]
pub async fn react(
    room: RoomId,
    target: Seq,
    emoji: String,
    on: bool,
    nonce: Option<String>,
) -> Result<Posted, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::submit_form(&actor, room, nonce, crate::model::action::React { target, emoji, on }).await
}

/// The texts that the message `target` has had, the latest first; for its author, and owner and moderators of the room.
#[server(name = ReadRevisions, endpoint = "/revisions")]
pub async fn revisions(room: RoomId, target: Seq) -> Result<Vec<Revision>, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::revisions::list(&actor, room, target).await
}

/// Who gave the message `target` which emoji, at most fifty people of each.
#[server(name = ReadReactors, output = Json, endpoint = "/reactors")]
pub async fn reactors(room: RoomId, target: Seq) -> Result<Vec<Reactors>, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::reactors::list(&actor, room, target).await
}

/// Who may be meant by `@prefix` in a room: at most eight people, those who spoke last first.
#[server(name = FindPeople, output = Json, endpoint = "/mention_candidates")]
pub async fn mention_candidates(room: RoomId, #[server(default)] prefix: String) -> Result<Vec<Author>, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::completion::people(&actor, room, &prefix).await
}

/// Emoji whose names begin with `prefix`, in English or Korean: at most eight.
#[server(name = FindEmoji, output = Json, endpoint = "/emoji_candidates")]
pub async fn emoji_candidates(#[server(default)] prefix: String) -> Result<Vec<EmojiName>, AppError> {
    Ok(crate::server::emoji::candidates(&prefix))
}

/// Pins a message, or takes it down again; for owners and moderators.
#[server(endpoint = "/pin_message")]
pub async fn pin_message(room: RoomId, target: Seq, on: bool, nonce: Option<String>) -> Result<Posted, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::submit_form(&actor, room, nonce, crate::model::action::Pin { target, on }).await
}

/// The pinned messages of a room, the last pinned first, at most a hundred.
#[server(name = ReadPins, endpoint = "/pins")]
pub async fn pins(room: RoomId) -> Result<Vec<Message>, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::pins::list(&actor, room).await
}

/// A page of messages, ascending. `limit` is 1–100, 50 if absent.
#[server(name = ReadHistory, output = Json, endpoint = "/history")]
pub async fn history(
    room: RoomId,
    before: Option<Seq>,
    after: Option<Seq>,
    around: Option<Seq>,
    limit: Option<i64>,
) -> Result<History, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::history::page(&actor, room, before, after, around, limit).await
}

/// What a reply quotes of the message `seq`, for a page that does not have it.
#[server(name = ReadQuote, output = Json, endpoint = "/quote")]
pub async fn quote(room: RoomId, seq: Seq) -> Result<Quote, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::quotes::one(&actor, room, seq).await
}

/// The events after `since`, ascending, at most `limit` (1–500, which is also what is meant if it is absent).
#[server(name = ReadEvents, endpoint = "/events")]
pub async fn events(room: RoomId, since: Seq, epoch: Option<String>, limit: Option<i64>) -> Result<Events, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::history::events(&actor, room, since, epoch, limit).await
}
