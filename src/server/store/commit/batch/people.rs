//! Who belongs to a room, and as what.

use super::{Batch, Effect, MemberRow, Membership, Standing};
use crate::error::Problem;
use crate::model::ids::{Millis, UserId};
use crate::model::notice::{MemberAction, MemberChange};
use crate::model::room::Role;
use crate::server::store::Result;

impl Batch<'_> {
    pub(super) fn add(&mut self, room: i64, role: Option<Role>, user: UserId) -> std::result::Result<Effect, Problem> {
        if !role.is_some_and(|role| role != Role::Member) {
            return Err(Problem::NotAllowed);
        }
        let subject = self.subjects.get(&user.get()).cloned().ok_or(Problem::NotFound)?;
        let known = self.members.get(&(room, user.get()));
        if known.is_some_and(|member| member.banned_ts.is_none()) {
            return Ok(Effect::Nothing);
        }
        self.moderate(room, user, Standing::Member);
        let change = MemberChange { user: subject, role: Role::Member, action: MemberAction::Add };
        Ok(Effect::Member(change, None))
    }

    pub(super) fn remove(
        &mut self,
        room: i64,
        is_private: bool,
        by: Option<Role>,
        user: UserId,
        ban: bool,
        now: Millis,
    ) -> Result<std::result::Result<Effect, Problem>> {
        let known = self.members.get(&(room, user.get()));
        let role = known.map(MemberRow::role).transpose()?.flatten();
        let is_banned = known.is_some_and(|member| member.banned_ts.is_some());
        let may = match by {
            Some(Role::Owner) => role != Some(Role::Owner),
            Some(Role::Moderator) => matches!(role, None | Some(Role::Member)),
            Some(Role::Member) | None => false,
        };
        if !may {
            return Ok(Err(Problem::NotAllowed));
        }
        let Some(subject) = self.subjects.get(&user.get()).cloned() else { return Ok(Err(Problem::NotFound)) };
        if (role.is_none() && !ban) || (is_banned && ban) {
            return Ok(Ok(Effect::Nothing));
        }
        self.moderate(room, user, if ban { Standing::Banned(now) } else { Standing::Nobody });
        let action = if ban { MemberAction::Ban } else { MemberAction::Remove };
        let change = MemberChange { user: subject, role: role.unwrap_or(Role::Member), action };
        // A public room is open to everybody whom it has not banned.
        Ok(Ok(Effect::Member(change, (ban || is_private).then_some(user))))
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
        let (Some(now), Some(subject)) = (known, self.subjects.get(&user.get()).cloned()) else {
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
        self.moderated.push(Membership { room, user, standing: Standing::As(role), read_seq: 0 });
        if let Some(member) = self.members.get_mut(&(room, user)) {
            role.as_str().clone_into(&mut member.role);
        }
    }

    pub(super) fn set_standing(&mut self, room: i64, user: i64, standing: Standing) {
        let known = self.members.remove(&(room, user));
        let was = known.as_ref().is_some_and(|member| member.banned_ts.is_none());
        if let Some(locked) = self.rooms.get_mut(&room) {
            locked.added_members += i64::from(standing == Standing::Member) - i64::from(was);
        }
        let banned_ts = match standing {
            Standing::Nobody => return,
            Standing::Member | Standing::As(_) => None,
            Standing::Banned(at) => Some(at),
        };
        let muted_until = known.and_then(|member| member.muted_until);
        let role = Role::Member.as_str().to_owned();
        self.members.insert((room, user), MemberRow { room_id: room, user_id: user, role, muted_until, banned_ts });
    }

    fn moderate(&mut self, room: i64, user: UserId, standing: Standing) {
        let read_seq = self.rooms.get(&room).map_or(0, |room| room.last_seq + 1);
        self.moderated.push(Membership { room, user: user.get(), standing, read_seq });
        self.set_standing(room, user.get(), standing);
    }
}
