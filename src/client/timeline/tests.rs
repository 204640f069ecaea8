//! Any order of frames ends in the state of a fresh load.

use proptest::prelude::*;

use super::*;
use crate::model::ids::{RoomId, UserId};

const ME: i64 = 1;

fn author(id: i64) -> Author {
    Author { id: UserId::try_from(id).unwrap(), username: format!("u{id}"), display_name: format!("U{id}") }
}

fn room() -> RoomId {
    RoomId::try_from(42).unwrap()
}

fn nonce(seq: Seq) -> Nonce {
    Nonce::try_from(format!("n-{seq}")).unwrap()
}

/// Every third event is mine, every seventh is of a kind that is not known yet.
fn event(seq: Seq) -> Event {
    let mine = seq % 3 == 0;
    Event {
        seq,
        k: if seq % 7 == 0 { Kind::Other } else { Kind::Msg },
        author: author(if mine { ME } else { 2 }),
        nonce: mine.then(|| nonce(seq)),
        ts: seq * 1_000,
        body: Some(format!("text {seq}")),
        doc: None,
        reply_to: None,
    }
}

fn page(from: Seq, head: Seq) -> History {
    let messages = (from..=head).map(event).filter(|event| event.k == Kind::Msg).map(|event| {
        let Event { seq, author, nonce, ts, body, doc, reply_to, .. } = event;
        Message { room: room(), seq, rev: seq, author, nonce, body: body.unwrap(), doc, ts, reply_to }
    });
    History { messages: messages.collect(), head, floor: 1, epoch: "e".into(), more: from > 1 }
}

fn entry(seq: Seq) -> Entry {
    Entry::new(nonce(seq), room(), format!("text {seq}"), None, 5)
}

fn seqs(timeline: &Timeline) -> Vec<Option<Seq>> {
    timeline.rows().map(|row| row.seq).collect()
}

#[test]
fn a_gap_holds_back_what_lies_beyond_it() {
    let mut timeline = Timeline::load(page(1, 3));
    assert_eq!(timeline.apply(event(5)), Applied::Gap);
    assert_eq!(timeline.apply(event(3)), Applied::Known);
    assert_eq!((timeline.cursor(), timeline.rows().count()), (3, 3));
    assert_eq!(timeline.apply(event(4)), Applied::Moved);
    assert_eq!(timeline, Timeline::load(page(1, 5)));
}

#[test]
fn an_unknown_kind_moves_the_cursor_and_nothing_else() {
    let mut timeline = Timeline::load(page(1, 6));
    assert_eq!(timeline.apply(event(7)), Applied::Moved);
    assert_eq!((timeline.cursor(), timeline.rows().count()), (7, 6));
}

#[test]
fn a_pending_message_becomes_the_stored_one_whichever_frame_is_first() {
    for ack_first in [true, false] {
        let mut timeline = Timeline::load(page(1, 1));
        timeline.show(&entry(3), &author(ME));
        let key = timeline.rows().last().unwrap().key();
        if ack_first {
            timeline.ack(&nonce(3), 3, 3_000);
            assert_eq!(timeline.cursor(), 1, "an ack says nothing of the events before it");
            assert_eq!(timeline.rows().last().unwrap().state, State::Sent);
        }
        timeline.apply(event(2));
        timeline.apply(event(3));
        timeline.ack(&nonce(3), 3, 3_000);
        assert_eq!(timeline.rows().last().unwrap().key(), key);
        assert_eq!(timeline, Timeline::load(page(1, 3)));
    }
}

#[test]
fn what_others_said_first_stands_before_my_pending_message() {
    let mut timeline = Timeline::load(page(1, 3));
    timeline.show(&entry(6), &author(ME));
    timeline.show(&entry(9), &author(ME));
    timeline.apply(event(4));
    assert_eq!(seqs(&timeline), [Some(1), Some(2), Some(3), Some(4), None, None]);
    timeline.ack(&nonce(6), 6, 1);
    assert_eq!(seqs(&timeline), [Some(1), Some(2), Some(3), Some(4), Some(6), None]);
}

