//! The counting: per room what has been said, per member what of it was unread before. Knows no clock and no database.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::model::ids::{RoomId, Seq, UserId};
use crate::model::room::{MOST_UNREAD, Unread};
use crate::server::store::unread::Place;

/// Nobody is told of one room more often.
pub const EVERY: Duration = Duration::from_secs(1);

#[derive(Default)]
pub struct Tally {
    rooms: HashMap<RoomId, Room>,
}

#[derive(Default)]
struct Room {
    /// The last event that is counted in.
    head: Seq,
    /// Messages since the room is watched.
    said: i64,
    members: HashMap<UserId, Member>,
    /// Something has been said, or somebody was counted anew.
    changed: bool,
}

/// A member: unread are `before` + `said`, but for what was said before they were counted and by themselves, which
/// `before` has taken off.
struct Member {
    before: i64,
    mentions: i64,
    read_seq: Seq,
    /// The database has to count.
    stale: bool,
    /// A member no more, who is told a last time.
    is_gone: bool,
    /// When they were told what: nothing, that they are a member no more.
    told: Option<(Instant, Option<Unread>)>,
}

impl Room {
    fn pass(&mut self, seq: Seq) -> bool {
        if seq <= self.head {
            return false;
        }
        if seq > self.head + 1 {
            self.members.values_mut().for_each(|member| member.stale = true);
        }
        self.head = seq;
        true
    }

    /// `None` for a member no more.
    fn unread(&self, member: &Member) -> Option<Unread> {
        let count = (member.before + self.said).clamp(0, MOST_UNREAD);
        let unread = Unread { count, mentions: member.mentions.min(count), read_seq: member.read_seq };
        (!member.is_gone).then_some(unread)
    }
}

impl Tally {
    /// A message.
    pub fn said(&mut self, room: RoomId, seq: Seq, author: UserId) {
        let Some(room) = self.rooms.get_mut(&room) else { return };
        if room.pass(seq) {
            room.said += 1;
            room.changed = true;
            if let Some(author) = room.members.get_mut(&author) {
                author.before -= 1;
            }
        }
    }

    /// An event that makes nothing unread.
    pub fn passed(&mut self, room: RoomId, seq: Seq) {
        if let Some(room) = self.rooms.get_mut(&room) {
            room.pass(seq);
        }
    }

    /// An event that takes the message `target` away, or changes whom it names.
    pub fn deleted(&mut self, room: RoomId, seq: Seq, target: Seq) {
        let Some(room) = self.rooms.get_mut(&room) else { return };
        if room.pass(seq) {
            room.members.values_mut().filter(|member| member.read_seq < target).for_each(|member| member.stale = true);
        }
    }

    /// The message `seq` names a member.
    pub fn named(&mut self, user: UserId, room: RoomId, seq: Seq) {
        let Some(room) = self.rooms.get_mut(&room) else { return };
        if let Some(member) = room.members.get_mut(&user)
            && member.read_seq < seq
        {
            member.mentions += 1;
            room.changed = true;
        }
    }

    /// Everything up to `head` is for the database to count.
    pub fn skip_to(&mut self, room: RoomId, head: Seq) {
        let room = self.rooms.entry(room).or_default();
        room.head = room.head.max(head);
        room.members.values_mut().for_each(|member| member.stale = true);
    }

    /// Somebody's rooms are these. They are told of each, and of those that are theirs no more a last time.
    pub fn seat(&mut self, user: UserId, rooms: &[RoomId]) {
        let mine: HashSet<RoomId> = rooms.iter().copied().collect();
        for (id, room) in &mut self.rooms {
            if mine.contains(id) {
                let new = || Member { before: 0, mentions: 0, read_seq: 0, stale: true, is_gone: false, told: None };
                let member = room.members.entry(user).or_insert_with(new);
                (member.stale, member.told) = (true, None);
            } else if let Some(member) = room.members.get_mut(&user) {
                member.stale = true;
            }
        }
    }

    /// Somebody has gone.
    pub fn forget(&mut self, user: UserId) {
        for room in self.rooms.values_mut() {
            room.members.remove(&user);
        }
    }

    /// Somebody's place has changed. False if none is known.
    pub fn stale(&mut self, user: UserId, room: RoomId) -> bool {
        let member = self.rooms.get_mut(&room).and_then(|room| room.members.get_mut(&user));
        member.map(|member| member.stale = true).is_some()
    }

    /// Whom the database has to count for, and up to where.
    pub fn to_count(&self) -> Vec<(Place, Seq)> {
        let stale = |(id, room): (&RoomId, &Room)| {
            let (id, head) = (*id, room.head);
            let stale = room.members.iter().filter(|(_, member)| member.stale);
            stale.map(|(user, _)| ((*user, id), head)).collect::<Vec<_>>()
        };
        self.rooms.iter().flat_map(stale).collect()
    }

    /// What the database has counted up to `head`; `None` for somebody who is no member any more.
    pub fn counted(&mut self, (user, room): Place, head: Seq, unread: Option<Unread>) {
        let Some(room) = self.rooms.get_mut(&room).filter(|room| room.head == head) else { return };
        let Some(member) = room.members.get_mut(&user) else { return };
        room.changed = true;
        member.stale = false;
        match unread {
            Some(Unread { count, mentions, read_seq }) => {
                (member.before, member.mentions, member.read_seq) = (count - room.said, mentions, read_seq);
                member.is_gone = false;
            }
            None => member.is_gone = true,
        }
    }

    /// Who has to be told what now: what is unread, or that they are a member no more.
    pub fn news(&mut self, now: Instant) -> Vec<(UserId, RoomId, Option<Unread>)> {
        let mut news = Vec::new();
        for (id, room) in self.rooms.iter_mut().filter(|(_, room)| room.changed) {
            let unread: Vec<_> = room.members.iter().map(|(user, member)| (*user, room.unread(member))).collect();
            room.changed = false;
            for (user, unread) in unread {
                let Some(member) = room.members.get_mut(&user) else { continue };
                match member.told {
                    _ if member.stale => room.changed = true,
                    Some((_, told)) if told == unread => {}
                    Some((at, _)) if now.duration_since(at) < EVERY => room.changed = true,
                    _ => {
                        member.told = Some((now, unread));
                        news.push((user, *id, unread));
                    }
                }
            }
            room.members.retain(|_, member| !member.is_gone || !matches!(member.told, Some((_, None))));
        }
        news
    }

    /// Somebody did not get what they were to be told.
    pub fn untold(&mut self, user: UserId, room: RoomId) {
        let Some(room) = self.rooms.get_mut(&room) else { return };
        if let Some(member) = room.members.get_mut(&user) {
            member.told = None;
            room.changed = true;
        }
    }

    /// Rooms of nobody any more; they are forgotten.
    pub fn empty_rooms(&mut self) -> Vec<RoomId> {
        let empty: Vec<RoomId> =
            self.rooms.iter().filter(|(_, room)| room.members.is_empty()).map(|(id, _)| *id).collect();
        for room in &empty {
            self.rooms.remove(room);
        }
        empty
    }
}
