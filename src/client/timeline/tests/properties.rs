//! Whatever comes in whatever order, the screen ends as a fresh load would show it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::Index;

use super::log::{self, Log, me, nonce};
use crate::client::timeline::{Applied, Key, Row, Side, Timeline};
use crate::model::action::{Action, Edit, Pin, React};
use crate::model::ids::Seq;

/// A frame, or what the reader does. Which events it is about, and how late they are read, is picked from the log.
#[derive(Clone, Debug)]
enum Step {
    /// One event: it may be a double, come too early, or have been read long after it was written.
    Ev(Index, Index),
    /// A piece of the log, from and to anywhere.
    Evs(Index, Index, Index),
    /// Everything since the cursor, as a new connection or `sync` brings it.
    Resume(Index, Index),
    /// The latest page: its head was read first, its messages later.
    Page(Index, Index, usize),
    /// The reader wants to see what is beyond one side of the window.
    Ask(Side),
    /// The page comes, or is lost.
    Put(Index, Index, Option<usize>),
    /// Far from this message, rows are let go of.
    Trim(Index, usize),
    /// I write one of my messages, or change one.
    Write(Index),
    /// It is acknowledged.
    Ack(Index),
}

fn step() -> impl Strategy<Value = Step> {
    let at = any::<Index>;
    prop_oneof![
        10 => (at(), at()).prop_map(|(seq, now)| Step::Ev(seq, now)),
        2 => (at(), at(), at()).prop_map(|(from, to, now)| Step::Evs(from, to, now)),
        2 => (at(), at()).prop_map(|(to, now)| Step::Resume(to, now)),
        1 => (at(), at(), 1_usize..60).prop_map(|(head, now, limit)| Step::Page(head, now, limit)),
        3 => prop::sample::select(vec![Side::Above, Side::Below]).prop_map(Step::Ask),
        3 => (at(), at(), prop::option::weighted(0.9, 1_usize..20)).prop_map(|(head, now, limit)| Step::Put(head, now, limit)),
        2 => (at(), 1_usize..20).prop_map(|(at, most)| Step::Trim(at, most)),
        3 => at().prop_map(Step::Write),
        3 => at().prop_map(Step::Ack),
    ]
}

/// A place in `from..=to`.
fn pick(index: &Index, from: Seq, to: Seq) -> Seq {
    from + index.index((to - from + 1) as usize) as Seq
}

struct Reader<'a> {
    log: &'a Log,
    timeline: Timeline,
    written: BTreeSet<Seq>,
    /// The page that was asked for: beyond which side and message, and where the log was known to be then.
    asked: Option<(Side, Seq, Seq)>,
    /// The latest change of each row that was shown a step ago.
    revs: BTreeMap<Seq, Seq>,
}

