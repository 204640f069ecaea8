//! Posting a message.

use serde::{Deserialize, Serialize};

use super::Act;
use crate::error::{AppError, Result};
use crate::model::event::{Event, Kind};
use crate::model::ids::Seq;
use crate::model::text;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    pub body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
}

impl Act for Post {
    const KIND: Kind = Kind::Msg;

    fn target(&self) -> Option<Seq> {
        self.reply_to
    }

    fn text(&self) -> Option<&str> {
        Some(&self.body)
    }

    fn checked(self) -> Result<Self> {
        let body = text::message(&self.body).map_err(|problem| AppError::from(problem).on("body"))?;
        Ok(Self { body, ..self })
    }

    fn tell(self, event: &mut Event) {
        (event.body, event.reply_to) = (Some(self.body), self.reply_to);
    }
}
