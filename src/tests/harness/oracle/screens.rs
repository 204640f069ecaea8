//! I4, I7 and I8 on every screen: each room in order and without a hole, nothing that is not stored, nothing after a
//! revocation, and at the end everything.

use std::collections::{HashMap, HashSet};

use super::{Evidence, Revocation, Violation, violation};
use crate::history::{Log, Print, Record, Room, Seq, What};

pub fn check(evidence: &Evidence, found: &mut Vec<Violation>) {
    let changed = evidence.truth.changed();
    for log in &evidence.logs {
        let cursors = Screen { evidence, log, changed: &changed, cursors: HashMap::new() }.replay(found);
        if evidence.settled.contains(&log.client) {
            caught_up(evidence, log, &cursors, found);
        }
    }
    for revocation in &evidence.revocations {
        silent(evidence, revocation, found);
    }
}

/// One client's records, read again from the first to the last.
struct Screen<'a> {
    evidence: &'a Evidence,
    log: &'a Log,
    /// Events whose text the database no longer has as it was seen.
    changed: &'a HashSet<(Room, Seq)>,
    /// The last seq applied; absent while a page has to be loaded.
    cursors: HashMap<Room, Seq>,
}

impl Screen<'_> {
    fn replay(mut self, found: &mut Vec<Violation>) -> HashMap<Room, Seq> {
        for (place, record) in self.log.records.iter().enumerate() {
            match &record.what {
                What::SubOk { room, since, head, recovered } => {
                    if !recovered {
                        continue;
                    }
                    match since {
                        None => {
                            self.cursors.insert(*room, *head);
                        }
                        Some(since) => {
                            self.cursors.entry(*room).or_insert(*since);
                            self.whole_list(place, *room, *since, *head, found);
                        }
                    }
                }
                What::Reset { room, head } => {
                    self.cursors.insert(*room, *head);
                }
                What::Ev { room, seq, print } => {
                    self.known(*room, *seq, *print, found);
                    self.next(*room, *seq, found);
                }
                What::Page { room, seq, print } => self.known(*room, *seq, *print, found),
                What::Revoked { room } => {
                    self.cursors.remove(room);
                }
                _ => {}
            }
        }
        self.cursors
    }

    /// A recovered subscription brings everything up to its head at once, never a part of it.
    fn whole_list(&self, place: usize, room: Room, since: Seq, head: Seq, found: &mut Vec<Violation>) {
        let missing = usize::try_from(head - since).unwrap_or_default();
        let rest = &self.log.records[place + 1..];
        // They come in one frame, so nothing else can stand between them.
        let fits = |(record, expected): &(&Record, Seq)| matches!(record.what, What::Ev { room: there, seq, .. } if there == room && seq == *expected);
        let got = rest.iter().take(missing).zip(since + 1..).take_while(fits).count();
        let is_last = rest.len() < missing;
        if got < missing && !is_last {
            let what = format!("a subscription from {since} said {head} and brought {got} of {missing}");
            found.push(violation("I4", room, since + got as Seq + 1, vec![self.log.client], what));
        }
    }

    fn next(&mut self, room: Room, seq: Seq, found: &mut Vec<Violation>) {
        let before = self.cursors.insert(room, seq);
        if let Some(before) = before.filter(|before| before + 1 != seq) {
            let promise = if seq <= before { "I2" } else { "I4" };
            let what = format!("applied after {before}");
            found.push(violation(promise, room, seq, vec![self.log.client], what));
        }
    }

    fn known(&self, room: Room, seq: Seq, print: Print, found: &mut Vec<Violation>) {
        let client = vec![self.log.client];
        match self.evidence.truth.event(room, seq) {
            None => found.push(violation("I7", room, seq, client, "shown, and not in the database".into())),
            Some(event) if event.print.facts != print.facts => {
                found.push(violation("I4", room, seq, client, "kind, author or time differ from the database".into()));
            }
            Some(event) if event.print.body != print.body && !self.changed.contains(&(room, seq)) => {
                found.push(violation("I4", room, seq, client, "the text differs from the database".into()));
            }
            Some(_) => {}
        }
    }
}

fn caught_up(evidence: &Evidence, log: &Log, cursors: &HashMap<Room, Seq>, found: &mut Vec<Violation>) {
    for (room, cursor) in cursors {
        let head = evidence.truth.rooms.get(room).map_or(0, |room| room.last_seq);
        if *cursor != head {
            let what = format!("the screen ends at {cursor}, the room at {head}");
            found.push(violation("I4", *room, cursor + 1, vec![log.client], what));
        }
    }
    // What was queued is answered, one way or the other.
    let mut waiting: HashMap<&str, Room> = HashMap::new();
    for record in &log.records {
        match &record.what {
            What::Queued { room, nonce, .. } => {
                waiting.insert(nonce, *room);
            }
            What::Ack { nonce, .. } | What::Err { nonce: Some(nonce), fatal: true, .. } => {
                waiting.remove(&**nonce);
            }
            _ => {}
        }
    }
    if let Some((nonce, room)) = waiting.iter().next() {
        let what = format!("{} messages were never answered, such as {nonce}", waiting.len());
        found.push(violation("I1", *room, 0, vec![log.client], what));
    }
}

fn silent(evidence: &Evidence, revocation: &Revocation, found: &mut Vec<Violation>) {
    let until = revocation.at + revocation.grace;
    for log in evidence.logs.iter().filter(|log| log.client == revocation.client) {
        for record in &log.records {
            let What::Ev { room, seq, .. } = &record.what else { continue };
            if record.at > until && revocation.room.is_none_or(|revoked| revoked == *room) {
                let late = (record.at - revocation.at) / 1_000_000;
                let what = format!("shown {late} ms after the revocation");
                return found.push(violation("I8", *room, *seq, vec![log.client], what));
            }
        }
    }
}
