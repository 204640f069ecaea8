//! Belonging to rooms: joining and leaving, and letting in and putting out others, the way into a private room.

use std::collections::HashSet;

use super::{invitations, submit_form};
use crate::error::{AppError, Problem, Result};
use crate::model::action::{Add, Remove, SetRole};
use crate::model::ids::{Millis, RoomId, Seq, UserId};
use crate::model::message::Posted;
use crate::model::room::{Level, Member, Membership, News, Present, ReadAll, Role, Room, Unread};
use crate::model::text;
use crate::server::actor::Actor;
use crate::server::app::App;
use crate::server::bus::{Announcement, Passing};
use crate::server::ids;
use crate::server::presence;
use crate::server::search::names;
use crate::server::store::Db;
use crate::server::store::unread::Step;

/// Rooms listed as one's own.
const MINE: i64 = 300;
/// The longest that a room is muted for: who wants nothing of it at all has a level for that.
const MOST_MINUTES: i64 = 7 * 24 * 60;
/// People named of those who are in a room.
const PRESENT: usize = 50;
/// Messages shown at once that mention the caller.
const MENTIONS: i64 = 100;
/// Members shown at once.
const MEMBERS: i64 = 200;
/// Members read at once while somebody is looked for. Names are compared here: SQL folds neither Hangul nor accents.
const LOOKED_AT: i64 = 1_000;
/// Members read for one search. In a larger room those beyond are found by the beginning of a name.
const MOST_LOOKED_AT: usize = 10_000;

/// Makes the caller a member of a room that they may read; they have read everything until now.
pub async fn join(actor: &Actor, room: RoomId) -> Result<Membership> {
    let user = actor.author()?.id;
    let chat = &actor.app.chat;
    chat.access(room, Some(user)).await?;
    if chat.db.join(room, user, ids::now()).await? {
        joined(&actor.app, room, user);
    }
    chat.access(room, Some(user)).await?.membership.ok_or_else(|| Problem::NotFound.into())
}

/// Ends the caller's membership, without a word to the room, unless nobody would be left to look after it.
pub async fn leave(actor: &Actor, room: RoomId) -> Result<()> {
    let user = actor.author()?.id;
    let chat = &actor.app.chat;
    let access = chat.db.relation(room, Some(user)).await?.ok_or(Problem::NotFound)?;
    if access.membership.is_none() {
        chat.access(room, Some(user)).await?;
    }
    if chat.db.leave(room, user, ids::now()).await? {
        return moved_everywhere(&actor.app, room, user).await;
    }
    let is_still = chat.db.relation(room, Some(user)).await?.is_some_and(|access| access.membership.is_some());
    if is_still { Err(Problem::LastMember.into()) } else { Ok(()) }
}

/// Somebody has come to belong to a room: all of their connections learn of it.
pub fn joined(app: &App, room: RoomId, user: UserId) {
    app.chat.bus.announce(&Announcement::Belongs { user, room });
    app.unread.moved(user, room);
}

/// Somebody has come to belong to a room, or does no longer: all of their connections to this node learn of it.
pub async fn moved(app: &App, room: RoomId, user: UserId) -> Result<()> {
    app.unread.moved(user, room);
    app.cards.moved(user);
    app.chat.hub.revoke();
    put_out(app, room, Some(user)).await
}

/// Whoever may not read on, or not as far back as until now, is put out, and may come again from where they may.
pub async fn put_out(app: &App, room: RoomId, user: Option<UserId>) -> Result<()> {
    let visible_from = app.chat.db.relation(room, user).await?.and_then(|access| access.visible_from);
    let is_out = |from: Seq| visible_from.is_none_or(|visible_from| from < visible_from);
    app.chat.hub.evict(room, &|access, from| access == user && is_out(from));
    Ok(())
}

/// The same, for their connections to any node.
pub(super) async fn moved_everywhere(app: &App, room: RoomId, user: UserId) -> Result<()> {
    app.chat.bus.announce(&Announcement::Belongs { user, room });
    moved(app, room, user).await
}

/// What of a room may ask for the caller's attention.
pub async fn set_level(actor: &Actor, room: RoomId, level: &str) -> Result<()> {
    let user = actor.author()?.id;
    let chat = &actor.app.chat;
    chat.access(room, Some(user)).await?;
    let level = Level::parse(level).ok_or_else(|| AppError::from(Problem::UnknownChoice).on("level"))?;
    if chat.db.set_level(room, user, level).await? { Ok(()) } else { Err(Problem::NotAllowed.into()) }
}

