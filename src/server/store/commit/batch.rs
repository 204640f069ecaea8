//! The decision about a batch of writes. Pure: the transaction fills it in and writes out what it says.

use std::borrow::Cow;
use std::collections::HashMap;

use super::super::{Result, stored};
use super::apply::{Apply as _, By, Effect, Refused};
use super::membership::Membership;
use super::react::Reactions;
use super::write::{Outcome, Stored, Write};
use crate::error::Problem;
use crate::model::action::{Action, Post, for_action};
use crate::model::event::Kind;
use crate::model::ids::{Millis, RoomId, Seq, UserId};
use crate::model::policy::{self, Place};
use crate::model::room::{Role, RoomState, Visibility};
use crate::model::user::Author;

/// A room as the transaction holds it: read under the lock, changed by each write, written back at the end.
#[derive(sqlx::FromRow)]
pub struct LockedRoom {
    pub id: i64,
    pub visibility: String,
    pub state: String,
    pub last_seq: i64,
    pub last_ts: i64,
    pub open_from: i64,
    #[sqlx(skip)]
    pub changed: bool,
    #[sqlx(skip)]
    pub added_messages: i64,
    #[sqlx(skip)]
    pub added_members: i64,
    /// It was archived, and somebody has said something.
    #[sqlx(skip)]
    pub revived: bool,
}

#[derive(sqlx::FromRow)]
pub struct MemberRow {
    pub room_id: i64,
    pub user_id: i64,
    pub role: String,
    pub muted_until: Option<i64>,
    pub banned_ts: Option<i64>,
    /// Of who banned them.
    pub banned_by_role: Option<String>,
    pub visible_from: i64,
}

impl MemberRow {
    fn place(&self) -> Place {
        Place { is_banned: self.banned_ts.is_some(), visible_from: self.visible_from }
    }

    pub fn banned_by(&self) -> Result<Option<Role>> {
        let role = self.banned_by_role.as_deref().filter(|_| self.banned_ts.is_some());
        role.map(|role| stored(Role::parse(role), "banned_by_role")).transpose()
    }

    /// A ban keeps the row, but is no membership.
    pub fn role(&self) -> Result<Option<Role>> {
        if self.banned_ts.is_some() { Ok(None) } else { stored(Role::parse(&self.role), "role").map(Some) }
    }
}

#[derive(sqlx::FromRow)]
pub struct KnownRow {
    pub author_id: i64,
    pub nonce: String,
    pub room_id: i64,
    pub seq: i64,
    pub ts: i64,
    pub fingerprint: i64,
}

struct Known {
    room_id: i64,
    seq: Seq,
    ts: Millis,
    fingerprint: i64,
}

/// A message that a reply, an edit, a deletion, a reaction or a pin is about.
#[derive(sqlx::FromRow)]
pub struct TargetRow {
    pub room_id: i64,
    pub seq: i64,
    pub author_id: i64,
    pub deleted: bool,
    pub pin_seq: Option<i64>,
}

/// A write that got its number.
pub struct Numbered<'a> {
    pub write: &'a Write,
    pub stored: Stored,
}

/// Somebody whose membership is to be changed.
pub struct Subject {
    pub person: Author,
    /// Others may make them a member without asking them.
    pub may_be_added: bool,
}

#[derive(Default)]
pub struct Batch<'a> {
    pub rooms: HashMap<i64, LockedRoom>,
    pub members: HashMap<(i64, i64), MemberRow>,
    /// Writes that were stored before, by author and nonce.
    known: HashMap<(i64, Cow<'a, str>), Known>,
    targets: HashMap<(i64, i64), TargetRow>,
    pub reactions: Reactions,
    /// The people whose memberships are to be changed, by room.
    pub subjects: HashMap<(i64, i64), Subject>,
    /// What is to be written, in order.
    pub numbered: Vec<Numbered<'a>>,
    /// People who joined by posting.
    pub joined: Vec<Membership>,
    /// Memberships that somebody else changed.
    pub moderated: Vec<Membership>,
}

impl<'a> Batch<'a> {
    pub fn new(rooms: Vec<LockedRoom>, members: Vec<MemberRow>, writes: usize) -> Self {
        Self {
            rooms: rooms.into_iter().map(|room| (room.id, room)).collect(),
            members: members.into_iter().map(|member| ((member.room_id, member.user_id), member)).collect(),
            numbered: Vec::with_capacity(writes),
            ..Self::default()
        }
    }

    pub fn know_nonces(&mut self, known: Vec<KnownRow>) {
        let keyed = known.into_iter().map(|KnownRow { author_id, nonce, room_id, seq, ts, fingerprint }| {
            ((author_id, Cow::Owned(nonce)), Known { room_id, seq, ts, fingerprint })
        });
        self.known = keyed.collect();
    }

