//! What helps to write a post: how it will look, and what there is already.

use serde::{Deserialize, Serialize};

use super::doc::Doc;
use super::ids::RoomId;

/// A post as it would be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    pub title: String,
    pub body: String,
    /// Left out where the text is plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<Doc>,
    pub tags: Vec<String>,
}

/// A public room that may be about the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Similar {
    pub room: RoomId,
    pub path: String,
    pub title: String,
    pub messages: i64,
}
