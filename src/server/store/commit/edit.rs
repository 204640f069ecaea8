//! Giving a message another text; the former one is kept as a revision.

use super::apply::{Apply, By, Effect, Refused};
use super::batch::{Batch, Numbered};
use super::statement::{Arg, FORGET_MENTIONS, Statement};
use crate::error::Problem;
use crate::model::action::Edit;
use crate::model::policy::Deed;

const KEEP_REVISION: &str = "
    INSERT INTO revisions (room_id, seq, rev, body)
    SELECT room_id, seq, $3, body
    FROM events
    WHERE room_id = $1 AND seq = $2 AND body IS NOT NULL";

const EDIT: &str = "
    UPDATE events
    SET rev_seq = $3, body = $4, edited_ts = $5
    WHERE room_id = $1 AND seq = $2";

const ADD_MENTION: &str = "
    INSERT INTO mentions (room_id, seq, user_id)
    VALUES ($1, $2, $3)";

impl Apply for Edit {
    fn decide(&self, batch: &mut Batch<'_>, by: &By) -> Result<Effect, Refused> {
        by.may(Deed::Speak)?;
        let target = batch.living(by, self.target).ok_or(Problem::TargetMissing)?;
        by.may(Deed::EditMessage { own: target.author_id == by.author })?;
        Ok(Effect::Plain)
    }

    fn statements(&self, Numbered { write, stored }: &Numbered<'_>, into: &mut Vec<Statement>) {
        let at = |sql, more: Vec<Arg>| Statement::at(sql, write.room, self.target, more);
        let seq = || Arg::Int(stored.seq);
        into.push(at(KEEP_REVISION, vec![seq()]));
        into.push(at(EDIT, vec![seq(), Arg::Text(self.body.clone()), Arg::Int(stored.ts)]));
        into.push(at(FORGET_MENTIONS, vec![]));
        into.extend(write.mentions.iter().map(|user| at(ADD_MENTION, vec![Arg::Int(user.get())])));
    }
}
