//! An event as bytes, made once however many connections get it.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::ws::Utf8Bytes;

use crate::model::ids::{Nonce, RoomId, Seq, UserId};
use crate::model::user::Author;
use crate::protocol::{Event, Kind};

/// An event ready for the wire. Its author's connections get the nonce with it, all others do not.
#[derive(Debug)]
pub struct Encoded {
    pub room: RoomId,
    pub seq: Seq,
    pub author: UserId,
    pub nonce: Option<Nonce>,
    pub kind: Kind,
    pub target: Option<Seq>,
    reply_to: Option<Seq>,
    /// Its text may name somebody.
    pub may_name: bool,
    /// It closes the room to people who read it until now.
    pub closes: bool,
    /// Whoever may not read the room from here on.
    pub evicts: Option<UserId>,
    /// When it came to this node.
    pub since: Instant,
    /// `{"t":"ev","room":…,` and then the item without its opening brace.
    frame: Utf8Bytes,
    frame_for_author: Utf8Bytes,
    /// Where the item begins in either frame, its opening brace aside.
    item_at: usize,
}

impl Encoded {
    pub fn new(room: RoomId, mut event: Event, evicts: Option<UserId>) -> Self {
        let nonce = event.nonce.take();
        let item = serde_json::to_string(&event).expect("an event has string keys only");
        let (kind, target, reply_to) = (event.k, event.target, event.reply_to);
        let may_name = event.body.as_ref().is_some_and(|body| body.contains('@'));
        let closes = event.changed.as_ref().is_some_and(|changed| changed.closes());
        let prefix = format!(r#"{{"t":"ev","room":{room},"#);
        let rest = &item[1..];
        let frame = Utf8Bytes::from([&*prefix, rest].concat());
        // A nonce has no character that JSON would escape.
        let frame_for_author = match &nonce {
            Some(nonce) => Utf8Bytes::from([&*prefix, r#""nonce":""#, nonce.as_str(), r#"","#, rest].concat()),
            None => frame.clone(),
        };
        let item_at = prefix.len();
        let (seq, author, since) = (event.seq, event.author.id, Instant::now());
        Self {
            room,
            seq,
            author,
            nonce,
            kind,
            target,
            reply_to,
            may_name,
            closes,
            evicts,
            since,
            frame,
            frame_for_author,
            item_at,
        }
    }

    /// From the item as it travels between nodes, in which there is no nonce. `None` if it is no event.
    pub fn from_item(room: RoomId, nonce: Option<Nonce>, item: &str, is_eviction: bool) -> Option<Self> {
        let mut event: Event = serde_json::from_str(item).ok()?;
        event.nonce = nonce;
        let evicts = event.member.as_ref().filter(|_| is_eviction).map(|member| member.user.id);
        Some(Self::new(room, event, evicts))
    }

    /// The `ev` frame for a connection of `reader`.
    pub fn frame(&self, reader: Option<UserId>) -> &Utf8Bytes {
        if reader == Some(self.author) { &self.frame_for_author } else { &self.frame }
    }

    /// The bare item, as it stands in `sub_ok.events` but for its opening brace.
    pub fn item_tail(&self, reader: Option<UserId>) -> &str {
        &self.frame(reader).as_str()[self.item_at..]
    }

    /// The event as `reader` may see it.
    pub fn event(&self, reader: Option<UserId>) -> Event {
        serde_json::from_str(&format!("{{{}", self.item_tail(reader))).expect("what was encoded here decodes")
    }

    /// The event for somebody who may read the room from `floor` on only: what is said there about earlier messages is
    /// a place in the log and nothing else, and a reply to one of them is no reply.
    pub fn seen_from(self: &Arc<Self>, floor: Seq) -> Arc<Self> {
        let is_seen = self.seq >= floor && self.target.is_none_or(|target| target >= floor);
        let answers_hidden = self.reply_to.is_some_and(|target| target < floor);
        if is_seen && !answers_hidden {
            return Arc::clone(self);
        }
        let event = self.event(None);
        if is_seen {
            let event = Event { reply_to: None, nonce: self.nonce.clone(), ..event };
            return Arc::new(Self { since: self.since, ..Self::new(self.room, event, self.evicts) });
        }
        let skip = Event::new(self.seq, Kind::Skip, Author::nobody(), event.ts);
        Arc::new(Self { since: self.since, ..Self::new(self.room, skip, self.evicts) })
    }

    /// All of them as [`Encoded::seen_from`] shows them.
    pub fn all_seen_from(mut events: Vec<Arc<Self>>, floor: Seq) -> Vec<Arc<Self>> {
        if floor > 1 {
            events.iter_mut().for_each(|event| *event = event.seen_from(floor));
        }
        events
    }

    /// Bytes that this event keeps in memory, roughly.
    pub fn size(&self) -> usize {
        self.frame.len() + self.frame_for_author.len()
    }

    /// The message whose text this event replaces or takes away.
    pub fn rewrites(&self) -> Option<Seq> {
        self.target.filter(|_| matches!(self.kind, Kind::Edit | Kind::Del))
    }

    /// Whether this event carries the text of the message `seq`.
    pub fn tells(&self, seq: Seq) -> bool {
        match self.kind {
            Kind::Msg => self.seq == seq,
            Kind::Edit => self.target == Some(seq),
            _ => false,
        }
    }

    /// The same event with the text that `change` has, or none.
    pub fn rewritten(&self, change: &Self) -> Self {
        let (mut event, change) = (self.event(None), change.event(None));
        (event.body, event.doc, event.nonce) = (change.body, change.doc, self.nonce.clone());
        Self { since: self.since, ..Self::new(self.room, event, self.evicts) }
    }
}

/// The items of `events` as JSON, as they stand in `sub_ok` and `evs`.
pub fn items(events: &[Arc<Encoded>], reader: Option<UserId>) -> String {
    let mut items = String::with_capacity(events.iter().map(|event| event.frame(reader).len()).sum());
    for (index, event) in events.iter().enumerate() {
        items.push_str(if index == 0 { "{" } else { ",{" });
        items.push_str(event.item_tail(reader));
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ServerFrame;

    fn said(seq: Seq, kind: Kind, body: Option<&str>, target: Option<Seq>) -> Event {
        let author = Author { id: UserId::try_from(7).unwrap(), username: "a".into(), display_name: "\"A\"".into() };
        let nonce = Nonce::try_from(format!("n-{seq}")).ok();
        Event { nonce, body: body.map(str::to_owned), target, ..Event::new(seq, kind, author, 5) }
    }

    fn room() -> RoomId {
        RoomId::try_from(42).unwrap()
    }

    #[test]
    fn only_the_author_is_told_the_nonce() {
        let event = said(3, Kind::Msg, Some("hi"), None);
        let (room, author) = (room(), Some(event.author.id));
        let encoded = Encoded::new(room, event.clone(), None);
        let read = |frame: &str| ServerFrame::parse(frame).unwrap();
        assert_eq!(read(encoded.frame(author)), ServerFrame::Ev { room, event: event.clone() });
        assert_eq!(read(encoded.frame(None)), ServerFrame::Ev { room, event: Event { nonce: None, ..event.clone() } });
        let item = format!("{{{}", encoded.item_tail(author));
        assert_eq!(serde_json::from_str::<Event>(&item).unwrap(), event);
    }

    #[test]
    fn what_is_about_earlier_messages_is_a_place_in_the_log_and_nothing_else() {
        let events = [
            said(3, Kind::Msg, Some("secret"), None),
            said(4, Kind::Msg, Some("open"), None),
            said(5, Kind::Edit, Some("secret"), Some(3)),
            said(6, Kind::Edit, Some("open"), Some(4)),
            Event { emoji: Some("🤫".into()), on: Some(true), ..said(7, Kind::React, None, Some(3)) },
            Event { reply_to: Some(3), ..said(8, Kind::Msg, Some("open"), None) },
            Event { reply_to: Some(4), ..said(9, Kind::Msg, Some("open"), None) },
        ];
        let events = events.map(|event| Arc::new(Encoded::new(room(), event, None))).to_vec();
        let seen = |floor| {
            let events = Encoded::all_seen_from(events.clone(), floor);
            let kinds: Vec<_> = events.iter().map(|event| event.event(Some(event.author)).k).collect();
            (kinds, items(&events, events[1].author.into()))
        };
        let (kinds, frames) = seen(4);
        assert_eq!(kinds, [Kind::Skip, Kind::Msg, Kind::Skip, Kind::Edit, Kind::Skip, Kind::Msg, Kind::Msg]);
        assert_eq!(frames.matches("reply_to").count(), 1, "{frames}");
        assert!(frames.contains("n-8"), "its author finds it again: {frames}");
        assert!(!frames.contains("secret") && !frames.contains("🤫") && !frames.contains("n-3"), "{frames}");
        let unnamed = frames.matches(r#""username":"""#).count();
        assert_eq!(unnamed, 3, "who did something to it is not told either: {frames}");
        assert_eq!(seen(0).1, items(&events, events[0].author.into()));
    }

    #[test]
    fn a_rewritten_event_keeps_everything_but_its_text() {
        let message = said(3, Kind::Msg, Some("secret"), None);
        let encoded = Encoded::new(room(), message.clone(), None);
        let edit = Encoded::new(room(), said(4, Kind::Edit, Some("public"), Some(3)), None);
        let deletion = Encoded::new(room(), said(5, Kind::Del, None, Some(3)), None);
        assert!(encoded.tells(3) && edit.tells(3) && !deletion.tells(3) && !edit.tells(4));
        assert_eq!((encoded.rewrites(), edit.rewrites(), deletion.rewrites()), (None, Some(3), Some(3)));
        for (change, text) in [(&edit, Some("public")), (&deletion, None)] {
            let wanted = Event { body: text.map(str::to_owned), ..message.clone() };
            let wanted = Encoded::new(room(), wanted, None);
            let got = encoded.rewritten(change);
            assert_eq!(got.frame(Some(got.author)), wanted.frame(Some(wanted.author)));
            assert_eq!(got.frame(None), wanted.frame(None));
        }
    }
}
