//! Letting people in, putting them out, and giving them roles.

use super::apply::{Apply, By, Effect, Refused};
use super::batch::{Batch, MemberRow, Subject};
use super::membership::Standing;
use crate::error::Problem;
use crate::model::action::{Add, Remove, SetRole};
use crate::model::ids::UserId;
use crate::model::notice::{MemberAction, MemberChange};
use crate::model::policy::{self, Deed};
use crate::model::room::{Role, Visibility};
use crate::model::user::Author;

/// Makes somebody a member, unless they have to be asked first: then this does no more than lift a ban.
impl Apply for Add {
    fn decide(&self, batch: &mut Batch<'_>, by: &By) -> Result<Effect, Refused> {
        let known = batch.member(by.room, self.user);
        let banned_by = known.map(MemberRow::banned_by).transpose()?.flatten();
        by.may(Deed::AddMember { banned_by })?;
        let is_banned = known.is_some_and(|member| member.banned_ts.is_some());
        let is_member = known.is_some() && !is_banned;
        let Subject { person, may_be_added } =
            batch.subjects.get(&(by.room, self.user.get())).ok_or(Problem::NotFound)?;
        let change = MemberChange { user: person.clone(), role: Role::Member, action: MemberAction::Add };
        if is_member {
            return Ok(Effect::Nothing);
        }
        if !*may_be_added {
            if is_banned {
                batch.moderate(by.room, self.user, Standing::Nobody, 0);
            }
            return Ok(Effect::Nothing);
        }
        let granted = policy::granted(by.visibility, by.open_from, by.visible_from);
        batch.moderate(by.room, self.user, Standing::Member, granted);
        Ok(Effect::Member(change, None))
    }
}

impl Apply for Remove {
    fn decide(&self, batch: &mut Batch<'_>, by: &By) -> Result<Effect, Refused> {
        let known = batch.member(by.room, self.user);
        let role = known.map(MemberRow::role).transpose()?.flatten();
        let banned_by = known.map(MemberRow::banned_by).transpose()?.flatten();
        by.may(Deed::RemoveMember { role })?;
        let user = batch.subject(by.room, self.user)?;
        let as_role = by.standing.role.unwrap_or(Role::Member);
        // An owner may make a moderator's ban their own.
        let is_so = if self.ban {
            banned_by.is_some_and(|known| known == as_role || known == Role::Owner)
        } else {
            role.is_none()
        };
        if is_so {
            return Ok(Effect::Nothing);
        }
        let standing = if self.ban { Standing::Banned(by.now, as_role) } else { Standing::Nobody };
        batch.moderate(by.room, self.user, standing, 0);
        let action = if self.ban { MemberAction::Ban } else { MemberAction::Remove };
        // A public room is open to everybody whom it has not banned.
        let is_out = self.ban || by.visibility == Visibility::Private;
        let change = MemberChange { user, role: role.unwrap_or(Role::Member), action };
        Ok(Effect::Member(change, is_out.then_some(self.user)))
    }
}

impl Apply for SetRole {
    fn decide(&self, batch: &mut Batch<'_>, by: &By) -> Result<Effect, Refused> {
        by.may(Deed::SetRole { own: self.user.get() == by.author })?;
        let known = batch.member(by.room, self.user).map(MemberRow::role).transpose()?.flatten();
        let user = batch.subject(by.room, self.user)?;
        if known.ok_or(Problem::NotFound)? == self.role {
            return Ok(Effect::Nothing);
        }
        batch.become_role(by.room, self.user.get(), self.role);
        if self.role == Role::Owner {
            batch.become_role(by.room, by.author, Role::Moderator);
        }
        Ok(Effect::Member(MemberChange { user, role: self.role, action: MemberAction::Role }, None))
    }
}

impl Batch<'_> {
    fn member(&self, room: i64, user: UserId) -> Option<&MemberRow> {
        self.members.get(&(room, user.get()))
    }

    fn subject(&self, room: i64, user: UserId) -> Result<Author, Problem> {
        self.subjects.get(&(room, user.get())).map(|subject| subject.person.clone()).ok_or(Problem::NotFound)
    }
}
