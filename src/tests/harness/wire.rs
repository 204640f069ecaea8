//! The frames as a client reads and writes them: one flat struct for all that a server may say.

use std::borrow::Cow;

use serde::Deserialize;

use crate::history::{Print, Room, Seq};

#[derive(Deserialize)]
pub struct Author {
    pub id: i64,
}

/// An `ev` frame, or an item of a list.
#[derive(Deserialize)]
pub struct Item<'a> {
    pub seq: Seq,
    #[serde(borrow)]
    pub k: Cow<'a, str>,
    pub author: Author,
    pub ts: i64,
    #[serde(borrow, default)]
    pub body: Option<Cow<'a, str>>,
}

impl Item<'_> {
    pub fn print(&self) -> Print {
        Print::new(&self.k, self.author.id, self.ts, self.body.as_deref())
    }
}

/// Any frame of a server; which fields are there depends on `t`.
#[derive(Deserialize)]
pub struct Frame<'a> {
    #[serde(borrow)]
    pub t: Cow<'a, str>,
    #[serde(default)]
    pub room: Room,
    #[serde(default)]
    pub seq: Seq,
    #[serde(default)]
    pub head: Seq,
    #[serde(default)]
    pub recovered: bool,
    #[serde(borrow, default)]
    pub events: Vec<Item<'a>>,
    #[serde(borrow, default)]
    pub nonce: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub epoch: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub code: Option<Cow<'a, str>>,
    #[serde(default)]
    pub dup: bool,
    #[serde(default)]
    pub fatal: bool,
    #[serde(default)]
    pub retry_ms: Option<u64>,
    #[serde(default)]
    pub n: u64,
    #[serde(default)]
    pub heads: Vec<(Room, Seq)>,
    #[serde(borrow, default)]
    pub k: Option<Cow<'a, str>>,
    #[serde(default)]
    pub author: Option<Author>,
    #[serde(default)]
    pub ts: i64,
    #[serde(borrow, default)]
    pub body: Option<Cow<'a, str>>,
}

impl Frame<'_> {
    /// Of an `ev` frame.
    pub fn print(&self) -> Print {
        let author = self.author.as_ref().map_or(0, |author| author.id);
        Print::new(self.k.as_deref().unwrap_or_default(), author, self.ts, self.body.as_deref())
    }
}

/// A `send` frame.
pub fn send(id: i64, room: Room, nonce: &str, body: &str) -> String {
    serde_json::json!({"t": "send", "id": id, "room": room, "nonce": nonce, "body": body}).to_string()
}

pub fn sub(id: i64, room: Room, since: Option<Seq>) -> String {
    serde_json::json!({"t": "sub", "id": id, "room": room, "since": since}).to_string()
}

pub fn sync(id: i64, room: Room, since: Seq) -> String {
    serde_json::json!({"t": "sync", "id": id, "room": room, "since": since, "limit": 500}).to_string()
}

/// The first frame: every subscription with its cursor.
pub fn hello(epoch: Option<&str>, subs: impl Iterator<Item = (Room, Option<Seq>)>) -> String {
    let subs: Vec<_> = subs.map(|(room, since)| serde_json::json!({"room": room, "since": since})).collect();
    serde_json::json!({"t": "hello", "v": 1, "epoch": epoch, "subs": subs}).to_string()
}
