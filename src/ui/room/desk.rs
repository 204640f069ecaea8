//! The desk of a room: what is being written, whom it answers or what it changes, and what becomes of it.

use leptos::html;
use leptos::prelude::*;

use crate::client::browser;
use crate::client::drafts::{Draft, Drafts};
use crate::client::live::Live;
use crate::client::outbox::Change;
use crate::client::room_signals::RoomSignals;
use crate::client::timeline::{Row, State};
use crate::i18n::Texts;
use crate::model::ids::{RoomId, Seq, UserId};
use crate::model::message::{Quote, SavedDraft};
use crate::model::room::Role;
use crate::model::text::{MESSAGE_MAX, MESSAGE_MAX_BYTES};
use crate::ui::page;

/// The id of the field.
pub const FIELD: &str = "message";
/// From here on the text is counted.
const NEAR: usize = MESSAGE_MAX - 400;

/// What the text in the composer is going to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Task {
    #[default]
    Say,
    Reply(Quote),
    Edit {
        target: Seq,
        /// What stood in the field before, and stands there again afterwards.
        aside: Draft,
    },
}

/// One per room page, handed to whatever has to do with writing.
#[derive(Clone, Copy)]
pub struct Desk {
    pub room: RoomId,
    pub field: NodeRef<html::Textarea>,
    pub signals: RoomSignals,
    pub task: RwSignal<Task>,
    /// Why what stands in the field was not taken.
    pub problem: RwSignal<Option<String>>,
    /// Characters in the field, once they are nearly too many.
    pub length: RwSignal<Option<usize>>,
    /// A short word on what has just been done.
    pub said: RwSignal<&'static str>,
    // Kept here because there is no context where an event is handled.
    pub live: Live,
    pub texts: &'static Texts,
    drafts: Option<Drafts>,
    me: Option<UserId>,
}

impl Desk {
    pub fn new(room: RoomId, signals: RoomSignals, answers: Option<Quote>) -> Self {
        Self {
            room,
            field: NodeRef::new(),
            signals,
            task: RwSignal::new(answers.map_or(Task::Say, Task::Reply)),
            problem: RwSignal::new(None),
            length: RwSignal::new(None),
            said: RwSignal::new(""),
            live: expect_context(),
            texts: page::texts(),
            drafts: use_context(),
            me: page::me().map(|me| me.id),
        }
    }

    pub fn is_signed_in(self) -> bool {
        self.me.is_some()
    }

    pub fn is_member(self) -> bool {
        self.role().is_some()
    }

    pub fn moderates(self) -> bool {
        self.role().is_some_and(|role| role != Role::Member)
    }

    fn role(self) -> Option<Role> {
        self.signals.membership.with_untracked(|membership| membership.as_ref().map(|membership| membership.role))
    }

    /// Whether the reader wrote it and may change it.
    pub fn is_own(self, row: &Row) -> bool {
        row.state == State::Sent && !row.deleted && self.me == Some(row.author.id)
    }

    pub fn reply(self, quote: Quote) {
        self.leave();
        self.task.set(Task::Reply(quote));
        self.keep();
        self.focus();
    }

    pub fn edit(self, target: Seq, text: &str) {
        if self.is_edit() {
            self.leave();
        }
        self.begin_edit(target, text);
        self.focus();
    }

    /// What is being written, and what it answers, lies aside meanwhile.
    fn begin_edit(self, target: Seq, text: &str) {
        let aside = self.draft();
        self.problem.set(None);
        self.task.set(Task::Edit { target, aside });
        self.put(text, None);
    }

    /// Edits the last of one's own messages that is on the page.
    pub fn edit_last(self) -> bool {
        let Some(own) = self.signals.last(|row| self.is_own(row)) else { return false };
        let Some(seq) = own.row.seq else { return false };
        self.edit(seq, &own.row.body);
        true
    }

    /// Neither a reply nor an edit any more. What was put aside stands in the field again. False if it was neither.
    pub fn leave(self) -> bool {
        let task = self.task.get_untracked();
        self.problem.set(None);
        match task {
            Task::Say => return false,
            Task::Reply(_) => {
                self.task.set(Task::Say);
                self.keep();
            }
            Task::Edit { aside, .. } => {
                self.restore(aside);
                self.keep();
            }
        }
        true
    }

