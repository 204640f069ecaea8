//! What others do to somebody's membership: adding, removing and banning, giving a role.

use super::Act;
use crate::model::event::Kind;
use crate::model::ids::UserId;
use crate::model::room::Role;

/// Makes somebody a member; lifts a ban.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Add {
    pub user: UserId,
}

/// Ends a membership; with `ban` for good, also before it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remove {
    pub user: UserId,
    pub ban: bool,
}

/// Makes a member something else; a new owner takes the place of the old one, who does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetRole {
    pub user: UserId,
    pub role: Role,
}

impl Act for Add {
    const KIND: Kind = Kind::Member;

    fn subject(&self) -> Option<UserId> {
        Some(self.user)
    }
}

impl Act for Remove {
    const KIND: Kind = Kind::Member;

    fn subject(&self) -> Option<UserId> {
        Some(self.user)
    }

    fn told_apart_by(&self) -> (bool, &str) {
        (self.ban, "remove")
    }
}

impl Act for SetRole {
    const KIND: Kind = Kind::Member;

    fn subject(&self) -> Option<UserId> {
        Some(self.user)
    }

    fn told_apart_by(&self) -> (bool, &str) {
        (false, self.role.as_str())
    }
}
