//! One transaction for a batch of writes: lock, authorise, dedupe, number, insert, count.
//!
//! The room rows stay locked until the commit, so commit order is seq order and a rollback gives the numbers back.

mod apply;
mod batch;
mod delete;
mod edit;
mod member;
mod membership;
mod pin;
mod post;
mod react;
mod room;
mod statement;
mod write;

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use sqlx::QueryBuilder;
use sqlx::error::DatabaseError;

use self::batch::{Batch, LockedRoom, MemberRow, Subject};
use self::react::{ON_MESSAGE, REACTION, ReactionRow};
pub use self::statement::Detail;
use self::statement::{Arg, Statement};
pub use self::write::{Outcome, Stored, Write};
use super::{Db, Pool, Result, on_db};
use crate::model::action::{Action, React};
use crate::model::event::Kind;
use crate::model::ids::{Millis, Seq, UserId};
use crate::model::room::Role;
use crate::model::user::Author;

impl Db {
    /// Stores a batch in arrival order, in one transaction. The outcomes stand in the order of the writes.
    ///
    /// # Errors
    ///
    /// Nothing was stored, unless the connection was lost while committing: then nobody knows, and only trying again
    /// with the same nonces tells.
    pub async fn commit(&self, writes: &[&Write], now: Millis) -> Result<Vec<Outcome>> {
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        // Most nonces are new. Looking for them first would cost as much as half of the insert, which finds the others
        // by itself; and what looks like a refusal may be the retry of something that was permitted in its time.
        match self.transact(writes, now, Nonces::AreNew).await {
            Ok(Some(outcomes)) => return Ok(outcomes),
            Ok(None) => {}
            Err(error) if error.as_database_error().is_some_and(DatabaseError::is_unique_violation) => {}
            Err(error) => return Err(error),
        }
        Ok(self.transact(writes, now, Nonces::MayBeKnown).await?.unwrap_or_default())
    }