impl Reader<'_> {
    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let (log, last, mine) = (self.log, self.log.last(), self.log.mine());
        match step {
            Step::Ev(seq, now) => {
                let seq = pick(seq, 1, last);
                let before = self.timeline.cursor();
                let applied = self.timeline.apply(log.event(seq, pick(now, seq, last)));
                prop_assert_eq!(applied == Applied::Known, seq <= before);
            }
            Step::Evs(from, to, now) => {
                let from = pick(from, 1, last);
                let to = pick(to, from, last);
                self.timeline.resume(to, log.events(from, to, pick(now, to, last)));
            }
            Step::Resume(to, now) => {
                let since = self.timeline.cursor();
                let to = pick(to, since, last);
                let applied = self.timeline.resume(to, log.events(since + 1, to, pick(now, to, last)));
                prop_assert!(self.timeline.cursor() >= to);
                prop_assert_eq!(applied == Applied::Moved, self.timeline.farthest() == self.timeline.cursor());
            }
            Step::Page(head, now, limit) => {
                let head = pick(head, 0, last);
                self.timeline.replace(log.page(head, pick(now, head, last), *limit));
                prop_assert!(self.timeline.cursor() >= head);
            }
            Step::Ask(side) => {
                if !self.timeline.is_asking()
                    && let Some(edge) = self.timeline.ask(1, *side)
                {
                    self.asked = Some((*side, edge, self.timeline.cursor()));
                }
            }
            Step::Put(head, now, limit) => self.put(head, now, *limit),
            Step::Trim(at, most) => self.timeline.trim_to(Some(pick(at, 1, last)), *most),
            Step::Write(which) if !mine.is_empty() => {
                let seq = *which.get(&mine);
                if self.written.insert(seq) {
                    self.timeline.show(&log.entry(seq), &me());
                    self.is_shown(&log.entry(seq).action)?;
                }
            }
            Step::Ack(which) if !mine.is_empty() => self.acknowledge(*which.get(&mine)),
            Step::Write(_) | Step::Ack(_) => {}
        }
        self.is_sound()
    }

    /// A page is read after it was asked for.
    fn put(&mut self, head: &Index, now: &Index, limit: Option<usize>) {
        let Some((side, edge, known)) = self.asked.take() else { return };
        let head = pick(head, known, self.log.last());
        let now = pick(now, head, self.log.last());
        self.timeline.put(
            1,
            limit.map(|limit| match side {
                Side::Above => self.log.page_before(edge, head, now, limit),
                Side::Below => self.log.page_after(edge, head, now, limit),
            }),
        );
    }

    /// What I have just changed is to be seen at once, whatever the server knows of it.
    fn is_shown(&self, action: &Action) -> Result<(), TestCaseError> {
        let row = self.timeline.rows().find(|row| row.seq.is_some() && row.seq == action.target());
        let shown = row.map(|row| self.timeline.changed(row).unwrap_or_else(|| Row::clone(row)));
        let Some(shown) = shown.filter(|shown| !shown.deleted) else { return Ok(()) };
        match action {
            Action::Edit(Edit { body, .. }) => prop_assert_eq!(body, &shown.body),
            Action::Delete(_) => prop_assert!(shown.deleted),
            Action::React(React { emoji, on, .. }) => {
                let mine = shown.reactions.iter().find(|reaction| reaction.emoji == *emoji).is_some_and(|it| it.mine);
                prop_assert_eq!(mine, *on);
            }
            Action::Pin(Pin { on, .. }) => prop_assert_eq!(shown.pinned, *on),
            _ => {}
        }
        Ok(())
    }

    /// Only what was written is acknowledged.
    fn acknowledge(&mut self, seq: Seq) {
        if self.written.contains(&seq) {
            self.timeline.ack(&nonce(seq), seq, seq * 1_000);
        }
    }

    /// At every moment: each row once, in order, and none goes back to what it was.
    fn is_sound(&mut self) -> Result<(), TestCaseError> {
        let rows: Vec<&Arc<Row>> = self.timeline.rows().collect();
        let keys: BTreeSet<Key> = rows.iter().map(|row| row.key()).collect();
        prop_assert_eq!(keys.len(), rows.len(), "a row is shown twice");
        let placed: Vec<Seq> = rows.iter().filter_map(|row| row.seq).collect();
        prop_assert!(placed.is_sorted());
        let revs = placed.into_iter().zip(rows.iter().map(|row| row.rev)).collect();
        let before = std::mem::replace(&mut self.revs, revs);
        let back = self.revs.iter().find(|(seq, rev)| before.get(seq).is_some_and(|before| *before > **rev));
        prop_assert_eq!(back, None, "a row goes back");
        Ok(())
    }

    /// The driver has asked for what was missing and resent what was not acknowledged.
    fn settle(&mut self) {
        let last = self.log.last();
        let since = self.timeline.cursor();
        self.timeline.resume(last, self.log.events(since + 1, last, last));
        self.written.clone().into_iter().for_each(|seq| self.acknowledge(seq));
        // The reader has gone down to the end.
        self.timeline.put(1, None);
        while let Some(edge) = self.timeline.ask(1, Side::Below) {
            self.timeline.put(1, Some(self.log.page_after(edge, last, last, 20)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Doubled, swapped, lost, late, with pages loaded anywhere between.
    #[test]
    fn any_order_of_frames_ends_in_the_state_of_a_fresh_load(
        writes in prop::collection::vec(log::write(), 1..60),
        (head, now, limit) in (any::<Index>(), any::<Index>(), 1_usize..60),
        steps in prop::collection::vec(step(), 0..120),
    ) {
        let log = Log::of(writes);
        let last = log.last();
        let head = pick(&head, 0, last);
        let page = log.page(head, pick(&now, head, last), limit);
        let mut reader = Reader { log: &log, timeline: Timeline::load(page, Some(me().id)), written: BTreeSet::new(), asked: None, revs: BTreeMap::new() };
        for step in &steps {
            reader.take(step)?;
        }
        reader.settle();

        // The window may begin further down; from there on it is the whole conversation.
        let shown: Vec<&Arc<Row>> = reader.timeline.rows().collect();
        let fresh = Timeline::load(log.page(last, last, usize::MAX), Some(me().id));
        let first = shown.first().map_or(last + 1, |row| seq(row));
        let wanted: Vec<&Arc<Row>> = fresh.rows().filter(|row| seq(row) >= first).collect();
        prop_assert_eq!(&shown, &wanted);
        for row in shown {
            prop_assert_eq!(reader.timeline.changed(row), None, "nothing is left over it");
        }
        let first = if reader.timeline.older().is_some() { first } else { 0 };
        let notices: Vec<_> = reader.timeline.notices().filter(|notice| notice.seq > first).collect();
        let wanted_notices: Vec<_> = fresh.notices().filter(|notice| notice.seq > first).collect();
        prop_assert_eq!(notices, wanted_notices);
        prop_assert_eq!(reader.timeline.cursor(), last);
        prop_assert!(reader.timeline.older().is_some() || wanted.len() == fresh.rows().count());
    }
}

/// Its place; everything is stored by now.
fn seq(row: &Row) -> Seq {
    row.seq.expect("a stored row")
}
