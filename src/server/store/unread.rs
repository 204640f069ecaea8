//! How far members have read, and what is left for them.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::{Db, Result, on_db, stored};
use crate::model::ids::{Millis, RoomId, Seq, UserId};
use crate::model::room::{MOST_UNREAD, Unread};

/// A member of a room.
pub type Place = (UserId, RoomId);

/// A step of somebody's place in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To `seq`, if that is further.
    Forward(Seq),
    /// To where `seq` is the first unread one.
    Before(Seq),
}

impl Step {
    /// One step that does what `self` and then `next` do.
    pub fn then(self, next: Self) -> Self {
        match (self, next) {
            (Self::Forward(here), Self::Forward(there)) => Self::Forward(here.max(there)),
            (Self::Before(here), Self::Forward(there)) => Self::Before(here.max(there.saturating_add(1))),
            (_, Self::Before(_)) => next,
        }
    }
}

/// Statements take so many rows at once.
const CHUNK: usize = 500;

const FORWARD: &str = "
    UPDATE members
    SET read_seq = CASE WHEN (SELECT last_seq FROM rooms WHERE id = $2) < $3
                        THEN (SELECT last_seq FROM rooms WHERE id = $2) ELSE $3 END
    WHERE user_id = $1 AND room_id = $2 AND read_seq < $3";

// Nobody has unread what they may not read. The queries below keep to that by themselves, wherever a place is.
const BEFORE: &str = "
    UPDATE members
    SET read_seq = CASE WHEN (SELECT last_seq FROM rooms WHERE id = $2) < $3
                        THEN (SELECT last_seq FROM rooms WHERE id = $2)
                        WHEN $3 < visible_from THEN visible_from - 1 ELSE $3 END
    WHERE user_id = $1 AND room_id = $2";

const READ_ALL: &str = "
    UPDATE members
    SET read_before = read_seq, read_all_ts = $2,
        read_seq = (SELECT r.last_seq FROM rooms r WHERE r.id = members.room_id)
    WHERE user_id = $1 AND banned_ts IS NULL
      AND read_seq < (SELECT r.last_seq FROM rooms r WHERE r.id = members.room_id)
    RETURNING room_id";

const UNREAD_ALL: &str = "
    UPDATE members
    SET read_seq = read_before, read_before = NULL, read_all_ts = NULL
    WHERE user_id = $1 AND read_all_ts = $2 AND banned_ts IS NULL
    RETURNING room_id";

/// The seqs of a room that mention somebody, above the place that they have read to.
const MENTIONED: &str = "SELECT user_id, room_id, seq FROM mentions WHERE (room_id, seq) IN (";

const FIRST_UNREAD: &str = "
    SELECT e.seq
    FROM members m
    JOIN events e ON e.room_id = m.room_id AND e.seq > m.read_seq AND e.seq >= m.visible_from
    WHERE m.user_id = $1 AND m.room_id = $2 AND m.banned_ts IS NULL
      AND e.kind = 'msg' AND NOT e.deleted AND e.author_id <> m.user_id
    ORDER BY e.seq
    LIMIT 1";

/// Room, seq and time of the first message of each room that a member has not read.
const FIRST_UNREADS: &str = "
    SELECT m.room_id, e.seq, e.ts
    FROM members m
    JOIN events e ON e.room_id = m.room_id AND e.seq = (
        SELECT f.seq
        FROM events f
        WHERE f.room_id = m.room_id AND f.seq > m.read_seq AND f.seq >= m.visible_from
          AND f.kind = 'msg' AND NOT f.deleted AND f.author_id <> m.user_id
        ORDER BY f.seq
        LIMIT 1)
    WHERE m.user_id = $1 AND m.banned_ts IS NULL";

const UNREAD_MENTIONS: &str = "
    SELECT n.room_id, n.seq
    FROM mentions n
    JOIN members m ON m.room_id = n.room_id AND m.user_id = n.user_id
    JOIN events e ON e.room_id = n.room_id AND e.seq = n.seq
    WHERE n.user_id = $1 AND n.seq > m.read_seq AND n.seq >= m.visible_from AND m.banned_ts IS NULL
      AND NOT e.deleted AND e.author_id <> n.user_id
    ORDER BY n.room_id, n.seq
    LIMIT $2";

#[derive(sqlx::FromRow)]
struct CountRow {
    user_id: i64,
    room_id: i64,
    read_seq: Seq,
    count: i64,
    mentions: i64,
}

impl Db {
    /// Moves places. Those of people who are no members stay nowhere.
    pub async fn read(&self, steps: &[(Place, Step)]) -> Result<()> {
        if steps.is_empty() {
            return Ok(());
        }
        on_db!(&self.write, pool => {
            let mut tx = pool.begin_with(self.begin_write()).await?;
            for ((user, room), step) in steps {
                let (sql, seq) = match step {
                    Step::Forward(seq) => (FORWARD, *seq),
                    Step::Before(seq) => (BEFORE, seq.saturating_sub(1).max(0)),
                };
                sqlx::query(sql).bind(user.get()).bind(room.get()).bind(seq).execute(&mut *tx).await?;
            }
            tx.commit().await
        })
    }

    /// Moves all places of a member to the ends of their rooms, and remembers where they were, under the time `at`. The
    /// rooms in which something was unread.
    pub async fn read_all(&self, user: UserId, at: Millis) -> Result<Vec<RoomId>> {
        self.move_all(READ_ALL, user, at).await
    }

    /// Moves the places that were last moved by [`Db::read_all`] `at` that time back to where they were.
    pub async fn unread_all(&self, user: UserId, at: Millis) -> Result<Vec<RoomId>> {
        self.move_all(UNREAD_ALL, user, at).await
    }

