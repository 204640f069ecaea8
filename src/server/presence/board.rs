//! The book-keeping of presence: who was counted where, and what has been told of it. Knows no clock and no network.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use super::{Change, News};
use crate::model::ids::{RoomId, UserId};
use crate::model::user::Author;

/// Somebody who is back within this has not been away.
const GRACE: Duration = Duration::from_secs(8);
/// How long another node's report holds.
const LEASE: Duration = Duration::from_secs(60);
/// How often a report is repeated.
const REFRESH: Duration = Duration::from_secs(20);
/// Beyond this people are counted, not named.
const NAMED: usize = 200;

#[derive(Default)]
pub struct Board {
    rooms: HashMap<RoomId, Room>,
}

#[derive(Default)]
struct Room {
    local: HashMap<UserId, Local>,
    remote: HashMap<u64, Lease>,
    /// Those whom listeners know to be here, and how many they know to be.
    told: BTreeMap<UserId, Author>,
    told_count: usize,
    /// Somebody came or went since.
    changed: bool,
    /// Who came last, and nothing has changed since: on coming they were told of everybody.
    newest: Option<UserId>,
    /// When the other nodes were told; never, if they have to be.
    reported: Option<Instant>,
}

struct Local {
    author: Author,
    /// Others are not to know: they are counted, and not named.
    unseen: bool,
    connections: usize,
    left: Option<Instant>,
}

struct Lease {
    users: Vec<Author>,
    unseen: Vec<UserId>,
    since: Instant,
}

impl Room {
    /// Those who are to be named, and how many people there are.
    fn here(&self) -> (BTreeMap<UserId, Author>, usize) {
        let unseen = self.local.values().filter(|local| local.unseen).map(|local| local.author.id);
        let unseen: BTreeSet<UserId> =
            unseen.chain(self.remote.values().flat_map(|lease| lease.unseen.iter().copied())).collect();
        let local = self.local.values().map(|local| &local.author);
        let remote = self.remote.values().flat_map(|lease| &lease.users);
        // Who is unseen on one node is so on all: the other has not heard of it yet.
        let seen = local.chain(remote).filter(|author| !unseen.contains(&author.id));
        let seen: BTreeMap<_, _> = seen.map(|author| (author.id, author.clone())).collect();
        let count = seen.len() + unseen.len();
        (seen, count)
    }

    /// What other nodes are told.
    fn report(&self) -> (Vec<Author>, Vec<UserId>) {
        let (unseen, seen): (Vec<&Local>, Vec<&Local>) = self.local.values().partition(|local| local.unseen);
        let seen = seen.into_iter().map(|local| local.author.clone()).collect();
        (seen, unseen.into_iter().map(|local| local.author.id).collect())
    }

    fn expire(&mut self, now: Instant) {
        let before = (self.local.len(), self.remote.len());
        self.local.retain(|_, local| local.left.is_none_or(|left| now < left + GRACE));
        self.remote.retain(|_, lease| now < lease.since + LEASE);
        if self.local.len() != before.0 {
            self.reported = None;
        }
        if (self.local.len(), self.remote.len()) != before {
            self.change_now();
        }
    }

    /// Something has changed of which nobody knows.
    fn change_now(&mut self) {
        (self.changed, self.newest) = (true, None);
    }

    /// What listeners have to be told.
    fn change(&mut self, room: RoomId) -> Option<Change> {
        let but = self.newest.take();
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        let (here, count) = self.here();
        let new = |of: &BTreeMap<UserId, Author>, than: &BTreeMap<UserId, Author>| -> Vec<Author> {
            of.values().filter(|author| !than.contains_key(&author.id)).cloned().collect()
        };
        let (join, leave) = (new(&here, &self.told), new(&self.told, &here));
        self.told = here;
        let known = std::mem::replace(&mut self.told_count, count);
        if join.is_empty() && leave.is_empty() && known == count {
            return None;
        }
        Some(Change { but, ..named(room, count, join, leave) })
    }
}

fn named(room: RoomId, n: usize, join: Vec<Author>, leave: Vec<Author>) -> Change {
    let partial = n > NAMED;
    let (join, leave) = if partial { (Vec::new(), Vec::new()) } else { (join, leave) };
    Change { room, n, join, leave, partial, but: None }
}

