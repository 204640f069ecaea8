//! One case each; `properties` has all of them at once.

mod properties;
mod steps;
mod world;

use super::*;
use crate::model::action::{Action, Delete, Edit, Pin, Post, React};

fn nonce(n: usize) -> Nonce {
    Nonce::try_from(format!("n-{n:04}")).unwrap()
}

fn entry(n: usize, room: i64, now: Millis) -> Entry {
    Entry::new(
        nonce(n),
        RoomId::try_from(room).unwrap(),
        Action::Post(Post { body: format!("text {n}"), reply_to: None }),
        now,
    )
}

fn deletion(n: usize, room: i64, now: Millis) -> Entry {
    Entry::new(nonce(n), RoomId::try_from(room).unwrap(), Action::Delete(Delete { target: 1 }), now)
}

fn inherited(left: Vec<Entry>) -> Outbox {
    let mut outbox = Outbox::default();
    outbox.inherit(left);
    outbox
}

fn sent(outbox: &mut Outbox, now: Millis) -> Vec<String> {
    outbox.due(now).into_iter().map(|entry| entry.nonce.into()).collect()
}

#[test]
fn one_message_per_room_is_in_flight() {
    let mut outbox = Outbox::default();
    for (n, room) in [(1, 7), (2, 7), (3, 8)] {
        outbox.push(entry(n, room, 0));
    }
    assert_eq!(sent(&mut outbox, 0), ["n-0001", "n-0003"]);
    assert!(sent(&mut outbox, 1).is_empty());
    outbox.ack(&nonce(1));
    assert_eq!(sent(&mut outbox, 2), ["n-0002"]);
}

#[test]
fn an_unanswered_message_goes_again_and_holds_the_later_ones_back() {
    let mut outbox = Outbox::default();
    outbox.push(entry(1, 7, 0));
    outbox.push(entry(2, 7, 0));
    sent(&mut outbox, 0);
    assert_eq!(outbox.next_due(), Some(ACK_TIMEOUT));
    assert!(sent(&mut outbox, ACK_TIMEOUT - 1).is_empty());
    assert_eq!(sent(&mut outbox, ACK_TIMEOUT), ["n-0001"]);
    outbox.reconnected();
    assert_eq!(sent(&mut outbox, ACK_TIMEOUT + 1), ["n-0001"]);
}

#[test]
fn a_refusal_for_good_keeps_the_text_and_lets_the_next_one_go() {
    let mut outbox = Outbox::default();
    outbox.push(entry(1, 7, 0));
    outbox.push(entry(2, 7, 0));
    sent(&mut outbox, 0);
    outbox.refuse(&nonce(1), true, "muted".into(), None, 0);
    assert_eq!(sent(&mut outbox, 1), ["n-0002"]);
    outbox.reconnected();
    let kept = outbox.find(&nonce(1)).unwrap();
    assert_eq!((&kept.action, &kept.state), (&entry(1, 7, 0).action, &Progress::Stopped(Why::Refused("muted".into()))));
    outbox.retry(&nonce(1), 5);
    outbox.ack(&nonce(2));
    assert_eq!(sent(&mut outbox, 5), ["n-0001"]);
}

#[test]
fn too_fast_is_tried_again_when_the_server_said() {
    let mut outbox = Outbox::default();
    outbox.push(entry(1, 7, 0));
    outbox.push(entry(2, 7, 0));
    sent(&mut outbox, 0);
    outbox.refuse(&nonce(1), false, "too fast".into(), Some(700), 100);
    assert_eq!(outbox.next_due(), Some(800));
    assert!(sent(&mut outbox, 799).is_empty());
    assert_eq!(sent(&mut outbox, 800), ["n-0001"]);
}

#[test]
fn what_is_old_asks_instead_of_being_sent() {
    let left = serde_json::to_string(&[entry(2, 7, 1), entry(1, 7, 0)]).unwrap();
    let mut outbox = inherited(serde_json::from_str(&left).unwrap());
    assert_eq!(sent(&mut outbox, TOO_OLD + 1), ["n-0002"]);
    assert_eq!(outbox.find(&nonce(1)).unwrap().state, Progress::Stopped(Why::TooOld));
    outbox.retry(&nonce(1), TOO_OLD + 2);
    outbox.ack(&nonce(2));
    assert_eq!(sent(&mut outbox, TOO_OLD + 2), ["n-0001"]);
}

