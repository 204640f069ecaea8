//! What the rules of `model::policy` need to know of a person in a room, and in SQL what queries need of the rules.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::{Db, Result, on_db, push_ids, stored};
use crate::error::Problem;
use crate::model::ids::{Millis, RoomId, Seq, UserId};
use crate::model::policy::{self, Deed, Place, Standing, visible_from};
use crate::model::room::{Level, Membership, Role, RoomState, Visibility};

/// SQL: whether the person whose row of `members` is `m`, if they have one, may read the room `r`.
macro_rules! sql_may_read {
    () => {
        "m.banned_ts IS NULL AND (m.user_id IS NOT NULL OR r.visibility <> 'private')"
    };
}

/// SQL: the first seq of the room `r` that the same person may read.
macro_rules! sql_visible_from {
    () => {
        "COALESCE(m.visible_from, r.open_from)"
    };
}
pub(in crate::server::store) use {sql_may_read, sql_visible_from};

/// What a person is to a room, whether or not they may read it.
pub struct Relation {
    pub visibility: Visibility,
    pub state: RoomState,
    pub membership: Option<Membership>,
    pub is_banned: bool,
    pub muted_until: Option<Millis>,
    /// The first seq that they may read; `None`: to them there is no such room.
    pub visible_from: Option<Seq>,
    /// The first seq that people who are no members may read.
    pub open_from: Seq,
    /// The same for search engines, where the room lets them in.
    pub indexed_from: Seq,
}

#[derive(sqlx::FromRow)]
struct RelationRow {
    visibility: String,
    state: String,
    role: Option<String>,
    banned_ts: Option<i64>,
    muted_until: Option<Millis>,
    read_seq: Option<i64>,
    visible_from: Option<Seq>,
    level: Option<String>,
    quiet_until: Option<Millis>,
    open_from: Seq,
    indexed_from: Seq,
}

impl RelationRow {
    fn relation(self, room: RoomId) -> Result<Relation> {
        let visibility = stored(Visibility::parse(&self.visibility), "visibility")?;
        let is_banned = self.banned_ts.is_some();
        let membership = match self.role.as_deref() {
            Some(role) if !is_banned => Some(Membership {
                room,
                role: stored(Role::parse(role), "role")?,
                read_seq: self.read_seq.unwrap_or_default(),
                level: stored(self.level.as_deref().and_then(Level::parse), "level")?,
                quiet_until: self.quiet_until,
            }),
            _ => None,
        };
        let place = self.visible_from.map(|visible_from| Place { is_banned, visible_from });
        Ok(Relation {
            visibility,
            state: stored(RoomState::parse(&self.state), "state")?,
            membership,
            is_banned,
            muted_until: self.muted_until,
            visible_from: visible_from(visibility, self.open_from, place),
            open_from: self.open_from,
            indexed_from: self.indexed_from,
        })
    }
}

const RELATION: &str = "
    SELECT r.visibility, r.state, m.role, m.banned_ts, m.muted_until, m.read_seq, m.visible_from, m.level, m.quiet_until,
        r.open_from, r.indexed_from
    FROM rooms r
    LEFT JOIN members m ON m.room_id = r.id AND m.user_id = $2
    WHERE r.id = $1";

const READABLE: &str = concat!("WHERE ", sql_may_read!(), " AND r.id IN (");

