//! Whom messages mention, as they are called.

use sqlx::QueryBuilder;

use super::{Db, Result, on_db};
use crate::model::ids::{RoomId, Seq};

impl Db {
    /// Everybody whom these messages mention: the message, and the folded and the shown username.
    pub async fn names_in(&self, room: RoomId, messages: &[Seq]) -> Result<Vec<(Seq, String, String)>> {
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        on_db!(&self.read, pool => {
            let mut query = QueryBuilder::new(
                "SELECT m.seq, u.username_key, u.username
                 FROM mentions m JOIN users u ON u.id = m.user_id
                 WHERE m.room_id = ",
            );
            query.push_bind(room.get()).push(" AND m.seq IN (");
            let mut list = query.separated(", ");
            for seq in messages {
                list.push_bind(*seq);
            }
            query.push(")");
            query.build_query_as().persistent(false).fetch_all(pool).await
        })
    }
}
