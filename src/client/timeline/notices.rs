//! What was done to the room, between the messages of the window.

use std::sync::Arc;

use super::Timeline;
use crate::model::ids::Seq;
use crate::model::notice::Notice;

impl Timeline {
    /// The notices of the window, from top to bottom.
    pub fn notices(&self) -> impl Iterator<Item = &Arc<Notice>> {
        self.notices.values()
    }

    pub(super) fn note(&mut self, notice: Notice) {
        self.notices.insert(notice.seq, Arc::new(notice));
    }

    /// Lets go of what lies outside the window, as the pages that come there bring it again.
    pub(super) fn trim_notices(&mut self) {
        let is_above = |seq: Seq, first: Option<&Seq>| first.is_some_and(|first| seq < *first);
        let is_below = |seq: Seq, last: Option<&Seq>| last.is_some_and(|last| seq > *last);
        let (first, last) = (self.sent.keys().next().filter(|_| self.older), self.sent.keys().next_back());
        let last = last.filter(|_| self.newer);
        self.notices.retain(|seq, _| !is_above(*seq, first) && !is_below(*seq, last));
    }
}
