//! Letting people in and putting them out: the way into a private room, and out of any.

use super::submit_form;
use crate::error::{AppError, Problem, Result};
use crate::model::ids::{RoomId, UserId};
use crate::model::message::Posted;
use crate::model::text;
use crate::server::request::Request;
use crate::server::store::commit::Change;

/// Makes somebody a member, by an owner or moderator; lifts a ban.
pub async fn add(request: &Request, room: RoomId, username: &str) -> Result<Posted> {
    let user = named(request, username).await?;
    submit_form(request, room, None, Change::Add { user }).await
}

/// Ends somebody's membership, by an owner or moderator; with `ban`, for good. Their sockets are told at once.
pub async fn remove(request: &Request, room: RoomId, username: &str, ban: bool) -> Result<Posted> {
    let user = named(request, username).await?;
    submit_form(request, room, None, Change::Remove { user, ban }).await
}

async fn named(request: &Request, username: &str) -> Result<UserId> {
    let unknown = || AppError::from(Problem::NotFound).on("username");
    let name = text::username(username).map_err(|_| unknown())?;
    let user = request.app.chat.db.user_named(&name).await?.ok_or_else(unknown)?;
    Ok(user.author()?.id)
}
