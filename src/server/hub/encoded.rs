//! An event as bytes, made once however many connections get it.

use axum::extract::ws::Utf8Bytes;

use crate::model::ids::{Nonce, RoomId, Seq, UserId};
use crate::protocol::Event;

/// An event ready for the wire. Its author's connections get the nonce with it, all others do not.
#[derive(Debug)]
pub struct Encoded {
    pub room: RoomId,
    pub seq: Seq,
    pub author: UserId,
    pub nonce: Option<Nonce>,
    /// `{"t":"ev","room":…,` and then the item without its opening brace.
    frame: Utf8Bytes,
    frame_for_author: Utf8Bytes,
    /// Where the item begins in either frame, its opening brace aside.
    item_at: usize,
}

impl Encoded {
    pub fn new(room: RoomId, mut event: Event) -> Self {
        let nonce = event.nonce.take();
        let item = serde_json::to_string(&event).expect("an event has string keys only");
        Self::from_item(room, event.seq, event.author.id, nonce, &item)
    }

    /// From the parts that travel between nodes: nothing is encoded again.
    pub fn from_item(room: RoomId, seq: Seq, author: UserId, nonce: Option<Nonce>, item: &str) -> Self {
        let rest = &item[1..];
        let prefix = format!(r#"{{"t":"ev","room":{room},"#);
        let frame = Utf8Bytes::from(format!("{prefix}{rest}"));
        // A nonce has no character that JSON would escape.
        let frame_for_author = match &nonce {
            Some(nonce) => Utf8Bytes::from(format!(r#"{prefix}"nonce":"{}",{rest}"#, nonce.as_str())),
            None => frame.clone(),
        };
        Self { room, seq, author, nonce, frame, frame_for_author, item_at: prefix.len() }
    }

    /// The `ev` frame for a connection of `reader`.
    pub fn frame(&self, reader: Option<UserId>) -> Utf8Bytes {
        if reader == Some(self.author) { self.frame_for_author.clone() } else { self.frame.clone() }
    }

    /// The bare item, as it stands in `sub_ok.events` but for its opening brace.
    pub fn item_tail(&self, reader: Option<UserId>) -> &str {
        let frame = if reader == Some(self.author) { &self.frame_for_author } else { &self.frame };
        &frame.as_str()[self.item_at..]
    }

    /// Bytes that this event keeps in memory, roughly.
    pub fn size(&self) -> usize {
        self.frame.len() + self.frame_for_author.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::user::Author;
    use crate::protocol::{Kind, ServerFrame};

    #[test]
    fn only_the_author_is_told_the_nonce() {
        let author = UserId::try_from(7).unwrap();
        let event = Event {
            seq: 3,
            k: Kind::Msg,
            author: Author { id: author, username: "a".into(), display_name: "\"A\"".into() },
            nonce: Nonce::try_from("n-1".to_owned()).ok(),
            ts: 5,
            body: Some("hi".into()),
            doc: None,
            reply_to: None,
        };
        let room = RoomId::try_from(42).unwrap();
        let encoded = Encoded::new(room, event.clone());
        let read = |frame: &str| serde_json::from_str::<ServerFrame>(frame).unwrap();
        assert_eq!(read(&encoded.frame(Some(author))), ServerFrame::Ev { room, event: event.clone() });
        assert_eq!(read(&encoded.frame(None)), ServerFrame::Ev { room, event: Event { nonce: None, ..event.clone() } });
        let item = format!("{{{}", encoded.item_tail(Some(author)));
        assert_eq!(serde_json::from_str::<Event>(&item).unwrap(), event);
    }
}
