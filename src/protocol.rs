//! The wire specification of the WebSocket at `/ws`: one JSON object per text frame, named by its field `t`.
//!
//! # Rules
//!
//! * The first frame of a client is `hello`, within 10 s; it carries every subscription, so one round trip resumes all.
//! * Unknown fields are ignored; `null` is the same as absent.
//! * Not JSON, or no `t`: close 4400. An unknown `t`: `err unsupported`. Wrong fields: `err bad_frame`.
//! * `seq` counts every durable event of a room, from 1, without gaps: one cursor resumes everything.
//! * A cursor is valid within its `epoch` only; `since: 0` needs no epoch and means everything from the start.
//! * `sub_ok.events` are exactly `since + 1 ..= head` if `recovered`; otherwise the list is empty and the client
//!   reloads a page. There is never a partial list.
//! * `ack` says that the message is on disk. It may come before or after the sender's own `ev`.
//! * A `send` is repeated with the same nonce until it is acknowledged or refused for good (`err` with `fatal`).
//!
//! A frame of each kind stands in the tests below, which decode what is documented here.

use std::collections::HashMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::error::{AppError, Code, Problem};
use crate::model::doc::Doc;
use crate::model::ids::{MAX_SAFE_INTEGER, Millis, Nonce, NotAnId, RoomId, Seq};
use crate::model::user::Author;

/// The version of this protocol, in `hello` and `welcome`.
pub const VERSION: u32 = 1;
/// Rooms that one connection may subscribe to.
pub const MAX_SUBS: usize = 64;
/// Bytes of one frame. 4 000 characters of Hangul as `\u` escapes are 24 KB.
pub const MAX_FRAME: usize = 64 * 1024;
/// Events that a resume may bring; beyond it a page is cheaper for both sides.
pub const MAX_RESUME: usize = 500;

/// Close codes: RFC 6455's where one fits, else 4xxx.
pub mod close {
    pub const NORMAL: u16 = 1000;
    pub const PROTOCOL_ERROR: u16 = 1002;
    pub const UNSUPPORTED_DATA: u16 = 1003;
    pub const INVALID_TEXT: u16 = 1007;
    pub const TOO_BIG: u16 = 1009;
    pub const RESTART: u16 = 1012;
    pub const TRY_LATER: u16 = 1013;
    pub const BAD_FRAME: u16 = 4400;
    pub const UNAUTHENTICATED: u16 = 4401;
    pub const REVOKED: u16 = 4403;
    pub const VERSION: u16 = 4404;
    pub const HELLO: u16 = 4405;
    pub const SLOW: u16 = 4408;
    pub const TOO_MANY: u16 = 4409;
    pub const HEARTBEAT: u16 = 4410;
    pub const ABUSE: u16 = 4429;
    pub const INTERNAL: u16 = 4500;
}

fn null_is_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A cursor as a client sends it: 0 ≤ since < 2^53.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Since(pub Seq);

impl TryFrom<i64> for Since {
    type Error = NotAnId;

    fn try_from(value: i64) -> Result<Self, Self::Error> {
        if (0..=MAX_SAFE_INTEGER).contains(&value) { Ok(Self(value)) } else { Err(NotAnId) }
    }
}

impl From<Since> for i64 {
    fn from(since: Since) -> i64 {
        since.0
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    pub v: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub subs: Vec<HelloSub>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HelloSub {
    pub room: RoomId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sub {
    /// Chosen by the client and echoed in the answer.
    pub id: i64,
    pub room: RoomId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unsub {
    pub room: RoomId,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Send {
    pub id: i64,
    pub room: RoomId,
    pub nonce: Nonce,
    pub body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    /// Refused as `unsupported` while there is no media.
    #[serde(default, skip_serializing)]
    pub attachments: Option<IgnoredAny>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pong {
    #[serde(default, deserialize_with = "null_is_default")]
    pub n: u64,
}

/// Client → server.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ClientFrame {
    Hello(Hello),
    Sub(Sub),
    Unsub(Unsub),
    Send(Send),
    Pong(Pong),
}

/// Why a client's frame was not taken.
#[derive(Clone, Debug, PartialEq)]
pub enum FrameError {
    /// Not JSON, or no `t`: the connection is closed.
    Unreadable,
    /// An unknown `t` or wrong fields: answered, and the connection stays. The fields that could be read are echoed.
    Refused {
        /// A greeting may be said again, though nothing else may come before it.
        is_hello: bool,
        id: Option<i64>,
        nonce: Option<Nonce>,
        room: Option<RoomId>,
        problem: Problem,
    },
}

/// The fields that any frame may have, each as it stands: a wrong one must not hide the others.
#[derive(Deserialize)]
struct Head<'a> {
    t: Option<String>,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    nonce: Option<&'a RawValue>,
    #[serde(borrow, default)]
    room: Option<&'a RawValue>,
}

impl Head<'_> {
    /// For an object with a field that stands there twice: a wrong field, which is no reason to close.
    fn of_doubled_fields(text: &str) -> Option<Self> {
        let fields: HashMap<String, &RawValue> = serde_json::from_str(text).ok()?;
        let t = serde_json::from_str(fields.get("t")?.get()).ok()?;
        Some(Self { t, id: None, nonce: None, room: None })
    }
}

impl ClientFrame {
    /// Reads a text frame. Unknown fields are skipped without being built, however deep they nest.
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        fn read<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
            serde_json::from_str(raw?.get()).ok()
        }
        let head: Head<'_> = match serde_json::from_str(text) {
            Ok(head) => head,
            Err(_) => Head::of_doubled_fields(text).ok_or(FrameError::Unreadable)?,
        };
        let refused = |problem| FrameError::Refused {
            is_hello: head.t.as_deref() == Some("hello"),
            id: read(head.id),
            nonce: read(head.nonce),
            room: read(head.room),
            problem,
        };
        let bad = |_| refused(Problem::BadFrame);
        match head.t.as_deref().ok_or(FrameError::Unreadable)? {
            "hello" => serde_json::from_str(text).map(Self::Hello).map_err(bad),
            "sub" => serde_json::from_str(text).map(Self::Sub).map_err(bad),
            "unsub" => serde_json::from_str(text).map(Self::Unsub).map_err(bad),
            "send" => serde_json::from_str(text).map(Self::Send).map_err(bad),
            "pong" => serde_json::from_str(text).map(Self::Pong).map_err(bad),
            _ => Err(refused(Problem::UnknownFrame)),
        }
    }
}

