//! A small server: the log of one room, its pages, and what a late reader finds in it.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::client::outbox::Entry;
use crate::model::action::{Action, Delete, Edit, Pin, Post, React};
use crate::model::ids::{Nonce, RoomId, Seq, UserId};
use crate::model::message::{History, Message, Reaction};
use crate::model::notice::RoomChange;
use crate::model::user::Author;
use crate::protocol::{Event, Kind};

/// The reader. The others are 2 and 3.
pub const ME: i64 = 1;
const EMOJI: [&str; 3] = ["👍", "🎉", "❤️"];

pub fn author(id: i64) -> Author {
    Author { id: UserId::try_from(id).unwrap(), username: format!("u{id}"), display_name: format!("U{id}") }
}

pub fn me() -> Author {
    author(ME)
}

pub fn room() -> RoomId {
    RoomId::try_from(42).unwrap()
}

pub fn nonce(seq: Seq) -> Nonce {
    Nonce::try_from(format!("n-{seq}")).unwrap()
}

/// Something that somebody wants to do; `target` picks one of the messages that are there.
#[derive(Clone, Debug)]
pub enum Write {
    Say,
    Edit {
        target: usize,
    },
    Delete {
        target: usize,
    },
    React {
        target: usize,
        emoji: usize,
        on: bool,
    },
    /// Something is done to the room.
    Room,
    /// Of a kind without a message: nothing to be seen, or not known to this program.
    Other(Kind),
}

pub fn write() -> impl Strategy<Value = (i64, Write)> {
    let target = || 0_usize..8;
    let what = prop_oneof![
        6 => Just(Write::Say),
        3 => target().prop_map(|target| Write::Edit { target }),
        1 => target().prop_map(|target| Write::Delete { target }),
        4 => (target(), 0..EMOJI.len(), any::<bool>()).prop_map(|(target, emoji, on)| Write::React { target, emoji, on }),
        2 => Just(Write::Room),
        1 => prop::sample::select(vec![Kind::Skip, Kind::Other]).prop_map(Write::Other),
    ];
    (1_i64..=3, what)
}

/// The log as it was written. What a reader finds depends on when they read.
#[derive(Clone, Debug, Default)]
pub struct Log(Vec<Event>);

impl Log {
    /// Numbers what can be done, and makes the rest a place with nothing to be seen, as the server does.
    pub fn of(writes: Vec<(i64, Write)>) -> Self {
        let mut log = Self::default();
        for (who, write) in writes {
            let seq = log.last() + 1;
            let event = log.event_of(seq, author(who), write);
            log.0.push(Event { nonce: Some(nonce(seq)), ..event });
        }
        log
    }

    fn event_of(&self, seq: Seq, author: Author, write: Write) -> Event {
        let skip = Event::new(seq, Kind::Skip, author.clone(), seq * 1_000);
        let living: Vec<Seq> = self.messages(self.last()).filter(|said| !said.deleted).map(|said| said.seq).collect();
        // The latest ones: what is far above is seldom changed, and never seen.
        let pick = |target: usize| living.iter().rev().nth(target).copied();
        let body = Some(format!("text {seq}"));
        match write {
            Write::Say => Event { k: Kind::Msg, body, ..skip },
            Write::Room => {
                let changed = RoomChange { title: body, ..RoomChange::default() };
                Event { k: Kind::Room, changed: Some(Box::new(changed)), ..skip }
            }
            Write::Other(k) => Event { k, ..skip },
            Write::Edit { target } => match pick(target) {
                Some(target) => Event { k: Kind::Edit, body, target: Some(target), ..skip },
                None => skip,
            },
            Write::Delete { target } => match pick(target) {
                Some(target) => Event { k: Kind::Del, target: Some(target), ..skip },
                None => skip,
            },
            Write::React { target, emoji, on } => match pick(target) {
                Some(target) if self.has_reacted(target, EMOJI[emoji], author.id) != on => Event {
                    k: Kind::React,
                    target: Some(target),
                    emoji: Some(EMOJI[emoji].to_owned()),
                    on: Some(on),
                    ..skip
                },
                _ => skip,
            },
        }
    }

    fn has_reacted(&self, target: Seq, emoji: &str, who: UserId) -> bool {
        let of = |event: &&Event| {
            event.target == Some(target) && event.author.id == who && event.emoji.as_deref() == Some(emoji)
        };
        self.0.iter().rev().find(of).is_some_and(|event| event.on == Some(true))
    }

    pub fn last(&self) -> Seq {
        self.0.len() as Seq
    }

    /// What I have said and changed.
    pub fn mine(&self) -> Vec<Seq> {
        let is_mine = |event: &&Event| event.author.id == me().id && change(event).is_some();
        self.0.iter().filter(is_mine).map(|event| event.seq).collect()
    }

    /// My event `seq` while it waits to be sent.
    pub fn entry(&self, seq: Seq) -> Entry {
        let change = change(&self.0[seq as usize - 1]).expect("an event of mine");
        Entry::new(nonce(seq), room(), change, 5)
    }

    /// The event `seq` as it is read when the log ends at `now`: a text is the latest one, or gone.
    pub fn event(&self, seq: Seq, now: Seq) -> Event {
        let mut event = self.0[seq as usize - 1].clone();
        if event.author.id != me().id {
            event.nonce = None;
        }
        let said = match event.k {
            Kind::Msg => Some(event.seq),
            Kind::Edit => event.target,
            _ => None,
        };
        if let Some(said) = said.and_then(|said| self.messages(now).find(|message| message.seq == said)) {
            event.body = (!said.deleted).then_some(said.body);
        }
        event
    }

