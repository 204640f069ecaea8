//! What a search finds.

use serde::{Deserialize, Serialize};

use super::ids::{Millis, RoomId, Seq};
use super::room;
use super::user::Author;

/// A stretch of text; `mark`: it is what was searched for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    pub text: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mark: bool,
}

/// A message that fits, or a room's post, which has no seq.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    pub room: RoomId,
    pub slug: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<Seq>,
    pub author: Author,
    pub ts: Millis,
    /// What surrounds the first match, on one line.
    pub snippet: Vec<Piece>,
}

impl Hit {
    /// Where it stands.
    pub fn path(&self) -> String {
        let room = room::path_of(self.room, &self.slug);
        match self.seq {
            Some(seq) => format!("{room}/messages/{seq}"),
            None => room,
        }
    }
}

/// A page of hits, newest first; `before` is the cursor of the next one. A page may be short although there are more:
/// a search that reads much and finds little stops in between.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hits {
    pub hits: Vec<Hit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}
