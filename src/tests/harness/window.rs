//! One room as a client sees it: a cursor that only moves by one, and a small buffer for what came too early.

use std::collections::BTreeMap;

use crate::history::{Print, Seq};

/// Events that wait for their predecessors.
const EARLY: usize = 256;

#[derive(Default)]
pub struct Window {
    /// The last seq applied; `None` until the first answer.
    pub cursor: Option<Seq>,
    /// The highest seq that anybody spoke of.
    pub heard_of: Seq,
    early: BTreeMap<Seq, Print>,
    /// Frames that told nothing new.
    pub doubles: u64,
    /// Frames that came before their predecessors.
    pub swaps: u64,
}

impl Window {
    pub fn starting_at(cursor: Option<Seq>) -> Self {
        Self { cursor, ..Self::default() }
    }

    /// Takes an event; returns what is to be applied now, in order.
    pub fn take(&mut self, seq: Seq, print: Print) -> Vec<(Seq, Print)> {
        self.heard_of = self.heard_of.max(seq);
        match self.cursor {
            Some(cursor) if seq <= cursor => self.doubles += 1,
            Some(cursor) if seq == cursor + 1 => {
                self.cursor = Some(seq);
                let mut applied = vec![(seq, print)];
                applied.extend(self.drain());
                return applied;
            }
            _ => {
                self.swaps += 1;
                if self.early.len() < EARLY {
                    self.early.insert(seq, print);
                }
            }
        }
        Vec::new()
    }

    /// Starts over after `head`; what came early and fits is returned.
    pub fn jump(&mut self, head: Seq) -> Vec<(Seq, Print)> {
        self.cursor = Some(head);
        self.heard_of = self.heard_of.max(head);
        self.drain()
    }

    fn drain(&mut self) -> Vec<(Seq, Print)> {
        let mut applied = Vec::new();
        while let (Some(cursor), Some((seq, print))) = (self.cursor, self.early.pop_first()) {
            if seq > cursor + 1 {
                self.early.insert(seq, print);
                break;
            }
            if seq == cursor + 1 {
                self.cursor = Some(seq);
                applied.push((seq, print));
            }
        }
        applied
    }

    /// Whether something is known to be missing.
    pub fn is_behind(&self) -> bool {
        self.cursor.is_some_and(|cursor| cursor < self.heard_of)
    }
}