#[test]
fn what_a_closed_page_left_goes_before_what_has_not_been_sent() {
    let mut left = Outbox::default();
    left.push(entry(1, 7, 0));
    left.push(entry(2, 7, 0));
    sent(&mut left, 0);
    let mut outbox = Outbox::default();
    outbox.push(entry(3, 7, 1));
    outbox.push(entry(4, 7, 1));
    sent(&mut outbox, 1);
    outbox.inherit(left.entries().to_vec());
    outbox.inherit(left.entries().to_vec());
    assert!(sent(&mut outbox, 2).is_empty(), "one is in flight");
    for (before, after) in [(3, 1), (1, 2), (2, 4)] {
        outbox.ack(&nonce(before));
        assert_eq!(sent(&mut outbox, 3), [nonce(after).as_str()]);
    }
}

#[test]
fn every_change_has_its_frame_and_keeps_its_nonce() {
    let actions = [
        (
            Action::Post(Post { body: "hi".into(), reply_to: Some(3) }),
            r#"{"t":"send","id":9,"room":7,"nonce":"n-0001","body":"hi","reply_to":3}"#,
        ),
        (
            Action::Edit(Edit { target: 3, body: "ho".into() }),
            r#"{"t":"edit","id":9,"room":7,"nonce":"n-0001","target":3,"body":"ho"}"#,
        ),
        (Action::Delete(Delete { target: 3 }), r#"{"t":"del","id":9,"room":7,"nonce":"n-0001","target":3}"#),
        (
            Action::React(React { target: 3, emoji: "👍".into(), on: false }),
            r#"{"t":"react","id":9,"room":7,"nonce":"n-0001","target":3,"emoji":"👍","on":false}"#,
        ),
        (
            Action::Pin(Pin { target: 3, on: true }),
            r#"{"t":"pin","id":9,"room":7,"nonce":"n-0001","target":3,"on":true}"#,
        ),
    ];
    for (action, frame) in actions {
        let entry = Entry { action, ..entry(1, 7, 0) };
        let kept: Entry = serde_json::from_str(&serde_json::to_string(&entry).unwrap()).unwrap();
        assert_eq!(kept, entry);
        assert_eq!(serde_json::to_string(&kept.frame(9)).unwrap(), frame);
    }
}

#[test]
fn a_deletion_can_be_taken_back_for_a_while_and_keeps_nothing_waiting() {
    let mut outbox = Outbox::default();
    outbox.push(deletion(1, 7, 0));
    outbox.push(entry(2, 7, 1));
    assert_eq!(sent(&mut outbox, 1), ["n-0002"]);
    assert_eq!(outbox.next_due(), Some(UNDO));
    outbox.ack(&nonce(2));
    outbox.push(deletion(3, 7, 2));
    outbox.reconnected();
    assert!(sent(&mut outbox, UNDO - 1).is_empty(), "a new connection changes nothing");
    assert!(outbox.take_back(&nonce(3)).is_some());
    assert_eq!(sent(&mut outbox, UNDO), ["n-0001"]);
    assert_eq!(outbox.take_back(&nonce(1)), None, "it is on its way");
}

#[test]
fn a_closing_page_waits_no_longer() {
    let mut outbox = Outbox::default();
    outbox.push(deletion(1, 7, 0));
    outbox.release(1 + UNDO);
    assert_eq!(sent(&mut outbox, 1), ["n-0001"]);
}

#[test]
fn a_clock_that_is_set_back_holds_nothing_for_ever() {
    let mut outbox = inherited(vec![deletion(1, 7, TOO_OLD)]);
    assert_eq!(sent(&mut outbox, 0), ["n-0001"]);
}

#[test]
fn a_long_queue_goes_out_at_the_pace_of_the_server() {
    const NOW: Millis = 1_000_000;
    let mut outbox = Outbox::default();
    (1..=30).for_each(|n| outbox.push(entry(n, n as i64, NOW)));
    let at_once = AT_ONCE as usize;
    assert_eq!(sent(&mut outbox, NOW).len(), at_once);
    assert_eq!(outbox.next_due(), Some(NOW + EVERY));
    assert!(sent(&mut outbox, NOW + EVERY - 1).is_empty());
    assert_eq!(sent(&mut outbox, NOW + EVERY), [format!("n-{:04}", at_once + 1)]);
    // After a rest, as many again. A clock that is set back holds nothing up for longer than a rest.
    assert_eq!(sent(&mut outbox, NOW + 100 * EVERY).len(), at_once);
    outbox.reconnected();
    let earlier = NOW / 2;
    assert!(sent(&mut outbox, earlier).is_empty());
    assert!(!sent(&mut outbox, earlier + EVERY).is_empty());
}
