//! What a room's owner and moderators have pinned.

use crate::error::Result;
use crate::model::ids::RoomId;
use crate::model::message::Message;
use crate::server::actor::Actor;
use crate::server::head;

/// Pins shown: the latest.
const PINS: i64 = 100;

/// The pinned messages of a room, the last pinned first.
pub async fn list(actor: &Actor, room: RoomId) -> Result<Vec<Message>> {
    let chat = &actor.app.chat;
    let access = chat.access(room, actor.user_id()).await?;
    let rows = chat.db.pinned(room, access.floor(), PINS, access.user).await?;
    head::unlisted();
    chat.shown(&access, rows).await
}
