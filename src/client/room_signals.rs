//! A room's conversation as signals: the order in one, each row in its own, so that a row changes in its place.

use std::collections::HashMap;

use leptos::prelude::*;

use super::rows::{Shown, lay_out};
use super::timeline::{Key, Timeline};
use crate::model::ids::{Millis, Seq};

#[derive(Clone)]
pub struct RowSignal {
    pub key: Key,
    pub shown: ArcRwSignal<Shown>,
}

#[derive(Clone, Copy)]
pub struct RoomSignals {
    pub rows: RwSignal<Vec<RowSignal>>,
    /// Where the page of older messages begins, if there is one.
    pub older: RwSignal<Option<Seq>>,
    /// The reader may not read this room any more.
    pub revoked: RwSignal<bool>,
}

impl RoomSignals {
    pub fn new(timeline: &Timeline, day_of: fn(Millis) -> i64) -> Self {
        let rows = lay_out(timeline, day_of).into_iter().map(RowSignal::new).collect();
        Self { rows: RwSignal::new(rows), older: RwSignal::new(timeline.older()), revoked: RwSignal::new(false) }
    }

    /// Shows the timeline as it is now. The page may be gone: whatever is disposed stays as it is.
    pub fn publish(&self, timeline: &Timeline, day_of: fn(Millis) -> i64) {
        let Some(known) = self.rows.try_get_untracked() else { return };
        let known: HashMap<Key, RowSignal> = known.into_iter().map(|row| (row.key.clone(), row)).collect();
        let rows: Vec<RowSignal> = lay_out(timeline, day_of)
            .into_iter()
            .map(|shown| match known.get(&shown.row.key()) {
                Some(row) => row.become_(shown),
                None => RowSignal::new(shown),
            })
            .collect();
        self.rows.try_maybe_update(|old| {
            let moved = !old.iter().map(|row| &row.key).eq(rows.iter().map(|row| &row.key));
            *old = rows;
            (moved, ())
        });
        if self.older.try_get_untracked() != Some(timeline.older()) {
            self.older.try_set(timeline.older());
        }
    }
}

impl RowSignal {
    fn new(shown: Shown) -> Self {
        Self { key: shown.row.key(), shown: ArcRwSignal::new(shown) }
    }

    fn become_(&self, shown: Shown) -> Self {
        if self.shown.with_untracked(|known| *known != shown) {
            self.shown.set(shown);
        }
        self.clone()
    }
}
