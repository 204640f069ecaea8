//! What a message was before it was edited: for its author, and for those who keep order in the room.

use super::names;
use crate::error::{Problem, Result};
use crate::model::ids::{RoomId, Seq};
use crate::model::message::{Message, Revision};
use crate::model::policy::Deed;
use crate::server::actor::Actor;
use crate::server::head;
use crate::server::markdown::Dialect;

/// Former texts shown: the latest.
const FORMER: i64 = 100;

/// The texts of a message, the latest, which it has now, first. To everybody else there is no such thing.
pub async fn list(actor: &Actor, room: RoomId, target: Seq) -> Result<Vec<Revision>> {
    let db = &actor.app.chat.db;
    let access = actor.app.chat.access(room, actor.user_id()).await?;
    let found = db.messages_after(room, target.saturating_sub(1), 1, None).await?.pop();
    let message = found.map(|row| row.message(room, None)).transpose()?;
    let is_there = |message: &Message| message.seq == target && target >= access.floor() && !message.deleted;
    let message = message.filter(is_there).ok_or(Problem::NotFound)?;
    let own = access.user == Some(message.author.id);
    access.may(Deed::ReadRevisions { own }).map_err(|_| Problem::NotFound)?;
    head::unlisted();
    let mut texts = vec![(message.body, message.edited_ts.unwrap_or(message.ts))];
    texts.extend(db.revisions(room, target, FORMER).await?);
    let mut revisions = Vec::with_capacity(texts.len());
    for (body, ts) in texts {
        let doc = names::read(db, &body, Dialect::Chat).await?.0;
        revisions.push(Revision { ts, body, doc });
    }
    Ok(revisions)
}
