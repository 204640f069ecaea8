//! Search: which texts have certain pairs of characters, and who may read them. The file where the databases differ.

mod index;

use sqlx::QueryBuilder;

pub use self::index::{Batch, Doc, Entry, LOCK, Lagging, Post, Progress};
use super::access::{sql_may_read, sql_visible_from};
use super::{Db, Pool, Result, on_db, stored};
use crate::model::ids::{Millis, RoomId, Seq, UserId};
use crate::model::user::Author;

/// Something that a text must have: a token of the index, or the beginning of one. ASCII letters and digits only, so that
/// it is an operator nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gram {
    pub token: String,
    pub is_prefix: bool,
}

/// Whose eyes a search is for.
#[derive(Clone, Copy)]
pub struct Scope {
    pub reader: Option<UserId>,
    /// Whether what is listed nowhere may be found by those who are no members: only where they named the room.
    pub unlisted: bool,
}

/// A text that its reader may read, as it stands now.
#[derive(sqlx::FromRow)]
pub struct Found {
    pub id: i64,
    room_id: i64,
    /// 0 for a post.
    pub seq: Seq,
    pub title: String,
    pub body: String,
    pub tags: String,
    author_id: i64,
    username: String,
    display_name: String,
    pub ts: Millis,
}

impl Found {
    pub fn room(&self) -> Result<RoomId> {
        stored(RoomId::try_from(self.room_id).ok(), "room_id")
    }

    pub fn author(&self) -> Result<Author> {
        Ok(Author {
            id: stored(UserId::try_from(self.author_id).ok(), "author_id")?,
            username: self.username.clone(),
            display_name: self.display_name.clone(),
        })
    }
}

const CANDIDATES_SQLITE: &str = "
    SELECT rowid
    FROM search_index
    WHERE search_index MATCH $1 AND rowid < $2
    ORDER BY rowid DESC
    LIMIT $3";

const CANDIDATES_POSTGRES: &str = "
    SELECT rowid
    FROM search_index
    WHERE grams @@ CAST($1 AS TSQUERY) AND rowid < $2
    ORDER BY rowid DESC
    LIMIT $3";

/// Up to the reader's id.
const FOUND: &str = "
    SELECT d.id, d.room_id, d.seq, r.title, COALESCE(e.body, r.body) AS body, r.tags, u.id AS author_id, u.username,
        u.display_name, COALESCE(e.ts, r.created_ts) AS ts
    FROM search_docs d
    JOIN rooms r ON r.id = d.room_id
    LEFT JOIN events e ON e.room_id = d.room_id AND e.seq = d.seq
    JOIN users u ON u.id = COALESCE(e.author_id, r.author_id)
    LEFT JOIN members m ON m.room_id = d.room_id AND m.user_id = ";

/// Up to the ids.
macro_rules! readable {
    ($rooms:literal) => {
        concat!(
            "
    WHERE (d.seq = 0 OR (NOT e.deleted AND d.seq >= ",
            sql_visible_from!(),
            ")) AND ",
            sql_may_read!(),
            $rooms,
            " AND d.id IN ("
        )
    };
}

/// People who are no members find what is public.
const LISTED: &str = readable!(" AND (m.user_id IS NOT NULL OR r.visibility = 'public')");
const LISTED_OR_NOT: &str = readable!("");

impl Db {
    /// The ids of texts that have all of `grams`, descending from below `before`, at most `limit`.
    pub async fn candidates(&self, grams: &[Gram], before: i64, limit: i64) -> Result<Vec<i64>> {
        let (sql, prefix, and) = match &self.read {
            Pool::Sqlite(_) => (CANDIDATES_SQLITE, "*", " AND "),
            Pool::Postgres(_) => (CANDIDATES_POSTGRES, ":*", " & "),
        };
        let gram = |gram: &Gram| format!("{}{}", gram.token, if gram.is_prefix { prefix } else { "" });
        let query = grams.iter().map(gram).collect::<Vec<_>>().join(and);
        // Planned anew each time on PostgreSQL: how common the pairs are decides which index is the better one.
        on_db!(&self.read, pool => {
            sqlx::query_scalar(sql).bind(query).bind(before).bind(limit).persistent(false).fetch_all(pool).await
        })
    }

    /// Those of `ids` that `scope` lets one read, newest first. What was deleted is not among them.
    pub async fn found(&self, ids: &[i64], scope: Scope) -> Result<Vec<Found>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        on_db!(&self.read, pool => {
            let mut query = QueryBuilder::new(FOUND);
            query.push_bind(scope.reader.map_or(0, UserId::get));
            query.push(if scope.unlisted { LISTED_OR_NOT } else { LISTED });
            let mut list = query.separated(", ");
            for id in ids {
                list.push_bind(*id);
            }
            query.push(") ORDER BY d.id DESC");
            query.build_query_as().persistent(false).fetch_all(pool).await
        })
    }
}
