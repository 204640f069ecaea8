//! Being invited to rooms: the way in for people who left by themselves, or who want to be asked.

use super::members;
use crate::error::{AppError, Problem, Result};
use crate::model::ids::{RoomId, UserId};
use crate::model::policy;
use crate::model::room::{Invitation, Membership};
use crate::server::actor::Actor;
use crate::server::ids;

/// Invitations shown at once.
const SHOWN: i64 = 100;

/// The rooms that the caller is invited to, the latest invitations first.
pub async fn list(actor: &Actor) -> Result<Vec<Invitation>> {
    let user = actor.author()?.id;
    Ok(actor.app.chat.db.invitations(user, SHOWN).await?)
}

/// Invites somebody whom the caller, who may, could not make a member just now.
///
/// # Errors
///
/// `Invited`, if they are no member: also where they declined lately and are left alone, which is theirs to tell.
pub(super) async fn invite_unless_member(actor: &Actor, room: RoomId, user: UserId) -> Result<()> {
    let (chat, me) = (&actor.app.chat, actor.author()?.id);
    let is_member = chat.db.relation(room, Some(user)).await?.is_none_or(|access| access.membership.is_some());
    if is_member {
        return Ok(());
    }
    let inviter = chat.access(room, Some(me)).await?;
    let visible_from = policy::granted(inviter.visibility, inviter.open_from, inviter.from());
    chat.db.invite(room, user, me, visible_from, ids::now()).await?;
    Err(AppError::from(Problem::Invited).on("username"))
}

/// Makes the caller a member of a room that they are invited to; they have read everything until now.
pub async fn accept(actor: &Actor, room: RoomId) -> Result<Membership> {
    let user = actor.author()?.id;
    let chat = &actor.app.chat;
    if !chat.db.accept(room, user, ids::now()).await? {
        return Err(Problem::NotFound.into());
    }
    members::moved_everywhere(&actor.app, room, user).await?;
    chat.access(room, Some(user)).await?.membership.ok_or_else(|| Problem::NotFound.into())
}

/// Ends an invitation; the room does not learn of it.
pub async fn decline(actor: &Actor, room: RoomId) -> Result<()> {
    let user = actor.author()?.id;
    let declined = actor.app.chat.db.decline(room, user, ids::now()).await?;
    if declined { Ok(()) } else { Err(Problem::NotFound.into()) }
}
