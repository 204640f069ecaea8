//! Room posts: list, read, write.

use leptos::prelude::*;

use super::people::Choice as Given;

use crate::error::AppError;
use crate::json::Json;
use crate::model::ids::{Millis, RoomId, Seq};
use crate::model::message::Posted;
use crate::model::room::{
    Calendar, Invitation, Member, Membership, News, OpenRoom, Present, ReadAll, Room, RoomList, Unread,
};

/// A page of the lobby. Bodies are cut to excerpts. Several tags are joined by commas, or the field is repeated.
#[server(output = Json, endpoint = "/rooms")]
pub async fn rooms(
    sort: Option<String>,
    category: Option<String>,
    tag: Option<String>,
    r#match: Option<String>,
    state: Option<String>,
    q: Option<String>,
    before: Option<String>,
) -> Result<RoomList, AppError> {
    let actor = crate::server::actor::current()?;
    let asked = crate::server::lobby::Asked { sort, category, tag, matching: r#match, state, q, before };
    crate::server::lobby::page(&actor, asked).await
}

/// The rooms that the caller belongs to, the most active ones first, with what is unread in them.
#[server(output = Json, endpoint = "/my_rooms")]
pub async fn my_rooms() -> Result<Vec<Room>, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::members::mine(&actor).await
}

/// The caller's rooms in which something is unread: since which message, and who mentions them there.
#[server(name = ReadUnread, output = Json, endpoint = "/unread")]
pub async fn unread() -> Result<Vec<News>, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::members::unread(&actor).await
}

/// A room with the page of its conversation that `before`, `after` or `around`, a `day` (yyyy-mm-dd, by clocks `tz`
/// minutes ahead of UTC) or the `chain` of replies around a message names; without them the latest, or where the unread begins.
#[server(name = EnterRoom, output = Json, endpoint = "/open_room")]
pub async fn open_room(
    room: RoomId,
    before: Option<Seq>,
    after: Option<Seq>,
    around: Option<Seq>,
    day: Option<String>,
    chain: Option<Seq>,
    tz: Option<i64>,
) -> Result<OpenRoom, AppError> {
    let actor = crate::server::actor::current()?;
    let place = crate::server::lobby::Place { before, after, around, day, tz, chain };
    crate::server::lobby::open(&actor, room, place).await
}

/// The days of a year on which something was said; of the last one, without `year`.
#[server(name = ReadDays, endpoint = "/days")]
pub async fn days(room: RoomId, year: Option<i64>) -> Result<Calendar, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::days::calendar(&actor, room, year).await
}

/// A room and the caller's place in it, without its conversation.
#[server(name = ReadRoom, output = Json, endpoint = "/room")]
pub async fn room(room: RoomId) -> Result<(Room, Option<Membership>), AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::lobby::room(&actor, room).await
}

/// Writes a post; its author is owner and member at once. The nonce makes a double submit one post.
#[server(endpoint = "/create_room")]
pub async fn create_room(
    title: String,
    #[server(default)] body: String,
    category: String,
    #[server(default)] tags: String,
    visibility: String,
    #[server(default)] indexed: bool,
    nonce: Option<String>,
    next: Option<String>,
) -> Result<Room, AppError> {
    let _ = next;
    let actor = crate::server::actor::current()?;
    let draft = crate::server::chat::rooms::Draft { title, body, category, tags, visibility, indexed, nonce };
    crate::server::chat::rooms::create(&actor, draft).await
}

/// Changes a post: all of it for its owner, its state for moderators too. What is absent stays as it is.
#[server(endpoint = "/update_room")]
pub async fn update_room(
    room: RoomId,
    #[server(default)] title: Given,
    #[server(default)] body: Given,
    category: Option<String>,
    #[server(default)] tags: Given,
    visibility: Option<String>,
    indexed: Option<bool>,
    state: Option<String>,
) -> Result<Room, AppError> {
    let actor = crate::server::actor::current()?;
    let (title, body, tags) = (title.0, body.0, tags.0);
    let edit = crate::server::chat::rooms::Edit { title, body, category, tags, visibility, indexed, state };
    crate::server::chat::rooms::update(&actor, room, edit).await
}

