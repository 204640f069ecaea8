//! What writes other than messages do to the tables, as statements in the order in which they must run.

use serde::{Deserialize, Serialize};

use super::super::invitations::{FORGET_DEPARTURE, WITHDRAW};
use super::batch::{Batch, Membership, Numbered, Standing};
use super::write::{Change, RoomPatch, Stored};
use crate::model::ids::Millis;
use crate::model::notice::{MemberChange, RoomChange};
use crate::model::room::Visibility;
use crate::model::text;
use crate::protocol::Kind;

/// A parameter of a [`Statement`].
pub enum Arg {
    Int(i64),
    MaybeInt(Option<i64>),
    Text(String),
    MaybeText(Option<String>),
    MaybeBool(Option<bool>),
}

/// SQL for both databases, with its parameters.
pub struct Statement {
    pub sql: &'static str,
    pub args: Vec<Arg>,
}

/// What an event has beyond its columns: JSON in `events.detail`.
#[derive(Default, Serialize, Deserialize)]
pub struct Detail {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberChange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<RoomChange>,
    /// The person in `member` may not read the room from here on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub evicts: bool,
}

const ADD_EVENT: &str = "
    INSERT INTO events (room_id, seq, kind, author_id, nonce, fingerprint, target_seq, detail, ts)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const KEEP_REVISION: &str = "
    INSERT INTO revisions (room_id, seq, rev, body)
    SELECT room_id, seq, $3, body
    FROM events
    WHERE room_id = $1 AND seq = $2 AND body IS NOT NULL";

const EDIT: &str = "
    UPDATE events
    SET rev_seq = $3, body = $4, edited_ts = $5
    WHERE room_id = $1 AND seq = $2";

const FORGET_REVISIONS: &str = "
    DELETE FROM revisions
    WHERE room_id = $1 AND seq = $2";

const FORGET_MENTIONS: &str = "
    DELETE FROM mentions
    WHERE room_id = $1 AND seq = $2";

const ADD_MENTION: &str = "
    INSERT INTO mentions (room_id, seq, user_id)
    VALUES ($1, $2, $3)";

const FORGET_REACTIONS: &str = "
    DELETE FROM reactions
    WHERE room_id = $1 AND target_seq = $2";

const DELETE: &str = "
    UPDATE events
    SET rev_seq = $3, body = NULL, deleted = TRUE, pin_seq = NULL
    WHERE room_id = $1 AND seq = $2";

const ADD_REACTION: &str = "
    INSERT INTO reactions (room_id, target_seq, seq, emoji, user_id)
    VALUES ($1, $2, $3, $4, $5)";

const REMOVE_REACTION: &str = "
    DELETE FROM reactions
    WHERE room_id = $1 AND target_seq = $2 AND emoji = $3 AND user_id = $4";

const MARK_CHANGED: &str = "
    UPDATE events
    SET rev_seq = $3
    WHERE room_id = $1 AND seq = $2";

const PIN: &str = "
    UPDATE events
    SET rev_seq = $3, pin_seq = $4
    WHERE room_id = $1 AND seq = $2";

const SET_MEMBER: &str = "
    INSERT INTO members (room_id, user_id, role, read_seq, joined_ts, banned_ts, banned_by_role, visible_from)
    VALUES ($1, $2, 'member', $3, $4, $5, $6, $7)
    ON CONFLICT (room_id, user_id) DO UPDATE
    SET role = 'member', read_seq = excluded.read_seq, joined_ts = excluded.joined_ts, banned_ts = excluded.banned_ts,
        banned_by_role = excluded.banned_by_role, visible_from = excluded.visible_from, read_before = NULL,
        read_all_ts = NULL";

const SET_ROLE: &str = "
    UPDATE members
    SET role = $3
    WHERE room_id = $1 AND user_id = $2";

const END_MEMBER: &str = "
    DELETE FROM members
    WHERE room_id = $1 AND user_id = $2";

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

const REVIVE: &str = "
    UPDATE rooms
    SET state = 'open'
    WHERE id = $1 AND state = 'archived'";

/// The statements of a decided batch. The messages themselves must have been inserted before.
pub fn statements(batch: &Batch<'_>, now: Millis) -> Vec<Statement> {
    let mut statements = Vec::new();
    for numbered in batch.numbered.iter().filter(|numbered| numbered.stored.kind != Kind::Msg) {
        add_event(numbered, &mut statements);
    }
    let revived = batch.rooms.values().filter(|room| room.revived);
    statements.extend(revived.map(|room| Statement { sql: REVIVE, args: vec![Arg::Int(room.id)] }));
    statements.extend(batch.moderated.iter().map(|membership| set_member(membership, now)));
    for Membership { room, user, standing, .. } in batch.joined.iter().chain(&batch.moderated) {
        let over: &[&str] = match standing {
            Standing::Member => &[FORGET_DEPARTURE, WITHDRAW],
            Standing::Nobody | Standing::Banned(..) => &[WITHDRAW],
            Standing::As(_) => &[],
        };
        statements.extend(over.iter().map(|sql| Statement { sql, args: vec![Arg::Int(*room), Arg::Int(*user)] }));
    }
    statements
}

