//! Marked-up text as a typed document: what the server makes of markdown, and all that the browser ever renders.

use serde::{Deserialize, Serialize};

/// Blocks in reading order. There is no variant that holds HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Doc(pub Vec<Block>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "b", rename_all = "snake_case")]
pub enum Block {
    Paragraph {
        of: Vec<Inline>,
    },
    Heading {
        level: u8,
        of: Vec<Inline>,
    },
    Quote {
        of: Vec<Block>,
    },
    /// `start` is the first number of an ordered list; without it the list has bullets.
    List {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<u32>,
        items: Vec<Vec<Block>>,
    },
    Code {
        #[serde(default, skip_serializing_if = "String::is_empty")]
        lang: String,
        text: String,
    },
    Rule,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "i", rename_all = "snake_case")]
pub enum Inline {
    Text {
        text: String,
    },
    Strong {
        of: Vec<Inline>,
    },
    Emphasis {
        of: Vec<Inline>,
    },
    Strike {
        of: Vec<Inline>,
    },
    Code {
        text: String,
    },
    /// `href` is an absolute `http`, `https` or `mailto` URL: the parser lets no other scheme through.
    Link {
        href: String,
        of: Vec<Inline>,
    },
    Break,
}
