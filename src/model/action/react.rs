//! Reacting to a message.

use serde::{Deserialize, Serialize};

use super::Act;
use crate::model::event::Kind;
use crate::model::ids::Seq;

/// With `on` the reaction is given, without it is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct React {
    pub target: Seq,
    /// One emoji. Which ones there are, the server knows alone.
    pub emoji: String,
    pub on: bool,
}

impl Act for React {
    const KIND: Kind = Kind::React;

    fn target(&self) -> Option<Seq> {
        Some(self.target)
    }

    fn on(&self) -> Option<bool> {
        Some(self.on)
    }

    fn emoji(&self) -> Option<&str> {
        Some(&self.emoji)
    }
}
