//! A room's conversation as signals: the order in one, each row in its own, so that a row changes in its place.

use std::sync::Arc;

use leptos::prelude::*;

use super::groups::{Group, regroup};
use super::here::Here;
use super::rows::{Line, Shown, lay_out};
use super::timeline::{Key, Row, Timeline};
use crate::model::ids::{Millis, Nonce, Seq};
use crate::model::message::Quote;
use crate::model::notice::Notice;
use crate::model::room::{Membership, Room};
use crate::model::user::Author;

#[derive(Clone)]
pub struct RowSignal {
    pub key: Key,
    pub shown: ArcRwSignal<Shown>,
}

#[derive(Clone, Copy)]
pub struct RoomSignals {
    /// The rows, in groups as they are put on the page.
    pub groups: RwSignal<Vec<Group>>,
    /// What was done to the room after the last message.
    pub notices: RwSignal<Vec<Arc<Notice>>>,
    /// The reader's, if they are a member.
    pub membership: RwSignal<Option<Membership>>,
    /// The post, where it has been read since the page was.
    pub post: RwSignal<Option<Room>>,
    /// Where the pages before and after the window begin, if there are any.
    pub older: RwSignal<Option<Seq>>,
    pub newer: RwSignal<Option<Seq>>,
    /// The reader looks at the latest message.
    pub at_end: RwSignal<bool>,
    /// What others have said since the reader looked away from the end.
    pub missed: RwSignal<usize>,
    /// What others have said since the last change of this.
    pub news: RwSignal<Vec<Arc<Row>>>,
    /// What the reader has last said on another device, and what it answers.
    pub said_elsewhere: RwSignal<Option<(String, Option<Seq>)>>,
    pub here: RwSignal<Here>,
    pub typing: RwSignal<Vec<Author>>,
    /// What is seen counts as read. Not on a page that somebody has come to by a link to a message.
    pub reads: RwSignal<bool>,
    /// The reader may not read this room any more.
    pub revoked: RwSignal<bool>,
}

impl RoomSignals {
    pub fn new(
        timeline: &Timeline,
        day_of: fn(Millis) -> i64,
        line: Line,
        membership: Option<Membership>,
        reads: bool,
    ) -> Self {
        let (rows, notices) = lay_out(timeline, day_of, line);
        Self {
            groups: RwSignal::new(regroup(&[], rows)),
            notices: RwSignal::new(notices),
            membership: RwSignal::new(membership),
            post: RwSignal::new(None),
            older: RwSignal::new(timeline.older()),
            newer: RwSignal::new(timeline.newer()),
            at_end: RwSignal::new(timeline.is_at_end()),
            missed: RwSignal::new(0),
            news: RwSignal::new(Vec::new()),
            said_elsewhere: RwSignal::default(),
            here: RwSignal::default(),
            typing: RwSignal::default(),
            reads: RwSignal::new(reads),
            revoked: RwSignal::new(false),
        }
    }

    /// Shows the timeline as it is now. The page may be gone: whatever is disposed stays as it is.
    pub fn publish(&self, timeline: &Timeline, day_of: fn(Millis) -> i64, line: Line) {
        let (rows, notices) = lay_out(timeline, day_of, line);
        self.groups.try_maybe_update(|known| {
            let groups = regroup(known, rows);
            let changed = !known.iter().map(|group| group.id).eq(groups.iter().map(|group| group.id));
            *known = groups;
            (changed, ())
        });
        set(self.notices, notices);
        set(self.older, timeline.older());
        set(self.newer, timeline.newer());
    }

    /// Follows which rows there are, and their order.
    pub fn track_rows(&self) {
        self.groups.try_with(|groups| groups.iter().for_each(|group| group.rows.track()));
    }

    /// The message of the page with this place in the log, as it is now.
    pub fn row(&self, seq: Seq) -> Option<Arc<Row>> {
        self.last(|row| row.seq == Some(seq)).map(|shown| shown.row)
    }

    /// What the message with this nonce answers, sent or not.
    pub fn quote_in(&self, nonce: &Nonce) -> Option<Quote> {
        self.last(|row| row.nonce.as_ref() == Some(nonce))?.quote
    }

    /// The last message of the page that is such a one.
    pub fn last(&self, is_it: impl Fn(&Row) -> bool) -> Option<Shown> {
        let shown = |row: &RowSignal| row.shown.with_untracked(|shown| is_it(&shown.row).then(|| shown.clone()));
        let groups = self.groups.try_read_untracked()?;
        groups.iter().rev().find_map(|group| group.rows.with_untracked(|rows| rows.iter().rev().find_map(shown)))
    }
}

/// Wakes nobody where nothing changes.
pub fn set<T: PartialEq + Clone + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.try_with_untracked(|known| *known != value) == Some(true) {
        signal.try_set(value);
    }
}

impl RowSignal {
    pub(super) fn new(shown: Shown) -> Self {
        Self { key: shown.row.key(), shown: ArcRwSignal::new(shown) }
    }

    pub(super) fn become_(&self, shown: Shown) -> Self {
        let is_same = |known: &Shown| {
            let Shown { row, first, day, line, quote, notices, before_day } = known;
            (*first, *day, *line, *before_day) == (shown.first, shown.day, shown.line, shown.before_day)
                && *quote == shown.quote
                && *notices == shown.notices
                && (Arc::ptr_eq(row, &shown.row) || *row == shown.row)
        };
        if !self.shown.with_untracked(is_same) {
            self.shown.set(shown);
        }
        self.clone()
    }
}
