//! Events: the entries of a room's log.

use serde::{Deserialize, Serialize};

use super::doc::Doc;
use super::ids::{Millis, Nonce, Seq};
use super::notice::{MemberChange, Notice, RoomChange};
use super::user::Author;

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

    /// What is said of it between the messages, if anything is.
    pub fn notice(self) -> Option<Notice> {
        let Self { seq, author, ts, member, changed, .. } = self;
        (member.is_some() || changed.is_some()).then_some(Notice { seq, author, ts, member, changed })
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
