//! The room logs as the database holds them.

use std::collections::{BTreeMap, HashSet};

use sqlx::{PgPool, SqlitePool};

use crate::Result;
use crate::history::{Print, Room, Seq};

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub seq: Seq,
    pub author: i64,
    pub nonce: String,
    pub print: Print,
    /// The event that this one changes.
    pub target: Option<Seq>,
}

#[derive(Clone, Debug, Default)]
pub struct RoomLog {
    pub last_seq: Seq,
    /// Ascending.
    pub events: Vec<Event>,
}

#[derive(Clone, Debug, Default)]
pub struct Truth {
    pub rooms: BTreeMap<Room, RoomLog>,
}

const ROOMS: &str = "SELECT id, last_seq FROM rooms";
const EVENTS: &str = "
    SELECT room_id, seq, kind, author_id, nonce, body, ts
    FROM events
    ORDER BY room_id, seq";
const TARGETS: &str = "SELECT room_id, seq, target_seq FROM events WHERE target_seq IS NOT NULL";

type EventRow = (i64, i64, String, i64, Option<String>, Option<String>, i64);

/// The rows of one statement, whichever database it is.
macro_rules! rows {
    ($url:expr, $type:ty, $statement:expr) => {
        if let Some(path) = $url.strip_prefix("sqlite:") {
            let pool = SqlitePool::connect_with(sqlx::sqlite::SqliteConnectOptions::new().filename(path)).await?;
            let rows = sqlx::query_as::<_, $type>($statement).fetch_all(&pool).await;
            pool.close().await;
            rows
        } else {
            let pool = PgPool::connect($url).await?;
            let rows = sqlx::query_as::<_, $type>($statement).fetch_all(&pool).await;
            pool.close().await;
            rows
        }
    };
}

/// The head of every room.
pub async fn heads(url: &str) -> Result<Vec<(Room, Seq)>> {
    Ok(rows!(url, (i64, i64), ROOMS)?)
}

/// What `PRAGMA integrity_check` says of a SQLite file.
pub async fn integrity(url: &str) -> Result<String> {
    let path = url.strip_prefix("sqlite:").ok_or("not a SQLite file")?;
    let pool = SqlitePool::connect_with(sqlx::sqlite::SqliteConnectOptions::new().filename(path)).await?;
    let (said,): (String,) = sqlx::query_as("PRAGMA integrity_check").fetch_one(&pool).await?;
    pool.close().await;
    Ok(said)
}

impl Truth {
    pub async fn read(url: &str) -> Result<Self> {
        let mut rooms: BTreeMap<Room, RoomLog> = heads(url)
            .await?
            .into_iter()
            .map(|(room, last_seq)| (room, RoomLog { last_seq, events: Vec::new() }))
            .collect();
        for (room, seq, kind, author, nonce, body, ts) in rows!(url, EventRow, EVENTS)? {
            let print = Print::new(&kind, author, ts, body.as_deref());
            let event = Event { seq, author, nonce: nonce.unwrap_or_default(), print, target: None };
            rooms.entry(room).or_default().events.push(event);
        }
        // The column came later than the first of the schemas that are tested.
        for (room, seq, target) in rows!(url, (i64, i64, i64), TARGETS).unwrap_or_default() {
            let log = rooms.entry(room).or_default();
            if let Ok(place) = log.events.binary_search_by_key(&seq, |event| event.seq) {
                log.events[place].target = Some(target);
            }
        }
        Ok(Self { rooms })
    }

    pub fn event(&self, room: Room, seq: Seq) -> Option<&Event> {
        let events = &self.rooms.get(&room)?.events;
        events.binary_search_by_key(&seq, |event| event.seq).ok().map(|place| &events[place])
    }

    /// Events whose text is not to be found in their own row: changed later, or the change itself, whose text stands in
    /// the message that it changed.
    pub fn changed(&self) -> HashSet<(Room, Seq)> {
        let both = |room, event: &Event| {
            let seq = event.seq;
            event.target.into_iter().flat_map(move |target| [(room, target), (room, seq)])
        };
        self.rooms.iter().flat_map(|(room, log)| log.events.iter().flat_map(|event| both(*room, event))).collect()
    }

    /// Whether a later event changed this one's text.
    pub fn was_changed(&self, room: Room, seq: Seq) -> bool {
        self.rooms.get(&room).is_some_and(|log| log.events.iter().any(|event| event.target == Some(seq)))
    }

    pub fn count(&self) -> usize {
        self.rooms.values().map(|room| room.events.len()).sum()
    }
}
