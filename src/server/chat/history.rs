//! Pages of a room's conversation.

use super::{Chat, Reader};
use crate::error::{AppError, Problem, Result};
use crate::model::ids::{RoomId, Seq};
use crate::model::message::{History, HistoryQuery, Message};
use crate::server::markdown;
use crate::server::request::Request;
use crate::server::store::events::EventRow;

pub const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 100;

impl Chat {
    /// A page, ascending. Head and epoch are those from before the messages were read.
    pub async fn history(&self, reader: &Reader, query: HistoryQuery) -> Result<History> {
        let room = reader.room;
        let (head, floor) = self.db.head(room).await?.ok_or(Problem::NotFound)?;
        let limit = query.limit;
        // One more than asked for tells whether there is more.
        let (mut rows, more) = match (query.before, query.after, query.around) {
            (None, Some(after), _) => clipped(self.db.messages_after(room, after, limit + 1).await?, limit),
            (None, None, Some(around)) => {
                let (mut page, more) = clipped(self.db.messages_before(room, around, limit / 2 + 1).await?, limit / 2);
                page.reverse();
                page.extend(self.db.messages_after(room, around - 1, limit - limit / 2).await?);
                (page, more)
            }
            (before, ..) => {
                let before = before.unwrap_or(Seq::MAX);
                let (mut page, more) = clipped(self.db.messages_before(room, before, limit + 1).await?, limit);
                page.reverse();
                (page, more)
            }
        };
        let messages = rows
            .drain(..)
            .map(|row| {
                let mut message = row.message(room, reader.user)?;
                message.doc = markdown::document(&message.body);
                Ok(message)
            })
            .collect::<Result<Vec<Message>>>()?;
        Ok(History { messages, head, floor, epoch: self.epoch.clone(), more })
    }
}

fn clipped(mut rows: Vec<EventRow>, limit: i64) -> (Vec<EventRow>, bool) {
    let limit = usize::try_from(limit).unwrap_or_default();
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
    Ok(HistoryQuery { before, after, around, limit })
}

/// The server function's page.
pub async fn page(
    request: &Request,
    room: RoomId,
    before: Option<Seq>,
    after: Option<Seq>,
    around: Option<Seq>,
    limit: Option<i64>,
) -> Result<History> {
    let query = query(before, after, around, limit)?;
    let reader = request.app.chat.reader(room, request.user_id()).await?;
    request.app.chat.history(&reader, query).await
}
