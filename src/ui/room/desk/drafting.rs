//! What is being written outlives the page: drafts are kept, taken up again, and followed over tabs and devices.

use leptos::prelude::*;

use super::{Desk, FIELD, Task};
use crate::client::browser;
use crate::client::drafts::Draft;
use crate::client::effect::effect;
use crate::model::message::SavedDraft;

impl Desk {
    pub(super) fn draft(self) -> Draft {
        let Some(area) = self.field.try_get_untracked().flatten() else { return Draft::default() };
        let at = area.selection_start().ok().flatten().unwrap_or_default();
        match self.task.try_get_untracked().unwrap_or_default() {
            Task::Say => Draft { text: area.value(), at, ..Draft::default() },
            Task::Reply(quote) => Draft { text: area.value(), at, reply_to: Some(quote), edit: None },
            Task::Edit { target, aside } => Draft { edit: Some((target, area.value())), ..aside },
        }
    }

    /// Keeps what stands in the field beyond the page, and what lies aside.
    pub fn keep(self) {
        if let Some(drafts) = self.drafts {
            drafts.keep(self.room, &self.draft());
        }
    }

    /// What stands in the field is on its way; should it be refused, it comes back with the page.
    pub fn forget_draft(self) {
        if let Some(drafts) = self.drafts {
            drafts.keep(self.room, &Draft::default());
        }
    }

    pub(super) fn restore(self, draft: Draft) {
        self.task.set(draft.reply_to.map_or(Task::Say, Task::Reply));
        self.put(&draft.text, Some(draft.at));
        self.problem.set(None);
    }

    /// Takes up what was being written when the page was left, here or on another device, and what is written in another
    /// tab meanwhile. `saved` is what the server has of it.
    pub fn take_up_draft(self, saved: Option<SavedDraft>) {
        let Some(drafts) = self.drafts else { return };
        self.drop_what_was_said();
        let mut saved = Some(saved);
        effect(move || {
            let (changed, _) = drafts.elsewhere.get();
            if self.field.get().is_none() {
                return;
            }
            if let Some(saved) = saved.take() {
                // What was typed before the page was live is newer than what was kept.
                match self.text().is_empty().then(|| drafts.settle(self.room, saved)).flatten() {
                    Some(draft) => self.take_up(draft),
                    None => self.keep(),
                }
            } else if changed == Some(self.room) && !self.is_busy() {
                self.restore(drafts.of(self.room).unwrap_or_default());
            }
        });
    }

    /// What was said on another device, perhaps after it was written on there, is no draft here any more.
    fn drop_what_was_said(self) {
        effect(move || {
            let Some((said, reply_to)) = self.signals.said_elsewhere.get() else { return };
            let (text, answers) = (self.text(), self.answers().map(|quote| quote.seq));
            let is_it = !text.trim().is_empty() && said.starts_with(text.trim()) && answers == reply_to;
            if is_it && !self.is_busy() {
                self.restore(Draft::default());
                self.keep();
            }
        });
    }

    fn take_up(self, draft: Draft) {
        let edit = draft.edit.clone();
        self.restore(Draft { reply_to: self.answers().or(draft.reply_to), ..draft });
        let Some((target, text)) = edit else { return };
        if self.signals.row(target).is_some_and(|row| self.is_own(&row)) {
            self.begin_edit(target, &text);
        } else {
            // It is not on this page, or is there no more.
            self.put_back(&text);
        }
    }

    /// Whatever stands in the field stays there: somebody is at it.
    fn is_busy(self) -> bool {
        browser::focused().is_some_and(|focused| focused.id() == FIELD) || self.is_edit()
    }
}