    async fn move_all(&self, query: &'static str, user: UserId, at: Millis) -> Result<Vec<RoomId>> {
        let rows: Vec<i64> = on_db!(&self.write, pool => {
            sqlx::query_scalar(query).bind(user.get()).bind(at).fetch_all(pool).await
        })?;
        rows.into_iter().map(room_of).collect()
    }

    /// What these members have not read of the first `head` events of each room. Whoever is no member is missing.
    pub async fn unread(&self, places: &[(Place, Seq)]) -> Result<Vec<(Place, Unread)>> {
        let mut found = Vec::with_capacity(places.len());
        for some in places.chunks(CHUNK) {
            let rows: Vec<CountRow> = on_db!(&self.read, pool => {
                let mut query = QueryBuilder::new("WITH asked (user_id, room_id, head) AS (");
                query.push_values(some, |mut row, ((user, room), head)| {
                    row.push_bind(user.get()).push_bind(room.get()).push_bind(*head);
                });
                query.push(COUNT);
                query.push_bind(MOST_UNREAD).push(COUNT_MENTIONS).push_bind(MOST_UNREAD).push(COUNT_FROM);
                query.build_query_as().persistent(false).fetch_all(pool).await
            })?;
            for CountRow { user_id, room_id, read_seq, count, mentions } in rows {
                found.push((place(user_id, room_id)?, Unread { count, mentions, read_seq }));
            }
        }
        Ok(found)
    }

    /// The first message of a room that a member has not read.
    pub async fn first_unread(&self, user: UserId, room: RoomId) -> Result<Option<Seq>> {
        on_db!(&self.read, pool => {
            sqlx::query_scalar(FIRST_UNREAD).bind(user.get()).bind(room.get()).fetch_optional(pool).await
        })
    }

    /// The first message that a member has not read, and when it was said, for each room in which there is one.
    pub async fn first_unreads(&self, user: UserId) -> Result<HashMap<RoomId, (Seq, Millis)>> {
        let rows: Vec<(i64, Seq, Millis)> =
            on_db!(&self.read, pool => sqlx::query_as(FIRST_UNREADS).bind(user.get()).fetch_all(pool).await)?;
        rows.into_iter().map(|(room, seq, ts)| Ok((room_of(room)?, (seq, ts)))).collect()
    }

    /// The messages that mention a member and that they have not read, at most `limit`, ascending in each room.
    pub async fn unread_mentions(&self, user: UserId, limit: i64) -> Result<HashMap<RoomId, Vec<Seq>>> {
        let rows: Vec<(i64, Seq)> = on_db!(&self.read, pool => {
            sqlx::query_as(UNREAD_MENTIONS).bind(user.get()).bind(limit).fetch_all(pool).await
        })?;
        let mut found = HashMap::<_, Vec<Seq>>::new();
        for (room, seq) in rows {
            found.entry(room_of(room)?).or_default().push(seq);
        }
        Ok(found)
    }

    /// Whom these messages mention.
    pub async fn mentioned(&self, messages: &[(RoomId, Seq)]) -> Result<Vec<(Place, Seq)>> {
        let mut found = Vec::new();
        for some in messages.chunks(CHUNK) {
            let rows: Vec<(i64, i64, Seq)> = on_db!(&self.read, pool => {
                let mut query = QueryBuilder::new(MENTIONED);
                query.push_values(some, |mut row, (room, seq)| {
                    row.push_bind(room.get()).push_bind(*seq);
                });
                query.push(")");
                query.build_query_as().persistent(false).fetch_all(pool).await
            })?;
            for (user, room, seq) in rows {
                found.push((place(user, room)?, seq));
            }
        }
        Ok(found)
    }
}

fn place(user: i64, room: i64) -> Result<Place> {
    Ok((stored(UserId::try_from(user).ok(), "user_id")?, room_of(room)?))
}

fn room_of(id: i64) -> Result<RoomId> {
    stored(RoomId::try_from(id).ok(), "room_id")
}

// Parts of one statement, which has a list of unknown length in front.
const COUNT: &str = ")
    SELECT m.user_id, m.room_id, m.read_seq,
           (SELECT COUNT(*) FROM (
                SELECT 1
                FROM events e
                WHERE e.room_id = m.room_id AND e.seq > m.read_seq AND e.seq >= m.visible_from AND e.seq <= asked.head
                  AND e.kind = 'msg' AND NOT e.deleted AND e.author_id <> m.user_id
                LIMIT ";
const COUNT_MENTIONS: &str = ") counted) AS count,
           (SELECT COUNT(*) FROM (
                SELECT 1
                FROM mentions n
                JOIN events e ON e.room_id = n.room_id AND e.seq = n.seq
                WHERE n.user_id = m.user_id AND n.room_id = m.room_id AND n.seq > m.read_seq AND n.seq >= m.visible_from
                  AND n.seq <= asked.head AND NOT e.deleted AND e.author_id <> m.user_id
                LIMIT ";
const COUNT_FROM: &str = ") named) AS mentions
    FROM asked
    JOIN members m ON m.user_id = asked.user_id AND m.room_id = asked.room_id
    WHERE m.banned_ts IS NULL";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_steps_end_where_one_ends() {
        let walk = |from: Seq, step| match step {
            Step::Forward(seq) => from.max(seq),
            Step::Before(seq) => seq - 1,
        };
        let steps = (1..5).flat_map(|seq| [Step::Forward(seq), Step::Before(seq)]);
        for (one, other) in steps.clone().flat_map(|one| steps.clone().map(move |other| (one, other))) {
            for from in 0..5 {
                assert_eq!(walk(from, one.then(other)), walk(walk(from, one), other), "{one:?} {other:?} from {from}");
            }
        }
    }
}
