//! What travels between nodes: a tag that only a node of this cluster can make, and the encoded event.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::model::ids::{Nonce, RoomId};
use crate::server::bus::{Announcement, Passing};
use crate::server::hub::Encoded;

const TAG: usize = 32;

/// What another node tells of a room.
pub enum Told {
    Event(Encoded),
    Passing(RoomId, Passing),
}

/// Signs and checks payloads with the key that the nodes share through their database.
pub struct Seal(Hmac<Sha256>);

impl Seal {
    pub fn new(key: &str) -> Self {
        Self(Hmac::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length"))
    }

    fn seal(&self, content: &[u8]) -> Vec<u8> {
        let mut mac = self.0.clone();
        mac.update(content);
        let mut payload = mac.finalize().into_bytes().to_vec();
        payload.extend_from_slice(content);
        payload
    }

    /// The content, if a node of this cluster sealed it.
    fn open<'a>(&self, payload: &'a [u8]) -> Option<&'a [u8]> {
        let (tag, content) = payload.split_at_checked(TAG)?;
        let mut mac = self.0.clone();
        mac.update(content);
        mac.verify_slice(tag).ok()?;
        Some(content)
    }

    pub fn event(&self, node: u64, event: &Encoded) -> Vec<u8> {
        let nonce = event.nonce.as_ref().map_or("", Nonce::as_str);
        let evicts = u8::from(event.evicts.is_some());
        let head = format!("{node:x} {} {evicts} {nonce}\n{{", event.room);
        self.seal(&[head.as_bytes(), event.item_tail(None).as_bytes()].concat())
    }

    pub fn passing(&self, node: u64, room: RoomId, passing: &Passing) -> Vec<u8> {
        let passing = serde_json::to_string(passing).expect("it has string keys only");
        self.seal(format!("{node:x} {room}\n{passing}").as_bytes())
    }

    /// The node that published, and what.
    pub fn read(&self, payload: &[u8]) -> Option<(u64, Told)> {
        let content = std::str::from_utf8(self.open(payload)?).ok()?;
        let (head, item) = content.split_once('\n')?;
        let mut fields = head.split(' ');
        let node = u64::from_str_radix(fields.next()?, 16).ok()?;
        let room = RoomId::try_from(fields.next()?.parse::<i64>().ok()?).ok()?;
        let Some(evicts) = fields.next() else {
            return Some((node, Told::Passing(room, serde_json::from_str(item).ok()?)));
        };
        let nonce = Nonce::try_from(fields.next()?.to_owned()).ok();
        Some((node, Told::Event(Encoded::from_item(room, nonce, item, evicts == "1")?)))
    }

    pub fn announcement(&self, node: u64, announcement: &Announcement) -> Vec<u8> {
        let announcement = serde_json::to_string(announcement).expect("it has string keys only");
        self.seal(format!("{node:x}\n{announcement}").as_bytes())
    }

    /// The node that announced, and what.
    pub fn read_announcement(&self, payload: &[u8]) -> Option<(u64, Announcement)> {
        let (node, announcement) = std::str::from_utf8(self.open(payload)?).ok()?.split_once('\n')?;
        Some((u64::from_str_radix(node, 16).ok()?, serde_json::from_str(announcement).ok()?))
    }

    pub fn revocation(&self, id_hash: &[u8]) -> Vec<u8> {
        self.seal(id_hash)
    }

    pub fn read_revocation(&self, payload: &[u8]) -> Option<Vec<u8>> {
        self.open(payload).map(<[u8]>::to_vec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::UserId;
    use crate::model::user::Author;
    use crate::protocol::{Event, Kind};

    #[test]
    fn an_event_arrives_as_it_was_sent_and_a_forgery_does_not() {
        let author = Author { id: UserId::try_from(7).unwrap(), username: "a".into(), display_name: "A".into() };
        let nonce = Nonce::try_from("n-1".to_owned()).ok();
        let event = Event { nonce, body: Some("line\nline".into()), ..Event::new(3, Kind::Msg, author, 5) };
        let sent = Encoded::new(RoomId::try_from(42).unwrap(), event, None);
        let seal = Seal::new("key");
        let payload = seal.event(9, &sent);
        let Some((node, Told::Event(got))) = seal.read(&payload) else { panic!("no event") };
        assert_eq!((node, got.room, got.seq, &got.nonce), (9, sent.room, sent.seq, &sent.nonce));
        assert_eq!(got.frame(Some(sent.author)), sent.frame(Some(sent.author)));
        assert_eq!(got.frame(None), sent.frame(None));
        assert!(Seal::new("other key").read(&payload).is_none());
        let mut bent = payload;
        *bent.last_mut().unwrap() ^= 1;
        assert!(seal.read(&bent).is_none());
    }

    #[test]
    fn an_announcement_arrives_and_one_for_a_room_is_none() {
        let seal = Seal::new("key");
        let payload = seal.announcement(9, &Announcement::Categories);
        assert_eq!(seal.read_announcement(&payload), Some((9, Announcement::Categories)));
        assert_eq!(Seal::new("other key").read_announcement(&payload), None);
        let passing = seal.passing(9, RoomId::try_from(42).unwrap(), &Passing::WhoIsHere);
        assert_eq!(seal.read_announcement(&passing), None);
    }

    #[test]
    fn what_is_told_in_passing_arrives() {
        let seal = Seal::new("key");
        let room = RoomId::try_from(42).unwrap();
        let Some((9, Told::Passing(at, got))) = seal.read(&seal.passing(9, room, &Passing::WhoIsHere)) else {
            panic!("nothing passed")
        };
        assert_eq!((at, got), (room, Passing::WhoIsHere));
    }
}
