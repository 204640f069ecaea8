//! What is done to a room and to who belongs to it, as its log tells it and as it stands between the messages.

use serde::{Deserialize, Serialize};

use super::ids::{Millis, Seq};
use super::room::{Role, RoomState, Visibility};
use super::user::Author;

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

/// A line between the messages: somebody changed the post, or who belongs to the room. It never counts as unread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub seq: Seq,
    pub author: Author,
    pub ts: Millis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberChange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Box<RoomChange>>,
}
