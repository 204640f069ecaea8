//! What a room's owner and moderators have pinned.

use crate::error::{Problem, Result};
use crate::model::ids::RoomId;
use crate::model::message::Message;
use crate::server::head;
use crate::server::request::Request;

/// Pins shown: the latest.
const PINS: i64 = 100;

/// The pinned messages of a room, the last pinned first.
pub async fn list(request: &Request, room: RoomId) -> Result<Vec<Message>> {
    let chat = &request.app.chat;
    let reader = chat.reader(room, request.user_id()).await?;
    let (_, kept) = chat.db.head(room).await?.ok_or(Problem::NotFound)?;
    let rows = chat.db.pinned(room, reader.floor(kept), PINS, reader.user).await?;
    head::unlisted();
    chat.shown(&reader, rows).await
}