impl Board {
    pub fn enter(&mut self, room: RoomId, user: &Author, unseen: bool) -> bool {
        let room = self.rooms.entry(room).or_default();
        let is_first = room.local.is_empty();
        let local = room.local.entry(user.id).or_insert_with(|| {
            (room.changed, room.newest) = (true, Some(user.id));
            room.reported = None;
            Local { author: user.clone(), unseen, connections: 0, left: None }
        });
        let was_unseen = std::mem::replace(&mut local.unseen, unseen);
        local.connections += 1;
        local.left = None;
        if was_unseen != unseen {
            room.change_now();
        }
        is_first
    }

    pub fn leave(&mut self, room: RoomId, user: UserId, now: Instant) {
        let Some(local) = self.rooms.get_mut(&room).and_then(|room| room.local.get_mut(&user)) else { return };
        local.connections = local.connections.saturating_sub(1);
        if local.connections == 0 {
            local.left = Some(now);
        }
    }

    /// Names people, or stops naming them, in every room that they are in.
    pub fn show(&mut self, is_unseen: impl Fn(UserId) -> Option<bool>) {
        for room in self.rooms.values_mut() {
            for local in room.local.values_mut() {
                if let Some(unseen) = is_unseen(local.author.id).filter(|unseen| *unseen != local.unseen) {
                    local.unseen = unseen;
                    (room.changed, room.newest, room.reported) = (true, None, None);
                }
            }
        }
    }

    /// Whoever comes from here on sees somebody by their new name.
    pub fn rename(&mut self, author: &Author) {
        for room in self.rooms.values_mut() {
            if let Some(local) = room.local.get_mut(&author.id) {
                local.author = author.clone();
                room.reported = None;
            }
        }
    }

    /// Who came last could not be told of everybody.
    pub fn untold(&mut self, room: RoomId) {
        if let Some(room) = self.rooms.get_mut(&room) {
            room.newest = None;
        }
    }

    /// Everybody who is in any room on this node.
    pub fn people(&self) -> Vec<UserId> {
        let people: BTreeSet<UserId> = self.rooms.values().flat_map(|room| room.local.keys().copied()).collect();
        people.into_iter().collect()
    }

    pub fn everybody(&self, room: RoomId) -> Change {
        let (here, count) = self.rooms.get(&room).map(Room::here).unwrap_or_default();
        named(room, count, here.into_values().collect(), Vec::new())
    }

    pub fn who(&self, room: RoomId) -> Vec<UserId> {
        self.rooms.get(&room).map(|room| room.here().0.into_keys().collect()).unwrap_or_default()
    }

    pub fn report(&mut self, node: u64, room: RoomId, (users, unseen): (Vec<Author>, Vec<UserId>), now: Instant) {
        let room = self.rooms.entry(room).or_default();
        room.change_now();
        if users.is_empty() && unseen.is_empty() {
            room.remote.remove(&node);
        } else {
            room.remote.insert(node, Lease { users, unseen, since: now });
        }
    }

    pub fn asked(&mut self, room: RoomId) {
        if let Some(room) = self.rooms.get_mut(&room) {
            room.reported = None;
        }
    }

