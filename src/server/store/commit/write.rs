//! What can be written to a room's log, and what became of it.

use crate::error::Problem;
use crate::model::ids::{Millis, Nonce, RoomId, Seq, UserId};
use crate::model::notice::{MemberChange, RoomChange};
use crate::model::room::{Role, RoomState, Visibility};
use crate::protocol::Kind;

/// Something that somebody wants to do in a room.
#[derive(Clone, Debug)]
pub struct Write {
    pub room: RoomId,
    pub author: UserId,
    pub nonce: Nonce,
    /// Of everything but the nonce: the same nonce with another fingerprint is a mistake, not a retry.
    pub fingerprint: i64,
    /// The people that the text names.
    pub mentions: Vec<UserId>,
    pub change: Change,
}

/// What a post is to become: what is absent stays as it is. Everything in the form in which it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomPatch {
    pub title: Option<String>,
    pub body: Option<String>,
    pub category: Option<String>,
    pub tags: Option<Vec<String>>,
    pub visibility: Option<Visibility>,
    pub indexed: Option<bool>,
    pub state: Option<RoomState>,
}

impl RoomPatch {
    /// Whether this changes more than the state, which moderators may change too.
    pub fn is_for_the_owner(&self) -> bool {
        *self != Self { state: self.state, ..Self::default() }
    }

    /// As the log tells it.
    pub fn change(&self) -> RoomChange {
        let Self { title, body, category, tags, visibility, indexed, state } = self.clone();
        RoomChange { title, body: body.is_some(), category, tags, visibility, indexed, state }
    }
}

#[derive(Clone, Debug)]
pub enum Change {
    Post {
        body: String,
        reply_to: Option<Seq>,
    },
    Edit {
        target: Seq,
        body: String,
    },
    Delete {
        target: Seq,
    },
    React {
        target: Seq,
        emoji: String,
        on: bool,
    },
    /// Pins a message, or takes it down again.
    Pin {
        target: Seq,
        on: bool,
    },
    /// Makes somebody a member; lifts a ban.
    Add {
        user: UserId,
    },
    /// Ends a membership; with `ban` for good, also before it began.
    Remove {
        user: UserId,
        ban: bool,
    },
    /// Makes a member something else; a new owner takes the place of whoever does it.
    SetRole {
        user: UserId,
        role: Role,
    },
    /// Changes the post.
    Room(Box<RoomPatch>),
}

impl Change {
    /// The message that this is about.
    pub const fn target(&self) -> Option<Seq> {
        match self {
            Change::Edit { target, .. }
            | Change::Delete { target }
            | Change::React { target, .. }
            | Change::Pin { target, .. } => Some(*target),
            Change::Post { reply_to, .. } => *reply_to,
            Change::Add { .. } | Change::Remove { .. } | Change::SetRole { .. } | Change::Room(_) => None,
        }
    }

    /// The person whose membership is to be changed.
    pub const fn subject(&self) -> Option<UserId> {
        match self {
            Change::Add { user } | Change::Remove { user, .. } | Change::SetRole { user, .. } => Some(*user),
            _ => None,
        }
    }

    pub const fn kind(&self) -> Kind {
        match self {
            Change::Post { .. } => Kind::Msg,
            Change::Edit { .. } => Kind::Edit,
            Change::Delete { .. } => Kind::Del,
            Change::React { .. } => Kind::React,
            Change::Pin { .. } => Kind::Pin,
            Change::Add { .. } | Change::Remove { .. } | Change::SetRole { .. } => Kind::Member,
            Change::Room(_) => Kind::Room,
        }
    }

    /// Bytes that this brings into a transaction, roughly.
    pub fn size(&self) -> usize {
        match self {
            Change::Post { body, .. } | Change::Edit { body, .. } => body.len(),
            Change::Room(patch) => patch.body.as_ref().map_or(0, String::len),
            _ => 0,
        }
    }
}

/// What became of a [`Write`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Stored(Stored),
    /// An earlier try had stored it.
    Duplicate {
        seq: Seq,
        ts: Millis,
    },
    Refused(Problem),
}

/// A write that got its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub seq: Seq,
    pub ts: Millis,
    /// The kind of the write, or `Skip` if it changed nothing.
    pub kind: Kind,
    pub member: Option<MemberChange>,
    /// What of the post was really changed.
    pub changed: Option<RoomChange>,
    /// Its author was no member before.
    pub joined: bool,
    /// People may read the room from here on who could not before.
    pub opens: bool,
    /// Whoever may not read the room from here on.
    pub evicts: Option<UserId>,
}
