//! Giving a message another text.

use serde::{Deserialize, Serialize};

use super::Act;
use crate::error::{AppError, Result};
use crate::model::event::{Event, Kind};
use crate::model::ids::Seq;
use crate::model::text;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    pub target: Seq,
    pub body: String,
}

impl Act for Edit {
    const KIND: Kind = Kind::Edit;

    fn target(&self) -> Option<Seq> {
        Some(self.target)
    }

    fn text(&self) -> Option<&str> {
        Some(&self.body)
    }

    fn checked(self) -> Result<Self> {
        let body = text::message(&self.body).map_err(|problem| AppError::from(problem).on("body"))?;
        Ok(Self { body, ..self })
    }

    fn tell(self, event: &mut Event) {
        (event.body, event.target) = (Some(self.body), Some(self.target));
    }
}
