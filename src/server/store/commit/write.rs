//! What can be written to a room's log, and what became of it.

use crate::error::Problem;
use crate::model::action::Action;
use crate::model::event::Kind;
use crate::model::ids::{Millis, Nonce, RoomId, Seq, UserId};
use crate::model::notice::{MemberChange, RoomChange};

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
    pub action: Action,
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
