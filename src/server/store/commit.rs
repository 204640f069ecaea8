//! One transaction for a batch of messages: lock, authorise, dedupe, number, insert, count.
//!
//! The room rows stay locked until the commit, so commit order is seq order and a rollback gives the numbers back.

use std::collections::{HashMap, HashSet};

use sqlx::QueryBuilder;

use super::{Db, Pool, Result, on_db, stored};
use crate::error::Problem;
use crate::model::ids::{Millis, Nonce, RoomId, Seq, UserId};
use crate::model::room::{Role, RoomState, Visibility};

/// A message that somebody wants to say.
#[derive(Clone, Debug)]
pub struct Write {
    pub room: RoomId,
    pub author: UserId,
    pub nonce: Nonce,
    /// Of everything but the nonce: the same nonce with another fingerprint is a mistake, not a retry.
    pub fingerprint: i64,
    pub body: String,
    pub reply_to: Option<Seq>,
}

/// What became of a [`Write`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Stored {
        seq: Seq,
        ts: Millis,
    },
    /// An earlier try had stored it.
    Duplicate {
        seq: Seq,
        ts: Millis,
    },
    Refused(Problem),
}

/// A room as the transaction holds it: read under the lock, changed by each message, written back at the end.
#[derive(sqlx::FromRow)]
struct LockedRoom {
    id: i64,
    visibility: String,
    state: String,
    last_seq: i64,
    last_ts: i64,
    #[sqlx(skip)]
    added_messages: i64,
    #[sqlx(skip)]
    added_members: i64,
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    room_id: i64,
    user_id: i64,
    role: String,
    muted_until: Option<i64>,
    banned_ts: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct KnownRow {
    author_id: i64,
    nonce: String,
    room_id: i64,
    seq: i64,
    ts: i64,
    fingerprint: i64,
}

/// A message that got its number.
struct Numbered<'a> {
    write: &'a Write,
    seq: Seq,
    ts: Millis,
}

/// Everything the decision about a batch depends on. Pure: the transaction fills it and writes out what it says.
struct Batch<'a> {
    rooms: HashMap<i64, LockedRoom>,
    members: HashMap<(i64, i64), MemberRow>,
    known: HashMap<(i64, String), KnownRow>,
    /// Messages that replies may point to.
    targets: HashSet<(i64, i64)>,
    numbered: Vec<Numbered<'a>>,
    joined: Vec<(i64, i64, Seq)>,
}

impl<'a> Batch<'a> {
    fn decide(&mut self, write: &'a Write, now: Millis) -> Result<Outcome> {
        let (room_id, author) = (write.room.get(), write.author.get());
        let member = self.members.get(&(room_id, author));
        let Some(room) = self.rooms.get_mut(&room_id) else { return Ok(Outcome::Refused(Problem::NotFound)) };
        let visibility = stored(Visibility::parse(&room.visibility), "visibility")?;
        if member.is_some_and(|m| m.banned_ts.is_some()) || (visibility == Visibility::Private && member.is_none()) {
            return Ok(Outcome::Refused(Problem::NotFound));
        }
        if let Some(known) = self.known.get(&(author, write.nonce.as_str().to_owned())) {
            let same = known.room_id == room_id && known.fingerprint == write.fingerprint;
            return Ok(if same {
                Outcome::Duplicate { seq: known.seq, ts: known.ts }
            } else {
                Outcome::Refused(Problem::NonceReused)
            });
        }
        if member.is_some_and(|m| m.muted_until.is_some_and(|until| until > now)) {
            return Ok(Outcome::Refused(Problem::Muted));
        }
        let moderates = member.is_some_and(|m| m.role != Role::Member.as_str());
        if stored(RoomState::parse(&room.state), "state")? == RoomState::Locked && !moderates {
            return Ok(Outcome::Refused(Problem::RoomLocked));
        }
        if write.reply_to.is_some_and(|target| !self.targets.contains(&(room_id, target))) {
            return Ok(Outcome::Refused(Problem::ReplyTargetMissing));
        }
        room.last_seq += 1;
        room.last_ts = room.last_ts.max(now);
        room.added_messages += 1;
        let (seq, ts) = (room.last_seq, room.last_ts);
        if member.is_none() {
            room.added_members += 1;
            self.joined.push((room_id, author, seq));
            self.members.insert(
                (room_id, author),
                MemberRow {
                    room_id,
                    user_id: author,
                    role: Role::Member.as_str().to_owned(),
                    muted_until: None,
                    banned_ts: None,
                },
            );
        }
        self.known.insert(
            (author, write.nonce.as_str().to_owned()),
            KnownRow {
                author_id: author,
                nonce: write.nonce.as_str().to_owned(),
                room_id,
                seq,
                ts,
                fingerprint: write.fingerprint,
            },
        );
        self.numbered.push(Numbered { write, seq, ts });
        Ok(Outcome::Stored { seq, ts })
    }
}

