//! Every promise is seen broken: histories made by hand, each wrong in one way.

use std::sync::Arc;

use super::truth::{Event, RoomLog};
use super::{Evidence, Revocation, check};
use crate::history::{Log, Print, Record, What, hash};

const ROOM: i64 = 42;
const ALICE: i64 = 7;

fn print(seq: i64) -> Print {
    Print { facts: hash(&seq), body: hash(&(seq, "body")) }
}

fn nonce(seq: i64) -> Arc<str> {
    format!("n-{seq}").into()
}

/// Alice said 1, 2 and 3 one after the other, and two clients saw it.
fn good() -> Evidence {
    let events =
        (1..=3).map(|seq| Event { seq, author: ALICE, nonce: nonce(seq).to_string(), print: print(seq), target: None });
    let mut evidence = Evidence { settled: vec![1, 2], ..Evidence::default() };
    evidence.truth.rooms.insert(ROOM, RoomLog { last_seq: 3, events: events.collect() });
    let mut said = vec![What::Open, What::SubOk { room: ROOM, since: None, head: 0, recovered: true }];
    let mut seen = said.clone();
    for seq in 1..=3 {
        said.push(What::Queued { room: ROOM, nonce: nonce(seq), body: print(seq).body });
        said.push(What::Send { room: ROOM, nonce: nonce(seq) });
        said.push(What::Ack { room: ROOM, nonce: nonce(seq), seq, dup: false });
        said.push(What::Ev { room: ROOM, seq, print: print(seq) });
        seen.push(What::Ev { room: ROOM, seq, print: print(seq) });
    }
    evidence.logs = vec![log(1, ALICE, said), log(2, 8, seen)];
    evidence
}

fn log(client: u32, user: i64, what: Vec<What>) -> Log {
    let records = what.into_iter().zip(1..).map(|(what, at)| Record { at, what }).collect();
    Log { client, user, records }
}

#[track_caller]
fn breaks(promise: &str, evidence: &Evidence) {
    let found = check(evidence);
    assert!(found.iter().any(|violation| violation.promise == promise), "{promise} expected: {found:?}");
}

fn events(evidence: &mut Evidence) -> &mut Vec<Event> {
    &mut evidence.truth.rooms.get_mut(&ROOM).unwrap().events
}

#[test]
fn a_good_run_breaks_nothing() {
    assert_eq!(check(&good()), []);
}

#[test]
fn an_acknowledged_message_that_is_gone_breaks_i1() {
    let mut evidence = good();
    events(&mut evidence).pop();
    evidence.truth.rooms.get_mut(&ROOM).unwrap().last_seq = 2;
    breaks("I1", &evidence);
    let mut evidence = good();
    events(&mut evidence)[1].author = 9;
    breaks("I1", &evidence);
    let mut evidence = good();
    evidence.logs[0].records.retain(|record| !matches!(record.what, What::Ack { seq: 2, .. }));
    breaks("I1", &evidence);
}

#[test]
fn a_message_that_is_there_twice_breaks_i2() {
    let mut evidence = good();
    events(&mut evidence)[2].nonce = nonce(1).to_string();
    breaks("I2", &evidence);
    let mut evidence = good();
    let again = evidence.logs[0].records[4].clone();
    assert!(matches!(again.what, What::Ack { .. }));
    evidence.logs[0]
        .records
        .push(Record { what: What::Ack { room: ROOM, nonce: nonce(1), seq: 2, dup: true }, ..again });
    breaks("I2", &evidence);
    let mut evidence = good();
    let again = evidence.logs[1].records.last().unwrap().clone();
    evidence.logs[1].records.push(again);
    breaks("I2", &evidence);
}

#[test]
fn a_hole_in_the_log_breaks_i3() {
    let mut evidence = good();
    events(&mut evidence).remove(1);
    breaks("I3", &evidence);
    let mut evidence = good();
    evidence.truth.rooms.get_mut(&ROOM).unwrap().last_seq = 4;
    breaks("I3", &evidence);
}

#[test]
fn a_hole_or_a_difference_on_a_screen_breaks_i4() {
    let mut evidence = good();
    evidence.logs[1].records.remove(3);
    breaks("I4", &evidence);
    let mut evidence = good();
    evidence.logs[1].records.pop();
    breaks("I4", &evidence);
    for wrong in [Print { facts: 1, ..print(3) }, Print { body: 1, ..print(3) }] {
        let mut evidence = good();
        evidence.logs[1].records.last_mut().unwrap().what = What::Ev { room: ROOM, seq: 3, print: wrong };
        breaks("I4", &evidence);
    }
}

#[test]
fn a_partial_list_breaks_i4() {
    let mut evidence = good();
    let mut seen = vec![What::SubOk { room: ROOM, since: Some(0), head: 3, recovered: true }];
    seen.extend((1..=3).map(|seq| What::Ev { room: ROOM, seq, print: print(seq) }));
    evidence.logs[1] = log(2, 8, seen);
    assert_eq!(check(&evidence), []);
    // The third came later, on another connection.
    evidence.logs[1].records.insert(3, Record { at: 9, what: What::Open });
    breaks("I4", &evidence);
}

#[test]
fn a_sender_overtaking_itself_breaks_i5() {
    let mut evidence = good();
    let said = &mut evidence.logs[0].records;
    said.retain(|record| !matches!(record.what, What::Send { .. }));
    let place = said.iter().position(|record| matches!(record.what, What::Queued { .. })).unwrap();
    let first = said.remove(place);
    said.push(first);
    breaks("I5", &evidence);
}

#[test]
fn a_later_message_with_an_earlier_place_breaks_i6() {
    let mut evidence = good();
    let late = vec![What::Send { room: ROOM, nonce: nonce(1) }];
    let mut late = log(3, ALICE, late);
    late.records[0].at = 1_000;
    evidence.logs.push(late);
    breaks("I6", &evidence);
}

#[test]
fn a_ghost_breaks_i7() {
    let mut evidence = good();
    let ghost = What::Ev { room: ROOM, seq: 4, print: print(4) };
    evidence.logs[1].records.push(Record { at: 99, what: ghost });
    breaks("I7", &evidence);
    let mut evidence = good();
    let other = What::Queued { room: ROOM, nonce: nonce(1), body: 1 };
    evidence.logs[0].records[2].what = other;
    breaks("I7", &evidence);
}

#[test]
fn an_event_after_a_revocation_breaks_i8() {
    let mut evidence = good();
    let last = evidence.logs[1].records.last().unwrap().at;
    evidence.revocations = vec![Revocation { client: 2, room: Some(ROOM), at: last - 1, grace: 1 }];
    assert_eq!(check(&evidence), []);
    evidence.revocations[0].grace = 0;
    breaks("I8", &evidence);
}
