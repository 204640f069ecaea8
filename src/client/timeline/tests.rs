//! One case each; `properties` has all of them at once.

mod log;
mod properties;

use self::log::{author, entry, me, nonce, room};
use super::*;
use crate::client::outbox::{Entry, Progress, Why};
use crate::model::action::{Action, Delete, Edit, Post, React};
use crate::model::doc::{Block, Doc};
use crate::model::message::{Message, Reaction};

/// Every third message is mine.
fn event(seq: Seq) -> Event {
    let mine = seq % 3 == 0;
    Event {
        nonce: mine.then(|| nonce(seq)),
        body: Some(format!("text {seq}")),
        ..Event::new(seq, Kind::Msg, if mine { me() } else { author(2) }, seq * 1_000)
    }
}

/// A change of the message `target`, by 2.
fn change(seq: Seq, k: Kind, target: Seq) -> Event {
    Event { target: Some(target), ..Event::new(seq, k, author(2), seq * 1_000) }
}

fn reaction(seq: Seq, who: i64, emoji: &str, on: bool) -> Event {
    let change = change(seq, Kind::React, 1);
    Event { author: author(who), emoji: Some(emoji.into()), on: Some(on), ..change }
}

fn message(seq: Seq) -> Message {
    let Event { author, nonce, ts, body, .. } = event(seq);
    Message {
        room: room(),
        seq,
        rev: seq,
        author,
        nonce,
        body: body.unwrap(),
        doc: None,
        ts,
        edited_ts: None,
        deleted: false,
        reply_to: None,
        pinned: false,
        reactions: Vec::new(),
    }
}

fn page(from: Seq, head: Seq) -> History {
    let messages = (from..=head).map(message).collect();
    let (more, older) = (from > 1, from > 1);
    History {
        messages,
        head,
        floor: 1,
        epoch: "e".into(),
        more,
        older,
        newer: false,
        quotes: Vec::new(),
        notices: Vec::new(),
    }
}

fn load(page: History) -> Timeline {
    Timeline::load(page, Some(me().id))
}

fn first(timeline: &Timeline) -> &Row {
    timeline.rows().next().unwrap()
}

/// Where it stands, and what it shows.
fn shown(timeline: &Timeline) -> (Seq, Option<Seq>, Option<Seq>, Vec<Row>) {
    let rows = timeline.rows().map(|row| Row::clone(row)).collect();
    (timeline.cursor(), timeline.older(), timeline.newer(), rows)
}

fn seqs(timeline: &Timeline) -> Vec<Option<Seq>> {
    timeline.rows().map(|row| row.seq).collect()
}

#[test]
fn a_text_that_the_page_came_without_is_put_in_its_place() {
    let withheld = || Some(Doc(vec![Block::Withheld]));
    let mut first = page(1, 4);
    for message in &mut first.messages[1..3] {
        (message.body, message.doc) = (String::new(), withheld());
    }
    first.messages[3].reply_to = Some(2);
    let mut timeline = Timeline::load(first, None);
    assert_eq!((timeline.withheld(), timeline.quote(2)), (Some(2), None));
    // Changed since: there is nothing left to put in its place.
    timeline.apply(Event { body: Some("changed".into()), ..change(5, Kind::Edit, 3) });
    timeline.uncover(page(2, 9));
    let bodies: Vec<_> = timeline.rows().map(|row| row.body.as_str()).collect();
    assert_eq!(bodies, ["text 1", "text 2", "changed", "text 4"], "nothing else comes with it");
    assert_eq!((timeline.withheld(), timeline.quote(2).unwrap().excerpt.as_str()), (None, "text 2"));
}

#[test]
fn a_gap_holds_back_what_lies_beyond_it() {
    let mut timeline = load(page(1, 3));
    assert_eq!(timeline.apply(event(5)), Applied::Gap);
    assert_eq!(timeline.apply(event(3)), Applied::Known);
    assert_eq!((timeline.cursor(), timeline.rows().count()), (3, 3));
    assert_eq!(timeline.apply(event(4)), Applied::Moved);
    assert_eq!(shown(&timeline), shown(&load(page(1, 5))));
}

