//! What can be written to a room's log, and what became of it.

use crate::error::Problem;
use crate::model::ids::{Millis, Nonce, RoomId, Seq, UserId};
use crate::protocol::{Kind, MemberChange};

/// Something that somebody wants to do in a room.
#[derive(Clone, Debug)]
pub struct Write {
    pub room: RoomId,
    pub author: UserId,
    pub nonce: Nonce,
    /// Of everything but the nonce: the same nonce with another fingerprint is a mistake, not a retry.
    pub fingerprint: i64,
    pub change: Change,
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
    /// Makes somebody a member; lifts a ban.
    Add {
        user: UserId,
    },
    /// Ends a membership; with `ban` for good, also before it began.
    Remove {
        user: UserId,
        ban: bool,
    },
}

impl Change {
    /// The message that this is about.
    pub const fn target(&self) -> Option<Seq> {
        match self {
            Change::Edit { target, .. } | Change::Delete { target } | Change::React { target, .. } => Some(*target),
            Change::Post { reply_to, .. } => *reply_to,
            Change::Add { .. } | Change::Remove { .. } => None,
        }
    }

    /// The person whose membership is to be changed.
    pub const fn subject(&self) -> Option<UserId> {
        match self {
            Change::Add { user } | Change::Remove { user, .. } => Some(*user),
            _ => None,
        }
    }

    pub const fn kind(&self) -> Kind {
        match self {
            Change::Post { .. } => Kind::Msg,
            Change::Edit { .. } => Kind::Edit,
            Change::Delete { .. } => Kind::Del,
            Change::React { .. } => Kind::React,
            Change::Add { .. } | Change::Remove { .. } => Kind::Member,
        }
    }

    /// Bytes that this brings into a transaction, roughly.
    pub const fn size(&self) -> usize {
        match self {
            Change::Post { body, .. } | Change::Edit { body, .. } => body.len(),
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
    /// Whoever may not read the room from here on.
    pub evicts: Option<UserId>,
}
