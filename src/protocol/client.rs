//! What a client says.

use std::collections::HashMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::error::Problem;
use crate::model::action::Action;
use crate::model::ids::{MAX_SAFE_INTEGER, Nonce, NotAnId, RoomId, Seq};

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

/// An action: `send`, `edit`, `del`, `react` or `pin`, with the fields of that beside these.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    pub id: i64,
    pub room: RoomId,
    pub nonce: Nonce,
    pub action: Action,
}

/// What the frames of all actions have.
#[derive(Serialize, Deserialize)]
struct ActHead {
    id: i64,
    room: RoomId,
    nonce: Nonce,
}

impl Serialize for Act {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { id, room, nonce, action } = self;
        action.write_frame(&ActHead { id: *id, room: *room, nonce: nonce.clone() }, to)
    }
}

/// Asks for the events after `since`, at most `limit` of them: answered by `evs` or `reset`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sync {
    pub id: i64,
    pub room: RoomId,
    pub since: Since,
    /// 1 to [`MAX_RESUME`](super::MAX_RESUME), which is also what is meant if it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// Says that somebody is writing in a room; not more often than every 3 s.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Typing {
    pub room: RoomId,
}

/// Everything up to `seq` has been seen. A position never goes back by this.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Read {
    pub room: RoomId,
    pub seq: Since,
}

/// `seq` and what follows is to count as unread again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnreadFrom {
    pub room: RoomId,
    pub seq: Since,
}

/// Asks for `card` frames of these rooms until the next `lobby` frame; with `on: false`, for none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lobby {
    pub on: bool,
    #[serde(default, deserialize_with = "null_is_default")]
    pub filter: LobbyFilter,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LobbyFilter {
    /// The cards on the screen, at most [`MAX_CARDS`](super::MAX_CARDS).
    pub rooms: Vec<RoomId>,
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
    Sync(Sync),
    Typing(Typing),
    Read(Read),
    UnreadFrom(UnreadFrom),
    Lobby(Lobby),
    Pong(Pong),
    #[serde(untagged)]
    Act(Act),
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
    #[serde(default)]
    attachments: Option<IgnoredAny>,
}

impl Head<'_> {
    /// For an object with a field that stands there twice: a wrong field, which is no reason to close.
    fn of_doubled_fields(text: &str) -> Option<Self> {
        let fields: HashMap<String, &RawValue> = serde_json::from_str(text).ok()?;
        let t = serde_json::from_str(fields.get("t")?.get()).ok()?;
        Some(Self { t, id: None, nonce: None, room: None, attachments: None })
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
            "sync" => serde_json::from_str(text).map(Self::Sync).map_err(bad),
            "typing" => serde_json::from_str(text).map(Self::Typing).map_err(bad),
            "read" => serde_json::from_str(text).map(Self::Read).map_err(bad),
            "unread_from" => serde_json::from_str(text).map(Self::UnreadFrom).map_err(bad),
            "lobby" => serde_json::from_str(text).map(Self::Lobby).map_err(bad),
            "pong" => serde_json::from_str(text).map(Self::Pong).map_err(bad),
            // There is no media yet.
            "send" if head.attachments.is_some() => Err(refused(Problem::UnknownFrame)),
            frame => match Action::parse(frame, text) {
                Some(action) => {
                    let ActHead { id, room, nonce } = serde_json::from_str(text).map_err(bad)?;
                    Ok(Self::Act(Act { id, room, nonce, action: action.map_err(bad)? }))
                }
                None => Err(refused(Problem::UnknownFrame)),
            },
        }
    }
}
