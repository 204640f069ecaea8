//! What becomes of people's places in rooms, in the batch and then in the tables.

use super::super::invitations::{FORGET_DEPARTURE, WITHDRAW};
use super::batch::{Batch, MemberRow};
use super::statement::{Arg, Statement};
use crate::model::ids::{Millis, Seq, UserId};
use crate::model::room::Role;

/// What becomes of somebody's place in a room.
pub struct Membership {
    pub room: i64,
    pub user: i64,
    pub standing: Standing,
    /// Where reading begins for whoever has just come.
    pub read_seq: Seq,
    /// The first seq that they may read.
    pub visible_from: Seq,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Member,
    /// A member who was one before.
    As(Role),
    Nobody,
    /// When, and by somebody of which role.
    Banned(Millis, Role),
}

const SET_MEMBER: &str = "
    INSERT INTO members (room_id, user_id, role, read_seq, joined_ts, banned_ts, banned_by_role, visible_from)
    VALUES ($1, $2, 'member', $3, $4, $5, $6, $7)
    ON CONFLICT (room_id, user_id) DO UPDATE
    SET role = 'member', read_seq = excluded.read_seq, joined_ts = excluded.joined_ts, banned_ts = excluded.banned_ts,
        banned_by_role = excluded.banned_by_role, visible_from = excluded.visible_from, read_before = NULL,
        read_all_ts = NULL";

const SET_ROLE: &str = "
    UPDATE members
    SET role = $3
    WHERE room_id = $1 AND user_id = $2";

const END_MEMBER: &str = "
    DELETE FROM members
    WHERE room_id = $1 AND user_id = $2";

impl Batch<'_> {
    /// Somebody who posts becomes a member, or a moderator decides what somebody is to be.
    pub fn set_standing(&mut self, room: i64, user: i64, standing: Standing, visible_from: Seq) {
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

    pub fn moderate(&mut self, room: i64, user: UserId, standing: Standing, visible_from: Seq) {
        let read_seq = self.rooms.get(&room).map_or(0, |room| room.last_seq + 1);
        self.moderated.push(Membership { room, user: user.get(), standing, read_seq, visible_from });
        self.set_standing(room, user.get(), standing, visible_from);
    }

    pub fn become_role(&mut self, room: i64, user: i64, role: Role) {
        self.moderated.push(Membership { room, user, standing: Standing::As(role), read_seq: 0, visible_from: 0 });
        if let Some(member) = self.members.get_mut(&(room, user)) {
            role.as_str().clone_into(&mut member.role);
        }
    }
}

/// Writes the memberships that others have changed, and forgets what has been settled by them and by joining.
pub fn statements(batch: &Batch<'_>, now: Millis, into: &mut Vec<Statement>) {
    into.extend(batch.moderated.iter().map(|membership| set_member(membership, now)));
    for Membership { room, user, standing, .. } in batch.joined.iter().chain(&batch.moderated) {
        let over: &[&str] = match standing {
            Standing::Member => &[FORGET_DEPARTURE, WITHDRAW],
            Standing::Nobody | Standing::Banned(..) => &[WITHDRAW],
            Standing::As(_) => &[],
        };
        into.extend(over.iter().map(|sql| Statement { sql, args: vec![Arg::Int(*room), Arg::Int(*user)] }));
    }
}

fn set_member(membership: &Membership, now: Millis) -> Statement {
    let Membership { room, user, standing, read_seq, visible_from } = membership;
    let mut args = vec![Arg::Int(*room), Arg::Int(*user)];
    let (banned_ts, banned_by) = match standing {
        Standing::Nobody => return Statement { sql: END_MEMBER, args },
        Standing::As(role) => {
            args.push(Arg::Text(role.as_str().to_owned()));
            return Statement { sql: SET_ROLE, args };
        }
        Standing::Member => (None, None),
        Standing::Banned(at, by) => (Some(*at), Some(by.as_str().to_owned())),
    };
    args.extend([Arg::Int(*read_seq), Arg::Int(now), Arg::MaybeInt(banned_ts)]);
    args.extend([Arg::MaybeText(banned_by), Arg::Int(*visible_from)]);
    Statement { sql: SET_MEMBER, args }
}
