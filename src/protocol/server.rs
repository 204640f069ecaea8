//! What the server says.

use serde::{Deserialize, Serialize};

use crate::error::{AppError, Code};
use crate::json::{Parsed, Unreadable};
use crate::model::event::Event;
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

/// Declares the frames, and reads each straight from its text. Serde's own way with a tag inside keeps the fields in a
/// tree of values first: that doubles the code for everything that a frame can hold, and every visitor loads it.
macro_rules! frames {
    ($($(#[$doc:meta])* $name:literal $frame:ident { $($(#[$attribute:meta])* $field:ident: $type:ty,)* })+) => {
        /// Server → client.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(tag = "t", rename_all = "snake_case")]
        pub enum ServerFrame {
            $($(#[$doc])* $frame { $($(#[$attribute])* $field: $type,)* },)+
            Ev {
                room: RoomId,
                #[serde(flatten)]
                event: Event,
            },
            /// A room of the lobby page that was asked for has changed.
            Card(Card),
            /// A frame of a later version.
            Unknown,
        }

        impl ServerFrame {
            /// Reads a text frame.
            ///
            /// # Errors
            ///
            /// It is not JSON, or its fields are not those of its type.
            pub fn parse(text: &str) -> Result<Self, Unreadable> {
                #[derive(Deserialize)]
                struct Tag {
                    t: String,
                }
                #[derive(Deserialize)]
                struct At {
                    room: RoomId,
                }
                let json = Parsed::parse(text)?;
                let Tag { t } = json.read()?;
                Ok(match &*t {
                    $($name => {
                        #[derive(Deserialize)]
                        struct Fields { $($(#[$attribute])* $field: $type,)* }
                        let Fields { $($field),* } = json.read()?;
                        Self::$frame { $($field),* }
                    })+
                    "ev" => {
                        let At { room } = json.read()?;
                        Self::Ev { room, event: json.read()? }
                    }
                    "card" => Self::Card(json.read()?),
                    _ => Self::Unknown,
                })
            }
        }
    };
}

frames! {
    "welcome" Welcome {
        v: u32,
        conn: String,
        user: Option<Author>,
        epoch: String,
        hb_ms: u64,
        now: Millis,
        limits: Limits,
    }
    "sub_ok" SubOk {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<i64>,
        room: RoomId,
        head: Seq,
        floor: Seq,
        recovered: bool,
        events: Vec<Event>,
    }
    /// The events `from ..= to`, without holes.
    "evs" Evs {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<i64>,
        room: RoomId,
        from: Seq,
        to: Seq,
        events: Vec<Event>,
    }
    "ack" Ack {
        id: i64,
        nonce: Nonce,
        room: RoomId,
        seq: Seq,
        ts: Millis,
        dup: bool,
    }
    "err" Err {
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
    }
    /// The room's window is void: reload a page.
    "reset" Reset {
        room: RoomId,
        head: Seq,
        reason: String,
    }
    /// Unsubscribed by force.
    "revoked" Revoked {
        room: RoomId,
        reason: String,
    }
    /// Who is in a room: `n` of them. `join` and `leave` name those who came and went since the last one, `partial` says
    /// that they are too many to name.
    "presence" Presence {
        room: RoomId,
        n: u64,
        join: Vec<Author>,
        leave: Vec<Author>,
        #[serde(default)]
        partial: bool,
    }
    /// Who is writing in a room at the moment; forgotten after 5 s.
    "typing" Typing {
        room: RoomId,
        users: Vec<Author>,
    }
    /// What a member has not read, to all of their connections; not more often than once a second per room. `gone` says
    /// that they belong to the room no more.
    "unread" Unread {
        room: RoomId,
        count: i64,
        mentions: i64,
        read_seq: Seq,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        gone: bool,
    }
    /// Something happened in a public room: `latest` is when. A lobby page that shows nothing as late is old.
    "lobby" Lobby {
        latest: Millis,
    }
    "hb" Hb {
        n: u64,
        now: Millis,
        heads: Vec<(RoomId, Seq)>,
    }
    "bye" Bye {
        reason: String,
        retry_ms: u64,
    }
}

impl ServerFrame {
    /// The frame as it goes over the wire.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("a frame has string keys only")
    }

    /// An `err` frame for `error`, whose message must already be in the reader's language.
    pub fn refusal(error: AppError, id: Option<i64>, nonce: Option<Nonce>, room: Option<RoomId>) -> Self {
        let fatal = !error.code.is_transient();
        Self::Err { id, nonce, room, code: error.code, msg: error.message, retry_ms: error.retry_ms, fatal }
    }
}
