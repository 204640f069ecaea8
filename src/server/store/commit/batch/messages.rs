//! What may be said, and done with what was said.

use super::{Batch, Effect, Membership, Standing, TargetRow};
use crate::error::Problem;
use crate::model::ids::Seq;
use crate::model::room::{Role, RoomState};

impl Batch<'_> {
    pub(super) fn post(
        &mut self,
        room: i64,
        author: i64,
        role: Option<Role>,
        reply_to: Option<Seq>,
    ) -> std::result::Result<Effect, Problem> {
        if reply_to.is_some_and(|target| self.living(room, target).is_none()) {
            return Err(Problem::ReplyTargetMissing);
        }
        let mut effect = Effect::Plain;
        if role.is_none() {
            let (read_seq, visible_from) =
                self.rooms.get(&room).map_or((0, 0), |room| (room.last_seq + 1, room.open_from));
            effect = Effect::Joined;
            self.joined.push(Membership { room, user: author, standing: Standing::Member, read_seq, visible_from });
            self.set_standing(room, author, Standing::Member, visible_from);
        }
        self.add_messages(room, 1);
        if let Some(room) = self.rooms.get_mut(&room)
            && room.state == RoomState::Archived.as_str()
        {
            (room.state, room.revived) = (RoomState::Open.as_str().to_owned(), true);
        }
        Ok(effect)
    }

    pub(super) fn edit(&mut self, room: i64, author: i64, target: Seq) -> std::result::Result<Effect, Problem> {
        let target = self.living(room, target).ok_or(Problem::TargetMissing)?;
        if target.author_id == author { Ok(Effect::Plain) } else { Err(Problem::NotAllowed) }
    }

    pub(super) fn delete(
        &mut self,
        room: i64,
        author: i64,
        moderates: bool,
        seq: Seq,
    ) -> std::result::Result<Effect, Problem> {
        let target = self.living(room, seq).ok_or(Problem::TargetMissing)?;
        if target.author_id != author && !moderates {
            return Err(Problem::NotAllowed);
        }
        if let Some(target) = self.targets.get_mut(&(room, seq)) {
            target.deleted = true;
        }
        self.add_messages(room, -1);
        Ok(Effect::Plain)
    }

    pub(super) fn react(
        &mut self,
        room: i64,
        author: i64,
        target: Seq,
        emoji: &str,
        on: bool,
    ) -> std::result::Result<Effect, Problem> {
        self.living(room, target).ok_or(Problem::TargetMissing)?;
        let place = (room, target);
        let changes = if on {
            self.reactions.give(place, author, emoji)?
        } else {
            self.reactions.take_back(place, author, emoji)
        };
        Ok(if changes { Effect::Plain } else { Effect::Nothing })
    }

    pub(super) fn pin(&mut self, room: i64, target: Seq, on: bool) -> std::result::Result<Effect, Problem> {
        self.living(room, target).ok_or(Problem::TargetMissing)?;
        // The seq of the event that is about to get one, as far as anybody asks for it here.
        let pin_seq = on.then(|| self.rooms.get(&room).map_or(0, |room| room.last_seq + 1));
        let target = self.targets.get_mut(&(room, target)).ok_or(Problem::TargetMissing)?;
        let was = std::mem::replace(&mut target.pin_seq, pin_seq);
        Ok(if was.is_some() == on { Effect::Nothing } else { Effect::Plain })
    }

    /// The message `seq`, if it is there and was not deleted.
    fn living(&self, room: i64, seq: Seq) -> Option<&TargetRow> {
        self.targets.get(&(room, seq)).filter(|target| !target.deleted)
    }

    fn add_messages(&mut self, room: i64, count: i64) {
        if let Some(room) = self.rooms.get_mut(&room) {
            room.added_messages += count;
        }
    }
}