/// Those rows without which the rule would say something else of their people.
const PLACES: &str = "
    SELECT m.room_id, m.user_id, m.banned_ts IS NOT NULL, m.visible_from
    FROM members m
    JOIN rooms r ON r.id = m.room_id
    WHERE (m.banned_ts IS NOT NULL OR r.visibility = 'private' OR r.open_from > 0) AND m.room_id IN (";

/// Rooms asked about in one statement.
const CHUNK: usize = 500;

/// Who may read one room, and from where on.
pub struct Readers {
    visibility: Visibility,
    open_from: Seq,
    places: HashMap<UserId, Place>,
}

impl Readers {
    /// The first seq that `reader` may read.
    pub fn visible_from(&self, reader: Option<UserId>) -> Option<Seq> {
        let place = reader.and_then(|reader| self.places.get(&reader)).copied();
        visible_from(self.visibility, self.open_from, place)
    }
}

/// The proof that somebody may read a room, and from where on: made by [`Db::access`] only, and asked for by every query
/// that reads what was said.
pub struct Access {
    pub room: RoomId,
    pub user: Option<UserId>,
    pub membership: Option<Membership>,
    pub visibility: Visibility,
    /// The first seq that anybody may read, and the first that search engines may, where the room lets them in.
    pub open_from: Seq,
    pub indexed_from: Seq,
    from: Seq,
    state: RoomState,
    is_muted: bool,
}

impl Access {
    /// The first seq that there is for them: 1 where that is everything.
    pub fn floor(&self) -> Seq {
        self.from.max(1)
    }

    /// The same as subscriptions compare it: 0 where that is everything.
    pub fn from(&self) -> Seq {
        self.from
    }

    pub fn role(&self) -> Option<Role> {
        self.membership.as_ref().map(|membership| membership.role)
    }

    /// Whether they may do something here; of a write the committer decides, and asks again.
    ///
    /// # Errors
    ///
    /// Why they may not.
    pub fn may(&self, deed: Deed) -> std::result::Result<(), Problem> {
        if self.user.is_none() {
            return Err(Problem::SignInFirst);
        }
        policy::may(Standing { role: self.role(), is_muted: self.is_muted }, deed, self.state)
    }
}

impl Db {
    /// `None` if there is no such room for them. A mute of the room that has passed by `now` is none.
    pub async fn access(&self, room: RoomId, user: Option<UserId>, now: Millis) -> Result<Option<Access>> {
        let Some(relation) = self.relation(room, user).await? else { return Ok(None) };
        let Relation { visibility, state, mut membership, muted_until, visible_from, open_from, indexed_from, .. } =
            relation;
        let Some(from) = visible_from else { return Ok(None) };
        if let Some(membership) = &mut membership {
            membership.quiet_until = membership.quiet_until.filter(|until| *until > now);
        }
        let is_muted = policy::is_muted(muted_until, now);
        Ok(Some(Access { room, user, membership, visibility, open_from, indexed_from, from, state, is_muted }))
    }

    /// `None` if there is no such room. Without a user, nobody's membership is looked up. Until when the room is muted is
    /// told even where that has passed.
    pub async fn relation(&self, room: RoomId, user: Option<UserId>) -> Result<Option<Relation>> {
        let user = user.map_or(0, UserId::get);
        let row: Option<RelationRow> = on_db!(&self.read, pool => {
            sqlx::query_as(RELATION).bind(room.get()).bind(user).fetch_optional(pool).await
        })?;
        row.map(|row| row.relation(room)).transpose()
    }

    /// Those of `rooms` that somebody may read.
    pub async fn readable(&self, rooms: &[RoomId], reader: Option<UserId>) -> Result<Vec<RoomId>> {
        let reader = reader.map_or(0, UserId::get);
        let mut readable = Vec::new();
        for some in rooms.chunks(CHUNK) {
            let rows: Vec<i64> = on_db!(&self.read, pool => {
                let mut query = QueryBuilder::new(
                    "SELECT r.id FROM rooms r LEFT JOIN members m ON m.room_id = r.id AND m.user_id = ",
                );
                query.push_bind(reader).push(" ").push(READABLE);
                push_ids!(query, some);
                query.build_query_scalar().persistent(false).fetch_all(pool).await
            })?;
            for id in rows {
                readable.push(stored(RoomId::try_from(id).ok(), "id")?);
            }
        }
        Ok(readable)
    }

    /// Who may read these rooms, in few queries however many they are. Rooms that do not exist are missing.
    pub async fn readers(&self, rooms: &[RoomId]) -> Result<HashMap<RoomId, Readers>> {
        let mut found = HashMap::with_capacity(rooms.len());
        for some in rooms.chunks(CHUNK) {
            let rows: Vec<(i64, String, Seq)> = on_db!(&self.read, pool => {
                let mut query = QueryBuilder::new("SELECT id, visibility, open_from FROM rooms WHERE id IN (");
                push_ids!(query, some);
                query.build_query_as().fetch_all(pool).await
            })?;
            for (id, visibility, open_from) in rows {
                let visibility = stored(Visibility::parse(&visibility), "visibility")?;
                let readers = Readers { visibility, open_from, places: HashMap::new() };
                found.insert(stored(RoomId::try_from(id).ok(), "id")?, readers);
            }
            let rows: Vec<(i64, i64, bool, Seq)> = on_db!(&self.read, pool => {
                let mut query = QueryBuilder::new(PLACES);
                push_ids!(query, some);
                query.build_query_as().fetch_all(pool).await
            })?;
            for (room, user, is_banned, visible_from) in rows {
                let room = stored(RoomId::try_from(room).ok(), "room_id")?;
                let user = stored(UserId::try_from(user).ok(), "user_id")?;
                if let Some(readers) = found.get_mut(&room) {
                    readers.places.insert(user, Place { is_banned, visible_from });
                }
            }
        }
        Ok(found)
    }
}
