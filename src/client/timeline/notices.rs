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
        let above = self.sent.keys().next().copied().filter(|_| self.older).unwrap_or_default();
        let below = self.sent.keys().next_back().copied().filter(|_| self.newer).unwrap_or(Seq::MAX);
        self.notices.retain(|seq, _| (above..=below).contains(seq));
    }
}
