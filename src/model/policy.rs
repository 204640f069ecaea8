//! Who may do what in a room: the one table. The server decides by it, and pages offer by it.

use super::ids::{Millis, Seq};
use super::room::{Role, RoomState, Visibility};
use crate::error::Problem;

/// A person as one room knows them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Of a member; `None` for everybody else.
    pub role: Option<Role>,
    /// A moderator has taken their voice for now.
    pub is_muted: bool,
}

impl Standing {
    pub const fn of(role: Option<Role>) -> Self {
        Self { role, is_muted: false }
    }

    fn moderates(self) -> bool {
        matches!(self.role, Some(Role::Owner | Role::Moderator))
    }

    fn owns(self) -> bool {
        self.role == Some(Role::Owner)
    }
}

/// Something that people do in a room that they may read. `own` says whether the message in question is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Posting a message, changing one's own, reacting.
    Speak,
    EditMessage {
        own: bool,
    },
    DeleteMessage {
        own: bool,
    },
    /// Reading what a message said before it was edited.
    ReadRevisions {
        own: bool,
    },
    Pin,
    /// Making somebody a member, and lifting a ban that somebody of this role has set.
    AddMember {
        banned_by: Option<Role>,
    },
    /// Ending the membership of somebody of this role, or keeping them out.
    RemoveMember {
        role: Option<Role>,
    },
    /// Giving a member another role.
    SetRole {
        own: bool,
    },
    /// Opening, locking, resolving or archiving a post.
    SetState,
    /// Changing anything else of a post.
    ChangePost,
}

/// Whether a person of this standing may do something in a room of this state.
///
/// # Errors
///
/// Why they may not.
pub fn may(who: Standing, deed: Deed, state: RoomState) -> Result<(), Problem> {
    let allowed = match deed {
        Deed::Speak if who.is_muted => return Err(Problem::Muted),
        Deed::Speak if state == RoomState::Locked && !who.moderates() => return Err(Problem::RoomLocked),
        Deed::Speak => true,
        Deed::EditMessage { own } => own,
        Deed::DeleteMessage { own } | Deed::ReadRevisions { own } => own || who.moderates(),
        Deed::Pin | Deed::SetState => who.moderates(),
        // What the owner has decided is the owner's to change.
        Deed::AddMember { banned_by } => who.owns() || (who.moderates() && banned_by != Some(Role::Owner)),
        Deed::RemoveMember { role: Some(Role::Owner) } => false,
        Deed::RemoveMember { role: Some(Role::Moderator) } => who.owns(),
        Deed::RemoveMember { role: Some(Role::Member) | None } => who.moderates(),
        // Nobody gives up a room but to somebody.
        Deed::SetRole { own } => who.owns() && !own,
        Deed::ChangePost => who.owns(),
    };
    if allowed { Ok(()) } else { Err(Problem::NotAllowed) }
}

/// [`may`], for pages: whether to offer it. Where the state of the room decides, the server has the last word.
pub fn offers(role: Option<Role>, deed: Deed) -> bool {
    may(Standing::of(role), deed, RoomState::Open).is_ok()
}

/// Somebody's row among the members of a room. A ban keeps the row, but is no membership.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub is_banned: bool,
    /// The first seq that they may read.
    pub visible_from: Seq,
}

/// The first seq of a room that somebody may read; `None` if there is no such room for them. Queries have the same rule as
/// `sql_may_read!` and `sql_visible_from!`.
pub fn visible_from(visibility: Visibility, open_from: Seq, place: Option<Place>) -> Option<Seq> {
    match place {
        Some(Place { is_banned: true, .. }) => None,
        Some(Place { visible_from, .. }) => Some(visible_from),
        None => (visibility != Visibility::Private).then_some(open_from),
    }
}

/// From where on somebody reads whom a moderator makes a member. Nobody gives what they do not have; and where everybody
/// may come by themselves, being added is worth no more than that.
pub fn granted(visibility: Visibility, open_from: Seq, by: Seq) -> Seq {
    if visibility == Visibility::Private { by } else { by.max(open_from) }
}

/// Whether a mute that lasts until then is still one.
pub fn is_muted(until: Option<Millis>, now: Millis) -> bool {
    until.is_some_and(|until| until > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEEDS: [Deed; 18] = [
        Deed::Speak,
        Deed::EditMessage { own: true },
        Deed::EditMessage { own: false },
        Deed::DeleteMessage { own: true },
        Deed::DeleteMessage { own: false },
        Deed::ReadRevisions { own: true },
        Deed::ReadRevisions { own: false },
        Deed::Pin,
        Deed::AddMember { banned_by: None },
        Deed::AddMember { banned_by: Some(Role::Moderator) },
        Deed::AddMember { banned_by: Some(Role::Owner) },
        Deed::RemoveMember { role: None },
        Deed::RemoveMember { role: Some(Role::Member) },
        Deed::RemoveMember { role: Some(Role::Moderator) },
        Deed::RemoveMember { role: Some(Role::Owner) },
        Deed::SetRole { own: false },
        Deed::SetState,
        Deed::ChangePost,
    ];

    /// `x` where it is allowed, in the order of [`DEEDS`].
    fn row(role: Option<Role>) -> String {
        DEEDS.iter().map(|deed| if offers(role, *deed) { 'x' } else { '.' }).collect()
    }

    #[test]
    fn the_table() {
        assert_eq!(row(None), "xx.x.x............");
        assert_eq!(row(Some(Role::Member)), "xx.x.x............");
        assert_eq!(row(Some(Role::Moderator)), "xx.xxxxxxx.xx...x.");
        assert_eq!(row(Some(Role::Owner)), "xx.xxxxxxxxxxx.xxx");
        assert!(!offers(Some(Role::Owner), Deed::SetRole { own: true }));
    }

    #[test]
    fn a_locked_room_and_a_mute_are_silence() {
        for role in [None, Some(Role::Member), Some(Role::Moderator), Some(Role::Owner)] {
            let locked = may(Standing::of(role), Deed::Speak, RoomState::Locked);
            let moderates = matches!(role, Some(Role::Moderator | Role::Owner));
            assert_eq!(locked, if moderates { Ok(()) } else { Err(Problem::RoomLocked) });
            let muted = Standing { role, is_muted: true };
            assert_eq!(may(muted, Deed::Speak, RoomState::Locked), Err(Problem::Muted));
            assert_eq!(may(muted, Deed::DeleteMessage { own: true }, RoomState::Locked), Ok(()));
        }
    }
}
