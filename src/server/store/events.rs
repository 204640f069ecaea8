//! Reading a room's log: pages of messages, and everything since a cursor.

use super::{Db, Result, on_db, stored};
use crate::model::ids::{Nonce, RoomId, Seq, UserId};
use crate::model::message::Message;
use crate::model::user::Author;
use crate::protocol::{Event, Kind};

/// An event with its author.
#[derive(sqlx::FromRow)]
pub struct EventRow {
    seq: i64,
    kind: String,
    author_id: i64,
    username: String,
    display_name: String,
    nonce: String,
    body: Option<String>,
    reply_to: Option<i64>,
    ts: i64,
}

impl EventRow {
    fn author(&self) -> Result<Author> {
        Ok(Author {
            id: stored(UserId::try_from(self.author_id).ok(), "author_id")?,
            username: self.username.clone(),
            display_name: self.display_name.clone(),
        })
    }

    fn nonce(&self) -> Result<Nonce> {
        stored(Nonce::try_from(self.nonce.clone()).ok(), "nonce")
    }

    /// The event as it goes into the log of the wire, nonce included: the encoder decides who sees that.
    pub fn event(&self) -> Result<Event> {
        Ok(Event {
            seq: self.seq,
            k: if self.kind == "msg" { Kind::Msg } else { Kind::Other },
            author: self.author()?,
            nonce: Some(self.nonce()?),
            ts: self.ts,
            body: self.body.clone(),
            doc: None,
            reply_to: self.reply_to,
        })
    }

    /// The message as `reader` may see it.
    pub fn message(self, room: RoomId, reader: Option<UserId>) -> Result<Message> {
        let author = self.author()?;
        let nonce = if reader == Some(author.id) { Some(self.nonce()?) } else { None };
        Ok(Message {
            room,
            seq: self.seq,
            rev: self.seq,
            author,
            nonce,
            body: self.body.unwrap_or_default(),
            doc: None,
            ts: self.ts,
            reply_to: self.reply_to,
        })
    }
}

const SINCE: &str = "
    SELECT e.seq, e.kind, e.author_id, u.username, u.display_name, e.nonce, e.body, e.reply_to, e.ts
    FROM events e
    JOIN users u ON u.id = e.author_id
    WHERE e.room_id = $1 AND e.seq > $2
    ORDER BY e.seq
    LIMIT $3";

const MESSAGES_BEFORE: &str = "
    SELECT e.seq, e.kind, e.author_id, u.username, u.display_name, e.nonce, e.body, e.reply_to, e.ts
    FROM events e
    JOIN users u ON u.id = e.author_id
    WHERE e.room_id = $1 AND e.seq < $2 AND e.kind = 'msg'
    ORDER BY e.seq DESC
    LIMIT $3";

const MESSAGES_AFTER: &str = "
    SELECT e.seq, e.kind, e.author_id, u.username, u.display_name, e.nonce, e.body, e.reply_to, e.ts
    FROM events e
    JOIN users u ON u.id = e.author_id
    WHERE e.room_id = $1 AND e.seq > $2 AND e.kind = 'msg'
    ORDER BY e.seq
    LIMIT $3";

impl Db {
    /// The events after `since`, ascending, at most `limit`.
    pub async fn events_since(&self, room: RoomId, since: Seq, limit: i64) -> Result<Vec<EventRow>> {
        on_db!(&self.read, pool => {
            sqlx::query_as(SINCE).bind(room.get()).bind(since).bind(limit).fetch_all(pool).await
        })
    }

    /// The last messages before `before`, descending, at most `limit`.
    pub async fn messages_before(&self, room: RoomId, before: Seq, limit: i64) -> Result<Vec<EventRow>> {
        on_db!(&self.read, pool => {
            sqlx::query_as(MESSAGES_BEFORE).bind(room.get()).bind(before).bind(limit).fetch_all(pool).await
        })
    }

    /// The first messages after `after`, ascending, at most `limit`.
    pub async fn messages_after(&self, room: RoomId, after: Seq, limit: i64) -> Result<Vec<EventRow>> {
        on_db!(&self.read, pool => {
            sqlx::query_as(MESSAGES_AFTER).bind(room.get()).bind(after).bind(limit).fetch_all(pool).await
        })
    }
}
