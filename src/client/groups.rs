//! The rows of a conversation in groups, a page that was read on being one.
//!
//! A keyed list of Leptos takes every row out of the document and puts it back when more than one is put before it
//! (tachys 0.2.19, `keyed::diff`), and the browser finds styles and places for all of them anew: 45 ms for each page. A
//! group that is put before others is one, and nothing moves.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use leptos::prelude::*;

use super::room_signals::RowSignal;
use super::rows::Shown;
use super::timeline::Key;

/// Rows of a group that grows at its end.
const MOST: usize = 64;

/// Rows that follow one another; there are always some.
#[derive(Clone)]
pub struct Group {
    pub id: u64,
    pub rows: ArcRwSignal<Vec<RowSignal>>,
}

impl Group {
    fn new(rows: Vec<RowSignal>) -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self { id: LAST.fetch_add(1, Ordering::Relaxed), rows: ArcRwSignal::new(rows) }
    }

    /// Wakes nobody where the same rows stay.
    fn hold(self, rows: Vec<RowSignal>) -> Self {
        if !self.rows.with_untracked(|known| known.iter().map(|row| &row.key).eq(rows.iter().map(|row| &row.key))) {
            self.rows.set(rows);
        }
        self
    }
}

/// Groups that hold these rows, in order: those that are known as far as they go. A row that is known changes in its place.
pub fn regroup(known: &[Group], shown: Vec<Shown>) -> Vec<Group> {
    let held: Vec<_> = known.iter().map(|group| group.rows.read_untracked()).collect();
    let places = held.iter().enumerate().flat_map(|(at, rows)| rows.iter().map(move |row| (&row.key, (row, at))));
    let places: HashMap<&Key, (&RowSignal, usize)> = places.collect();
    let rows = shown.into_iter().map(|shown| match places.get(&shown.row.key()) {
        Some((row, at)) => (row.become_(shown), Some(*at)),
        None => (RowSignal::new(shown), None),
    });
    let (mut rows, homes): (Vec<RowSignal>, Vec<Option<usize>>) = rows.unzip();
    // A group that is being read cannot be changed.
    drop(places);
    drop(held);
    let groups = assign(&homes).into_iter().map(|(group, count)| {
        let rest = rows.split_off(count);
        let rows = std::mem::replace(&mut rows, rest);
        match group {
            Some(at) => known[at].clone().hold(rows),
            None => Group::new(rows),
        }
    });
    groups.collect()
}

/// How many rows, one after the other, go to which group; `None` is a new one. `homes` tells the group in which each row
/// is now, if it is in one. A row stays where it is unless that would change the order of the groups. One that is new
/// stands with the row after it; what comes before all that is known is a group of its own, and so is what comes after it
/// where the last one is full.
fn assign(homes: &[Option<usize>]) -> Vec<(Option<usize>, usize)> {
    let known = || homes.iter().enumerate().filter_map(|(at, home)| Some((at, (*home)?)));
    let (Some((first, _)), Some((last, home))) = (known().next(), known().next_back()) else {
        return if homes.is_empty() { Vec::new() } else { vec![(None, homes.len())] };
    };
    // From the end on.
    let mut groups: Vec<(Option<usize>, usize)> = Vec::new();
    let mut put = |group: Option<usize>, count: usize| match groups.last_mut() {
        _ if count == 0 => {}
        Some((known, rows)) if *known == group => *rows += count,
        _ => groups.push((group, count)),
    };
    let mut next = home;
    let held = homes[first..=last].iter().rev().map(|home| {
        next = home.map_or(next, |home| next.min(home));
        next
    });
    let held: Vec<usize> = held.collect();
    let of_last = held.iter().take_while(|group| **group == home).count();
    let after = homes.len() - 1 - last;
    let joins = after.min(MOST.saturating_sub(of_last));
    put(None, after - joins);
    put(Some(home), joins);
    held.iter().for_each(|group| put(Some(*group), 1));
    put(None, first);
    groups.reverse();
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Where those of `rows` that are in a group of `known` are.
    fn assigned(known: &[Vec<usize>], rows: &[usize]) -> Vec<(Option<usize>, usize)> {
        let home = |row| known.iter().position(|group| group.contains(row));
        assign(&rows.iter().map(home).collect::<Vec<_>>())
    }

    #[test]
    fn a_page_is_a_group_wherever_it_is_put() {
        let known = [vec![10, 11], vec![12, 13]];
        let assigned = |rows: &[usize]| assigned(&known, rows);
        assert_eq!(assigned(&[7, 8, 9, 10, 11, 12, 13]), [(None, 3), (Some(0), 2), (Some(1), 2)]);
        assert_eq!(assigned(&[10, 11, 12, 13, 14]), [(Some(0), 2), (Some(1), 3)]);
        assert_eq!(assigned(&[11, 12]), [(Some(0), 1), (Some(1), 1)], "what is far is let go of");
        assert_eq!(assigned(&[12, 13]), [(Some(1), 2)]);
        assert_eq!(assigned(&[1, 2]), [(None, 2)], "another page");
        assert_eq!(assigned(&[]), []);
        assert_eq!(assigned(&[10, 11, 12, 99, 13]), [(Some(0), 2), (Some(1), 3)], "before mine, which is on its way");
        assert_eq!(assigned(&[10, 11, 13, 12]), [(Some(0), 2), (Some(1), 2)]);
    }

    #[test]
    fn a_group_that_is_full_is_followed_by_another() {
        let full: Vec<usize> = (0..MOST - 1).collect();
        let rows: Vec<usize> = (0..MOST + 3).collect();
        assert_eq!(assigned(&[full], &rows), [(Some(0), MOST), (None, 3)]);
    }

    proptest! {
        /// Whatever becomes of the rows, each is in one group, and no group is there twice or before one that it followed.
        #[test]
        fn groups_hold_all_rows_and_keep_their_order(
            sizes in prop::collection::vec(1_usize..6, 0..5),
            rows in Just((0_usize..30).collect::<Vec<_>>()).prop_shuffle(),
            count in 0_usize..30,
        ) {
            let mut next = 0..30;
            let known: Vec<Vec<usize>> = sizes.iter().map(|size| next.by_ref().take(*size).collect()).collect();
            let assigned = assigned(&known, &rows[..count]);
            prop_assert_eq!(assigned.iter().map(|(_, rows)| rows).sum::<usize>(), count);
            prop_assert!(assigned.iter().all(|(_, rows)| *rows > 0));
            let kept: Vec<usize> = assigned.iter().filter_map(|(group, _)| *group).collect();
            prop_assert!(kept.is_sorted_by(|a, b| a < b), "{:?}", assigned);
        }
    }
}
