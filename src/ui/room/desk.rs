//! The desk of a room: what is being written, whom it answers or what it changes, and what becomes of it.

mod drafting;
mod field;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::messages::quote;
use crate::client::drafts::{Draft, Drafts};
use crate::client::live::Live;
use crate::client::room_signals::RoomSignals;
use crate::client::timeline::{Row, State};
use crate::i18n::Texts;
use crate::model::action::{Edit, Post, React};
use crate::model::ids::{RoomId, Seq, UserId};
use crate::model::message::Quote;
use crate::model::policy::{self, Deed};
use crate::model::room::Role;
use crate::ui::page;

/// The id of the field.
pub const FIELD: &str = "message";

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

    /// Whether the browser sends what is written, as it would without script. Who is signed out here may be signed in by
    /// now: the server knows, and gives the text back if not. And where no socket comes about, it would wait for ever.
    pub fn goes_by_form(self) -> bool {
        !self.is_signed_in() || self.live.is_barred() && !self.is_edit()
    }

    pub fn is_member(self) -> bool {
        self.role().is_some()
    }

    /// Whether the reader is to be offered something.
    pub fn offers(self, deed: Deed) -> bool {
        policy::offers(self.role(), deed)
    }

    fn role(self) -> Option<Role> {
        let membership = self.signals.membership;
        membership.try_with_untracked(|membership| membership.as_ref().map(|membership| membership.role)).flatten()
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

    /// The same where what is answered has to be asked for.
    pub fn reply_to(self, seq: Seq) {
        spawn_local(async move {
            if let Ok(found) = quote(self.room, seq).await {
                self.reply(found);
            }
        });
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

    /// Sends the pieces of what stands in the field, or saves the edit. False if there was nothing new to say.
    pub fn send(self, pieces: Vec<String>) -> bool {
        let task = self.task.get_untracked();
        if let Task::Edit { target, .. } = task {
            let body: String = pieces.concat();
            if self.signals.row(target).is_none_or(|row| row.body != body) {
                self.live.send(self.room, Edit { target, body });
            }
            self.leave();
            return false;
        }
        let mut reply_to = self.answers().map(|quote| quote.seq);
        for body in pieces {
            self.live.send(self.room, Post { body, reply_to: reply_to.take() });
        }
        self.restore(Draft::default());
        self.keep();
        true
    }

    pub fn react(self, target: Seq, emoji: String, on: bool) {
        self.live.send(self.room, React { target, emoji, on });
    }

    /// Puts a text into the field, above what stands there.
    pub fn put_back(self, text: &str) {
        let there = self.text();
        self.put(&if there.is_empty() { text.to_owned() } else { format!("{text}\n{there}") }, None);
        self.keep();
        self.focus();
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
}
