//! Pinning a message.

use serde::{Deserialize, Serialize};

use super::Act;
use crate::model::event::Kind;
use crate::model::ids::Seq;

/// With `on` the message is pinned, without it is taken down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    pub target: Seq,
    pub on: bool,
}

impl Act for Pin {
    const KIND: Kind = Kind::Pin;

    fn target(&self) -> Option<Seq> {
        Some(self.target)
    }

    fn on(&self) -> Option<bool> {
        Some(self.on)
    }
}
