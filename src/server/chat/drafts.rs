//! What somebody is writing in a room, kept for their other devices.

use super::{Access, Chat};
use crate::error::{AppError, Result};
use crate::model::ids::{Millis, RoomId, Seq};
use crate::model::message::SavedDraft;
use crate::model::policy::Deed;
use crate::model::text;
use crate::server::actor::Actor;
use crate::server::ids;
use crate::server::store::drafts::DraftRow;

/// Rooms in which one person has drafts.
const ROOMS: i64 = 100;

impl Chat {
    /// What the reader was writing in the room. One that answers a message that they may not read any more answers none.
    pub async fn draft(&self, access: &Access) -> Result<Option<SavedDraft>> {
        let Some(user) = access.user else { return Ok(None) };
        let Some(DraftRow { body, reply_to, ts }) = self.db.draft(user, access.room).await? else { return Ok(None) };
        let reply_to = match reply_to {
            Some(seq) => self.quote(access, seq).await.ok(),
            None => None,
        };
        Ok(Some(SavedDraft { body, reply_to, ts }))
    }
}

/// Keeps what the caller is writing, in place of what was kept before, where they may speak. When that was; 0 if there is
/// nothing to keep.
pub async fn save(actor: &Actor, room: RoomId, body: String, reply_to: Option<Seq>) -> Result<Millis> {
    let user = actor.author()?.id;
    let chat = &actor.app.chat;
    let access = chat.access(room, Some(user)).await?;
    let body = text::draft(&body).map_err(|problem| AppError::from(problem).on("body"))?;
    actor.app.limits.save_draft(user)?;
    if body.is_empty() && reply_to.is_none() {
        chat.db.drop_draft(user, room).await?;
        return Ok(0);
    }
    access.may(Deed::Speak)?;
    let draft = DraftRow { body, reply_to, ts: ids::now() };
    chat.db.keep_draft(user, room, &draft, ROOMS).await?;
    Ok(draft.ts)
}
