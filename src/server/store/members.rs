//! Who belongs to a room, and as what.

use super::{Db, Result, on_db, stored};
use crate::model::ids::{RoomId, UserId};
use crate::model::room::{Membership, Role, Visibility};

/// What decides whether somebody may read a room.
#[derive(sqlx::FromRow)]
struct AccessRow {
    visibility: String,
    role: Option<String>,
    banned_ts: Option<i64>,
    read_seq: Option<i64>,
}

/// A room's visibility, and the membership of the person in question.
pub struct Access {
    pub visibility: Visibility,
    pub membership: Option<Membership>,
    pub banned: bool,
}

const ACCESS: &str = "
    SELECT r.visibility, m.role, m.banned_ts, m.read_seq
    FROM rooms r
    LEFT JOIN members m ON m.room_id = r.id AND m.user_id = $2
    WHERE r.id = $1";

impl Db {
    /// `None` if there is no such room. Without a user, nobody's membership is looked up.
    pub async fn access(&self, room: RoomId, user: Option<UserId>) -> Result<Option<Access>> {
        let user = user.map_or(0, UserId::get);
        let row: Option<AccessRow> = on_db!(&self.read, pool => {
            sqlx::query_as(ACCESS).bind(room.get()).bind(user).fetch_optional(pool).await
        })?;
        let Some(row) = row else { return Ok(None) };
        let membership = match row.role.as_deref() {
            Some(role) => Some(Membership {
                room,
                role: stored(Role::parse(role), "role")?,
                read_seq: row.read_seq.unwrap_or_default(),
            }),
            None => None,
        };
        Ok(Some(Access {
            visibility: stored(Visibility::parse(&row.visibility), "visibility")?,
            membership,
            banned: row.banned_ts.is_some(),
        }))
    }
}
