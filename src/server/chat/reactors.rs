//! Who gave a message which emoji.

use crate::error::{Problem, Result};
use crate::model::ids::{RoomId, Seq};
use crate::model::message::Reactors;
use crate::server::actor::Actor;

/// People named of each emoji: the first.
const PEOPLE: i64 = 50;

pub async fn list(actor: &Actor, room: RoomId, target: Seq) -> Result<Vec<Reactors>> {
    let chat = &actor.app.chat;
    let access = chat.access(room, actor.user_id()).await?;
    if target < access.floor() {
        return Err(Problem::TargetMissing.into());
    }
    let is_there = chat.db.quoted(room, &[target]).await?.pop().is_some_and(|message| message.body.is_some());
    if is_there { Ok(chat.db.reactors(room, target, PEOPLE).await?) } else { Err(Problem::TargetMissing.into()) }
}