/// Makes the caller a member; everything until now counts as read.
#[server(endpoint = "/join_room")]
pub async fn join_room(room: RoomId) -> Result<Membership, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::members::join(&actor, room).await
}

/// Ends the caller's membership; nobody is told. The last member of a room stays: somebody has to look after it.
#[server(endpoint = "/leave_room")]
pub async fn leave_room(room: RoomId) -> Result<(), AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::members::leave(&actor, room).await
}

/// What of a room may ask for the caller's attention: `all`, `mentions` or `none`.
#[server(endpoint = "/set_level")]
pub async fn set_level(room: RoomId, level: String) -> Result<(), AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::members::set_level(&actor, room, &level).await
}

/// Nothing of a room asks for the caller's attention for as many minutes, at most a week; 0 ends that, as a level does.
#[server(endpoint = "/mute_room")]
pub async fn mute_room(room: RoomId, minutes: i64) -> Result<(), AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::members::mute(&actor, room, minutes).await
}

/// The caller has seen everything up to `seq`.
#[server(endpoint = "/mark_read")]
pub async fn mark_read(room: RoomId, seq: Seq) -> Result<Unread, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::members::read(&actor, room, crate::server::store::unread::Step::Forward(seq)).await
}

/// The message `seq` and what follows are to count as unread.
#[server(endpoint = "/mark_unread")]
pub async fn mark_unread(room: RoomId, seq: Seq) -> Result<Unread, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::members::read(&actor, room, crate::server::store::unread::Step::Before(seq)).await
}

/// The caller has seen everything in all of their rooms. What is answered takes it back.
#[server(endpoint = "/mark_all_read")]
pub async fn mark_all_read() -> Result<ReadAll, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::members::read_all(&actor).await
}

/// Sets the caller's places back to where they were before everything was marked as read, `at` that time.
#[server(endpoint = "/undo_mark_all_read")]
pub async fn undo_mark_all_read(at: Millis) -> Result<ReadAll, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::members::unread_all(&actor, at).await
}

/// The members of a room by name, two hundred at once, from the one after `after`; with `q`, those who are called so.
#[server(name = ReadMembers, endpoint = "/members")]
pub async fn members(room: RoomId, after: Option<String>, q: Option<String>) -> Result<Vec<Member>, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::members::list(&actor, room, after, q).await
}

/// Who is in a room now: how many, and at most fifty of those who let others know.
#[server(name = ReadPresent, endpoint = "/present")]
pub async fn present(room: RoomId) -> Result<Present, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::members::present(&actor, room).await
}

/// Makes somebody a member of a room; for its owner and moderators. Lifts a ban. People who left by themselves, or want to
/// be asked, are invited instead, which is answered as a conflict.
#[server(endpoint = "/add_member")]
pub async fn add_member(room: RoomId, username: String) -> Result<Posted, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::members::add(&actor, room, &username).await
}

/// The rooms that the caller is invited to, the latest invitations first.
#[server(name = ReadInvitations, endpoint = "/invitations")]
pub async fn invitations() -> Result<Vec<Invitation>, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::invitations::list(&actor).await
}

/// Makes the caller a member of a room that they are invited to.
#[server(endpoint = "/accept_invitation")]
pub async fn accept_invitation(room: RoomId) -> Result<Membership, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::invitations::accept(&actor, room).await
}

/// Ends an invitation of the caller; the room is told nothing, and does not invite them again for 30 days.
#[server(endpoint = "/decline_invitation")]
pub async fn decline_invitation(room: RoomId) -> Result<(), AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::invitations::decline(&actor, room).await
}

/// Puts somebody out of a room; for its owner and moderators. With `ban` they cannot come back.
#[server(endpoint = "/remove_member")]
pub async fn remove_member(room: RoomId, username: String, #[server(default)] ban: bool) -> Result<Posted, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::members::remove(&actor, room, &username, ban).await
}

/// Makes a member a moderator, a member again, or the owner in the caller's place; for the owner.
#[server(endpoint = "/set_role")]
pub async fn set_role(room: RoomId, username: String, role: String) -> Result<Posted, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::members::set_role(&actor, room, &username, &role).await
}
