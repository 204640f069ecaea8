//! Room posts: adding one, finding one, and the pages of the lobby.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::{Db, Result, on_db, push_ids, stored};
use crate::model::ids::{Millis, RoomId, Seq, UserId};
use crate::model::room::{Level, Match, Role, Room, RoomState, Sort, Visibility};
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
    edited_ts: Option<i64>,
    last_ts: i64,
    last_seq: i64,
    open_from: i64,
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
            edited_ts: self.edited_ts,
            last_ts: self.last_ts,
            head: self.last_seq,
            open_from: self.open_from,
            members: self.members,
            messages: self.messages,
            present: 0,
            level: None,
            quiet_until: None,
            count: None,
            mentions: None,
            read_seq: None,
        })
    }
}

/// A room with one member's place in it.
#[derive(sqlx::FromRow)]
struct MyRow {
    level: String,
    quiet_until: Option<Millis>,
    #[sqlx(flatten)]
    room: RoomRow,
}

impl MyRow {
    fn room(self) -> Result<Room> {
        let level = stored(Level::parse(&self.level), "level")?;
        Ok(Room { level: Some(level), quiet_until: self.quiet_until, ..self.room.room()? })
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
    pub tags: &'a [String],
    pub matching: Match,
    pub state: Option<RoomState>,
    /// None but these, if they were looked for by their words.
    pub among: Option<&'a [RoomId]>,
    pub reader: Option<UserId>,
    /// The sort key and id of the last room already shown.
    pub before: Option<(i64, i64)>,
    pub limit: i64,
}

impl LobbyQuery<'_> {
    /// The most active rooms, as a visitor sees them.
    pub const fn all(limit: i64) -> Self {
        Self {
            sort: Sort::Active,
            category: None,
            tags: &[],
            matching: Match::Any,
            state: None,
            among: None,
            reader: None,
            before: None,
            limit,
        }
    }
}

macro_rules! select_rooms {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.author_id, u.username, u.display_name, r.title, r.body, r.category, r.tags, ",
            "r.visibility, r.indexed, r.state, r.created_ts, r.edited_ts, r.last_ts, r.last_seq, r.open_from, ",
            "r.members, r.messages ",
            "FROM rooms r JOIN users u ON u.id = r.author_id ",
            $rest
        )
    };
}

const BY_ID: &str = select_rooms!("WHERE r.id = $1");
const BY_AUTHOR: &str =
    select_rooms!("WHERE r.author_id = $1 AND r.visibility = 'public' ORDER BY r.created_ts DESC, r.id DESC LIMIT $2");
const BY_NONCE: &str = select_rooms!("WHERE r.author_id = $1 AND r.nonce = $2");
const MINE: &str = concat!(
    "SELECT mine.level, mine.quiet_until, room.* FROM (",
    select_rooms!(""),
    ") room JOIN members mine ON mine.room_id = room.id
     WHERE mine.user_id = $1 AND mine.banned_ts IS NULL
     ORDER BY room.last_ts DESC, room.id DESC
     LIMIT $2"
);
const LISTED: &str = select_rooms!("WHERE ");

const REVISIONS: &str = "
    SELECT seq, title, body
    FROM room_revisions
    WHERE room_id = $1
    ORDER BY seq";

