//! What a room's readers must agree on: for each seq who said it and when it was due.

use std::collections::{HashMap, HashSet};

use super::scan::Marker;

/// A message's entry, made by whoever is told of it first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub sender: u32,
    pub due: u64,
    /// Said in this run, with a readable marker.
    pub ours: bool,
}

/// One room as its readers see it.
#[derive(Default)]
pub struct Ledger {
    /// The seq of the first entry.
    first: i64,
    entries: Vec<Option<Entry>>,
    /// The count that each sender's next message must have.
    expected: HashMap<u32, u64>,
    /// Counts that were left out so far: lost, or only late.
    left_out: HashSet<(u32, u64)>,
    /// Messages that came a second time under another seq.
    pub doubled: u64,
    /// Messages that came after one which their sender had said later.
    pub overtaken: u64,
    messages: u64,
}

impl Ledger {
    /// The entry of `seq`; `event` is read only if this is the first sight of it.
    pub fn entry(&mut self, run: u64, seq: i64, event: &[u8]) -> Entry {
        if self.entries.is_empty() {
            self.first = seq;
        }
        let Ok(at) = usize::try_from(seq - self.first) else { return Entry::default() };
        if at >= self.entries.len() {
            self.entries.resize(at + 1, None);
        }
        if let Some(entry) = self.entries[at] {
            return entry;
        }
        let marker = Marker::read(event).filter(|marker| marker.run == run);
        let entry = marker.map_or_else(Entry::default, |marker| {
            self.count(marker);
            Entry { sender: marker.sender, due: marker.due, ours: true }
        });
        self.entries[at] = Some(entry);
        entry
    }

    fn count(&mut self, Marker { sender, count, .. }: Marker) {
        self.messages += 1;
        let expected = self.expected.entry(sender).or_default();
        if count >= *expected {
            self.left_out.extend((*expected..count).map(|count| (sender, count)));
            *expected = count + 1;
        } else if self.left_out.remove(&(sender, count)) {
            self.overtaken += 1;
        } else {
            self.doubled += 1;
        }
    }

    /// Different messages that somebody was told of.
    pub fn told(&self) -> u64 {
        self.messages - self.doubled
    }

    /// The last seq that anybody saw.
    pub fn head(&self) -> i64 {
        self.first + self.entries.len() as i64 - 1
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_double_and_an_overtaken_message_are_noticed() {
        let event = |sender, count| {
            let mut text = b"\"body\":\"".to_vec();
            Marker { run: 1, sender, count, due: 0 }.write(&mut text);
            text
        };
        let mut ledger = Ledger::default();
        for (seq, count) in [(5, 0), (6, 1)] {
            assert!(ledger.entry(1, seq, &event(9, count)).ours);
        }
        assert!(ledger.entry(1, 6, b"not read again").ours);
        assert_eq!((ledger.doubled, ledger.overtaken, ledger.messages, ledger.head()), (0, 0, 2, 6));
        ledger.entry(1, 7, &event(9, 1));
        assert_eq!((ledger.doubled, ledger.overtaken), (1, 0));
        ledger.entry(1, 8, &event(9, 3));
        assert_eq!((ledger.doubled, ledger.overtaken), (1, 0));
        ledger.entry(1, 10, &event(9, 2));
        assert_eq!((ledger.doubled, ledger.overtaken), (1, 1));
        assert!(!ledger.entry(2, 9, &event(9, 4)).ours);
    }
}
