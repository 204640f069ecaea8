//! Reading a room's log: pages of messages, and everything since a cursor.

use super::commit::Detail;
use super::{Db, Result, on_db, stored};
use crate::model::ids::{Nonce, RoomId, Seq, UserId};
use crate::model::message::{Message, Reaction};
use crate::model::user::Author;
use crate::protocol::{Event, Kind};
use crate::server::emoji;

pub(super) fn author(id: i64, username: &str, display_name: &str) -> Result<Author> {
    Ok(Author {
        id: stored(UserId::try_from(id).ok(), "author_id")?,
        username: username.to_owned(),
        display_name: display_name.to_owned(),
    })
}

fn nonce(nonce: &str) -> Result<Nonce> {
    stored(Nonce::try_from(nonce.to_owned()).ok(), "nonce")
}

/// An entry of the log with its author. A message has the text that it has now; so has an edit of it.
#[derive(sqlx::FromRow)]
pub struct EventRow {
    seq: i64,
    kind: String,
    author_id: i64,
    username: String,
    display_name: String,
    nonce: String,
    body: Option<String>,
    target_seq: Option<i64>,
    reply_to: Option<i64>,
    detail: Option<String>,
    ts: i64,
}

impl EventRow {
    /// The event as it goes into the log of the wire, nonce included: the encoder decides who sees that. The second
    /// is whoever may not read the room from here on.
    pub fn event(self) -> Result<(Event, Option<UserId>)> {
        let detail: Detail = match self.detail.as_deref() {
            Some(json) => stored(serde_json::from_str(json).ok(), "detail")?,
            None => Detail::default(),
        };
        let evicts = detail.member.as_ref().filter(|_| detail.evicts).map(|member| member.user.id);
        let event = Event {
            seq: self.seq,
            k: Kind::parse(&self.kind),
            author: author(self.author_id, &self.username, &self.display_name)?,
            nonce: Some(nonce(&self.nonce)?),
            ts: self.ts,
            body: self.body,
            doc: None,
            target: self.target_seq,
            reply_to: self.reply_to,
            // Older logs have it as it was typed.
            emoji: detail.emoji.map(|typed| emoji::in_full(&typed).map_or(typed, str::to_owned)),
            on: detail.on,
            member: detail.member,
            changed: detail.changed.map(Box::new),
        };
        Ok((event, evicts))
    }
}

/// A message with its author.
#[derive(sqlx::FromRow)]
pub struct MessageRow {
    pub seq: i64,
    rev_seq: Option<i64>,
    author_id: i64,
    username: String,
    display_name: String,
    nonce: String,
    pub body: Option<String>,
    reply_to: Option<i64>,
    ts: i64,
    edited_ts: Option<i64>,
    deleted: bool,
    pin_seq: Option<i64>,
    reactions: Option<String>,
}

impl MessageRow {
    /// The message as `reader` may see it.
    pub fn message(self, room: RoomId, reader: Option<UserId>) -> Result<Message> {
        let author = author(self.author_id, &self.username, &self.display_name)?;
        Ok(Message {
            room,
            seq: self.seq,
            rev: self.rev_seq.unwrap_or(self.seq),
            nonce: if reader == Some(author.id) { Some(nonce(&self.nonce)?) } else { None },
            author,
            body: self.body.unwrap_or_default(),
            doc: None,
            ts: self.ts,
            edited_ts: self.edited_ts.filter(|_| !self.deleted),
            deleted: self.deleted,
            reply_to: self.reply_to,
            pinned: self.pin_seq.is_some(),
            reactions: self.reactions.as_deref().map_or_else(|| Ok(Vec::new()), reactions)?,
        })
    }
}

/// From `emoji count mine` triples, as [`MESSAGES_BEFORE`] and [`MESSAGES_AFTER`] put them together.
fn reactions(packed: &str) -> Result<Vec<Reaction>> {
    let one = |packed: &str| {
        let mut fields = packed.split(' ');
        let (emoji, count, mine) = (fields.next()?, fields.next()?.parse().ok()?, fields.next()?);
        Some(Reaction { emoji: emoji.to_owned(), count, mine: mine == "1" })
    };
    packed.split(',').map(|packed| stored(one(packed), "reactions")).collect()
}

const SINCE: &str = "
    SELECT e.seq, e.kind, e.author_id, u.username, u.display_name, e.nonce,
        CASE WHEN e.kind = 'edit' THEN t.body ELSE e.body END AS body,
        e.target_seq, e.reply_to, e.detail, e.ts
    FROM events e
    JOIN users u ON u.id = e.author_id
    LEFT JOIN events t ON e.kind = 'edit' AND t.room_id = e.room_id AND t.seq = e.target_seq
    WHERE e.room_id = $1 AND e.seq > $2
    ORDER BY e.seq
    LIMIT $3";