    /// `None` if the nonces have to be looked up first; nothing was stored then.
    async fn transact(&self, writes: &[&Write], now: Millis, nonces: Nonces) -> Result<Option<Vec<Outcome>>> {
        let lock = match &self.write {
            Pool::Sqlite(_) => " ORDER BY id",
            // The one dialect exception outside search: SQLite has no row locks, its transaction has them all.
            Pool::Postgres(_) => " ORDER BY id FOR UPDATE",
        };
        let needs = Needs::of(writes);
        // Half of SQLite's time would go into reading long statements again and again: there are few lengths of them, and
        // those are kept prepared. PostgreSQL would go on using a plan from when the table was small.
        let kept = !self.is_shared();
        on_db!(&self.write, pool => {
            let mut tx = pool.begin_with(self.begin_write()).await?;

            let mut query =
                QueryBuilder::new("SELECT id, visibility, state, last_seq, last_ts, open_from FROM rooms WHERE id IN (");
            let mut list = query.separated(", ");
            for id in filled(&needs.rooms, kept) {
                list.push_bind(*id);
            }
            query.push(")").push(lock);
            let rooms: Vec<LockedRoom> = query.build_query_as().persistent(kept).fetch_all(&mut *tx).await?;

            let mut query = QueryBuilder::new(
                "SELECT room_id, user_id, role, muted_until, banned_ts, banned_by_role, visible_from
                 FROM members WHERE (room_id, user_id) IN (",
            );
            query.push_values(filled(&needs.members, kept), |mut row, (room, user)| {
                row.push_bind(*room).push_bind(*user);
            });
            query.push(")");
            let members: Vec<MemberRow> = query.build_query_as().persistent(kept).fetch_all(&mut *tx).await?;
            let mut batch = Batch::new(rooms, members, writes.len());

            if nonces == Nonces::MayBeKnown {
                let mut query = QueryBuilder::new(
                    "SELECT author_id, nonce, room_id, seq, ts, fingerprint FROM events WHERE (author_id, nonce) IN (",
                );
                query.push_values(writes, |mut row, write| {
                    row.push_bind(write.author.get()).push_bind(write.nonce.as_str());
                });
                query.push(")");
                batch.know_nonces(query.build_query_as().persistent(false).fetch_all(&mut *tx).await?);
            }
            if !needs.targets.is_empty() {
                let mut query = QueryBuilder::new(
                    "SELECT room_id, seq, author_id, deleted, pin_seq FROM events WHERE kind = 'msg' AND (room_id, seq) IN (",
                );
                query.push_values(&needs.targets, |mut row, (room, seq)| {
                    row.push_bind(*room).push_bind(*seq);
                });
                query.push(")");
                batch.know_targets(query.build_query_as().persistent(false).fetch_all(&mut *tx).await?);
            }
            for (room, target, user, emoji) in &needs.reactions {
                let row: ReactionRow = sqlx::query_as(REACTION)
                    .bind(*room)
                    .bind(*target)
                    .bind(*user)
                    .bind(*emoji)
                    .bind(ON_MESSAGE)
                    .fetch_one(&mut *tx)
                    .await?;
                batch.reactions.know((*room, *target), *user, emoji, &row);
            }
            for (room, user) in &needs.subjects {
                let row: Option<(String, String, bool)> =
                    sqlx::query_as(SUBJECT).bind(user.get()).bind(*room).fetch_optional(&mut *tx).await?;
                if let Some((username, display_name, may_be_added)) = row {
                    let person = Author { id: *user, username, display_name };
                    batch.subjects.insert((*room, user.get()), Subject { person, may_be_added });
                }
            }

            let outcomes = writes.iter().map(|write| batch.decide(write, now)).collect::<Result<Vec<_>>>()?;
            let refuses = outcomes.iter().any(|outcome| matches!(outcome, Outcome::Refused(_)));
            if refuses && nonces == Nonces::AreNew {
                return Ok(None);
            }
            if batch.numbered.is_empty() {
                return Ok(Some(outcomes));
            }

            if !batch.joined.is_empty() {
                let mut query =
                    QueryBuilder::new("INSERT INTO members (room_id, user_id, role, read_seq, visible_from, joined_ts) ");
                query.push_values(&batch.joined, |mut row, joined| {
                    row.push_bind(joined.room)
                        .push_bind(joined.user)
                        .push_bind(Role::Member.as_str())
                        .push_bind(joined.read_seq)
                        .push_bind(joined.visible_from)
                        .push_bind(now);
                });
                query.build().persistent(false).execute(&mut *tx).await?;
            }

            let messages: Vec<_> = batch.messages().collect();
            for messages in parts(&messages, kept) {
                let mut query = QueryBuilder::new(
                    "INSERT INTO events (room_id, seq, kind, author_id, nonce, fingerprint, body, reply_to, ts) ",
                );
                query.push_values(messages, |mut row, (write, stored, body, reply_to)| {
                    row.push_bind(write.room.get())
                        .push_bind(stored.seq)
                        .push("'msg'")
                        .push_bind(write.author.get())
                        .push_bind(write.nonce.as_str())
                        .push_bind(write.fingerprint)
                        .push_bind(*body)
                        .push_bind(*reply_to)
                        .push_bind(stored.ts);
                });
                query.build().persistent(kept).execute(&mut *tx).await?;
            }

            let mentions = batch.mentions();
            if !mentions.is_empty() {
                let mut query = QueryBuilder::new("INSERT INTO mentions (user_id, room_id, seq) ");
                query.push_values(mentions, |mut row, (user, room, seq)| {
                    row.push_bind(user.get()).push_bind(room.get()).push_bind(seq);
                });
                query.build().persistent(false).execute(&mut *tx).await?;
            }

            for Statement { sql, args } in statement::statements(&batch, now) {
                let mut query = sqlx::query(sql);
                for arg in args {
                    query = match arg {
                        Arg::Int(value) => query.bind(value),
                        Arg::MaybeInt(value) => query.bind(value),
                        Arg::Text(value) => query.bind(value),
                        Arg::MaybeText(value) => query.bind(value),
                        Arg::MaybeBool(value) => query.bind(value),
                    };
                }
                query.execute(&mut *tx).await?;
            }

            let mut query = QueryBuilder::new("WITH now (id, last_seq, last_ts, messages, members) AS (");
            let changed: Vec<_> = batch.rooms.values().filter(|room| room.changed).collect();
            query.push_values(filled(&changed, kept), |mut row, room| {
                row.push_bind(room.id)
                    .push_bind(room.last_seq)
                    .push_bind(room.last_ts)
                    .push_bind(room.added_messages)
                    .push_bind(room.added_members);
            });
            query.push(COUNT);
            query.build().persistent(kept).execute(&mut *tx).await?;
            tx.commit().await?;
            if batch.numbered.iter().any(|numbered| numbered.stored.kind == Kind::Del) {
                self.erased.store(true, Ordering::Relaxed);
            }
            Ok(Some(outcomes))
        })
    }
}

/// `rows`, and for a statement that is kept the last one again and again until there are a power of two: for statements to
/// which it does not matter that they are told something twice.
fn filled<T>(rows: &[T], kept: bool) -> impl Iterator<Item = &T> {
    let len = if kept { rows.len().next_power_of_two() } else { rows.len() };
    rows.iter().chain(rows.last().into_iter().cycle()).take(len)
}

/// `rows` in as many parts as statements are worth: for those that are kept at most 16, or a power of two.
fn parts<T>(mut rows: &[T], kept: bool) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let len = if kept && rows.len() > 16 { 1 << rows.len().ilog2() } else { rows.len() };
        let part = rows.split_off(..len)?;
        (!part.is_empty()).then_some(part)
    })
}

