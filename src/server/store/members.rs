//! Who belongs to a room, and as what.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::{Db, Result, on_db, stored};
use crate::model::ids::{RoomId, Seq, UserId};
use crate::model::room::{Membership, Role, Visibility};

/// What decides whether somebody may read a room.
#[derive(sqlx::FromRow)]
struct AccessRow {
    visibility: String,
    role: Option<String>,
    banned_ts: Option<i64>,
    read_seq: Option<i64>,
    open_from: i64,
    indexed_from: i64,
}

/// Who may read a room from where on, and the membership of the person in question.
pub struct Access {
    pub visibility: Visibility,
    pub membership: Option<Membership>,
    pub banned: bool,
    /// The first seq that people who are no members may read.
    pub open_from: Seq,
    /// The same for search engines, where the room lets them in.
    pub indexed_from: Seq,
}

const ACCESS: &str = "
    SELECT r.visibility, m.role, m.banned_ts, m.read_seq, r.open_from, r.indexed_from
    FROM rooms r
    LEFT JOIN members m ON m.room_id = r.id AND m.user_id = $2
    WHERE r.id = $1";

/// Rooms asked about in one statement.
const CHUNK: usize = 500;

impl Db {
    /// `None` if there is no such room. Without a user, nobody's membership is looked up.
    pub async fn access(&self, room: RoomId, user: Option<UserId>) -> Result<Option<Access>> {
        let user = user.map_or(0, UserId::get);
        let row: Option<AccessRow> = on_db!(&self.read, pool => {
            sqlx::query_as(ACCESS).bind(room.get()).bind(user).fetch_optional(pool).await
        })?;
        let Some(row) = row else { return Ok(None) };
        let membership = match row.role.as_deref() {
            Some(role) if row.banned_ts.is_none() => Some(Membership {
                room,
                role: stored(Role::parse(role), "role")?,
                read_seq: row.read_seq.unwrap_or_default(),
            }),
            _ => None,
        };
        Ok(Some(Access {
            visibility: stored(Visibility::parse(&row.visibility), "visibility")?,
            membership,
            banned: row.banned_ts.is_some(),
            open_from: row.open_from,
            indexed_from: row.indexed_from,
        }))
    }

    /// Who may read these rooms at all: their visibilities. Rooms that do not exist are missing.
    pub async fn visibilities(&self, rooms: &[RoomId]) -> Result<HashMap<RoomId, Visibility>> {
        let mut found = HashMap::with_capacity(rooms.len());
        for some in rooms.chunks(CHUNK) {
            let rows: Vec<(i64, String)> = on_db!(&self.read, pool => {
                let mut query = QueryBuilder::new("SELECT id, visibility FROM rooms WHERE id IN (");
                let mut list = query.separated(", ");
                for room in some {
                    list.push_bind(room.get());
                }
                query.push(")");
                query.build_query_as().fetch_all(pool).await
            })?;
            for (id, visibility) in rows {
                let room = stored(RoomId::try_from(id).ok(), "id")?;
                found.insert(room, stored(Visibility::parse(&visibility), "visibility")?);
            }
        }
        Ok(found)
    }

    /// Everybody who belongs to one of these rooms.
    pub async fn members_of(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, UserId)>> {
        self.people("SELECT room_id, user_id FROM members WHERE banned_ts IS NULL AND room_id IN (", rooms).await
    }

    /// Everybody who is banned from one of these rooms.
    pub async fn banned_from(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, UserId)>> {
        self.people("SELECT room_id, user_id FROM members WHERE banned_ts IS NOT NULL AND room_id IN (", rooms).await
    }

    async fn people(&self, select: &'static str, rooms: &[RoomId]) -> Result<Vec<(RoomId, UserId)>> {
        let mut people = Vec::new();
        for some in rooms.chunks(CHUNK) {
            let rows: Vec<(i64, i64)> = on_db!(&self.read, pool => {
                let mut query = QueryBuilder::new(select);
                let mut list = query.separated(", ");
                for room in some {
                    list.push_bind(room.get());
                }
                query.push(")");
                query.build_query_as().fetch_all(pool).await
            })?;
            for (room, user) in rows {
                let room = stored(RoomId::try_from(room).ok(), "room_id")?;
                people.push((room, stored(UserId::try_from(user).ok(), "user_id")?));
            }
        }
        Ok(people)
    }
}