    /// The text as it stands in the field: a signal lags behind an input method.
    pub fn text(self) -> String {
        self.field.try_get_untracked().flatten().map(|area| area.value()).unwrap_or_default()
    }

    /// Sends the pieces of what stands in the field, or saves the edit. False if there was nothing new to say.
    pub fn send(self, pieces: Vec<String>) -> bool {
        let task = self.task.get_untracked();
        if let Task::Edit { target, .. } = task {
            let body: String = pieces.concat();
            if self.signals.row(target).is_none_or(|row| row.body != body) {
                self.live.send(self.room, Change::Edit { target, body });
            }
            self.leave();
            return false;
        }
        let mut reply_to = self.answers().map(|quote| quote.seq);
        for body in pieces {
            self.live.send(self.room, Change::Post { body, reply_to: reply_to.take() });
        }
        self.restore(Draft::default());
        self.keep();
        true
    }

    pub fn react(self, target: Seq, emoji: String, on: bool) {
        self.live.send(self.room, Change::React { target, emoji, on });
    }

    /// Puts a text into the field, above what stands there.
    pub fn put_back(self, text: &str) {
        let there = self.text();
        self.put(&if there.is_empty() { text.to_owned() } else { format!("{text}\n{there}") }, None);
        self.keep();
        self.focus();
    }

    fn draft(self) -> Draft {
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

    fn restore(self, draft: Draft) {
        self.task.set(draft.reply_to.map_or(Task::Say, Task::Reply));
        self.put(&draft.text, Some(draft.at));
        self.problem.set(None);
    }

    /// Takes up what was being written when the page was left, here or on another device, and what is written in another
    /// tab meanwhile. `saved` is what the server has of it.
    pub fn take_up_draft(self, saved: Option<SavedDraft>) {
        let Some(drafts) = self.drafts else { return };
        let mut saved = Some(saved);
        Effect::new(move |_| {
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

    pub fn is_edit(self) -> bool {
        self.task.try_with_untracked(|task| matches!(task, Task::Edit { .. })).unwrap_or(true)
    }

    fn answers(self) -> Option<Quote> {
        match self.task.try_get_untracked()? {
            Task::Reply(quote) => Some(quote),
            _ => None,
        }
    }

    pub fn put(self, text: &str, at: Option<u32>) {
        if let Some(area) = self.field.try_get_untracked().flatten() {
            area.set_value(text);
            if let Some(at) = at {
                let _ = area.set_selection_range(at, at);
            }
        }
        self.measure();
    }

    /// What stands before the caret.
    pub fn before_caret(self) -> Option<String> {
        let area = self.field.try_get_untracked().flatten()?;
        let at = area.selection_start().ok()?? as usize;
        let before: Vec<u16> = area.value().encode_utf16().take(at).collect();
        Some(String::from_utf16_lossy(&before))
    }

    /// Puts `text` in place of the last `count` characters before the caret.
    pub fn replace_before_caret(self, count: usize, text: &str) {
        let (whole, before) = (self.text(), self.before_caret().unwrap_or_default());
        let (Some(after), Some(gone)) = (whole.strip_prefix(&before), before.chars().count().checked_sub(count)) else {
            return;
        };
        let before: String = before.chars().take(gone).chain(text.chars()).collect();
        let at = u32::try_from(before.encode_utf16().count()).unwrap_or_default();
        self.put(&(before + after), Some(at));
        self.keep();
    }

    /// How long the text is, once that matters.
    pub fn measure(self) {
        let text = self.text();
        // UTF-8 has at least as many bytes as characters.
        let length = if text.len() > NEAR { text.chars().count() } else { 0 };
        let length = Some(length).filter(|length| *length > NEAR || text.len() > MESSAGE_MAX_BYTES);
        if self.length.with_untracked(|known| *known != length) {
            self.length.set(length);
        }
    }

    /// Has the browser send the form.
    pub fn submit(self) {
        if let Some(form) = self.field.try_get_untracked().flatten().and_then(|area| area.form()) {
            // Where something is missing, the browser says so itself.
            let _ = form.request_submit();
        }
    }

    pub fn focus(self) {
        if let Some(area) = self.field.try_get_untracked().flatten() {
            let _ = area.focus();
        }
    }
}