#[test]
fn a_kind_that_shows_nothing_moves_the_cursor_only() {
    let mut timeline = load(page(1, 6));
    for (k, seq) in [(Kind::Other, 7), (Kind::Skip, 8), (Kind::Member, 9)] {
        assert_eq!(timeline.apply(Event { k, ..event(seq) }), Applied::Moved);
        assert_eq!((timeline.cursor(), timeline.rows().count()), (seq, 6));
    }
}

#[test]
fn a_pending_message_becomes_the_stored_one_whichever_frame_is_first() {
    for ack_first in [true, false] {
        let mut timeline = load(page(1, 1));
        timeline.show(&entry(3), &me());
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
        assert_eq!(shown(&timeline), shown(&load(page(1, 3))));
    }
}

#[test]
fn what_others_said_first_stands_before_my_pending_message() {
    let mut timeline = load(page(1, 3));
    timeline.show(&entry(6), &me());
    timeline.show(&entry(9), &me());
    timeline.apply(event(4));
    assert_eq!(seqs(&timeline), [Some(1), Some(2), Some(3), Some(4), None, None]);
    timeline.ack(&nonce(6), 6, 1);
    assert_eq!(seqs(&timeline), [Some(1), Some(2), Some(3), Some(4), Some(6), None]);
}

#[test]
fn a_refused_message_keeps_its_text_and_reason() {
    let mut timeline = load(page(1, 1));
    let mut refused = entry(3);
    timeline.show(&refused, &me());
    refused.state = Progress::Stopped(Why::Refused("muted".into()));
    timeline.show(&refused, &me());
    let row = timeline.rows().last().unwrap();
    assert_eq!((row.body.as_str(), &row.state), ("text 3", &State::Failed(Why::Refused("muted".into()))));
    assert_eq!(timeline.rows().count(), 2);
}

