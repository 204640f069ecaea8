//! Changing the post of a room.

use super::Act;
use crate::model::event::Kind;
use crate::model::notice::RoomChange;
use crate::model::policy::Deed;
use crate::model::room::{RoomState, Visibility};

/// What a post is to become: what is absent stays as it is. Everything in the form in which it is stored, which
/// `server::chat::rooms` sees to.
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
    /// What somebody must be allowed to do for it.
    pub fn deed(&self) -> Deed {
        let only_state = *self == Self { state: self.state, ..Self::default() };
        if only_state { Deed::SetState } else { Deed::ChangePost }
    }

    /// As the log tells it.
    pub fn change(&self) -> RoomChange {
        let Self { title, body, category, tags, visibility, indexed, state } = self.clone();
        RoomChange { title, body: body.is_some(), category, tags, visibility, indexed, state }
    }
}

impl Act for Box<RoomPatch> {
    const KIND: Kind = Kind::Room;

    /// Patches carry no nonce of their caller's.
    fn told_apart_by(&self) -> (bool, &str) {
        (false, "room")
    }

    fn size(&self) -> usize {
        self.body.as_ref().map_or(0, String::len)
    }
}
