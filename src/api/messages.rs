//! Messages over plain HTTP: the same path as the socket's, for forms without script and for programs.

use leptos::prelude::*;

use crate::error::AppError;
use crate::model::ids::{RoomId, Seq};
use crate::model::message::{History, Posted};

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
    let request = crate::server::request::current()?;
    crate::server::chat::post_form(&request, room, body, nonce, reply_to).await
}

/// A page of messages, ascending. `limit` is 1–100, 50 if absent.
#[server(name = ReadHistory, endpoint = "/history")]
pub async fn history(
    room: RoomId,
    before: Option<Seq>,
    after: Option<Seq>,
    around: Option<Seq>,
    limit: Option<i64>,
) -> Result<History, AppError> {
    let request = crate::server::request::current()?;
    crate::server::chat::history::page(&request, room, before, after, around, limit).await
}
