//! Pages of a room's conversation.

use super::names::Names;
use super::{Access, Chat};
use crate::error::{AppError, Problem, Result};
use crate::model::ids::{RoomId, Seq};
use crate::model::message::{History, HistoryQuery, Message};
use crate::model::notice::Notice;
use crate::protocol::{Events, MAX_RESUME, Since};
use crate::server::actor::Actor;
use crate::server::store::events::MessageRow;

pub const DEFAULT_LIMIT: i64 = 50;
pub const MAX_LIMIT: i64 = 100;
/// Bytes of text on a page; where messages are long it has fewer of them.
const MAX_BYTES: usize = 96 * 1024;
/// After so many bytes of text others are served first.
const STRETCH: usize = 16 * 1024;
/// Notices on a page; where there are more, the oldest are left out.
const MAX_NOTICES: i64 = 100;

impl Chat {
    /// A page, ascending. Head and epoch are those from before the messages were read.
    pub async fn history(&self, access: &Access, query: HistoryQuery) -> Result<History> {
        let room = access.room;
        let head = self.db.head(room).await?.ok_or(Problem::NotFound)?;
        let (floor, limit) = (access.floor(), query.limit);
        // One more than asked for tells whether there is more.
        let before = async |seq, limit| {
            let mut rows = self.db.messages_before(room, seq, limit, access.user).await?;
            rows.retain(|row| row.seq >= floor);
            Result::Ok(rows)
        };
        let after = |seq: Seq, limit| self.db.messages_after(room, seq.max(floor - 1), limit, access.user);
        // Beyond the messages of a page its notices go as far as the caller's cursor, or the conversation.
        let (mut since, mut until) = (floor - 1, head);
        let (rows, more, older, newer) = match (query.before, query.after, query.around) {
            (None, Some(seq), _) => {
                let mut rows = after(seq, limit + 1).await?;
                let all = rows.len();
                rows.retain(|row| query.until.is_none_or(|until| row.seq <= until));
                // Where the page has to end the conversation may go on.
                let goes_on = rows.len() < all;
                let (page, more) = clipped(rows, limit, MAX_BYTES);
                let older = page.first().map_or(seq + 1, |first| first.seq) > floor;
                (since, until) = (seq.max(since), query.until.map_or(head, |until| until.min(head)));
                if let Some(last) = page.last().filter(|_| more) {
                    until = last.seq;
                }
                (page, more, older, more || goes_on)
            }
            (None, None, Some(around)) => {
                let (mut page, older) = clipped(before(around, limit / 2 + 1).await?, limit / 2, MAX_BYTES / 2);
                page.reverse();
                let (rest, newer) =
                    clipped(after(around - 1, limit - limit / 2 + 1).await?, limit - limit / 2, MAX_BYTES / 2);
                page.extend(rest);
                if let (Some(first), Some(last)) = (page.first(), page.last()) {
                    (since, until) = (if older { first.seq } else { since }, if newer { last.seq } else { until });
                }
                (page, older, older, newer)
            }
            (seq, ..) => {
                let (mut page, older) = clipped(before(seq.unwrap_or(Seq::MAX), limit + 1).await?, limit, MAX_BYTES);
                page.reverse();
                if let Some(first) = page.first().filter(|_| older) {
                    since = first.seq;
                }
                until = seq.map_or(head, |seq| head.min(seq - 1));
                (page, older, older, seq.is_some_and(|seq| seq <= head))
            }
        };
        let messages = self.shown(access, rows).await?;
        let quotes = self.quotes(room, &messages, floor).await?;
        let notices = self.notices(room, since, until).await?;
        Ok(History { messages, head, floor, epoch: self.epoch.clone(), more, older, newer, quotes, notices })
    }

    /// What was done to a room after `since` and up to `until`, ascending.
    async fn notices(&self, room: RoomId, since: Seq, until: Seq) -> Result<Vec<Notice>> {
        let mut notices = Vec::new();
        for row in self.db.notices(room, since, until, MAX_NOTICES).await? {
            notices.extend(row.event()?.0.notice());
        }
        notices.reverse();
        Ok(notices)
    }