const ARCHIVE_IDLE: &str = "
    UPDATE rooms
    SET state = 'archived'
    WHERE state IN ('open', 'resolved') AND last_ts < $1";

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
    SELECT last_seq
    FROM rooms
    WHERE id = $1";

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

    /// The public rooms that somebody opened, the newest first.
    pub async fn rooms_by(&self, author: UserId, limit: i64) -> Result<Vec<Room>> {
        let rows: Vec<RoomRow> = on_db!(&self.read, pool => {
            sqlx::query_as(BY_AUTHOR).bind(author.get()).bind(limit).fetch_all(pool).await
        })?;
        rows.into_iter().map(RoomRow::room).collect()
    }

    /// The room's last seq; `None` if there is no such room.
    pub async fn head(&self, id: RoomId) -> Result<Option<Seq>> {
        on_db!(&self.read, pool => sqlx::query_scalar(HEAD).bind(id.get()).fetch_optional(pool).await)
    }

    /// A page of the lobby, in the order asked for.
    pub async fn lobby(&self, query: &LobbyQuery<'_>) -> Result<Vec<Room>> {
        if query.among.is_some_and(<[RoomId]>::is_empty) {
            return Ok(Vec::new());
        }
        let column = match query.sort {
            Sort::Active => "r.last_ts",
            Sort::New => "r.created_ts",
            Sort::Popular => "r.messages",
        };
        let reader = query.reader.map_or(0, UserId::get);
        let rows: Vec<RoomRow> = on_db!(&self.read, pool => {
            let mut sql = QueryBuilder::new(LISTED);
            sql.push("(r.visibility = 'public'");
            if reader != 0 {
                sql.push(" OR EXISTS (SELECT 1 FROM members m WHERE m.room_id = r.id AND m.banned_ts IS NULL AND m.user_id = ")
                    .push_bind(reader)
                    .push(")) AND NOT EXISTS (SELECT 1 FROM members m WHERE m.room_id = r.id AND m.banned_ts IS NOT NULL AND m.user_id = ")
                    .push_bind(reader)
                    .push(")");
            } else {
                sql.push(")");
            }
            if let Some(category) = query.category {
                sql.push(" AND r.category = ").push_bind(category);
            }
            if let Some(state) = query.state {
                sql.push(" AND r.state = ").push_bind(state.as_str());
            }
            if let Some(among) = query.among {
                sql.push(" AND r.id IN (");
                push_ids!(sql, among);
            }
            if !query.tags.is_empty() {
                sql.push(" AND r.id IN (SELECT room_id FROM room_tags WHERE tag_key IN (");
                let mut list = sql.separated(", ");
                for tag in query.tags {
                    list.push_bind(text::fold(tag));
                }
                sql.push(") GROUP BY room_id HAVING COUNT(*) >= ").push_bind(match query.matching {
                    Match::Any => 1,
                    Match::All => query.tags.len() as i64,
                });
                sql.push(")");
            }
            if let Some((key, id)) = query.before {
                sql.push(" AND (").push(column).push(", r.id) < (").push_bind(key).push(", ").push_bind(id).push(")");
            }
            sql.push(" ORDER BY ").push(column).push(" DESC, r.id DESC LIMIT ").push_bind(query.limit);
            sql.build_query_as().persistent(false).fetch_all(pool).await
        })?;
        rows.into_iter().map(RoomRow::room).collect()
    }

    /// The rooms of a member, the most active ones first, with what is unread in them. Until when one is muted is told even
    /// where that has passed.
    pub async fn my_rooms(&self, user: UserId, limit: i64) -> Result<Vec<Room>> {
        let rows: Vec<MyRow> = on_db!(&self.read, pool => {
            sqlx::query_as(MINE).bind(user.get()).bind(limit).fetch_all(pool).await
        })?;
        let mut rooms = rows.into_iter().map(MyRow::room).collect::<Result<Vec<_>>>()?;
        self.count_unread(user, &mut rooms).await?;
        Ok(rooms)
    }

    /// Sets in each of `rooms` what `user` has not read, where they are a member.
    pub async fn count_unread(&self, user: UserId, rooms: &mut [Room]) -> Result<()> {
        let places: Vec<_> = rooms.iter().map(|room| ((user, room.id), room.head)).collect();
        let unread: HashMap<_, _> = self.unread(&places).await?.into_iter().collect();
        for room in rooms {
            if let Some(unread) = unread.get(&(user, room.id)) {
                room.set_unread(*unread);
            }
        }
        Ok(())
    }

    /// The former titles and texts of a post, the oldest first, with the seq of the event that replaced each.
    pub async fn room_revisions(&self, room: RoomId) -> Result<Vec<(Seq, String, String)>> {
        on_db!(&self.read, pool => sqlx::query_as(REVISIONS).bind(room.get()).fetch_all(pool).await)
    }

    /// Archives what nobody has said anything in since `before`. How many rooms that were.
    pub async fn archive_idle(&self, before: Millis) -> Result<u64> {
        on_db!(&self.write, pool => {
            sqlx::query(ARCHIVE_IDLE).bind(before).execute(pool).await.map(|done| done.rows_affected())
        })
    }
}

impl Db {
    /// The last seqs of `rooms`, in one query per thousand.
    pub async fn heads(&self, rooms: &[RoomId]) -> Result<HashMap<RoomId, Seq>> {
        let mut heads = HashMap::with_capacity(rooms.len());
        for some in rooms.chunks(1_000) {
            let rows: Vec<(i64, Seq)> = on_db!(&self.read, pool => {
                let mut query = QueryBuilder::new("SELECT id, last_seq FROM rooms WHERE id IN (");
                push_ids!(query, some);
                query.build_query_as().fetch_all(pool).await
            })?;
            heads.extend(rows.into_iter().filter_map(|(id, head)| Some((RoomId::try_from(id).ok()?, head))));
        }
        Ok(heads)
    }
}