#[test]
fn a_reloaded_page_confirms_what_it_holds_and_keeps_the_rest() {
    let mut timeline = load(page(1, 2));
    for own in [3, 6, 9] {
        timeline.show(&entry(own), &me());
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
    let mut timeline = load(page(1, 5));
    timeline.apply(event(8));
    timeline.replace(History { epoch: "later".into(), ..page(1, 2) });
    assert_eq!((timeline.cursor(), timeline.rows().count()), (2, 2));
}

#[test]
fn the_buffer_is_bounded_and_a_resume_brings_the_rest() {
    let mut timeline = load(page(1, 1));
    for seq in 3..1_000 {
        assert_eq!(timeline.apply(event(seq)), Applied::Gap);
    }
    assert_eq!(timeline.held.len(), BUFFER);
    timeline.resume(999, (2..=999).map(event).collect());
    assert_eq!(shown(&timeline), shown(&load(page(1, 999))));
}

#[test]
fn an_edit_replaces_the_text_and_says_when() {
    let mut timeline = load(page(1, 3));
    timeline.apply(Event { body: Some("better".into()), ..change(4, Kind::Edit, 1) });
    let row = first(&timeline);
    assert_eq!((row.body.as_str(), row.edited_ts, row.ts, row.rev), ("better", Some(4_000), 1_000, 4));
}

#[test]
fn a_deletion_leaves_a_tombstone_without_text() {
    let mut timeline = load(page(1, 2));
    timeline.apply(reaction(3, 2, "👍", true));
    timeline.apply(Event { body: Some("secret".into()), ..change(4, Kind::Edit, 1) });
    timeline.apply(change(5, Kind::Del, 1));
    timeline.apply(reaction(6, 2, "👍", true));
    let row = first(&timeline);
    assert!(row.deleted && row.body.is_empty() && row.doc.is_none() && row.reactions.is_empty());
    assert_eq!((row.edited_ts, timeline.rows().count()), (None, 2));
}

#[test]
fn what_was_deleted_before_it_was_read_is_a_tombstone_at_once() {
    let mut timeline = load(page(1, 1));
    timeline.apply(Event { body: None, ..event(2) });
    assert!(timeline.rows().last().unwrap().deleted);
    timeline.apply(change(3, Kind::Edit, 1));
    assert!(first(&timeline).deleted);
}

#[test]
fn reactions_are_counted_and_mine_are_known() {
    let mut timeline = load(page(1, 1));
    let events = [(1, "🎉", true), (2, "🎉", true), (2, "👍", true), (1, "🎉", false), (2, "👍", false)];
    for (seq, (who, emoji, on)) in (2..).zip(events) {
        timeline.apply(reaction(seq, who, emoji, on));
        let mine: Vec<bool> = first(&timeline).reactions.iter().map(|reaction| reaction.mine).collect();
        let wanted: &[bool] = [&[true][..], &[true], &[true, false], &[false, false], &[false]][seq as usize - 2];
        assert_eq!(mine, wanted, "after {seq}");
    }
    assert_eq!(first(&timeline).reactions, [Reaction { emoji: "🎉".into(), count: 1, mine: false }]);
}

#[test]
fn a_change_that_the_page_had_already_is_not_applied_again() {
    let reacted = Reaction { emoji: "👍".into(), count: 1, mine: false };
    let mut later = page(1, 1);
    later.messages[0] = Message { rev: 3, reactions: vec![reacted.clone()], body: "third".into(), ..message(1) };
    let mut timeline = load(later);
    timeline.apply(Event { body: Some("second".into()), ..change(2, Kind::Edit, 1) });
    timeline.apply(reaction(3, 2, "👍", true));
    assert_eq!((first(&timeline).body.as_str(), first(&timeline).reactions.as_slice()), ("third", &[reacted][..]));
    timeline.apply(reaction(4, 1, "👍", true));
    assert_eq!(first(&timeline).reactions, [Reaction { emoji: "👍".into(), count: 2, mine: true }]);
}

#[test]
fn a_change_of_a_message_above_the_window_moves_the_cursor_only() {
    let mut timeline = load(page(3, 5));
    let (_, _, _, rows) = shown(&timeline);
    assert_eq!(timeline.apply(change(6, Kind::Del, 1)), Applied::Moved);
    assert_eq!(shown(&timeline), (6, Some(3), None, rows));
}

#[test]
fn a_page_that_is_read_by_nobody_in_particular_keeps_my_rows() {
    let mut timeline = load(page(1, 3));
    let keys = |timeline: &Timeline| timeline.rows().map(|row| row.key()).collect::<Vec<Key>>();
    let before = keys(&timeline);
    let mut signed_out = page(1, 3);
    signed_out.messages.iter_mut().for_each(|message| message.nonce = None);
    timeline.replace(signed_out);
    assert_eq!(keys(&timeline), before);
}

fn middle(from: Seq, to: Seq, head: Seq) -> History {
    History { newer: true, head, ..page(from, to) }
}

#[test]
fn what_is_said_below_a_window_in_the_middle_is_counted_and_not_shown() {
    let mut timeline = load(middle(3, 5, 8));
    timeline.show(&entry(9), &me());
    for seq in [9, 10, 11] {
        timeline.apply(event(seq));
    }
    assert_eq!(seqs(&timeline), [Some(3), Some(4), Some(5)]);
    let news: Vec<_> = timeline.take_news().iter().map(|row| row.seq).collect();
    assert_eq!(news, [Some(10), Some(11)], "one's own is no news");
    assert_eq!(timeline.missed(), 2);
    let gone = Event { body: None, ..change(12, Kind::Del, 10) };
    timeline.apply(gone.clone());
    timeline.apply(gone);
    assert_eq!(timeline.missed(), 1, "what was deleted is not missed");
    timeline.miss_nothing();
    assert_eq!(timeline.missed(), 0);
    timeline.apply(Event { body: Some("better".into()), ..change(13, Kind::Edit, 4) });
    assert_eq!(timeline.rows().nth(1).unwrap().body, "better");
}

#[test]
fn pages_are_put_at_both_ends_and_then_it_is_live() {
    let mut timeline = load(middle(4, 6, 9));
    assert_eq!(timeline.ask(1, Side::Above), Some(4));
    timeline.put(1, Some(page(1, 3)));
    assert_eq!((timeline.older(), timeline.ask(1, Side::Above)), (None, None));
    assert_eq!(timeline.ask(1, Side::Below), Some(6));
    // Said after the page was read.
    timeline.apply(event(10));
    timeline.put(1, Some(page(7, 9)));
    timeline.apply(event(11));
    assert_eq!(shown(&timeline), shown(&load(page(1, 11))));
}

#[test]
fn a_page_of_before_a_change_does_not_undo_it() {
    let mut timeline = load(page(4, 6));
    timeline.ask(1, Side::Above);
    timeline.apply(change(7, Kind::Del, 2));
    timeline.put(1, Some(History { head: 6, ..page(1, 3) }));
    assert!(timeline.rows().nth(1).unwrap().deleted);
}

#[test]
fn a_page_for_an_edge_that_has_moved_is_dropped() {
    let mut timeline = load(page(50, 60));
    timeline.ask(1, Side::Above);
    timeline.resume(500, (61..=500).map(event).collect());
    timeline.trim(None);
    timeline.put(1, Some(page(1, 49)));
    let shown = seqs(&timeline);
    assert_eq!((shown.first(), shown.len()), (Some(&Some(201)), 300), "a hole");
    assert_eq!(timeline.older(), Some(201));
}

#[test]
fn what_is_far_from_the_reader_is_let_go() {
    let all = || load(page(1, 400));
    let edges = |mut timeline: Timeline, at| {
        timeline.trim(at);
        (timeline.older(), timeline.newer())
    };
    assert_eq!(edges(all(), None), (Some(101), None));
    assert_eq!(edges(all(), Some(390)), (Some(101), None));
    assert_eq!(edges(all(), Some(10)), (None, Some(300)));
    assert_eq!(edges(load(page(1, 320)), None), (None, None));
}

/// Of the message 1, which is another's.
fn own(n: Seq, action: Action) -> Entry {
    Entry { action, ..entry(n) }
}

fn first_shown(timeline: &Timeline) -> Row {
    timeline.changed(first(timeline)).unwrap_or_else(|| first(timeline).clone())
}

#[test]
fn an_own_change_is_seen_at_once_and_counted_once() {
    let mut timeline = load(page(1, 3));
    let thumb = |on| Action::React(React { target: 1, emoji: "👍".into(), on });
    timeline.show(&own(4, thumb(true)), &me());
    timeline.show(&own(5, Action::Edit(Edit { target: 1, body: "better".into() })), &me());
    let mine = [Reaction { emoji: "👍".into(), count: 1, mine: true }];
    assert_eq!((&*first_shown(&timeline).body, &first_shown(&timeline).state), ("better", &State::Pending));
    timeline.ack(&nonce(4), 4, 4_000);
    assert_eq!(first_shown(&timeline).reactions, mine, "between the ack and the event nothing is taken back");
    timeline.apply(Event { nonce: Some(nonce(4)), ..reaction(4, 1, "👍", true) });
    assert_eq!(first_shown(&timeline).reactions, mine);
    timeline.show(&own(6, thumb(false)), &me());
    assert!(first_shown(&timeline).reactions.is_empty());
    let edit = Event { nonce: Some(nonce(5)), body: Some("better".into()), ..change(5, Kind::Edit, 1) };
    timeline.apply(edit);
    assert_eq!(first_shown(&timeline).state, State::Sent);
}

#[test]
fn a_change_that_is_refused_is_rolled_back_and_says_why() {
    let mut timeline = load(page(1, 3));
    let mut edit = own(4, Action::Edit(Edit { target: 1, body: "better".into() }));
    timeline.show(&edit, &me());
    edit.state = Progress::Stopped(Why::Refused("locked".into()));
    timeline.show(&edit, &me());
    let row = first_shown(&timeline);
    assert_eq!((&*row.body, row.state), ("text 1", State::Sent));
    let why = Why::Refused("locked".into());
    assert_eq!(row.note, Some(Note::Refused { nonce: nonce(4), why, has_text: true }));
    timeline.forget(&nonce(4));
    assert_eq!(first_shown(&timeline), *first(&timeline));
}

#[test]
fn a_deletion_that_is_held_can_be_taken_back_and_one_that_is_sent_cannot() {
    let mut timeline = load(page(1, 3));
    let mut deletion = Entry::new(nonce(4), room(), Action::Delete(Delete { target: 1 }), 0);
    timeline.show(&deletion, &me());
    assert_eq!((first_shown(&timeline).deleted, first_shown(&timeline).note), (true, Some(Note::Held(nonce(4)))));
    deletion.state = Progress::Queued;
    timeline.show(&deletion, &me());
    assert_eq!((first_shown(&timeline).deleted, first_shown(&timeline).note), (true, None));
    timeline.forget(&nonce(4));
    assert_eq!(first_shown(&timeline).body, "text 1");
}

#[test]
fn a_pin_stays_until_it_is_taken_back_or_its_message_deleted() {
    let mut timeline = load(page(1, 2));
    let pin = |seq, target, on| Event { on: Some(on), ..change(seq, Kind::Pin, target) };
    let pinned = |timeline: &Timeline| timeline.rows().map(|row| row.pinned).collect::<Vec<_>>();
    timeline.apply(pin(3, 1, true));
    timeline.apply(pin(4, 2, true));
    assert_eq!(pinned(&timeline), [true, true]);
    timeline.apply(pin(5, 1, false));
    timeline.apply(change(6, Kind::Del, 2));
    assert_eq!(pinned(&timeline), [false, false]);
}

#[test]
fn an_answer_to_an_earlier_question_is_not_taken_for_that_to_a_later_one() {
    let mut timeline = load(page(41, 50));
    assert_eq!(timeline.ask(1, Side::Above), Some(41));
    // To the end meanwhile, where other messages are the latest by now, and up again.
    timeline.replace(page(91, 100));
    assert_eq!(timeline.ask(2, Side::Above), Some(91));
    let all = |from: Seq, to: Seq| (from..=to).map(Some).collect::<Vec<_>>();
    timeline.put(1, Some(page(31, 40)));
    assert_eq!(seqs(&timeline), all(91, 100));
    timeline.put(1, None);
    timeline.put(2, Some(History { head: 100, ..page(81, 90) }));
    assert_eq!(seqs(&timeline), all(81, 100));
}

#[test]
fn what_is_shown_as_it_is_changes_nothing() {
    let mut timeline = load(page(1, 3));
    let mut post = entry(9);
    assert_eq!((timeline.show(&post, &me()), timeline.show(&post, &me())), (Showing::Changed, Showing::Known));
    post.state = Progress::Stopped(Why::Refused("no".into()));
    assert_eq!((timeline.show(&post, &me()), timeline.show(&post, &me())), (Showing::Changed, Showing::Known));
    let edit = Entry::new(nonce(4), room(), Action::Edit(Edit { target: 1, body: "better".into() }), 0);
    assert_eq!((timeline.show(&edit, &me()), timeline.show(&edit, &me())), (Showing::Changed, Showing::Known));
    assert_eq!(timeline.show(&entry(3), &me()), Showing::Stored);
}

#[test]
fn what_replies_answer_is_asked_for_once_for_those_on_their_way_too() {
    let mut first = page(5, 6);
    first.messages[1].reply_to = Some(5);
    let mut timeline = load(first);
    assert!(timeline.missing_quotes().is_empty(), "it is on the page");
    let answer = Action::Post(Post { body: "so it is".into(), reply_to: Some(2) });
    timeline.show(&Entry::new(nonce(4), room(), answer, 0), &me());
    assert_eq!(timeline.missing_quotes(), [2]);
    assert!(timeline.missing_quotes().is_empty());
    timeline.know(Row::from(event(2)).quote().unwrap());
    assert_eq!(timeline.quote(2).unwrap().excerpt, "text 2");
}
