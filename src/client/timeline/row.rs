//! One message as it is shown, and what changes it.

use crate::client::outbox::{Entry, Progress, Why};
use crate::model::doc::Doc;
use crate::model::ids::{Millis, Nonce, Seq, UserId};
use crate::model::message::{Message, Reaction};
use crate::model::user::Author;
use crate::protocol::{Event, Kind};

/// What a row is known by for as long as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// An own message: the same before and after it has a seq.
    Nonce(Nonce),
    Seq(Seq),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Sent,
    Pending,
    Failed(Why),
}

/// What its reader may do about a change of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Take it back.
    Held(Nonce),
    /// Try it again, or let it be; or go on with its text, if it has one.
    Refused { nonce: Nonce, why: Why, has_text: bool },
}

/// A message as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Absent until the server has given one.
    pub seq: Option<Seq>,
    /// The seq of its latest change: whatever is not later is in it already.
    pub rev: Seq,
    pub nonce: Option<Nonce>,
    pub author: Author,
    pub body: String,
    pub doc: Option<Doc>,
    pub reply_to: Option<Seq>,
    pub ts: Millis,
    pub edited_ts: Option<Millis>,
    /// Its text is gone for good.
    pub deleted: bool,
    pub pinned: bool,
    /// By emoji: counts alone do not tell which was given first, and every screen has to show the same.
    pub reactions: Vec<Reaction>,
    pub state: State,
    /// Of an own change of it.
    pub note: Option<Note>,
}

impl Row {
    pub fn key(&self) -> Key {
        match (&self.nonce, self.seq) {
            (Some(nonce), _) => Key::Nonce(nonce.clone()),
            (None, seq) => Key::Seq(seq.unwrap_or_default()),
        }
    }

    /// Its text is to be read elsewhere.
    pub fn is_withheld(&self) -> bool {
        self.doc.as_ref().is_some_and(Doc::is_withheld)
    }

    /// A message that is on its way, or was stopped.
    pub fn unsent(entry: &Entry, body: &str, reply_to: Option<Seq>, author: Author) -> Self {
        let state = match &entry.state {
            Progress::Stopped(why) => State::Failed(why.clone()),
            _ => State::Pending,
        };
        Self {
            seq: None,
            nonce: Some(entry.nonce.clone()),
            body: body.to_owned(),
            reply_to,
            state,
            ..Self::new(0, author, entry.created_ms)
        }
    }

    /// Takes a later event about this message into account. Events come in order, but the row may have been read when
    /// some of them had happened already.
    pub fn change(&mut self, event: Event, me: Option<UserId>) {
        if event.seq <= self.rev {
            return;
        }
        self.rev = event.seq;
        if self.deleted {
            return;
        }
        match (event.k, event.body) {
            (Kind::Edit, Some(body)) => {
                (self.body, self.doc, self.edited_ts) = (body, event.doc, Some(event.ts));
            }
            // An edit without a text is one of a message that has been deleted since.
            (Kind::Edit | Kind::Del, _) => self.empty(),
            (Kind::React, _) => {
                if let (Some(emoji), Some(on)) = (event.emoji, event.on) {
                    self.react(emoji, on, Some(event.author.id) == me);
                }
            }
            (Kind::Pin, _) => self.pinned = event.on == Some(true),
            (Kind::Msg | Kind::Member | Kind::Room | Kind::Skip | Kind::Other, _) => {}
        }
    }

    pub(super) fn empty(&mut self) {
        (self.deleted, self.pinned) = (true, false);
        (self.doc, self.edited_ts) = (None, None);
        self.body.clear();
        self.reactions.clear();
    }

    pub(super) fn react(&mut self, emoji: String, on: bool, is_mine: bool) {
        match (self.place(&emoji), on) {
            (Ok(at), true) => {
                let reaction = &mut self.reactions[at];
                reaction.count += 1;
                reaction.mine |= is_mine;
            }
            (Ok(at), false) => {
                let reaction = &mut self.reactions[at];
                reaction.count = reaction.count.saturating_sub(1);
                reaction.mine &= !is_mine;
                if reaction.count == 0 {
                    self.reactions.remove(at);
                }
            }
            (Err(at), true) => self.reactions.insert(at, Reaction { emoji, count: 1, mine: is_mine }),
            (Err(_), false) => {}
        }
    }

    /// Where the emoji stands among the reactions, or would.
    fn place(&self, emoji: &str) -> Result<usize, usize> {
        self.reactions.binary_search_by(|reaction| reaction.emoji.as_str().cmp(emoji))
    }

    fn new(rev: Seq, author: Author, ts: Millis) -> Self {
        Self {
            seq: Some(rev),
            rev,
            nonce: None,
            author,
            body: String::new(),
            doc: None,
            reply_to: None,
            ts,
            edited_ts: None,
            deleted: false,
            pinned: false,
            reactions: Vec::new(),
            state: State::Sent,
            note: None,
        }
    }
}

impl From<Message> for Row {
    fn from(message: Message) -> Self {
        let Message { seq, rev, author, nonce, body, doc, ts, edited_ts, deleted, pinned, reply_to, reactions, .. } =
            message;
        let row = Self { nonce, body, doc, edited_ts, deleted, pinned, reply_to, ..Self::new(rev, author, ts) };
        let mut row = Self { seq: Some(seq), ..row };
        for reaction in reactions {
            let at = row.place(&reaction.emoji).unwrap_or_else(|at| at);
            row.reactions.insert(at, reaction);
        }
        row
    }
}

impl From<Event> for Row {
    /// A message that was just said, or read later: then it has its latest text, and what else changed follows.
    fn from(event: Event) -> Self {
        let Event { seq, author, nonce, ts, body, doc, reply_to, .. } = event;
        let deleted = body.is_none();
        Self { nonce, body: body.unwrap_or_default(), doc, reply_to, deleted, ..Self::new(seq, author, ts) }
    }
}