    pub fn know_targets(&mut self, targets: Vec<TargetRow>) {
        self.targets = targets.into_iter().map(|row| ((row.room_id, row.seq), row)).collect();
    }

    /// The new messages: place, text, and what they answer.
    pub fn messages(&self) -> impl Iterator<Item = (&'a Write, &Stored, &'a str, Option<Seq>)> {
        self.numbered.iter().filter_map(|Numbered { write, stored }| match &write.action {
            Action::Post(Post { body, reply_to }) => Some((*write, stored, body.as_str(), *reply_to)),
            _ => None,
        })
    }

    /// Whom the new messages name: the people, and where.
    pub fn mentions(&self) -> Vec<(UserId, RoomId, Seq)> {
        let posts = self.numbered.iter().filter(|numbered| numbered.stored.kind == Kind::Msg);
        posts
            .flat_map(|Numbered { write, stored }| write.mentions.iter().map(|user| (*user, write.room, stored.seq)))
            .collect()
    }

    /// Decides one write and takes its effects into account for those that follow.
    pub fn decide(&mut self, write: &'a Write, now: Millis) -> Result<Outcome> {
        let (room_id, author) = (write.room.get(), write.author.get());
        let Some(room) = self.rooms.get(&room_id) else { return Ok(Outcome::Refused(Problem::NotFound)) };
        let visibility = stored(Visibility::parse(&room.visibility), "visibility")?;
        let member = self.members.get(&(room_id, author));
        let role = member.map(MemberRow::role).transpose()?.flatten();
        let Some(visible_from) = policy::visible_from(visibility, room.open_from, member.map(MemberRow::place)) else {
            return Ok(Outcome::Refused(Problem::NotFound));
        };
        if let Some(known) = self.known.get(&(author, Cow::Borrowed(write.nonce.as_str()))) {
            let same = known.room_id == room_id && known.fingerprint == write.fingerprint;
            return Ok(if same {
                Outcome::Duplicate { seq: known.seq, ts: known.ts }
            } else {
                Outcome::Refused(Problem::NonceReused)
            });
        }
        let by = By {
            room: room_id,
            author,
            standing: policy::Standing {
                role,
                is_muted: policy::is_muted(member.and_then(|row| row.muted_until), now),
            },
            state: stored(RoomState::parse(&room.state), "state")?,
            visibility,
            open_from: room.open_from,
            visible_from,
            now,
        };
        match for_action!(&write.action, action => action.decide(self, &by)) {
            Ok(effect) => Ok(self.number(write, effect, now)),
            Err(Refused::Because(problem)) => Ok(Outcome::Refused(problem)),
            Err(Refused::Failed(error)) => Err(error),
        }
    }

    /// The message `seq`, if it is there for whoever asks and was not deleted.
    pub fn living(&mut self, by: &By, seq: Seq) -> Option<&mut TargetRow> {
        self.targets.get_mut(&(by.room, seq)).filter(|target| seq >= by.visible_from && !target.deleted)
    }

    fn number(&mut self, write: &'a Write, effect: Effect, now: Millis) -> Outcome {
        let (room_id, author) = (write.room.get(), write.author.get());
        let Some(room) = self.rooms.get_mut(&room_id) else { return Outcome::Refused(Problem::NotFound) };
        room.changed = true;
        room.last_seq += 1;
        room.last_ts = room.last_ts.max(now);
        let (seq, ts) = (room.last_seq, room.last_ts);
        let known = Known { room_id, seq, ts, fingerprint: write.fingerprint };
        self.known.insert((author, Cow::Borrowed(write.nonce.as_str())), known);
        if let Action::Post(_) = write.action {
            let row = TargetRow { room_id, seq, author_id: author, deleted: false, pin_seq: None };
            self.targets.insert((room_id, seq), row);
        }
        let plain = Stored {
            seq,
            ts,
            kind: write.action.kind(),
            member: None,
            changed: None,
            joined: false,
            opens: false,
            evicts: None,
        };
        let stored = match effect {
            Effect::Plain => plain,
            Effect::Joined => Stored { joined: true, ..plain },
            Effect::Nothing => Stored { kind: Kind::Skip, ..plain },
            Effect::Member(member, evicts) => Stored { member: Some(member), evicts, ..plain },
            Effect::Room(changed, opens) => Stored { changed: Some(changed), opens, ..plain },
        };
        self.numbered.push(Numbered { write, stored: stored.clone() });
        Outcome::Stored(stored)
    }
}