/// What a transaction assumes about the nonces of its writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nonces {
    AreNew,
    MayBeKnown,
}

/// What has to be read before a batch can be decided: each once.
struct Needs<'a> {
    /// Ascending, which is the order of locking.
    rooms: Vec<i64>,
    members: Vec<(i64, i64)>,
    targets: BTreeSet<(i64, Seq)>,
    reactions: BTreeSet<(i64, Seq, i64, &'a str)>,
    subjects: BTreeSet<(i64, UserId)>,
}

impl<'a> Needs<'a> {
    fn of(writes: &[&'a Write]) -> Self {
        let (mut rooms, mut members) = (BTreeSet::new(), BTreeSet::new());
        let mut needs = Self {
            rooms: Vec::new(),
            members: Vec::new(),
            targets: BTreeSet::new(),
            reactions: BTreeSet::new(),
            subjects: BTreeSet::new(),
        };
        for Write { room, author, action, .. } in writes {
            let (room, author) = (room.get(), author.get());
            rooms.insert(room);
            members.insert((room, author));
            needs.targets.extend(action.target().map(|target| (room, target)));
            if let Action::React(React { target, emoji, .. }) = action {
                needs.reactions.insert((room, *target, author, emoji));
            }
            if let Some(subject) = action.subject() {
                needs.subjects.insert((room, subject));
                members.insert((room, subject.get()));
            }
        }
        (needs.rooms, needs.members) = (rooms.into_iter().collect(), members.into_iter().collect());
        needs
    }
}

/// What a person is called, and whether others may make them a member without asking.
const SUBJECT: &str = "
    SELECT u.username, u.display_name,
        u.may_be_added AND NOT EXISTS (SELECT 1 FROM departures d WHERE d.room_id = $2 AND d.user_id = u.id)
    FROM users u
    WHERE u.id = $1";

const COUNT: &str = ")
    UPDATE rooms
    SET last_seq = now.last_seq, last_ts = now.last_ts,
        messages = rooms.messages + now.messages, members = rooms.members + now.members
    FROM now
    WHERE rooms.id = now.id";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_that_are_kept_have_few_lengths_and_leave_nothing_out() {
        let rows: Vec<u32> = (0..300).collect();
        let mut lengths = BTreeSet::new();
        for len in 0..rows.len() {
            let parts: Vec<_> = parts(&rows[..len], true).collect();
            assert_eq!(parts.concat(), rows[..len]);
            assert!(parts.len() <= 5, "{len}");
            lengths.extend(parts.iter().map(|part| part.len()));
            let filled: Vec<_> = filled(&rows[..len], true).copied().collect();
            assert!(
                filled.starts_with(&rows[..len]) && filled[len..].iter().all(|row| Some(row) == rows[..len].last())
            );
            assert!(len == 0 || filled.len().is_power_of_two());
        }
        assert_eq!(lengths.len(), 20);
        assert_eq!(parts(&rows, false).count(), 1);
        assert_eq!(filled(&rows, false).count(), 300);
    }
}
