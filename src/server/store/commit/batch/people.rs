//! Who belongs to a room, and as what.

use super::{Batch, Effect, MemberRow, Membership, Standing, Subject};
use crate::error::Problem;
use crate::model::ids::{Millis, Seq, UserId};
use crate::model::notice::{MemberAction, MemberChange};
use crate::model::room::{Role, Visibility};
use crate::server::store::Result;

impl Batch<'_> {
    /// Makes somebody a member who reads from `granted` on, unless they have to be asked first: then this does no more than
    /// lift a ban.
    pub(super) fn add(
        &mut self,
        room: i64,
        by: Option<Role>,
        user: UserId,
        granted: Seq,
    ) -> Result<std::result::Result<Effect, Problem>> {
        let known = self.members.get(&(room, user.get()));
        let banned_by = known.map(MemberRow::banned_by).transpose()?.flatten();
        let may = match by {
            Some(Role::Owner) => true,
            // What the owner has decided is the owner's to change.
            Some(Role::Moderator) => banned_by != Some(Role::Owner),
            Some(Role::Member) | None => false,
        };
        if !may {
            return Ok(Err(Problem::NotAllowed));
        }
        let is_banned = known.is_some_and(|member| member.banned_ts.is_some());
        let is_member = known.is_some() && !is_banned;
        let Some(Subject { person, may_be_added }) = self.subjects.get(&(room, user.get())) else {
            return Ok(Err(Problem::NotFound));
        };
        let change = MemberChange { user: person.clone(), role: Role::Member, action: MemberAction::Add };
        if is_member {
            return Ok(Ok(Effect::Nothing));
        }
        if !*may_be_added {
            if is_banned {
                self.moderate(room, user, Standing::Nobody, 0);
            }
            return Ok(Ok(Effect::Nothing));
        }
        self.moderate(room, user, Standing::Member, granted);
        Ok(Ok(Effect::Member(change, None)))
    }

    /// Ends a membership; bans, if there is a time of that.
    pub(super) fn remove(
        &mut self,
        room: i64,
        visibility: Visibility,
        by: Option<Role>,
        user: UserId,
        ban: Option<Millis>,
    ) -> Result<std::result::Result<Effect, Problem>> {
        let known = self.members.get(&(room, user.get()));
        let role = known.map(MemberRow::role).transpose()?.flatten();
        let banned_by = known.map(MemberRow::banned_by).transpose()?.flatten();
        let by = match by {
            Some(Role::Owner) if role != Some(Role::Owner) => Role::Owner,
            Some(Role::Moderator) if matches!(role, None | Some(Role::Member)) => Role::Moderator,
            _ => return Ok(Err(Problem::NotAllowed)),
        };
        let Some(subject) = self.subjects.get(&(room, user.get())).map(|subject| subject.person.clone()) else {
            return Ok(Err(Problem::NotFound));
        };
        // An owner may make a moderator's ban their own.
        let is_so = match ban {
            Some(_) => banned_by.is_some_and(|known| known == by || known == Role::Owner),
            None => role.is_none(),
        };
        if is_so {
            return Ok(Ok(Effect::Nothing));
        }
        self.moderate(room, user, ban.map_or(Standing::Nobody, |now| Standing::Banned(now, by)), 0);
        let action = if ban.is_some() { MemberAction::Ban } else { MemberAction::Remove };
        let change = MemberChange { user: subject, role: role.unwrap_or(Role::Member), action };
        // A public room is open to everybody whom it has not banned.
        let is_out = ban.is_some() || visibility == Visibility::Private;
        Ok(Ok(Effect::Member(change, is_out.then_some(user))))
    }

    pub(super) fn set_role(
        &mut self,
        room: i64,
        author: i64,
        by: Option<Role>,
        user: UserId,
        new: Role,
    ) -> Result<std::result::Result<Effect, Problem>> {
        // Nobody gives up a room but to somebody.
        if by != Some(Role::Owner) || user.get() == author {
            return Ok(Err(Problem::NotAllowed));
        }
        let known = self.members.get(&(room, user.get())).map(MemberRow::role).transpose()?.flatten();
        let subject = self.subjects.get(&(room, user.get())).map(|subject| subject.person.clone());
        let (Some(now), Some(subject)) = (known, subject) else {
            return Ok(Err(Problem::NotFound));
        };
        if now == new {
            return Ok(Ok(Effect::Nothing));
        }
        self.become_role(room, user.get(), new);
        if new == Role::Owner {
            self.become_role(room, author, Role::Moderator);
        }
        Ok(Ok(Effect::Member(MemberChange { user: subject, role: new, action: MemberAction::Role }, None)))
    }

    fn become_role(&mut self, room: i64, user: i64, role: Role) {
        self.moderated.push(Membership { room, user, standing: Standing::As(role), read_seq: 0, visible_from: 0 });
        if let Some(member) = self.members.get_mut(&(room, user)) {
            role.as_str().clone_into(&mut member.role);
        }
    }

    pub(super) fn set_standing(&mut self, room: i64, user: i64, standing: Standing, visible_from: Seq) {
        let known = self.members.remove(&(room, user));
        let was = known.as_ref().is_some_and(|member| member.banned_ts.is_none());
        if let Some(locked) = self.rooms.get_mut(&room) {
            locked.added_members += i64::from(standing == Standing::Member) - i64::from(was);
        }
        let (banned_ts, banned_by_role) = match standing {
            Standing::Nobody => return,
            Standing::Member | Standing::As(_) => (None, None),
            Standing::Banned(at, by) => (Some(at), Some(by.as_str().to_owned())),
        };
        let muted_until = known.and_then(|member| member.muted_until);
        let role = Role::Member.as_str().to_owned();
        let row =
            MemberRow { room_id: room, user_id: user, role, muted_until, banned_ts, banned_by_role, visible_from };
        self.members.insert((room, user), row);
    }

    fn moderate(&mut self, room: i64, user: UserId, standing: Standing, visible_from: Seq) {
        let read_seq = self.rooms.get(&room).map_or(0, |room| room.last_seq + 1);
        self.moderated.push(Membership { room, user: user.get(), standing, read_seq, visible_from });
        self.set_standing(room, user.get(), standing, visible_from);
    }
}