/// What happened. `Other` is a kind that this client does not know: it moves the cursor and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Msg,
    #[serde(other)]
    Other,
}

/// One entry of a room's log: an `ev` frame without `t` and `room`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub seq: Seq,
    pub k: Kind,
    pub author: Author,
    /// To its author only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Nonce>,
    pub ts: Millis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<Doc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_client_frame_is_read() {
        let frames = [
            r#"{"t":"hello","v":1,"epoch":null,"subs":[{"room":42,"since":7},{"room":43}]}"#,
            r#"{"t":"sub","id":1,"room":42,"since":0,"later":true}"#,
            r#"{"t":"unsub","room":42}"#,
            r#"{"t":"send","id":2,"room":42,"nonce":"n-1","body":"hi","reply_to":3}"#,
            r#"{"t":"pong","n":9}"#,
        ];
        for text in frames {
            let frame = ClientFrame::parse(text).expect(text);
            let again = serde_json::to_string(&frame).unwrap();
            assert_eq!(ClientFrame::parse(&again), Ok(frame));
        }
    }

    #[test]
    fn every_documented_server_frame_is_read() {
        let frames = [
            r#"{"t":"welcome","v":1,"conn":"c","user":null,"epoch":"e","hb_ms":25000,"now":1,"limits":{"body":4000,"frame":65536,"subs":64}}"#,
            r#"{"t":"sub_ok","id":1,"room":42,"head":2,"floor":1,"recovered":true,"events":[{"seq":2,"k":"msg","author":{"id":1,"username":"a","display_name":"A"},"ts":5,"body":"hi"}]}"#,
            r#"{"t":"ev","room":42,"seq":3,"k":"react","author":{"id":1,"username":"a","display_name":"A"},"ts":5,"emoji":"👍"}"#,
            r#"{"t":"ack","id":2,"nonce":"n-1","room":42,"seq":3,"ts":5,"dup":false}"#,
            r#"{"t":"err","id":2,"nonce":"n-1","code":"too_long","msg":"…","fatal":true}"#,
            r#"{"t":"reset","room":42,"head":900,"reason":"behind"}"#,
            r#"{"t":"revoked","room":42,"reason":"kicked"}"#,
            r#"{"t":"hb","n":1,"now":5,"heads":[[42,3]]}"#,
            r#"{"t":"bye","reason":"restart","retry_ms":500}"#,
        ];
        for text in frames {
            let frame: ServerFrame = serde_json::from_str(text).expect(text);
            assert_ne!(frame, ServerFrame::Unknown, "{text}");
        }
        assert_eq!(serde_json::from_str::<ServerFrame>(r#"{"t":"new","x":1}"#).unwrap(), ServerFrame::Unknown);
    }

    #[test]
    fn what_is_wrong_decides_the_answer() {
        for text in ["", "x", "[]", "{}", r#"{"t":5}"#, r#"{"t":null}"#, r#"{"t":"send""#] {
            assert_eq!(ClientFrame::parse(text), Err(FrameError::Unreadable), "{text}");
        }
        let refused = ClientFrame::parse(r#"{"t":"send","id":7,"room":"x","nonce":"n","body":"b"}"#);
        let echoed = FrameError::Refused {
            id: Some(7),
            nonce: Nonce::try_from("n".to_owned()).ok(),
            room: None,
            problem: Problem::BadFrame,
            is_hello: false,
        };
        assert_eq!(refused, Err(echoed));
        assert!(matches!(
            ClientFrame::parse(r#"{"t":"dance"}"#),
            Err(FrameError::Refused { problem: Problem::UnknownFrame, .. })
        ));
    }
}