#[test]
fn a_refused_message_keeps_its_text_and_reason() {
    let mut timeline = Timeline::load(page(1, 1));
    let mut refused = entry(3);
    timeline.show(&refused, &author(ME));
    refused.state = Progress::Stopped(Why::Refused("muted".into()));
    timeline.show(&refused, &author(ME));
    let row = timeline.rows().last().unwrap();
    assert_eq!((row.body.as_str(), &row.state), ("text 3", &State::Failed(Why::Refused("muted".into()))));
    assert_eq!(timeline.rows().count(), 2);
}

#[test]
fn a_reloaded_page_confirms_what_it_holds_and_keeps_the_rest() {
    let mut timeline = Timeline::load(page(1, 2));
    for own in [3, 6, 9] {
        timeline.show(&entry(own), &author(ME));
    }
    timeline.apply(event(8));
    timeline.ack(&nonce(6), 6, 6_000);
    timeline.replace(page(2, 5));
    assert_eq!(seqs(&timeline), [Some(2), Some(3), Some(4), Some(5), Some(6), None]);
    assert_eq!((timeline.cursor(), timeline.older()), (5, Some(2)));
    timeline.resume(8, vec![event(6), event(7)]);
    assert_eq!(timeline.cursor(), 8);
}

#[test]
fn a_restored_database_is_another_log() {
    let mut timeline = Timeline::load(page(1, 5));
    timeline.apply(event(8));
    timeline.replace(History { epoch: "later".into(), ..page(1, 2) });
    assert_eq!((timeline.cursor(), timeline.rows().count()), (2, 2));
}

#[test]
fn the_buffer_is_bounded_and_a_resume_brings_the_rest() {
    let mut timeline = Timeline::load(page(1, 1));
    for seq in 3..1_000 {
        assert_eq!(timeline.apply(event(seq)), Applied::Gap);
    }
    assert_eq!(timeline.held.len(), BUFFER);
    timeline.resume(999, (2..=999).map(event).collect());
    assert_eq!(timeline, Timeline::load(page(1, 999)));
}

#[derive(Clone, Debug)]
enum Frame {
    Ev(Seq),
    Ack(Seq),
    Written(Seq),
    Page(Seq),
    Resume,
}

const LAST: Seq = 40;

fn frame() -> impl Strategy<Value = Frame> {
    let own = (1..=LAST / 3).prop_map(|n| n * 3).prop_filter("a message", |seq| seq % 7 != 0);
    prop_oneof![
        8 => (1..=LAST).prop_map(Frame::Ev),
        2 => own.clone().prop_map(Frame::Ack),
        2 => own.prop_map(Frame::Written),
        1 => (1..=LAST).prop_map(Frame::Page),
        1 => Just(Frame::Resume),
    ]
}

proptest! {
    /// Doubled, swapped, lost: after the last resume the screen is the one of a fresh load.
    #[test]
    fn any_order_of_frames_ends_in_the_state_of_a_fresh_load(
        start in 0..=LAST,
        frames in prop::collection::vec(frame(), 0..150),
    ) {
        let mut timeline = Timeline::load(page(1, start));
        let mut written = std::collections::BTreeSet::new();
        for frame in frames {
            match frame {
                Frame::Ev(seq) => {
                    let before = timeline.cursor();
                    let applied = timeline.apply(event(seq));
                    prop_assert_eq!(applied == Applied::Known, seq <= before);
                }
                // Only what was written is acknowledged, and a nonce is written once.
                Frame::Ack(seq) => if written.contains(&seq) {
                    timeline.ack(&nonce(seq), seq, seq * 1_000);
                },
                Frame::Written(seq) => if written.insert(seq) {
                    timeline.show(&entry(seq), &author(ME));
                },
                Frame::Page(head) => timeline.replace(page(1, head)),
                Frame::Resume => {
                    let since = timeline.cursor();
                    timeline.resume(LAST, (since + 1..=LAST).map(event).collect());
                }
            }
            let rows: Vec<&Row> = timeline.rows().collect();
            let keys: std::collections::BTreeSet<Key> = rows.iter().map(|row| row.key()).collect();
            prop_assert_eq!(keys.len(), rows.len(), "a row is shown twice");
            let placed: Vec<Seq> = rows.iter().filter_map(|row| row.seq).collect();
            prop_assert!(placed.is_sorted());
        }
        let since = timeline.cursor();
        timeline.resume(LAST, (since + 1..=LAST).map(event).collect());
        prop_assert_eq!(timeline, Timeline::load(page(1, LAST)));
    }
}