    /// The events `from..=to` as they are read at `now`.
    pub fn events(&self, from: Seq, to: Seq, now: Seq) -> Vec<Event> {
        (from..=to).map(|seq| self.event(seq, now)).collect()
    }

    /// The latest `limit` messages, read at `now`; the head had been read before, when it was `head`.
    pub fn page(&self, head: Seq, now: Seq, limit: usize) -> History {
        self.last_of(self.messages(now).collect(), head, head, limit)
    }

    /// The `limit` messages before `seq`, read at `now`.
    pub fn page_before(&self, seq: Seq, head: Seq, now: Seq, limit: usize) -> History {
        let messages = self.messages(now).filter(|message| message.seq < seq).collect();
        History { newer: true, ..self.last_of(messages, head.min(seq - 1), head, limit) }
    }

    fn last_of(&self, mut messages: Vec<Message>, until: Seq, head: Seq, limit: usize) -> History {
        let older = messages.len() > limit;
        let messages = messages.split_off(messages.len().saturating_sub(limit));
        let since = messages.first().filter(|_| older).map_or(0, |first| first.seq);
        History { older, more: older, ..self.page_of(messages, since, until, head) }
    }

    /// The `limit` messages after `seq`, read at `now`.
    pub fn page_after(&self, seq: Seq, head: Seq, now: Seq, limit: usize) -> History {
        let mut messages: Vec<Message> = self.messages(now).filter(|message| message.seq > seq).collect();
        let more = messages.len() > limit;
        messages.truncate(limit);
        let until = messages.last().filter(|_| more).map_or(head, |last| last.seq);
        History { older: true, newer: more, more, ..self.page_of(messages, seq, until, head) }
    }

    /// These messages, and what was done to the room after `since` and up to `until`.
    fn page_of(&self, messages: Vec<Message>, since: Seq, until: Seq, head: Seq) -> History {
        let done = self.0.iter().filter(|event| since < event.seq && event.seq <= until);
        let notices = done.filter_map(|event| event.clone().notice()).collect();
        let (older, newer, more) = (false, false, false);
        History { messages, head, floor: 1, epoch: "e".into(), more, older, newer, quotes: Vec::new(), notices }
    }

    /// Every message as it stands when the log ends at `now`.
    fn messages(&self, now: Seq) -> impl Iterator<Item = Message> {
        let mut messages: BTreeMap<Seq, Message> = BTreeMap::new();
        let mut given: BTreeMap<Seq, Vec<(String, UserId)>> = BTreeMap::new();
        for event in &self.0[..now as usize] {
            if event.k == Kind::Msg {
                messages.insert(event.seq, message(event));
            }
            let Some(target) = event.target else { continue };
            let message = messages.get_mut(&target).unwrap();
            let given = given.entry(target).or_default();
            message.rev = event.seq;
            match event.k {
                Kind::Edit => {
                    message.body = event.body.clone().unwrap();
                    message.edited_ts = Some(event.ts);
                }
                Kind::Del => {
                    (message.deleted, message.edited_ts) = (true, None);
                    message.body.clear();
                    given.clear();
                }
                _ => {
                    let reaction = (event.emoji.clone().unwrap(), event.author.id);
                    given.retain(|known| *known != reaction);
                    given.extend(event.on.unwrap().then_some(reaction));
                }
            }
            message.reactions = counted(given);
        }
        messages.into_values()
    }
}

/// What its author wanted to be done.
fn change(event: &Event) -> Option<Action> {
    let Event { k, body, target, emoji, on, .. } = event.clone();
    Some(match k {
        Kind::Msg => Action::Post(Post { body: body?, reply_to: None }),
        Kind::Edit => Action::Edit(Edit { target: target?, body: body? }),
        Kind::Del => Action::Delete(Delete { target: target? }),
        Kind::React => Action::React(React { target: target?, emoji: emoji?, on: on? }),
        Kind::Pin => Action::Pin(Pin { target: target?, on: on? }),
        _ => return None,
    })
}

fn message(event: &Event) -> Message {
    let Event { seq, author, nonce, ts, body, .. } = event.clone();
    Message {
        room: room(),
        seq,
        rev: seq,
        nonce: nonce.filter(|_| author.id == me().id),
        author,
        body: body.unwrap(),
        doc: None,
        ts,
        edited_ts: None,
        deleted: false,
        reply_to: None,
        pinned: false,
        reactions: Vec::new(),
    }
}

/// In the order in which they were first given, as the server has them.
fn counted(given: &[(String, UserId)]) -> Vec<Reaction> {
    let mut reactions: Vec<Reaction> = Vec::new();
    for (emoji, who) in given {
        let mine = *who == me().id;
        match reactions.iter_mut().find(|reaction| reaction.emoji == *emoji) {
            Some(reaction) => {
                reaction.count += 1;
                reaction.mine |= mine;
            }
            None => reactions.push(Reaction { emoji: emoji.clone(), count: 1, mine }),
        }
    }
    reactions
}

/// My message `seq` while it waits to be sent.
pub fn entry(seq: Seq) -> Entry {
    Entry::new(nonce(seq), room(), Action::Post(Post { body: format!("text {seq}"), reply_to: None }), 5)
}
