//! Deleting a message.

use serde::{Deserialize, Serialize};

use super::Act;
use crate::model::event::Kind;
use crate::model::ids::Seq;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delete {
    pub target: Seq,
}

impl Act for Delete {
    const KIND: Kind = Kind::Del;

    fn target(&self) -> Option<Seq> {
        Some(self.target)
    }
}
