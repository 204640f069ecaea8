//! The statements of a decided batch, in the order in which they must run. The messages themselves must have been inserted
//! before.

use serde::{Deserialize, Serialize};

use super::apply::Apply as _;
use super::batch::{Batch, Numbered};
use super::membership;
use super::write::Stored;
use crate::model::action::for_action;
use crate::model::event::Kind;
use crate::model::ids::{Millis, RoomId, Seq};
use crate::model::notice::{MemberChange, RoomChange};

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

impl Statement {
    /// A statement about one message: its first parameters are room and seq.
    pub fn at(sql: &'static str, room: RoomId, target: Seq, more: Vec<Arg>) -> Self {
        Self { sql, args: [Arg::Int(room.get()), Arg::Int(target)].into_iter().chain(more).collect() }
    }
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

pub const FORGET_MENTIONS: &str = "
    DELETE FROM mentions
    WHERE room_id = $1 AND seq = $2";

const REVIVE: &str = "
    UPDATE rooms
    SET state = 'open'
    WHERE id = $1 AND state = 'archived'";

pub fn statements(batch: &Batch<'_>, now: Millis) -> Vec<Statement> {
    let mut statements = Vec::new();
    for numbered in batch.numbered.iter().filter(|numbered| numbered.stored.kind != Kind::Msg) {
        statements.push(add_event(numbered));
        if numbered.stored.kind != Kind::Skip {
            for_action!(&numbered.write.action, action => action.statements(numbered, &mut statements));
        }
    }
    let revived = batch.rooms.values().filter(|room| room.revived);
    statements.extend(revived.map(|room| Statement { sql: REVIVE, args: vec![Arg::Int(room.id)] }));
    membership::statements(batch, now, &mut statements);
    statements
}

fn add_event(Numbered { write, stored }: &Numbered<'_>) -> Statement {
    let Stored { seq, ts, kind, member, changed, evicts, .. } = stored;
    let action = Some(&write.action).filter(|_| *kind != Kind::Skip);
    let detail = Detail {
        emoji: action.and_then(|action| action.emoji()).map(str::to_owned),
        on: action.and_then(|action| action.on()),
        member: member.clone(),
        changed: changed.clone(),
        evicts: evicts.is_some(),
    };
    let has_detail = detail.on.is_some() || detail.member.is_some() || detail.changed.is_some();
    let detail = has_detail.then(|| serde_json::to_string(&detail).expect("a detail has string keys only"));
    Statement {
        sql: ADD_EVENT,
        args: vec![
            Arg::Int(write.room.get()),
            Arg::Int(*seq),
            Arg::Text(kind.as_str().to_owned()),
            Arg::Int(write.author.get()),
            Arg::Text(write.nonce.as_str().to_owned()),
            Arg::Int(write.fingerprint),
            Arg::MaybeInt(write.action.target()),
            Arg::MaybeText(detail),
            Arg::Int(*ts),
        ],
    }
}
