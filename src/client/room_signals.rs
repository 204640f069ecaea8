//! A room's conversation as signals: the order in one, each row in its own, so that a row changes in its place.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;

use super::groups::{Group, regroup};
use super::here::Here;
use super::rows::{Line, Shown, lay_out};
use super::timeline::{Key, Row, Timeline};
use crate::model::ids::{Millis, Seq};
use crate::model::notice::Notice;
use crate::model::room::Room;
use crate::model::user::Author;

#[derive(Clone)]
pub struct RowSignal {
    pub key: Key,
    pub shown: ArcRwSignal<Shown>,
}

#[derive(Clone, Copy)]
pub struct RoomSignals {
    pub rows: RwSignal<Vec<RowSignal>>,
    /// The same rows, as they are put on the page.
    pub groups: RwSignal<Vec<Group>>,
    /// What was done to the room after the last message.
    pub notices: RwSignal<Vec<Arc<Notice>>>,
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
    pub here: RwSignal<Here>,
    pub typing: RwSignal<Vec<Author>>,
    /// What is seen counts as read. Not on a page that somebody has come to by a link to a message.
    pub reads: RwSignal<bool>,
    /// The reader may not read this room any more.
    pub revoked: RwSignal<bool>,
}

impl RoomSignals {
    pub fn new(timeline: &Timeline, day_of: fn(Millis) -> i64, line: Line, reads: bool) -> Self {
        let (rows, notices) = lay_out(timeline, day_of, line);
        let rows: Vec<RowSignal> = rows.into_iter().map(RowSignal::new).collect();
        Self {
            groups: RwSignal::new(regroup(&[], rows.clone())),
            rows: RwSignal::new(rows),
            notices: RwSignal::new(notices),
            post: RwSignal::new(None),
            older: RwSignal::new(timeline.older()),
            newer: RwSignal::new(timeline.newer()),
            at_end: RwSignal::new(timeline.is_at_end()),
            missed: RwSignal::new(0),
            news: RwSignal::new(Vec::new()),
            here: RwSignal::default(),
            typing: RwSignal::default(),
            reads: RwSignal::new(reads),
            revoked: RwSignal::new(false),
        }
    }

    /// Shows the timeline as it is now. The page may be gone: whatever is disposed stays as it is.
    pub fn publish(&self, timeline: &Timeline, day_of: fn(Millis) -> i64, line: Line) {
        let Some(known) = self.rows.try_get_untracked() else { return };
        let known: HashMap<&Key, &RowSignal> = known.iter().map(|row| (&row.key, row)).collect();
        let (rows, notices) = lay_out(timeline, day_of, line);
        let rows: Vec<RowSignal> = rows
            .into_iter()
            .map(|shown| match known.get(&shown.row.key()) {
                Some(row) => row.become_(shown),
                None => RowSignal::new(shown),
            })
            .collect();
        self.groups.try_maybe_update(|old| {
            let groups = regroup(old, rows.clone());
            let changed = !old.iter().map(|group| group.id).eq(groups.iter().map(|group| group.id));
            *old = groups;
            (changed, ())
        });
        self.rows.try_maybe_update(|old| {
            let moved = !old.iter().map(|row| &row.key).eq(rows.iter().map(|row| &row.key));
            *old = rows;
            (moved, ())
        });
        set(self.notices, notices);
        set(self.older, timeline.older());
        set(self.newer, timeline.newer());
    }
}

/// Wakes nobody where nothing changes.
pub fn set<T: PartialEq + Clone + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.try_with_untracked(|known| *known != value) == Some(true) {
        signal.try_set(value);
    }
}

impl RowSignal {
    fn new(shown: Shown) -> Self {
        Self { key: shown.row.key(), shown: ArcRwSignal::new(shown) }
    }

    fn become_(&self, shown: Shown) -> Self {
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
