//! What the server says.

use serde::{Deserialize, Serialize};

use super::event::Event;
use crate::error::{AppError, Code};
use crate::model::ids::{Millis, Nonce, RoomId, Seq};
use crate::model::room::Card;
use crate::model::user::Author;

/// Sizes that the server holds a client to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Characters of a message.
    pub body: usize,
    /// Bytes of a frame.
    pub frame: usize,
    /// Rooms subscribed to at once.
    pub subs: usize,
}

/// Server → client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ServerFrame {
    Welcome {
        v: u32,
        conn: String,
        user: Option<Author>,
        epoch: String,
        hb_ms: u64,
        now: Millis,
        limits: Limits,
    },
    SubOk {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<i64>,
        room: RoomId,
        head: Seq,
        floor: Seq,
        recovered: bool,
        events: Vec<Event>,
    },
    Ev {
        room: RoomId,
        #[serde(flatten)]
        event: Event,
    },
    /// The events `from ..= to`, without holes.
    Evs {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<i64>,
        room: RoomId,
        from: Seq,
        to: Seq,
        events: Vec<Event>,
    },
    Ack {
        id: i64,
        nonce: Nonce,
        room: RoomId,
        seq: Seq,
        ts: Millis,
        dup: bool,
    },
    Err {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<i64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nonce: Option<Nonce>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomId>,
        code: Code,
        msg: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_ms: Option<u64>,
        /// Whether the same frame can never succeed.
        fatal: bool,
    },
    /// The room's window is void: reload a page.
    Reset {
        room: RoomId,
        head: Seq,
        reason: String,
    },
    /// Unsubscribed by force.
    Revoked {
        room: RoomId,
        reason: String,
    },
    /// Who is in a room: `n` of them. `join` and `leave` name those who came and went since the last one, `partial` says
    /// that they are too many to name.
    Presence {
        room: RoomId,
        n: u64,
        join: Vec<Author>,
        leave: Vec<Author>,
        #[serde(default)]
        partial: bool,
    },
    /// Who is writing in a room at the moment; forgotten after 5 s.
    Typing {
        room: RoomId,
        users: Vec<Author>,
    },
    /// What a member has not read, to all of their connections; not more often than once a second per room.
    Unread {
        room: RoomId,
        count: i64,
        mentions: i64,
        read_seq: Seq,
    },
    /// A room of the lobby page that was asked for has changed.
    Card(Card),
    /// Something happened in a public room: `latest` is when. A lobby page that shows nothing as late is old.
    Lobby {
        latest: Millis,
    },
    Hb {
        n: u64,
        now: Millis,
        heads: Vec<(RoomId, Seq)>,
    },
    Bye {
        reason: String,
        retry_ms: u64,
    },
    #[serde(other)]
    Unknown,
}

impl ServerFrame {
    /// An `err` frame for `error`, whose message must already be in the reader's language.
    pub fn refusal(error: AppError, id: Option<i64>, nonce: Option<Nonce>, room: Option<RoomId>) -> Self {
        let fatal = !error.code.is_transient();
        Self::Err { id, nonce, room, code: error.code, msg: error.message, retry_ms: error.retry_ms, fatal }
    }
}
