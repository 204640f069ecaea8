//! Room posts: adding one, finding one, and the pages of the lobby.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::{Db, Result, on_db, stored};
use crate::model::ids::{Millis, RoomId, Seq, UserId};
use crate::model::room::{Role, Room, RoomState, Sort, Visibility};
use crate::model::text;
use crate::model::user::Author;

/// A room with its author.
#[derive(sqlx::FromRow)]
struct RoomRow {
    id: i64,
    author_id: i64,
    username: String,
    display_name: String,
    title: String,
    body: String,
    category: String,
    tags: String,
    visibility: String,
    indexed: bool,
    state: String,
    created_ts: i64,
    last_ts: i64,
    last_seq: i64,
    members: i64,
    messages: i64,
}

impl RoomRow {
    fn room(self) -> Result<Room> {
        Ok(Room {
            id: stored(RoomId::try_from(self.id).ok(), "id")?,
            slug: text::slug(&self.title),
            title: self.title,
            body: self.body,
            doc: None,
            author: Author {
                id: stored(UserId::try_from(self.author_id).ok(), "author_id")?,
                username: self.username,
                display_name: self.display_name,
            },
            category: self.category,
            tags: self.tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
            visibility: stored(Visibility::parse(&self.visibility), "visibility")?,
            indexed: self.indexed,
            state: stored(RoomState::parse(&self.state), "state")?,
            ts: self.created_ts,
            last_ts: self.last_ts,
            head: self.last_seq,
            members: self.members,
            messages: self.messages,
            present: 0,
        })
    }
}

#[derive(Clone)]
pub struct NewRoom<'a> {
    pub id: RoomId,
    pub author: UserId,
    pub title: &'a str,
    pub body: &'a str,
    pub category: &'a str,
    pub tags: &'a [String],
    pub visibility: Visibility,
    pub indexed: bool,
    pub nonce: Option<&'a str>,
    pub now: Millis,
}

/// What a page of the lobby is to show. `reader`'s own rooms are listed to them, whatever their visibility.
pub struct LobbyQuery<'a> {
    pub sort: Sort,
    pub category: Option<&'a str>,
    pub tag: Option<&'a str>,
    pub reader: Option<UserId>,
    /// The sort key and id of the last room already shown.
    pub before: Option<(i64, i64)>,
    pub limit: i64,
}

macro_rules! select_rooms {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.author_id, u.username, u.display_name, r.title, r.body, r.category, r.tags, ",
            "r.visibility, r.indexed, r.state, r.created_ts, r.last_ts, r.last_seq, r.members, r.messages ",
            "FROM rooms r JOIN users u ON u.id = r.author_id ",
            $rest
        )
    };
}

macro_rules! lobby_page {
    ($key:literal) => {
        concat!(
            select_rooms!(
                "WHERE ($1 = '' OR r.category = $1)
                 AND ($2 = '' OR EXISTS (SELECT 1 FROM room_tags t WHERE t.room_id = r.id AND t.tag_key = $2))
                 AND (r.visibility = 'public' OR EXISTS (
                     SELECT 1 FROM members m WHERE m.room_id = r.id AND m.user_id = $3 AND m.banned_ts IS NULL))"
            ),
            " AND (r.",
            $key,
            ", r.id) < ($4, $5) ORDER BY r.",
            $key,
            " DESC, r.id DESC LIMIT $6"
        )
    };
}

const BY_ID: &str = select_rooms!("WHERE r.id = $1");
const BY_NONCE: &str = select_rooms!("WHERE r.author_id = $1 AND r.nonce = $2");
const BY_ACTIVITY: &str = lobby_page!("last_ts");
const BY_AGE: &str = lobby_page!("created_ts");
const BY_MESSAGES: &str = lobby_page!("messages");

const INSERT: &str = "
    INSERT INTO rooms (id, author_id, title, body, category, tags, visibility, indexed, state, created_ts, last_ts,
                       last_seq, floor_seq, members, messages, nonce)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, 0, 1, 1, 0, $11)
    ON CONFLICT (author_id, nonce) DO NOTHING";

const INSERT_OWNER: &str = "
    INSERT INTO members (room_id, user_id, role, read_seq, joined_ts)
    VALUES ($1, $2, $3, 0, $4)";

const INSERT_TAG: &str = "
    INSERT INTO room_tags (tag_key, room_id)
    VALUES ($1, $2)";