/// Nothing of a room asks for the caller's attention for as many minutes; 0 ends that.
pub async fn mute(actor: &Actor, room: RoomId, minutes: i64) -> Result<()> {
    let user = actor.author()?.id;
    let chat = &actor.app.chat;
    chat.access(room, Some(user)).await?;
    if !(0..=MOST_MINUTES).contains(&minutes) {
        return Err(AppError::from(Problem::UnknownChoice).on("minutes"));
    }
    let until = (minutes > 0).then(|| ids::now() + minutes * 60_000);
    if chat.db.mute(room, user, until).await? { Ok(()) } else { Err(Problem::NotAllowed.into()) }
}

/// What is muted no more is not said to have been.
pub fn still_quiet(until: Option<Millis>) -> Option<Millis> {
    until.filter(|until| *until > ids::now())
}

/// The caller's rooms, the most active ones first.
pub async fn mine(actor: &Actor) -> Result<Vec<Room>> {
    let user = actor.author()?.id;
    let mut mine = actor.app.chat.db.my_rooms(user, MINE).await?;
    for room in &mut mine {
        room.body = String::new();
        room.quiet_until = still_quiet(room.quiet_until);
        room.present = i64::try_from(actor.app.presence.count(room.id)).unwrap_or(i64::MAX);
    }
    Ok(mine)
}

/// The caller's rooms in which something is unread, and what that is.
pub async fn unread(actor: &Actor) -> Result<Vec<News>> {
    let user = actor.author()?.id;
    let chat = &actor.app.chat;
    let firsts = chat.db.first_unreads(user).await?;
    let mut named = chat.db.unread_mentions(user, MENTIONS).await?;
    let mut news = Vec::new();
    for room in mine(actor).await? {
        let Some(&(first, since)) = firsts.get(&room.id) else { continue };
        let named = named.remove(&room.id).unwrap_or_default();
        let mentions = chat.quoted(room.id, &named).await?;
        news.push(News { room, first, since, mentions });
    }
    Ok(news)
}

/// Moves the caller's place in a room. What is left unread from there.
pub async fn read(actor: &Actor, room: RoomId, step: Step) -> Result<Unread> {
    let (Step::Forward(seq) | Step::Before(seq)) = step;
    if !(0..=crate::model::ids::MAX_SAFE_INTEGER).contains(&seq) {
        return Err(AppError::from(Problem::Malformed).on("seq"));
    }
    let user = actor.author()?.id;
    let chat = &actor.app.chat;
    chat.access(room, Some(user)).await?;
    chat.db.read(&[((user, room), step)]).await?;
    actor.app.unread.moved(user, room);
    chat.bus.pass(room, &Passing::Read { user });
    let head = chat.db.head(room).await?.ok_or(Problem::NotFound)?;
    let unread = chat.db.unread(&[((user, room), head)]).await?;
    unread.first().map(|(_, unread)| *unread).ok_or_else(|| Problem::NotAllowed.into())
}

/// Moves the caller's places in all of their rooms to the ends.
pub async fn read_all(actor: &Actor) -> Result<ReadAll> {
    let (user, at) = (actor.author()?.id, ids::now());
    let rooms = actor.app.chat.db.read_all(user, at).await?;
    Ok(told(actor, user, at, &rooms))
}

/// Takes back what [`read_all`] did `at` a time.
pub async fn unread_all(actor: &Actor, at: Millis) -> Result<ReadAll> {
    let user = actor.author()?.id;
    let rooms = actor.app.chat.db.unread_all(user, at).await?;
    Ok(told(actor, user, at, &rooms))
}

fn told(actor: &Actor, user: UserId, at: Millis, rooms: &[RoomId]) -> ReadAll {
    for room in rooms {
        actor.app.unread.moved(user, *room);
        actor.app.chat.bus.pass(*room, &Passing::Read { user });
    }
    ReadAll { at, rooms: rooms.len() }
}

