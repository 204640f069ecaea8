//! The oracle: from what clients recorded and what the database holds, whether the promises I1–I8 were kept.
//!
//! Pure: evidence in, violations out, each with the few records that show it.

mod order;
mod screens;
#[cfg(test)]
mod tests;
mod truth;

use std::collections::HashMap;
use std::fmt;

use crate::history::{Log, Room, Seq, What};

pub use truth::{Truth, heads, integrity};

/// A connection that had to fall silent.
#[derive(Clone, Debug)]
pub struct Revocation {
    pub client: u32,
    /// `None`: every room.
    pub room: Option<Room>,
    /// When the revocation was answered, on the clock of the histories.
    pub at: u64,
    /// What may still come after it, in nanoseconds.
    pub grace: u64,
}

/// All that is known about a run.
#[derive(Default)]
pub struct Evidence {
    pub truth: Truth,
    pub logs: Vec<Log>,
    pub revocations: Vec<Revocation>,
    /// Clients that were given time to catch up, and so must have.
    pub settled: Vec<u32>,
}

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    pub promise: &'static str,
    pub room: Room,
    pub seq: Seq,
    pub clients: Vec<u32>,
    pub what: String,
    /// The records around it, per client.
    pub around: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { promise, room, seq, clients, what, around } = self;
        write!(f, "{promise} broken in room {room} at seq {seq}, clients {clients:?}: {what}")?;
        around.iter().try_for_each(|line| write!(f, "\n      {line}"))
    }
}

/// Everything that was broken; empty means that all promises were kept.
pub fn check(evidence: &Evidence) -> Vec<Violation> {
    let mut found = Vec::new();
    stored(evidence, &mut found);
    acknowledged(evidence, &mut found);
    order::check(evidence, &mut found);
    screens::check(evidence, &mut found);
    for violation in found.iter_mut().take(20) {
        violation.around = around(evidence, violation);
    }
    found
}

fn violation(promise: &'static str, room: Room, seq: Seq, clients: Vec<u32>, what: String) -> Violation {
    Violation { promise, room, seq, clients, what, around: Vec::new() }
}

/// I2 and I3, in the database alone: no hole, no double.
fn stored(evidence: &Evidence, found: &mut Vec<Violation>) {
    let mut nonces: HashMap<(i64, &str), (Room, Seq)> = HashMap::new();
    for (&room, log) in &evidence.truth.rooms {
        for (expected, event) in (1..).zip(&log.events) {
            if event.seq != expected {
                let what = format!("the log goes on with {} where {expected} should be", event.seq);
                found.push(violation("I3", room, expected, Vec::new(), what));
                break;
            }
        }
        let last = log.events.last().map_or(0, |event| event.seq);
        if last != log.last_seq {
            let what = format!("the room counts {} events and its log ends at {last}", log.last_seq);
            found.push(violation("I3", room, last, Vec::new(), what));
        }
        for event in &log.events {
            if event.nonce.is_empty() {
                continue;
            }
            if let Some((there, first)) = nonces.insert((event.author, &event.nonce), (room, event.seq)) {
                let what =
                    format!("nonce {} of user {} stands also in room {there} at {first}", event.nonce, event.author);
                found.push(violation("I2", room, event.seq, Vec::new(), what));
            }
        }
    }
}

/// I1: what was acknowledged is there, under that seq; I2: and was never acknowledged under two.
fn acknowledged(evidence: &Evidence, found: &mut Vec<Violation>) {
    let mut seqs: HashMap<(i64, &str), Seq> = HashMap::new();
    for log in &evidence.logs {
        for record in &log.records {
            let What::Ack { room, nonce, seq, .. } = &record.what else { continue };
            let row = evidence.truth.event(*room, *seq);
            if row.is_none_or(|row| *row.nonce != **nonce || row.author != log.user) {
                let there = row.map_or("nothing".to_owned(), |row| format!("{} of user {}", row.nonce, row.author));
                let what = format!("{nonce} of user {} was acknowledged, and there is {there}", log.user);
                found.push(violation("I1", *room, *seq, vec![log.client], what));
            }
            let first = *seqs.entry((log.user, nonce)).or_insert(*seq);
            if first != *seq {
                let what = format!("{nonce} was acknowledged as {first} before");
                found.push(violation("I2", *room, *seq, vec![log.client], what));
            }
        }
    }
}

/// The records of the room near what went wrong: at most six per client, of two clients.
fn around(evidence: &Evidence, violation: &Violation) -> Vec<String> {
    let mut lines = Vec::new();
    for log in evidence.logs.iter().filter(|log| violation.clients.contains(&log.client)).take(2) {
        let in_room: Vec<_> = log.records.iter().filter(|record| concerns(&record.what, violation.room)).collect();
        let place =
            in_room.iter().position(|record| seq_of(&record.what) >= Some(violation.seq)).unwrap_or(in_room.len());
        for record in in_room.iter().take(place + 3).skip(place.saturating_sub(3)) {
            lines.push(format!("client {} at {} ms: {:?}", log.client, record.at / 1_000_000, record.what));
        }
    }
    lines
}

fn concerns(what: &What, wanted: Room) -> bool {
    match what {
        What::Open | What::Close { .. } => true,
        What::Queued { room, .. }
        | What::Send { room, .. }
        | What::Ack { room, .. }
        | What::Err { room, .. }
        | What::SubOk { room, .. }
        | What::Reset { room, .. }
        | What::Page { room, .. }
        | What::Ev { room, .. }
        | What::Revoked { room } => *room == wanted,
    }
}

fn seq_of(what: &What) -> Option<Seq> {
    match what {
        What::Ack { seq, .. } | What::Page { seq, .. } | What::Ev { seq, .. } => Some(*seq),
        _ => None,
    }
}