    /// Everything that is to be told by `now`.
    pub fn news(&mut self, now: Instant) -> News {
        let mut news = News::default();
        self.rooms.retain(|id, room| {
            room.expire(now);
            news.changes.extend(room.change(*id));
            if room.reported.is_none_or(|at| now >= at + REFRESH) {
                room.reported = Some(now);
                let (users, unseen) = room.report();
                news.reports.push((*id, users, unseen));
            }
            !(room.local.is_empty() && room.remote.is_empty())
        });
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn author(id: i64) -> Author {
        Author { id: UserId::try_from(id).unwrap(), username: format!("u{id}"), display_name: String::new() }
    }

    fn room() -> RoomId {
        RoomId::try_from(42).unwrap()
    }

    fn told(news: News) -> Vec<(usize, usize, usize)> {
        news.changes.iter().map(|change| (change.n, change.join.len(), change.leave.len())).collect()
    }

    #[test]
    fn a_moment_away_is_not_away() {
        let (mut board, start) = (Board::default(), Instant::now());
        assert!(board.enter(room(), &author(1), false));
        assert!(!board.enter(room(), &author(1), false));
        assert_eq!(told(board.news(start)), [(1, 1, 0)]);
        board.leave(room(), author(1).id, start);
        board.leave(room(), author(1).id, start);
        assert_eq!(told(board.news(start + GRACE / 2)), []);
        board.enter(room(), &author(1), false);
        assert_eq!(told(board.news(start + 2 * GRACE)), []);
        board.leave(room(), author(1).id, start + 2 * GRACE);
        assert_eq!(told(board.news(start + 3 * GRACE)), [(0, 0, 1)]);
        assert!(board.rooms.is_empty());
    }

    #[test]
    fn who_comes_last_knows_already() {
        let (mut board, now) = (Board::default(), Instant::now());
        let but = |board: &mut Board| board.news(now).changes.into_iter().map(|change| change.but).next();
        board.enter(room(), &author(1), false);
        assert_eq!(but(&mut board), Some(Some(author(1).id)));
        board.enter(room(), &author(2), false);
        board.enter(room(), &author(3), false);
        assert_eq!(but(&mut board), Some(Some(author(3).id)));
        board.enter(room(), &author(4), false);
        board.report(7, room(), (vec![author(5)], vec![]), now);
        assert_eq!(but(&mut board), Some(None));
        board.enter(room(), &author(6), false);
        board.untold(room());
        assert_eq!(but(&mut board), Some(None));
        board.enter(room(), &author(6), true);
        assert_eq!(but(&mut board), Some(None));
    }

    #[test]
    fn what_a_killed_node_told_is_forgotten() {
        let (mut board, start) = (Board::default(), Instant::now());
        board.enter(room(), &author(1), false);
        board.report(7, room(), (vec![author(1), author(2)], vec![]), start);
        assert_eq!(told(board.news(start)), [(2, 2, 0)]);
        // Somebody who is on both nodes stays as long as one of them says so.
        board.leave(room(), author(1).id, start);
        assert_eq!(told(board.news(start + GRACE)), []);
        board.report(7, room(), (vec![author(1), author(2)], vec![]), start + LEASE / 2);
        assert_eq!(told(board.news(start + LEASE)), []);
        assert_eq!(told(board.news(start + 2 * LEASE)), [(0, 0, 2)]);
    }

    #[test]
    fn nodes_are_told_of_changes_and_then_every_twenty_seconds() {
        let (mut board, start) = (Board::default(), Instant::now());
        board.enter(room(), &author(1), false);
        let reports =
            |board: &mut Board, at| board.news(at).reports.iter().map(|(_, users, _)| users.len()).collect::<Vec<_>>();
        assert_eq!(reports(&mut board, start), [1]);
        assert_eq!(reports(&mut board, start + REFRESH / 2), Vec::<usize>::new());
        assert_eq!(reports(&mut board, start + REFRESH), [1]);
        board.asked(room());
        assert_eq!(reports(&mut board, start + REFRESH), [1]);
        board.leave(room(), author(1).id, start + REFRESH);
        assert_eq!(reports(&mut board, start + REFRESH + GRACE), [0]);
    }

    #[test]
    fn whoever_does_not_want_to_be_seen_is_counted_and_not_named() {
        let (mut board, start) = (Board::default(), Instant::now());
        board.enter(room(), &author(1), true);
        board.enter(room(), &author(2), false);
        let news = board.news(start);
        assert_eq!(news.reports, [(room(), vec![author(2)], vec![author(1).id])]);
        assert_eq!(told(news), [(2, 1, 0)]);
        assert_eq!((board.everybody(room()).n, board.who(room())), (2, vec![author(2).id]));
        // On another node the same person has not been heard of yet.
        board.report(7, room(), (vec![author(1), author(3)], vec![]), start);
        assert_eq!(told(board.news(start)), [(3, 1, 0)]);
        assert_eq!(board.people(), [author(1).id, author(2).id]);
        board.show(|user| (user == author(2).id).then_some(true));
        assert_eq!(told(board.news(start)), [(3, 0, 1)]);
        board.report(7, room(), (vec![], vec![author(1).id, author(4).id]), start);
        assert_eq!(told(board.news(start)), [(3, 0, 1)]);
        board.show(|user| Some(user == author(1).id));
        assert_eq!(told(board.news(start)), [(3, 1, 0)]);
    }

    #[test]
    fn a_crowd_is_counted_and_not_named() {
        let mut board = Board::default();
        for id in 1..=NAMED as i64 + 1 {
            board.enter(room(), &author(id), false);
        }
        assert_eq!(told(board.news(Instant::now())), [(NAMED + 1, 0, 0)]);
        assert!(board.everybody(room()).partial);
    }
}
