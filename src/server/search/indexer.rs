//! Keeps the index of the search up to date, outside the way of a message: what is written waits for nothing here.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::{fold, grams, post, with_initials};
use crate::error::Result;
use crate::model::ids::{Millis, Seq};
use crate::server::app::App;
use crate::server::ids;
use crate::server::store::Db;
use crate::server::store::search::{Batch, Doc, Progress};

/// How soon what is written can be found.
const EVERY: Duration = Duration::from_millis(250);
/// While there is more to do, a pause as many times as long as the work. On SQLite messages wait while it is done.
const REST: u32 = 1;
const REST_ON_SQLITE: u32 = 8;
const EVERY_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// Rooms, texts and bytes of one transaction.
const ROOMS: i64 = 128;
const DOCS: usize = 128;
const BYTES: usize = 32 * 1024;
/// Rooms where nothing was said lately are looked at too now and then: clocks of nodes differ, and commits take time.
const FULL_LOOK: Duration = Duration::from_secs(60);
const LATELY: Millis = 10_000;

/// What a step left.
#[derive(Debug, PartialEq, Eq)]
enum Left {
    Nothing,
    More,
    ToAnotherNode,
}

/// Runs until the app ends.
pub async fn run(app: App) {
    let db = &app.chat.db;
    let rest = if db.is_shared() { REST } else { REST_ON_SQLITE };
    let (mut since, mut looked) = (0, Instant::now());
    loop {
        let (now, started) = (ids::now(), Instant::now());
        let pause = match step(db, since).await {
            Ok(Left::More) => started.elapsed() * rest,
            Ok(Left::Nothing) if looked.elapsed() > FULL_LOOK => {
                (since, looked) = (0, started);
                EVERY
            }
            Ok(Left::ToAnotherNode) => EVERY,
            Ok(Left::Nothing) => {
                since = now - LATELY;
                EVERY
            }
            Err(error) => {
                tracing::warn!(%error, "what is new cannot be found yet");
                EVERY_AFTER_FAILURE
            }
        };
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Indexes everything that there is.
pub async fn catch_up(db: &Db) -> Result<()> {
    while step(db, 0).await? != Left::Nothing {}
    Ok(())
}

/// Indexes some of what was written since `since` and is not indexed yet.
async fn step(db: &Db, since: Millis) -> Result<Left> {
    let batch = next(db, since).await?;
    if batch.rooms.is_empty() {
        return Ok(Left::Nothing);
    }
    Ok(if db.index(&batch).await? { Left::More } else { Left::ToAnotherNode })
}

/// The batch that is due, of rooms with the least to do first.
async fn next(db: &Db, since: Millis) -> Result<Batch> {
    let mut filling = Filling::default();
    for room in db.lagging(since, ROOMS).await? {
        if filling.is_full() {
            break;
        }
        let mut progress = Progress { room_id: room.room_id, indexed_seq: room.indexed_seq, edited_ts: room.edited_ts };
        if room.post_is_due
            && let Some(found) = db.post_to_index(room.room_id).await?
        {
            let text = post(&found.title, &found.body, &found.tags);
            filling.add(room.room_id, 0, found.created_ts, Some(with_initials(fold::fold(&text), &found.title)));
        }
        if room.indexed_seq < room.head {
            let entries = db.entries_to_index(room.room_id, room.indexed_seq, DOCS as i64).await?;
            let last = entries.last().map_or(0, |last| last.seq);
            progress.indexed_seq = if entries.len() < DOCS { last.max(room.head) } else { last };
            let mut seen = HashSet::new();
            for entry in entries {
                if filling.is_full() {
                    progress.indexed_seq = entry.seq - 1;
                    break;
                }
                // A later event about the same message came with the same text.
                if seen.insert(entry.target_seq) {
                    filling.add(room.room_id, entry.target_seq, entry.ts, entry.body.as_deref().map(fold::fold));
                }
            }
        }
        filling.batch.rooms.push(progress);
    }
    Ok(filling.batch)
}

#[derive(Default)]
struct Filling {
    batch: Batch,
    bytes: usize,
}

impl Filling {
    const fn is_full(&self) -> bool {
        self.batch.docs.len() >= DOCS || self.bytes >= BYTES
    }

    fn add(&mut self, room_id: i64, seq: Seq, ts: Millis, folded: Option<String>) {
        self.bytes += folded.as_ref().map_or(0, String::len);
        let grams = folded.map(|folded| grams::of_text(&folded, room_id, seq));
        self.batch.docs.push(Doc { room_id, seq, ts, grams });
    }
}
