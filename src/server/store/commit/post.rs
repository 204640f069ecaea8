//! Posting a message. What it inserts, the transaction inserts for all messages of its batch at once.

use super::apply::{Apply, By, Effect, Refused};
use super::batch::Batch;
use super::membership::{Membership, Standing};
use crate::error::Problem;
use crate::model::action::Post;
use crate::model::policy::Deed;
use crate::model::room::RoomState;

impl Apply for Post {
    fn decide(&self, batch: &mut Batch<'_>, by: &By) -> Result<Effect, Refused> {
        by.may(Deed::Speak)?;
        if self.reply_to.is_some_and(|target| batch.living(by, target).is_none()) {
            return Err(Problem::ReplyTargetMissing.into());
        }
        let room = batch.rooms.get_mut(&by.room).ok_or(Problem::NotFound)?;
        room.added_messages += 1;
        if by.state == RoomState::Archived {
            (room.state, room.revived) = (RoomState::Open.as_str().to_owned(), true);
        }
        if by.standing.role.is_some() {
            return Ok(Effect::Plain);
        }
        let (read_seq, visible_from) = (room.last_seq + 1, room.open_from);
        let standing = Standing::Member;
        batch.joined.push(Membership { room: by.room, user: by.author, standing, read_seq, visible_from });
        batch.set_standing(by.room, by.author, standing, visible_from);
        Ok(Effect::Joined)
    }
}
