//! Belonging to rooms: joining and leaving, and letting in and putting out others, the way into a private room.

use std::collections::HashSet;

use super::submit_form;
use crate::error::{AppError, Problem, Result};
use crate::model::ids::{Millis, RoomId, UserId};
use crate::model::message::Posted;
use crate::model::room::{Level, Member, Membership, Present, ReadAll, Room, Unread, Visibility};
use crate::model::text;
use crate::server::bus::Passing;
use crate::server::ids;
use crate::server::presence;
use crate::server::request::Request;
use crate::server::store::commit::Change;
use crate::server::store::unread::Step;

/// Rooms listed as one's own.
const MINE: i64 = 300;
/// People named of those who are in a room.
const PRESENT: usize = 50;
/// Members shown at once.
const MEMBERS: i64 = 200;

/// Makes the caller a member of a room that they may read; they have read everything until now.
pub async fn join(request: &Request, room: RoomId) -> Result<Membership> {
    let user = request.author()?.id;
    let chat = &request.app.chat;
    chat.reader(room, Some(user)).await?;
    if chat.db.join(room, user, ids::now()).await? {
        request.app.unread.moved(user, room);
    }
    chat.reader(room, Some(user)).await?.membership.ok_or_else(|| Problem::NotFound.into())
}

/// Ends the caller's membership, without a word to the room.
pub async fn leave(request: &Request, room: RoomId) -> Result<()> {
    let user = request.author()?.id;
    let chat = &request.app.chat;
    let access = chat.db.access(room, Some(user)).await?.ok_or(Problem::NotFound)?;
    if access.membership.is_none() {
        chat.reader(room, Some(user)).await?;
    }
    if chat.db.leave(room, user).await? {
        request.app.unread.moved(user, room);
        // They may not read on, or not as far back as until now.
        if access.visibility == Visibility::Private || access.open_from > 0 {
            chat.hub.evict(room, &|reader| reader == Some(user));
        }
    }
    Ok(())
}

/// What of a room may ask for the caller's attention.
pub async fn set_level(request: &Request, room: RoomId, level: &str) -> Result<()> {
    let user = request.author()?.id;
    let chat = &request.app.chat;
    chat.reader(room, Some(user)).await?;
    let level = Level::parse(level).ok_or_else(|| AppError::from(Problem::UnknownChoice).on("level"))?;
    if chat.db.set_level(room, user, level).await? { Ok(()) } else { Err(Problem::NotAllowed.into()) }
}

/// The caller's rooms, the most active ones first.
pub async fn mine(request: &Request) -> Result<Vec<Room>> {
    let user = request.author()?.id;
    let mut mine = request.app.chat.db.my_rooms(user, MINE).await?;
    for room in &mut mine {
        room.body = String::new();
        room.present = i64::try_from(request.app.presence.count(room.id)).unwrap_or(i64::MAX);
    }
    Ok(mine)
}

/// Moves the caller's place in a room. What is left unread from there.
pub async fn read(request: &Request, room: RoomId, step: Step) -> Result<Unread> {
    let (Step::Forward(seq) | Step::Before(seq)) = step;
    if !(0..=crate::model::ids::MAX_SAFE_INTEGER).contains(&seq) {
        return Err(AppError::from(Problem::Malformed).on("seq"));
    }
    let user = request.author()?.id;
    let chat = &request.app.chat;
    chat.reader(room, Some(user)).await?;
    chat.db.read(&[((user, room), step)]).await?;
    request.app.unread.moved(user, room);
    chat.bus.pass(room, &Passing::Read { user });
    let (head, _) = chat.db.head(room).await?.ok_or(Problem::NotFound)?;
    let unread = chat.db.unread(&[((user, room), head)]).await?;
    unread.first().map(|(_, unread)| *unread).ok_or_else(|| Problem::NotAllowed.into())
}

/// Moves the caller's places in all of their rooms to the ends.
pub async fn read_all(request: &Request) -> Result<ReadAll> {
    let (user, at) = (request.author()?.id, ids::now());
    let rooms = request.app.chat.db.read_all(user, at).await?;
    Ok(moved(request, user, at, &rooms))
}

/// Takes back what [`read_all`] did `at` a time.
pub async fn unread_all(request: &Request, at: Millis) -> Result<ReadAll> {
    let user = request.author()?.id;
    let rooms = request.app.chat.db.unread_all(user, at).await?;
    Ok(moved(request, user, at, &rooms))
}

fn moved(request: &Request, user: UserId, at: Millis, rooms: &[RoomId]) -> ReadAll {
    for room in rooms {
        request.app.unread.moved(user, *room);
        request.app.chat.bus.pass(*room, &Passing::Read { user });
    }
    ReadAll { at, rooms: rooms.len() }
}

/// The members of a room by name, from the one after `after`, for whoever may read it.
pub async fn list(request: &Request, room: RoomId, after: Option<String>) -> Result<Vec<Member>> {
    let chat = &request.app.chat;
    chat.reader(room, request.user_id()).await?;
    let here: HashSet<UserId> = request.app.presence.who(room).into_iter().collect();
    let mut members = chat.db.members(room, &after.unwrap_or_default(), MEMBERS).await?;
    for member in &mut members {
        member.present = here.contains(&member.user.id);
    }
    Ok(members)
}

/// Who is in a room, for whoever may read it.
pub async fn present(request: &Request, room: RoomId) -> Result<Present> {
    request.app.chat.reader(room, request.user_id()).await?;
    let presence::Change { n, join: mut people, .. } = request.app.presence.everybody(room);
    people.truncate(PRESENT);
    Ok(Present { n, people })
}

/// Makes somebody a member, by an owner or moderator; lifts a ban.
pub async fn add(request: &Request, room: RoomId, username: &str) -> Result<Posted> {
    let user = named(request, username).await?;
    let posted = submit_form(request, room, None, Change::Add { user }).await?;
    request.app.unread.moved(user, room);
    Ok(posted)
}

/// Ends somebody's membership, by an owner or moderator; with `ban`, for good. Their sockets are told at once.
pub async fn remove(request: &Request, room: RoomId, username: &str, ban: bool) -> Result<Posted> {
    let user = named(request, username).await?;
    let posted = submit_form(request, room, None, Change::Remove { user, ban }).await?;
    request.app.unread.moved(user, room);
    Ok(posted)
}

async fn named(request: &Request, username: &str) -> Result<UserId> {
    let unknown = || AppError::from(Problem::NotFound).on("username");
    let name = text::username(username).map_err(|_| unknown())?;
    let user = request.app.chat.db.user_named(&name).await?.ok_or_else(unknown)?;
    Ok(user.author()?.id)
}