impl Db {
    /// Stores a batch in arrival order, in one transaction. The outcomes stand in the order of the writes.
    ///
    /// # Errors
    ///
    /// Nothing was stored, unless the connection was lost while committing: then nobody knows, and only trying again
    /// with the same nonces tells.
    pub async fn commit(&self, writes: &[Write], now: Millis) -> Result<Vec<Outcome>> {
        let lock = match &self.write {
            Pool::Sqlite(_) => " ORDER BY id",
            // The one dialect exception outside search: SQLite has no row locks, its transaction has them all.
            Pool::Postgres(_) => " ORDER BY id FOR UPDATE",
        };
        let mut room_ids: Vec<i64> = writes.iter().map(|write| write.room.get()).collect();
        room_ids.sort_unstable();
        room_ids.dedup();
        on_db!(&self.write, pool => {
            let mut tx = pool.begin_with(self.begin_write()).await?;

            let mut query =
                QueryBuilder::new("SELECT id, visibility, state, last_seq, last_ts FROM rooms WHERE id IN (");
            let mut list = query.separated(", ");
            for id in &room_ids {
                list.push_bind(*id);
            }
            query.push(")").push(lock);
            let rooms: Vec<LockedRoom> = query.build_query_as().fetch_all(&mut *tx).await?;

            let mut query = QueryBuilder::new(
                "SELECT room_id, user_id, role, muted_until, banned_ts FROM members WHERE (room_id, user_id) IN (",
            );
            query.push_values(writes, |mut row, write| {
                row.push_bind(write.room.get()).push_bind(write.author.get());
            });
            query.push(")");
            let members: Vec<MemberRow> = query.build_query_as().fetch_all(&mut *tx).await?;

            let mut query = QueryBuilder::new(
                "SELECT author_id, nonce, room_id, seq, ts, fingerprint FROM events WHERE (author_id, nonce) IN (",
            );
            query.push_values(writes, |mut row, write| {
                row.push_bind(write.author.get()).push_bind(write.nonce.as_str());
            });
            query.push(")");
            let known: Vec<KnownRow> = query.build_query_as().fetch_all(&mut *tx).await?;

            let replying: Vec<&Write> = writes.iter().filter(|write| write.reply_to.is_some()).collect();
            let mut targets: Vec<(i64, i64)> = Vec::new();
            if !replying.is_empty() {
                let mut query = QueryBuilder::new(
                    "SELECT room_id, seq FROM events WHERE kind = 'msg' AND (room_id, seq) IN (",
                );
                query.push_values(replying, |mut row, write| {
                    row.push_bind(write.room.get()).push_bind(write.reply_to.unwrap_or_default());
                });
                query.push(")");
                targets = query.build_query_as().fetch_all(&mut *tx).await?;
            }

            let mut batch = Batch {
                rooms: rooms.into_iter().map(|room| (room.id, room)).collect(),
                members: members.into_iter().map(|member| ((member.room_id, member.user_id), member)).collect(),
                known: known.into_iter().map(|row| ((row.author_id, row.nonce.clone()), row)).collect(),
                targets: targets.into_iter().collect(),
                numbered: Vec::with_capacity(writes.len()),
                joined: Vec::new(),
            };
            let outcomes = writes.iter().map(|write| batch.decide(write, now)).collect::<Result<Vec<_>>>()?;
            if batch.numbered.is_empty() {
                return Ok(outcomes);
            }

            if !batch.joined.is_empty() {
                let mut query =
                    QueryBuilder::new("INSERT INTO members (room_id, user_id, role, read_seq, joined_ts) ");
                query.push_values(&batch.joined, |mut row, (room, user, seq)| {
                    row.push_bind(*room).push_bind(*user).push_bind(Role::Member.as_str()).push_bind(*seq).push_bind(now);
                });
                query.build().execute(&mut *tx).await?;
            }

            let mut query = QueryBuilder::new(
                "INSERT INTO events (room_id, seq, kind, author_id, nonce, fingerprint, body, reply_to, ts) ",
            );
            query.push_values(&batch.numbered, |mut row, numbered| {
                row.push_bind(numbered.write.room.get())
                    .push_bind(numbered.seq)
                    .push_bind("msg")
                    .push_bind(numbered.write.author.get())
                    .push_bind(numbered.write.nonce.as_str())
                    .push_bind(numbered.write.fingerprint)
                    .push_bind(numbered.write.body.as_str())
                    .push_bind(numbered.write.reply_to)
                    .push_bind(numbered.ts);
            });
            query.build().execute(&mut *tx).await?;

            for room in batch.rooms.values().filter(|room| room.added_messages > 0) {
                sqlx::query(COUNT)
                    .bind(room.id)
                    .bind(room.last_seq)
                    .bind(room.last_ts)
                    .bind(room.added_messages)
                    .bind(room.added_members)
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
            Ok(outcomes)
        })
    }
}

const COUNT: &str = "
    UPDATE rooms
    SET last_seq = $2, last_ts = $3, messages = messages + $4, members = members + $5
    WHERE id = $1";
