//! Messages and pages of them.

use serde::{Deserialize, Serialize};

use super::doc::Doc;
use super::ids::{Millis, Nonce, RoomId, Seq};
use super::notice::Notice;
use super::text::seam;
use super::user::Author;

/// How often a message got the same emoji, and whether the reader is among those who gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    pub emoji: String,
    pub count: u32,
    pub mine: bool,
}

/// A message as it stands now. `rev` is the seq of its latest change: only later events change it further.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub room: RoomId,
    pub seq: Seq,
    pub rev: Seq,
    pub author: Author,
    /// Only its author is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Nonce>,
    pub body: String,
    /// Left out where the text is plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<Doc>,
    pub ts: Millis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_ts: Option<Millis>,
    /// Its text is gone for good.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// In the order in which they were first given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
}

/// A text that a message has or had, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    pub ts: Millis,
    pub body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<Doc>,
}

/// Who gave a message one emoji: the first of them, in the order in which they did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reactors {
    pub emoji: String,
    pub people: Vec<Author>,
}

/// An emoji, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmojiName {
    pub emoji: String,
    pub name: String,
}

/// What a reply shows of the message that it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    pub seq: Seq,
    pub author: Author,
    /// The beginning of its text, on one line and without markup; "" if it was deleted.
    pub excerpt: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

/// What somebody is writing, as another of their devices has left it, and when that was kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedDraft {
    pub body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Quote>,
    pub ts: Millis,
}

/// The beginning of a text, on one line: for quotes that the browser makes itself.
pub fn one_line(text: &str) -> String {
    const MOST: usize = 120;
    let words: Vec<&str> = text.split_whitespace().take(MOST).collect();
    let line = words.join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..seam(&line, end)]),
        None => line,
    }
}

/// A page of messages, ascending, with the place in the log at which it was true.
///
/// `head` and `epoch` are read before the messages: a subscription with `since = head` misses nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    pub messages: Vec<Message>,
    pub head: Seq,
    pub floor: Seq,
    pub epoch: String,
    /// Whether there are more messages in the direction of the page.
    pub more: bool,
    /// Whether there may be messages before the page.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub older: bool,
    /// Whether there may be messages after the page that had been said when it was read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub newer: bool,
    /// The messages that replies on the page answer, ascending, unless they are on it themselves or before the floor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotes: Vec<Quote>,
    /// What was done to the room between these messages, ascending: also before the first one if nothing is older, and
    /// after the last one if nothing is newer. Pages that follow on one another have each of them once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
}

/// Where a page of history lies. At most one place is set by well-behaved callers; the first one wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    pub before: Option<Seq>,
    pub after: Option<Seq>,
    pub around: Option<Seq>,
    /// With `after`: the last seq that may be on the page.
    pub until: Option<Seq>,
    pub limit: i64,
}

/// What the server says of a stored write. `dup`: it had been stored before, by an earlier try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    pub seq: Seq,
    pub ts: Millis,
    pub dup: bool,
    /// Its author came to belong to the room by it. For the server only.
    #[serde(skip)]
    pub joined: bool,
}
