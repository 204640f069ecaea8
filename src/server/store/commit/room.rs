//! Changing a post.

use super::apply::{Apply, By, Effect, Refused};
use super::batch::{Batch, Numbered};
use super::statement::{Arg, Statement};
use crate::error::Problem;
use crate::model::action::RoomPatch;
use crate::model::room::Visibility;
use crate::model::text;

const KEEP_ROOM_REVISION: &str = "
    INSERT INTO room_revisions (room_id, seq, title, body, editor_id)
    SELECT id, $2, title, body, $3
    FROM rooms
    WHERE id = $1";

const CHANGE_ROOM: &str = "
    UPDATE rooms
    SET title = COALESCE($2, title), body = COALESCE($3, body), category = COALESCE($4, category),
        tags = COALESCE($5, tags), visibility = COALESCE($6, visibility), indexed = COALESCE($7, indexed),
        state = COALESCE($8, state), edited_ts = COALESCE($9, edited_ts), open_from = COALESCE($10, open_from),
        indexed_from = COALESCE($11, indexed_from)
    WHERE id = $1";

/// What is not for everybody is not for search engines.
const INDEX_PUBLIC_ONLY: &str = "
    UPDATE rooms
    SET indexed = FALSE
    WHERE id = $1 AND visibility <> 'public'";

const FORGET_TAGS: &str = "
    DELETE FROM room_tags
    WHERE room_id = $1";

const ADD_TAG: &str = "
    INSERT INTO room_tags (room_id, tag_key)
    VALUES ($1, $2)";

impl Apply for Box<RoomPatch> {
    fn decide(&self, batch: &mut Batch<'_>, by: &By) -> Result<Effect, Refused> {
        by.may(self.deed())?;
        let room = batch.rooms.get_mut(&by.room).ok_or(Problem::NotFound)?;
        let mut change = self.change();
        change.visibility = change.visibility.filter(|new| *new != by.visibility);
        change.state = change.state.filter(|new| *new != by.state);
        if change.is_nothing() {
            return Ok(Effect::Nothing);
        }
        let opens = change.visibility.is_some() && by.visibility == Visibility::Private;
        if let Some(new) = change.visibility {
            room.visibility = new.as_str().to_owned();
        }
        if opens {
            // The seq that this change is about to get.
            room.open_from = room.last_seq + 1;
        }
        if let Some(new) = change.state {
            room.state = new.as_str().to_owned();
        }
        Ok(Effect::Room(change, opens))
    }

    /// Whoever could not read the room before reads from here on: what was said was said to fewer.
    fn statements(&self, Numbered { write, stored }: &Numbered<'_>, into: &mut Vec<Statement>) {
        let (room, patch) = (write.room.get(), &**self);
        let Some(changed) = &stored.changed else { return };
        let is_edit = patch.title.is_some() || patch.body.is_some();
        if is_edit {
            let args = vec![Arg::Int(room), Arg::Int(stored.seq), Arg::Int(write.author.get())];
            into.push(Statement { sql: KEEP_ROOM_REVISION, args });
        }
        let from_here = |is_new: bool| Arg::MaybeInt(is_new.then_some(stored.seq));
        let is_shown = changed.visibility == Some(Visibility::Public) || patch.indexed == Some(true);
        into.push(Statement {
            sql: CHANGE_ROOM,
            args: vec![
                Arg::Int(room),
                Arg::MaybeText(patch.title.clone()),
                Arg::MaybeText(patch.body.clone()),
                Arg::MaybeText(patch.category.clone()),
                Arg::MaybeText(patch.tags.as_ref().map(|tags| tags.join(","))),
                Arg::MaybeText(changed.visibility.map(|visibility| visibility.as_str().to_owned())),
                Arg::MaybeBool(patch.indexed),
                Arg::MaybeText(changed.state.map(|state| state.as_str().to_owned())),
                Arg::MaybeInt((is_edit || patch.tags.is_some()).then_some(stored.ts)),
                from_here(stored.opens),
                from_here(is_shown),
            ],
        });
        into.push(Statement { sql: INDEX_PUBLIC_ONLY, args: vec![Arg::Int(room)] });
        if let Some(tags) = &patch.tags {
            into.push(Statement { sql: FORGET_TAGS, args: vec![Arg::Int(room)] });
            into.extend(
                tags.iter()
                    .map(|tag| Statement { sql: ADD_TAG, args: vec![Arg::Int(room), Arg::Text(text::fold(tag))] }),
            );
        }
    }
}
