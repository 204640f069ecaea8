//! What replies quote: messages named one by one.

use sqlx::QueryBuilder;

use super::{Db, Result, events, on_db};
use crate::model::ids::{RoomId, Seq};
use crate::model::user::Author;

/// A message as far as a quote shows it.
#[derive(sqlx::FromRow)]
pub struct QuotedRow {
    pub seq: i64,
    author_id: i64,
    username: String,
    display_name: String,
    /// `None` if it was deleted.
    pub body: Option<String>,
}

impl QuotedRow {
    pub fn author(&self) -> Result<Author> {
        events::author(self.author_id, &self.username, &self.display_name)
    }
}

impl Db {
    /// The messages at these places, ascending; what is none is missing.
    pub async fn quoted(&self, room: RoomId, seqs: &[Seq]) -> Result<Vec<QuotedRow>> {
        if seqs.is_empty() {
            return Ok(Vec::new());
        }
        on_db!(&self.read, pool => {
            let mut query = QueryBuilder::new(
                "SELECT e.seq, e.author_id, u.username, u.display_name, e.body
                 FROM events e JOIN users u ON u.id = e.author_id
                 WHERE e.kind = 'msg' AND e.room_id = ",
            );
            query.push_bind(room.get()).push(" AND e.seq IN (");
            let mut list = query.separated(", ");
            for seq in seqs {
                list.push_bind(*seq);
            }
            query.push(") ORDER BY e.seq");
            query.build_query_as().persistent(false).fetch_all(pool).await
        })
    }
}
