//! What changes by itself of the rooms on a lobby page.

use std::collections::HashSet;

use sqlx::QueryBuilder;

use super::{Db, Result, on_db, push_ids, stored};
use crate::model::ids::{Millis, RoomId, UserId};
use crate::model::room::{Card, RoomState, Visibility};

#[derive(sqlx::FromRow)]
struct CardRow {
    id: i64,
    visibility: String,
    title: String,
    state: String,
    members: i64,
    messages: i64,
    last_ts: i64,
    last_seq: i64,
}

impl CardRow {
    fn card(self) -> Result<(Card, Visibility)> {
        let visibility = stored(Visibility::parse(&self.visibility), "visibility")?;
        let card = Card {
            room: stored(RoomId::try_from(self.id).ok(), "id")?,
            title: self.title,
            state: stored(RoomState::parse(&self.state), "state")?,
            members: self.members,
            messages: self.messages,
            present: 0,
            last_ts: self.last_ts,
            head: self.last_seq,
        };
        Ok((card, visibility))
    }
}

/// People asked about in one statement.
const CHUNK: usize = 500;

const LATEST: &str = "
    SELECT last_ts
    FROM rooms
    WHERE visibility = 'public'
    ORDER BY last_ts DESC, id DESC
    LIMIT 1";

impl Db {
    /// What changes by itself of these rooms' cards, and who may read them at that moment. Nobody is said to be present.
    pub async fn cards(&self, rooms: &[RoomId]) -> Result<Vec<(Card, Visibility)>> {
        let mut cards = Vec::with_capacity(rooms.len());
        for some in rooms.chunks(1_000) {
            let rows: Vec<CardRow> = on_db!(&self.read, pool => {
                let mut query = QueryBuilder::new(
                    "SELECT id, visibility, title, state, members, messages, last_ts, last_seq FROM rooms WHERE id IN (",
                );
                push_ids!(query, some);
                query.build_query_as().persistent(false).fetch_all(pool).await
            })?;
            for row in rows {
                cards.push(row.card()?);
            }
        }
        Ok(cards)
    }

    /// Those of these people in these rooms who are members.
    pub async fn members_among(&self, people: &[(RoomId, UserId)]) -> Result<HashSet<(RoomId, UserId)>> {
        let mut found = HashSet::new();
        for some in people.chunks(CHUNK) {
            let rows: Vec<(i64, i64)> = on_db!(&self.read, pool => {
                let mut query = QueryBuilder::new(
                    "SELECT room_id, user_id FROM members WHERE banned_ts IS NULL AND (room_id, user_id) IN (",
                );
                query.push_values(some, |mut row, (room, user)| {
                    row.push_bind(room.get()).push_bind(user.get());
                });
                query.push(")");
                query.build_query_as().persistent(false).fetch_all(pool).await
            })?;
            for (room, user) in rows {
                let room = stored(RoomId::try_from(room).ok(), "room_id")?;
                found.insert((room, stored(UserId::try_from(user).ok(), "user_id")?));
            }
        }
        Ok(found)
    }

    /// When something last happened in a public room; 0 if there is none.
    pub async fn latest_activity(&self) -> Result<Millis> {
        on_db!(&self.read, pool => {
            let latest: Option<Millis> = sqlx::query_scalar(LATEST).fetch_optional(pool).await?;
            Ok(latest.unwrap_or_default())
        })
    }
}
