//! Texts as documents, in which the people are known whom they mention.

use std::collections::HashMap;

use crate::error::Result;
use crate::model::doc::Doc;
use crate::model::ids::{RoomId, Seq, UserId};
use crate::model::mentions;
use crate::server::markdown::{self, Dialect};
use crate::server::store::Db;
use crate::server::store::users::Named;

/// The document of a new text, and whom it mentions. A name ends where the longest one ends that somebody has: `@지민님` is
/// 지민.
pub async fn read(db: &Db, text: &str, dialect: Dialect) -> Result<(Option<Doc>, Vec<UserId>)> {
    let keys = mentions::named(text).concat();
    let known = if keys.is_empty() { HashMap::new() } else { db.users_named(&keys).await? };
    let doc = markdown::document(text, dialect, &|key| known.get(key).map(|named| named.username.clone()));
    let is_meant = |named: &&Named| doc.as_ref().is_some_and(|doc| doc.mentioned().contains(&&*named.username));
    let mut meant: Vec<UserId> = known.values().filter(is_meant).map(|named| named.id).collect();
    meant.sort_unstable();
    Ok((doc, meant))
}

/// Whom some messages of a room mention.
#[derive(Default)]
pub struct Names(HashMap<Seq, Vec<(String, String)>>);

impl Names {
    /// `texts` are those that are to be read, with the messages whose they are.
    pub async fn of<'t>(db: &Db, room: RoomId, texts: impl Iterator<Item = (Seq, &'t str)>) -> Result<Self> {
        let naming: Vec<Seq> = texts.filter(|(_, text)| text.contains('@')).map(|(seq, _)| seq).collect();
        let mut names: HashMap<Seq, Vec<(String, String)>> = HashMap::new();
        for (seq, key, username) in db.names_in(room, &naming).await? {
            names.entry(seq).or_default().push((key, username));
        }
        Ok(Self(names))
    }

    /// The document of the text of a message.
    pub fn document(&self, message: Seq, text: &str) -> Option<Doc> {
        let named = self.0.get(&message).map_or(&[][..], Vec::as_slice);
        markdown::document(text, Dialect::Chat, &|key| {
            named.iter().find(|(known, _)| known == key).map(|(_, username)| username.clone())
        })
    }
}
