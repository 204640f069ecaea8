//! Reading rooms: the pages of the lobby, and one room as its page shows it.

use super::chat::history;
use super::chat::rooms::rendered;
use super::request::Request;
use super::store::rooms::LobbyQuery;
use crate::error::{AppError, Problem, Result};
use crate::model::ids::{RoomId, Seq};
use crate::model::room::{OpenRoom, Room, RoomList, Sort};
use crate::model::text;

const PAGE: usize = 30;
const EXCERPT: usize = 280;

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
    let mut rooms = db.lobby(&query).await?;
    let more = rooms.len() > PAGE;
    rooms.truncate(PAGE);
    let before = rooms.last().filter(|_| more).map(|last| cursor(sort, last));
    for room in &mut rooms {
        room.body = text::excerpt(&super::markdown::plain(&room.body), EXCERPT);
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

/// A room with a page of its conversation.
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
    let history = chat.history(&reader, query).await?;
    let room = rendered(chat.db.room(room).await?.ok_or(Problem::NotFound)?);
    Ok(OpenRoom { room, membership: reader.membership, history })
}
