//! Reading rooms: the pages of the lobby, and one room as its page shows it.

use super::chat::rooms::rendered;
use super::chat::{Chat, Reader, history};
use super::request::Request;
use super::store::rooms::LobbyQuery;
use super::{head, markdown};
use crate::error::{AppError, Problem, Result};
use crate::model::ids::{RoomId, Seq};
use crate::model::message::History;
use crate::model::room::{Linked, OpenRoom, Room, RoomList, Sort};
use crate::model::text;

const PAGE: usize = 30;
const EXCERPT: usize = 280;
/// Of a message, in the title of its page.
const TITLE_EXCERPT: usize = 60;

/// A page of the lobby; parameters that mean nothing are refused rather than ignored.
pub async fn page(
    request: &Request,
    sort: Option<String>,
    category: Option<String>,
    tag: Option<String>,
    before: Option<String>,
) -> Result<RoomList> {
    let given = |value: Option<String>| value.filter(|value| !value.is_empty());
    let db = &request.app.chat.db;
    let sort = match given(sort) {
        None => Sort::Active,
        Some(name) => Sort::parse(&name).ok_or_else(|| AppError::from(Problem::UnknownChoice).on("sort"))?,
    };
    let category = given(category);
    if let Some(key) = &category
        && !db.category_exists(key).await?
    {
        return Err(AppError::from(Problem::UnknownCategory).on("category"));
    }
    let before = match given(before) {
        None => None,
        Some(cursor) => Some(parse_cursor(&cursor).ok_or_else(|| AppError::from(Problem::Malformed).on("before"))?),
    };
    let tag = given(tag);
    let query = LobbyQuery {
        sort,
        category: category.as_deref(),
        tag: tag.as_deref(),
        reader: request.user_id(),
        before,
        limit: PAGE as i64 + 1,
    };
    head::of_lobby(query.tag);
    let mut rooms = db.lobby(&query).await?;
    let more = rooms.len() > PAGE;
    rooms.truncate(PAGE);
    let before = rooms.last().filter(|_| more).map(|last| cursor(sort, last));
    for room in &mut rooms {
        room.body = text::excerpt(&markdown::plain(&room.body), EXCERPT);
    }
    Ok(RoomList { rooms, before })
}

fn cursor(sort: Sort, last: &Room) -> String {
    let key = match sort {
        Sort::Active => last.last_ts,
        Sort::New => last.ts,
        Sort::Popular => last.messages,
    };
    format!("{key}.{}", last.id)
}

fn parse_cursor(cursor: &str) -> Option<(i64, i64)> {
    let (key, id) = cursor.split_once('.')?;
    Some((key.parse().ok()?, id.parse().ok()?))
}

/// A room with a page of its conversation; with `around`, the page of that message.
pub async fn open(
    request: &Request,
    room: RoomId,
    before: Option<Seq>,
    after: Option<Seq>,
    around: Option<Seq>,
) -> Result<OpenRoom> {
    let query = history::query(before, after, around, None)?;
    let chat = &request.app.chat;
    let reader = chat.reader(room, request.user_id()).await?;
    let mut history = chat.history(&reader, query).await?;
    let room = rendered(chat.db.room(room).await?.ok_or(Problem::NotFound)?);
    let linked = match around {
        Some(seq) if before.or(after).is_none() => Some(linked(chat, &reader, &history, seq).await?),
        _ => None,
    };
    if let Some(linked) = &linked
        && reader.user.is_none()
        && head::may_list(&room, &reader, linked.seq)
    {
        // Search engines may list this page, but not what was said before they were let in: that is a page away.
        let all = history.messages.len();
        history.messages.retain(|message| message.seq >= reader.indexed_from);
        history.more |= history.messages.len() < all;
    }
    let open = OpenRoom { room, membership: reader.membership.clone(), history, linked };
    head::of_room(request, &reader, &open, before, after);
    Ok(open)
}

/// The message `seq`, which must be on the page. At the place of an edit or a reaction there is none.
async fn linked(chat: &Chat, reader: &Reader, history: &History, seq: Seq) -> Result<Linked> {
    let message = history.messages.iter().find(|message| message.seq == seq).ok_or(Problem::NotFound)?;
    let last = history.messages.last().map_or(seq, |last| last.seq);
    // What follows may be no message either.
    let newer = last < history.head && !chat.db.messages_after(reader.room, last, 1, None).await?.is_empty();
    let excerpt = markdown::excerpt(&message.body, TITLE_EXCERPT);
    Ok(Linked { seq, excerpt, deleted: message.deleted, newer })
}
