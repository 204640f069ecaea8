//! Pinning a message, and taking it down.

use super::apply::{Apply, By, Effect, Refused};
use super::batch::{Batch, Numbered};
use super::statement::{Arg, Statement};
use crate::error::Problem;
use crate::model::action::Pin;
use crate::model::policy::Deed;

const PIN: &str = "
    UPDATE events
    SET rev_seq = $3, pin_seq = $4
    WHERE room_id = $1 AND seq = $2";

impl Apply for Pin {
    fn decide(&self, batch: &mut Batch<'_>, by: &By) -> Result<Effect, Refused> {
        by.may(Deed::Pin)?;
        // The seq of the event that is about to get one, as far as anybody asks for it here.
        let pin_seq = self.on.then(|| batch.rooms.get(&by.room).map_or(0, |room| room.last_seq + 1));
        let target = batch.living(by, self.target).ok_or(Problem::TargetMissing)?;
        let was = std::mem::replace(&mut target.pin_seq, pin_seq);
        Ok(if was.is_some() == self.on { Effect::Nothing } else { Effect::Plain })
    }

    fn statements(&self, Numbered { write, stored }: &Numbered<'_>, into: &mut Vec<Statement>) {
        let more = vec![Arg::Int(stored.seq), Arg::MaybeInt(self.on.then_some(stored.seq))];
        into.push(Statement::at(PIN, write.room, self.target, more));
    }
}
