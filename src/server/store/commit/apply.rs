//! What each action does within the transaction of its batch.

use super::batch::{Batch, Numbered};
use super::statement::Statement;
use crate::error::Problem;
use crate::model::action::Act;
use crate::model::ids::{Millis, Seq, UserId};
use crate::model::notice::{MemberChange, RoomChange};
use crate::model::policy::{self, Deed, Standing};
use crate::model::room::{RoomState, Visibility};

/// The decision about an action, and the statements that write what it does.
pub trait Apply: Act {
    /// Decides the action, and takes what it does into account for those that follow in the batch.
    ///
    /// # Errors
    ///
    /// Why it is refused.
    fn decide(&self, batch: &mut Batch<'_>, by: &By) -> Result<Effect, Refused>;

    /// What a permitted action changes beside its event, unless that was [`Effect::Nothing`] or is kept by the batch.
    fn statements(&self, _: &Numbered<'_>, _into: &mut Vec<Statement>) {}
}

/// Somebody who acts, as the locked room knows them.
pub struct By {
    pub room: i64,
    pub author: i64,
    pub standing: Standing,
    pub state: RoomState,
    pub visibility: Visibility,
    pub open_from: Seq,
    /// The first seq that they may read.
    pub visible_from: Seq,
    pub now: Millis,
}

impl By {
    pub fn may(&self, deed: Deed) -> Result<(), Problem> {
        policy::may(self.standing, deed, self.state)
    }
}

/// What a permitted action does.
pub enum Effect {
    Plain,
    /// Somebody has said something, and belongs to the room by that.
    Joined,
    /// Nothing that was not so before.
    Nothing,
    /// The second is whoever may not read the room from here on.
    Member(MemberChange, Option<UserId>),
    /// The second says whether people may read the room now who could not before.
    Room(RoomChange, bool),
}

/// Why there is no effect.
#[derive(Debug)]
pub enum Refused {
    Because(Problem),
    /// The database holds what it cannot hold: the whole batch fails.
    Failed(sqlx::Error),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Because(problem)
    }
}

impl From<sqlx::Error> for Refused {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error)
    }
}