    /// Messages as a access sees them.
    pub(super) async fn shown(&self, access: &Access, rows: Vec<MessageRow>) -> Result<Vec<Message>> {
        let messages = rows.into_iter().map(|row| row.message(access.room, access.user));
        let mut messages = messages.collect::<std::result::Result<Vec<Message>, _>>()?;
        let texts = messages.iter().map(|message| (message.seq, message.body.as_str()));
        let names = Names::of(&self.db, access.room, texts).await?;
        let mut stretch = 0;
        for message in &mut messages {
            message.doc = names.document(message.seq, &message.body);
            stretch += message.body.len();
            if stretch >= STRETCH {
                stretch = 0;
                tokio::task::yield_now().await;
            }
            // That there is a message is as little to be told as what it says.
            message.reply_to = message.reply_to.filter(|target| *target >= access.from());
        }
        Ok(messages)
    }
}

/// The first of `rows` that fit on a page, one at least, and whether there are more.
fn clipped(mut rows: Vec<MessageRow>, limit: i64, bytes: usize) -> (Vec<MessageRow>, bool) {
    let mut room = bytes;
    let fits = |row: &&MessageRow| {
        let length = row.body.as_ref().map_or(0, String::len);
        let fits = length <= room;
        room = room.saturating_sub(length);
        fits
    };
    let fitting = rows.iter().take_while(fits).count().max(1);
    let limit = usize::try_from(limit).unwrap_or_default().min(fitting);
    let more = rows.len() > limit;
    rows.truncate(limit);
    (rows, more)
}

/// A query from what a caller sent.
pub fn query(before: Option<Seq>, after: Option<Seq>, around: Option<Seq>, limit: Option<i64>) -> Result<HistoryQuery> {
    for (name, cursor) in [("before", before), ("after", after), ("around", around)] {
        if cursor.is_some_and(|seq| !(0..=crate::model::ids::MAX_SAFE_INTEGER).contains(&seq)) {
            return Err(AppError::from(Problem::Malformed).on(name));
        }
    }
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(AppError::from(Problem::Malformed).on("limit"));
    }
    Ok(HistoryQuery { before, after, around, until: None, limit })
}

/// The server function's page.
pub async fn page(
    actor: &Actor,
    room: RoomId,
    before: Option<Seq>,
    after: Option<Seq>,
    around: Option<Seq>,
    limit: Option<i64>,
) -> Result<History> {
    let query = query(before, after, around, limit)?;
    let access = actor.app.chat.access(room, actor.user_id()).await?;
    actor.app.chat.history(&access, query).await
}

/// The server function's piece of the log.
pub async fn events(
    actor: &Actor,
    room: RoomId,
    since: Seq,
    epoch: Option<String>,
    limit: Option<i64>,
) -> Result<Events> {
    let since = Since::try_from(since).map_err(|_| AppError::from(Problem::Malformed).on("since"))?.0;
    let limit = limit.unwrap_or(MAX_RESUME as i64);
    let limit = usize::try_from(limit).ok().filter(|limit| (1..=MAX_RESUME).contains(limit));
    let limit = limit.ok_or_else(|| AppError::from(Problem::Malformed).on("limit"))?;
    let chat = &actor.app.chat;
    let access = chat.access(room, actor.user_id()).await?;
    let is_ours = since == 0 || epoch.is_none_or(|epoch| epoch == chat.epoch);
    let found = if is_ours { chat.events(&access, since, limit).await? } else { None };
    let recovered = found.is_some();
    let (head, events) = match found {
        Some(found) => found,
        None => (chat.db.head(room).await?.ok_or(Problem::NotFound)?, Vec::new()),
    };
    let events = events.iter().map(|event| event.event(access.user)).collect();
    Ok(Events { events, head, epoch: chat.epoch.clone(), recovered })
}
