//! Events: the entries of a room's log.

use serde::{Deserialize, Serialize};

use crate::model::doc::Doc;
use crate::model::ids::{Millis, Nonce, Seq};
use crate::model::room::{Role, RoomState, Visibility};
use crate::model::user::Author;

/// What happened. `Other` is a kind that this program does not know: it moves the cursor and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A message. Without a body it has been deleted since.
    Msg,
    /// `target` has the text `body` from here on. Without a body, `target` has been deleted since.
    Edit,
    /// `target` has no text any more.
    Del,
    /// `author` adds (`on`) or takes back `emoji` under `target`.
    React,
    /// `target` is pinned (`on`), or no longer.
    Pin,
    /// Somebody was let in, put out or given another role, see `member`.
    Member,
    /// The post was changed, see `changed`.
    Room,
    /// A place in the log at which nothing is to be seen, such as a reaction that was there already.
    Skip,
    #[serde(other)]
    Other,
}

impl Kind {
    /// The name in the database, which is the one on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Msg => "msg",
            Kind::Edit => "edit",
            Kind::Del => "del",
            Kind::React => "react",
            Kind::Pin => "pin",
            Kind::Member => "member",
            Kind::Room => "room",
            Kind::Skip | Kind::Other => "skip",
        }
    }

    pub fn parse(name: &str) -> Self {
        match name {
            "msg" => Kind::Msg,
            "edit" => Kind::Edit,
            "del" => Kind::Del,
            "react" => Kind::React,
            "pin" => Kind::Pin,
            "member" => Kind::Member,
            "room" => Kind::Room,
            "skip" => Kind::Skip,
            _ => Kind::Other,
        }
    }
}

/// What was done to a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberAction {
    Add,
    Remove,
    Ban,
    /// They have another role now, which is the change's. A new owner's forerunner, the event's author, is a moderator
    /// from here on.
    Role,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberChange {
    pub user: Author,
    pub role: Role,
    pub action: MemberAction,
}

/// What of a post was changed: the new values, but for the text, which whoever shows it reads again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub body: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indexed: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<RoomState>,
}

impl RoomChange {
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Whether this closes the room to people who read it until now.
    pub fn closes(&self) -> bool {
        self.visibility == Some(Visibility::Private)
    }
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
    /// Only where the text is more than plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<Doc>,
    /// The message that this is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Seq>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberChange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Box<RoomChange>>,
}

impl Event {
    /// An event with nothing but its place, author and time.
    pub fn new(seq: Seq, k: Kind, author: Author, ts: Millis) -> Self {
        Self {
            seq,
            k,
            author,
            nonce: None,
            ts,
            body: None,
            doc: None,
            target: None,
            reply_to: None,
            emoji: None,
            on: None,
            member: None,
            changed: None,
        }
    }
}

/// A piece of a room's log, ascending. Without `recovered` the place asked for does not exist, and there are no events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Events {
    pub events: Vec<Event>,
    pub head: Seq,
    pub epoch: String,
    pub recovered: bool,
}
