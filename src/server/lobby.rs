//! Reading rooms: the pages of the lobby, and one room as its page shows it.

use super::actor::Actor;
use super::chat::rooms::rendered;
use super::chat::{days, history};
use super::head;
use super::listing::Listing;
use super::markdown::{self, Dialect};
use super::search;
use super::store::rooms::LobbyQuery;
use crate::error::{AppError, Problem, Result};
use crate::model::ids::{RoomId, Seq};
use crate::model::message::{History, HistoryQuery};
use crate::model::room::{Linked, Match, Membership, OpenRoom, Room, RoomList, RoomState, Sort};
use crate::model::text;

const PAGE: usize = 30;
const EXCERPT: usize = 280;
/// Of a message, in the title of its page.
const TITLE_EXCERPT: usize = 60;

/// What of the lobby is asked for, as it came.
pub struct Asked {
    pub sort: Option<String>,
    pub category: Option<String>,
    pub tag: Option<String>,
    pub matching: Option<String>,
    pub state: Option<String>,
    pub q: Option<String>,
    pub before: Option<String>,
}

/// A page of the lobby; parameters that mean nothing are refused rather than ignored.
pub async fn page(actor: &Actor, asked: Asked) -> Result<RoomList> {
    let Asked { sort, category, tag, matching, state, q, before } = asked;
    let given = |value: Option<String>| value.filter(|value| !value.is_empty());
    let unknown = |field: &'static str| AppError::from(Problem::UnknownChoice).on(field);
    let db = &actor.app.chat.db;
    let sort = match given(sort) {
        None => Sort::Active,
        Some(name) => Sort::parse(&name).ok_or_else(|| unknown("sort"))?,
    };
    let matching = match given(matching) {
        None => Match::Any,
        Some(name) => Match::parse(&name).ok_or_else(|| unknown("match"))?,
    };
    let state = given(state).map(|name| RoomState::parse(&name).ok_or_else(|| unknown("state"))).transpose()?;
    let tags = text::tags(&given(tag).unwrap_or_default()).map_err(|problem| AppError::from(problem).on("tag"))?;

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
    let q = given(q);
    let among = match &q {
        None => None,
        Some(typed) => {
            let query = search::Query::parse(typed).map_err(|problem| AppError::from(problem).on("q"))?;
            Some(search::posts(db, &query, actor.user_id()).await?)
        }
    };
    let query = LobbyQuery {
        sort,
        category: category.as_deref(),
        tags: &tags,
        matching,
        state,
        among: among.as_deref(),
        reader: actor.user_id(),
        before,
        limit: PAGE as i64 + 1,
    };
    head::of_lobby(actor, category.as_deref(), &tags, matching, q.as_deref());
    let mut rooms = db.lobby(&query).await?;
    let more = rooms.len() > PAGE;
    rooms.truncate(PAGE);
    let before = rooms.last().filter(|_| more).map(|last| cursor(sort, last));
    if let Some(reader) = actor.user_id() {
        db.count_unread(reader, &mut rooms).await?;
    }
    for room in &mut rooms {
        room.present = i64::try_from(actor.app.presence.count(room.id)).unwrap_or(i64::MAX);
        room.body = markdown::excerpt(&room.body, Dialect::Full, EXCERPT);
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

/// A room and the caller's place in it.
pub async fn room(actor: &Actor, room: RoomId) -> Result<(Room, Option<Membership>)> {
    let chat = &actor.app.chat;
    let reader = chat.access(room, actor.user_id()).await?;
    let room = rendered(&chat.db, chat.db.room(room).await?.ok_or(Problem::NotFound)?).await?;
    Ok((room, reader.membership))
}

/// The part of a conversation that an address names.
#[derive(Default)]
pub struct Place {
    pub before: Option<Seq>,
    pub after: Option<Seq>,
    /// The message whose page it is.
    pub around: Option<Seq>,
    /// `yyyy-mm-dd`.
    pub day: Option<String>,
    /// Minutes that the clocks by which it is a day are ahead of UTC.
    pub tz: Option<i64>,
    /// A message of a chain of replies.
    pub chain: Option<Seq>,
}

/// A room with a page of its conversation; for a member who asks for no page, the one on which the unread begins.
pub async fn open(actor: &Actor, room: RoomId, place: Place) -> Result<OpenRoom> {
    let Place { before, after, chain, .. } = place;
    let around = place.around.or(chain);
    let day = place.day.as_deref().map(|day| days::parse(day, place.tz)).transpose()?;
    let mut query = history::query(before, after, around, None)?;
    let chat = &actor.app.chat;
    let reader = chat.access(room, actor.user_id()).await?;
    let unread_from = match reader.user {
        Some(user) if before.or(after).or(around).is_none() && day.is_none() => {
            chat.db.first_unread(user, room).await?
        }
        _ => None,
    };
    query.around = query.around.or(unread_from);
    let mut days = None;
    if let Some((day, tz)) = day {
        let (named, page) = chat.day(&reader, day, tz).await?;
        (days, query) = (Some(named), page);
    }
    let chain = match chain {
        Some(seq) => chat.chain(&reader, seq).await?,
        None => Vec::new(),
    };
    let mut history = chat.history(&reader, query).await?;
    let mut after = after;
    if after.is_some() && history.messages.is_empty() {
        // Beyond the end stands the end.
        after = None;
        history = chat.history(&reader, HistoryQuery::default()).await?;
    }
    let mut room = rendered(&chat.db, chat.db.room(room).await?.ok_or(Problem::NotFound)?).await?;
    room.present = i64::try_from(actor.app.presence.count(room.id)).unwrap_or(i64::MAX);
    let linked = match around {
        Some(seq) if before.or(after).is_none() && days.is_none() => Some(linked(&history, seq)?),
        _ => None,
    };
    let membership = reader.membership.clone();
    let draft = chat.draft(&reader).await?;
    let mut open = OpenRoom { room, membership, history, linked, unread_from, days, chain, draft };
    let listing = Listing::of(&chat.db, &reader, &mut open).await?;
    head::of_room(actor, &reader, &listing, &open, before, after);
    Ok(open)
}

/// The message `seq`, which must be on the page. At the place of an edit or a reaction there is none.
fn linked(history: &History, seq: Seq) -> Result<Linked> {
    let message = history.messages.iter().find(|message| message.seq == seq).ok_or(Problem::NotFound)?;
    let excerpt = markdown::excerpt(&message.body, Dialect::Chat, TITLE_EXCERPT);
    Ok(Linked { seq, excerpt, deleted: message.deleted })
}