fn add_event(Numbered { write, stored }: &Numbered<'_>, into: &mut Vec<Statement>) {
    let Stored { seq, ts, kind, member, changed, evicts, .. } = stored;
    let room = || Arg::Int(write.room.get());
    let (emoji, on) = match &write.change {
        Change::React { emoji, on, .. } if *kind == Kind::React => (Some(emoji.clone()), Some(*on)),
        Change::Pin { on, .. } if *kind == Kind::Pin => (None, Some(*on)),
        _ => (None, None),
    };
    let detail = Detail { emoji, on, member: member.clone(), changed: changed.clone(), evicts: evicts.is_some() };
    let has_detail = detail.on.is_some() || detail.member.is_some() || detail.changed.is_some();
    let detail = has_detail.then(|| serde_json::to_string(&detail).expect("a detail has string keys only"));
    into.push(Statement {
        sql: ADD_EVENT,
        args: vec![
            room(),
            Arg::Int(*seq),
            Arg::Text(kind.as_str().to_owned()),
            Arg::Int(write.author.get()),
            Arg::Text(write.nonce.as_str().to_owned()),
            Arg::Int(write.fingerprint),
            Arg::MaybeInt(write.change.target()),
            Arg::MaybeText(detail),
            Arg::Int(*ts),
        ],
    });
    if *kind == Kind::Skip {
        return;
    }
    let at = |target: i64, more: Vec<Arg>| [room(), Arg::Int(target)].into_iter().chain(more).collect();
    match &write.change {
        Change::Edit { target, body } => {
            into.push(Statement { sql: KEEP_REVISION, args: at(*target, vec![Arg::Int(*seq)]) });
            let args = at(*target, vec![Arg::Int(*seq), Arg::Text(body.clone()), Arg::Int(*ts)]);
            into.push(Statement { sql: EDIT, args });
            into.push(Statement { sql: FORGET_MENTIONS, args: at(*target, vec![]) });
            into.extend(
                write
                    .mentions
                    .iter()
                    .map(|user| Statement { sql: ADD_MENTION, args: at(*target, vec![Arg::Int(user.get())]) }),
            );
        }
        Change::Delete { target } => {
            into.push(Statement { sql: FORGET_REVISIONS, args: at(*target, vec![]) });
            into.push(Statement { sql: FORGET_REACTIONS, args: at(*target, vec![]) });
            into.push(Statement { sql: FORGET_MENTIONS, args: at(*target, vec![]) });
            into.push(Statement { sql: DELETE, args: at(*target, vec![Arg::Int(*seq)]) });
        }
        Change::React { target, emoji, on } => {
            let (emoji, user) = (Arg::Text(emoji.clone()), Arg::Int(write.author.get()));
            into.push(if *on {
                Statement { sql: ADD_REACTION, args: at(*target, vec![Arg::Int(*seq), emoji, user]) }
            } else {
                Statement { sql: REMOVE_REACTION, args: at(*target, vec![emoji, user]) }
            });
            into.push(Statement { sql: MARK_CHANGED, args: at(*target, vec![Arg::Int(*seq)]) });
        }
        Change::Pin { target, on } => {
            let args = at(*target, vec![Arg::Int(*seq), Arg::MaybeInt(on.then_some(*seq))]);
            into.push(Statement { sql: PIN, args });
        }
        Change::Room(patch) => change_room(write.room.get(), write.author.get(), patch, stored, into),
        Change::Post { .. } | Change::Add { .. } | Change::Remove { .. } | Change::SetRole { .. } => {}
    }
}

/// A post as its owner wants it. Whoever could not read it before reads from here on: what was said was said to fewer.
fn change_room(room: i64, editor: i64, patch: &RoomPatch, stored: &Stored, into: &mut Vec<Statement>) {
    let Some(changed) = &stored.changed else { return };
    let is_edit = patch.title.is_some() || patch.body.is_some();
    if is_edit {
        let args = vec![Arg::Int(room), Arg::Int(stored.seq), Arg::Int(editor)];
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
            tags.iter().map(|tag| Statement { sql: ADD_TAG, args: vec![Arg::Int(room), Arg::Text(text::fold(tag))] }),
        );
    }
}

fn set_member(membership: &Membership, now: Millis) -> Statement {
    let Membership { room, user, standing, read_seq, visible_from } = membership;
    let mut args = vec![Arg::Int(*room), Arg::Int(*user)];
    let (banned_ts, banned_by) = match standing {
        Standing::Nobody => return Statement { sql: END_MEMBER, args },
        Standing::As(role) => {
            args.push(Arg::Text(role.as_str().to_owned()));
            return Statement { sql: SET_ROLE, args };
        }
        Standing::Member => (None, None),
        Standing::Banned(at, by) => (Some(*at), Some(by.as_str().to_owned())),
    };
    args.extend([Arg::Int(*read_seq), Arg::Int(now), Arg::MaybeInt(banned_ts)]);
    args.extend([Arg::MaybeText(banned_by), Arg::Int(*visible_from)]);
    Statement { sql: SET_MEMBER, args }
}