const HEAD: &str = "
    SELECT last_seq, floor_seq
    FROM rooms
    WHERE id = $1";

const CATEGORY_EXISTS: &str = "
    SELECT COUNT(*)
    FROM categories
    WHERE key = $1";

impl Db {
    /// Adds a room with its author as owner; `false` if the author's nonce was used before.
    pub async fn add_room(&self, room: NewRoom<'_>) -> Result<bool> {
        let tags = room.tags.join(",");
        on_db!(&self.write, pool => {
            let mut tx = pool.begin_with(self.begin_write()).await?;
            let added = sqlx::query(INSERT)
                .bind(room.id.get())
                .bind(room.author.get())
                .bind(room.title)
                .bind(room.body)
                .bind(room.category)
                .bind(&tags)
                .bind(room.visibility.as_str())
                .bind(room.indexed)
                .bind(RoomState::Open.as_str())
                .bind(room.now)
                .bind(room.nonce)
                .execute(&mut *tx)
                .await?;
            if added.rows_affected() == 0 {
                return Ok(false);
            }
            sqlx::query(INSERT_OWNER)
                .bind(room.id.get())
                .bind(room.author.get())
                .bind(Role::Owner.as_str())
                .bind(room.now)
                .execute(&mut *tx)
                .await?;
            for tag in room.tags {
                sqlx::query(INSERT_TAG).bind(text::fold(tag)).bind(room.id.get()).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            Ok(true)
        })
    }

    pub async fn room(&self, id: RoomId) -> Result<Option<Room>> {
        let row: Option<RoomRow> =
            on_db!(&self.read, pool => sqlx::query_as(BY_ID).bind(id.get()).fetch_optional(pool).await)?;
        row.map(RoomRow::room).transpose()
    }

    pub async fn room_with_nonce(&self, author: UserId, nonce: &str) -> Result<Option<Room>> {
        let row: Option<RoomRow> = on_db!(&self.read, pool => {
            sqlx::query_as(BY_NONCE).bind(author.get()).bind(nonce).fetch_optional(pool).await
        })?;
        row.map(RoomRow::room).transpose()
    }

    /// The room's last seq and the first one still kept; `None` if there is no such room.
    pub async fn head(&self, id: RoomId) -> Result<Option<(Seq, Seq)>> {
        on_db!(&self.read, pool => sqlx::query_as(HEAD).bind(id.get()).fetch_optional(pool).await)
    }

    pub async fn category_exists(&self, key: &str) -> Result<bool> {
        let count: i64 =
            on_db!(&self.read, pool => sqlx::query_scalar(CATEGORY_EXISTS).bind(key).fetch_one(pool).await)?;
        Ok(count > 0)
    }

    /// A page of the lobby, in the order asked for.
    pub async fn lobby(&self, query: &LobbyQuery<'_>) -> Result<Vec<Room>> {
        let sql = match query.sort {
            Sort::Active => BY_ACTIVITY,
            Sort::New => BY_AGE,
            Sort::Popular => BY_MESSAGES,
        };
        let (key, id) = query.before.unwrap_or((i64::MAX, i64::MAX));
        let rows: Vec<RoomRow> = on_db!(&self.read, pool => sqlx::query_as(sql)
            .bind(query.category.unwrap_or_default())
            .bind(query.tag.map(text::fold).unwrap_or_default())
            .bind(query.reader.map_or(0, UserId::get))
            .bind(key)
            .bind(id)
            .bind(query.limit)
            .fetch_all(pool)
            .await)?;
        rows.into_iter().map(RoomRow::room).collect()
    }
}

impl Db {
    /// The last seqs of `rooms`, in one query per thousand.
    pub async fn heads(&self, rooms: &[RoomId]) -> Result<HashMap<RoomId, Seq>> {
        let mut heads = HashMap::with_capacity(rooms.len());
        for some in rooms.chunks(1_000) {
            let rows: Vec<(i64, Seq)> = on_db!(&self.read, pool => {
                let mut query = QueryBuilder::new("SELECT id, last_seq FROM rooms WHERE id IN (");
                let mut list = query.separated(", ");
                for room in some {
                    list.push_bind(room.get());
                }
                query.push(")");
                query.build_query_as().fetch_all(pool).await
            })?;
            heads.extend(rows.into_iter().filter_map(|(id, head)| Some((RoomId::try_from(id).ok()?, head))));
        }
        Ok(heads)
    }
}