/// The members of a room by name, from the one after `after`, for whoever may read it. With `q`, those only whose names
/// have it somewhere.
pub async fn list(actor: &Actor, room: RoomId, after: Option<String>, q: Option<String>) -> Result<Vec<Member>> {
    let chat = &actor.app.chat;
    chat.access(room, actor.user_id()).await?;
    let here: HashSet<UserId> = actor.app.presence.who(room).into_iter().collect();
    let q = q.filter(|q| !q.trim().is_empty());
    let q = q.map(|q| text::search(&q)).transpose().map_err(|problem| AppError::from(problem).on("q"))?;
    let mut members = found(&chat.db, room, after.unwrap_or_default(), q.as_deref()).await?;
    for member in &mut members {
        member.present = here.contains(&member.user.id);
    }
    Ok(members)
}

async fn found(db: &Db, room: RoomId, mut after: String, q: Option<&str>) -> Result<Vec<Member>> {
    let Some(q) = q else { return Ok(db.members(room, &after, MEMBERS).await?) };
    let wanted = names::Wanted::new(q);
    let is_first_page = after.is_empty();
    let (mut found, mut looked_at) = (Vec::<Member>::new(), 0);
    loop {
        let some = db.members(room, &after, LOOKED_AT).await?;
        looked_at += some.len();
        let is_last = (some.len() as i64) < LOOKED_AT;
        after = some.last().map_or(after, |last| last.user.username.clone());
        found.extend(some.into_iter().filter(|member| wanted.fits(&member.user)));
        if found.len() as i64 >= MEMBERS {
            found.truncate(MEMBERS as usize);
            return Ok(found);
        }
        if is_last {
            return Ok(found);
        }
        if looked_at >= MOST_LOOKED_AT {
            break;
        }
        // A thousand names take a while; others are served first.
        tokio::task::yield_now().await;
    }
    if is_first_page {
        let known: HashSet<UserId> = found.iter().map(|member| member.user.id).collect();
        let prefix = text::fold(q.trim().trim_start_matches('@'));
        let called = db.members_with_prefix(room, &prefix, &after, MEMBERS - found.len() as i64).await?;
        found.extend(called.into_iter().filter(|member| !known.contains(&member.user.id)));
    }
    Ok(found)
}

/// Who is in a room, for whoever may read it.
pub async fn present(actor: &Actor, room: RoomId) -> Result<Present> {
    actor.app.chat.access(room, actor.user_id()).await?;
    let presence::Change { n, join: mut people, .. } = actor.app.presence.everybody(room);
    people.truncate(PRESENT);
    Ok(Present { n, people })
}

/// Makes somebody a member, by an owner or moderator; lifts a ban.
///
/// # Errors
///
/// `Invited`, where they left by themselves or want to be asked: they are invited then.
pub async fn add(actor: &Actor, room: RoomId, username: &str) -> Result<Posted> {
    let user = named(actor, username).await?;
    actor.app.limits.add_member(actor.author()?.id)?;
    let posted = submit_form(actor, room, None, Add { user }).await?;
    moved_everywhere(&actor.app, room, user).await?;
    invitations::invite_unless_member(actor, room, user).await?;
    Ok(posted)
}

/// Ends somebody's membership, by an owner or moderator; with `ban`, for good. Their sockets are told at once.
pub async fn remove(actor: &Actor, room: RoomId, username: &str, ban: bool) -> Result<Posted> {
    let user = named(actor, username).await?;
    let posted = submit_form(actor, room, None, Remove { user, ban }).await?;
    actor.app.chat.db.withdraw(room, user).await?;
    moved_everywhere(&actor.app, room, user).await?;
    Ok(posted)
}

/// Makes a member a moderator or takes that back, by the owner. A new owner takes the place of the old one, who stays
/// as a moderator.
pub async fn set_role(actor: &Actor, room: RoomId, username: &str, role: &str) -> Result<Posted> {
    let user = named(actor, username).await?;
    let role = Role::parse(role).ok_or_else(|| AppError::from(Problem::UnknownChoice).on("role"))?;
    submit_form(actor, room, None, SetRole { user, role }).await
}

async fn named(actor: &Actor, username: &str) -> Result<UserId> {
    let unknown = || AppError::from(Problem::NoSuchPerson).on("username");
    let name = text::username(username).map_err(|_| unknown())?;
    let user = actor.app.chat.db.user_named(&name).await?.ok_or_else(unknown)?;
    Ok(user.author()?.id)
}
