//! Own changes of messages that the log has not brought yet: shown at once, over what is known.
//!
//! A change stays until the log has passed the place at which it was stored. It may lie over a row that has it already:
//! it only says what shall be, so that nothing is counted twice.

use super::row::{Note, Row, State};
use crate::client::outbox::{Entry, Progress};
use crate::model::action::{Action, Edit, Pin, React};
use crate::model::ids::{Nonce, Seq};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay(Vec<Pending>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pending {
    entry: Entry,
    /// Its place in the log, once that is known.
    seq: Option<Seq>,
}

impl Overlay {
    /// Shows a change; one that is shown already takes the entry's state. True if that made a difference.
    pub fn show(&mut self, entry: &Entry) -> bool {
        match self.0.iter_mut().find(|pending| pending.entry.nonce == entry.nonce) {
            Some(pending) if pending.entry == *entry => return false,
            Some(pending) => pending.entry.clone_from(entry),
            None => self.0.push(Pending { entry: entry.clone(), seq: None }),
        }
        true
    }

    /// The change is stored at `seq`.
    pub fn store(&mut self, nonce: &Nonce, seq: Seq) {
        if let Some(pending) = self.0.iter_mut().find(|pending| pending.entry.nonce == *nonce) {
            pending.seq = Some(seq);
        }
    }

    /// The log has been applied up to `cursor`.
    pub fn passed(&mut self, cursor: Seq) {
        self.0.retain(|pending| pending.seq.is_none_or(|seq| seq > cursor));
    }

    /// Another log has begun: what was stored in the former one is not certain.
    pub fn forget_stored(&mut self) {
        self.0.retain(|pending| pending.seq.is_none());
    }

    pub fn forget(&mut self, nonce: &Nonce) {
        self.0.retain(|pending| pending.entry.nonce != *nonce);
    }

    /// The row as its reader has changed it, if they have.
    pub fn over(&self, row: &Row) -> Option<Row> {
        let is_on_it = |pending: &&Pending| {
            row.seq.is_some() && pending.entry.action.target() == row.seq && pending.seq.is_none_or(|seq| seq > row.rev)
        };
        let mut on_it = self.0.iter().filter(is_on_it).peekable();
        on_it.peek()?;
        let mut shown = row.clone();
        on_it.for_each(|pending| shown.preview(&pending.entry));
        Some(shown)
    }
}

impl Row {
    fn preview(&mut self, Entry { nonce, action, state, created_ms, .. }: &Entry) {
        if let Progress::Stopped(why) = state {
            let has_text = matches!(action, Action::Edit(_));
            self.note = Some(Note::Refused { nonce: nonce.clone(), why: why.clone(), has_text });
            return;
        }
        if self.deleted {
            return;
        }
        match action {
            Action::Edit(Edit { body, .. }) => {
                self.body.clone_from(body);
                (self.doc, self.edited_ts, self.state) = (None, Some(*created_ms), State::Pending);
            }
            Action::Delete(_) => {
                self.empty();
                self.note = matches!(state, Progress::Held { .. }).then(|| Note::Held(nonce.clone()));
            }
            Action::React(React { emoji, on, .. }) => {
                let is_mine = self.reactions.iter().any(|known| known.mine && known.emoji == *emoji);
                if is_mine != *on {
                    self.react(emoji.clone(), *on, true);
                }
            }
            Action::Pin(Pin { on, .. }) => self.pinned = *on,
            // Neither a new message nor what is done to people and posts lies over a row.
            _ => {}
        }
    }
}
