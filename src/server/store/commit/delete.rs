//! Deleting a message for good, with everything that was kept of it.

use super::apply::{Apply, By, Effect, Refused};
use super::batch::{Batch, Numbered};
use super::statement::{Arg, FORGET_MENTIONS, Statement};
use crate::error::Problem;
use crate::model::action::Delete;
use crate::model::policy::Deed;

const FORGET_REVISIONS: &str = "
    DELETE FROM revisions
    WHERE room_id = $1 AND seq = $2";

const FORGET_REACTIONS: &str = "
    DELETE FROM reactions
    WHERE room_id = $1 AND target_seq = $2";

const DELETE: &str = "
    UPDATE events
    SET rev_seq = $3, body = NULL, deleted = TRUE, pin_seq = NULL
    WHERE room_id = $1 AND seq = $2";

impl Apply for Delete {
    fn decide(&self, batch: &mut Batch<'_>, by: &By) -> Result<Effect, Refused> {
        let target = batch.living(by, self.target).ok_or(Problem::TargetMissing)?;
        by.may(Deed::DeleteMessage { own: target.author_id == by.author })?;
        target.deleted = true;
        batch.rooms.get_mut(&by.room).ok_or(Problem::NotFound)?.added_messages -= 1;
        Ok(Effect::Plain)
    }

    fn statements(&self, Numbered { write, stored }: &Numbered<'_>, into: &mut Vec<Statement>) {
        let at = |sql, more: Vec<Arg>| Statement::at(sql, write.room, self.target, more);
        into.extend([FORGET_REVISIONS, FORGET_REACTIONS, FORGET_MENTIONS].map(|sql| at(sql, vec![])));
        into.push(at(DELETE, vec![Arg::Int(stored.seq)]));
    }
}