// Newest first, so that a limit leaves out the oldest.
const NOTICES: &str = "
    SELECT e.seq, e.kind, e.author_id, u.username, u.display_name, e.nonce, e.body, e.target_seq, e.reply_to, e.detail,
        e.ts
    FROM events e
    JOIN users u ON u.id = e.author_id
    WHERE e.room_id = $1 AND e.seq > $2 AND e.seq <= $3 AND e.kind IN ('member', 'room')
    ORDER BY e.seq DESC
    LIMIT $4";

/// A page of messages. Their reactions come with them, in one statement: they must be of one moment, or a client that
/// continues from `rev` counts one twice.
macro_rules! messages {
    ($where:literal) => {
        concat!(
            "
    SELECT e.seq, e.rev_seq, e.author_id, u.username, u.display_name, e.nonce, e.body, e.reply_to, e.ts, e.edited_ts,
        e.deleted, e.pin_seq, (
            SELECT STRING_AGG(r.emoji || ' ' || r.given || ' ' || r.mine, ',' ORDER BY r.since)
            FROM (
                SELECT emoji, COUNT(*) AS given, MAX(CASE WHEN user_id = $4 THEN 1 ELSE 0 END) AS mine,
                    MIN(seq) AS since
                FROM reactions
                WHERE room_id = e.room_id AND target_seq = e.seq
                GROUP BY emoji
            ) r
        ) AS reactions
    FROM events e
    JOIN users u ON u.id = e.author_id
    WHERE e.room_id = $1 AND e.kind = 'msg' AND ",
            $where,
            "
    LIMIT $3"
        )
    };
}

const MESSAGES_BEFORE: &str = messages!("e.seq < $2 ORDER BY e.seq DESC");
const MESSAGES_AFTER: &str = messages!("e.seq > $2 ORDER BY e.seq");
// Few of the room's messages are pinned: the sign keeps a database from looking through all the others.
const PINNED: &str = messages!("e.pin_seq > 0 AND +e.seq >= $2 ORDER BY e.pin_seq DESC");

impl Db {
    /// The events after `since`, ascending, at most `limit`.
    pub async fn events_since(&self, room: RoomId, since: Seq, limit: i64) -> Result<Vec<EventRow>> {
        on_db!(&self.read, pool => {
            sqlx::query_as(SINCE).bind(room.get()).bind(since).bind(limit).fetch_all(pool).await
        })
    }

    /// What was done to the room and to its members after `after` and up to `until`: the latest `limit`, descending.
    pub async fn notices(&self, room: RoomId, after: Seq, until: Seq, limit: i64) -> Result<Vec<EventRow>> {
        on_db!(&self.read, pool => {
            sqlx::query_as(NOTICES).bind(room.get()).bind(after).bind(until).bind(limit).fetch_all(pool).await
        })
    }

    /// The last messages before `before`, descending, at most `limit`, as `reader` sees them.
    pub async fn messages_before(
        &self,
        room: RoomId,
        before: Seq,
        limit: i64,
        reader: Option<UserId>,
    ) -> Result<Vec<MessageRow>> {
        self.messages(MESSAGES_BEFORE, room, before, limit, reader).await
    }

    /// The first messages after `after`, ascending, at most `limit`, as `reader` sees them.
    pub async fn messages_after(
        &self,
        room: RoomId,
        after: Seq,
        limit: i64,
        reader: Option<UserId>,
    ) -> Result<Vec<MessageRow>> {
        self.messages(MESSAGES_AFTER, room, after, limit, reader).await
    }

    /// The pinned messages from `floor` on, the last pinned first, at most `limit`, as `reader` sees them.
    pub async fn pinned(
        &self,
        room: RoomId,
        floor: Seq,
        limit: i64,
        reader: Option<UserId>,
    ) -> Result<Vec<MessageRow>> {
        self.messages(PINNED, room, floor, limit, reader).await
    }

    async fn messages(
        &self,
        query: &'static str,
        room: RoomId,
        from: Seq,
        limit: i64,
        reader: Option<UserId>,
    ) -> Result<Vec<MessageRow>> {
        let reader = reader.map_or(0, UserId::get);
        on_db!(&self.read, pool => {
            sqlx::query_as(query).bind(room.get()).bind(from).bind(limit).bind(reader).fetch_all(pool).await
        })
    }
}
