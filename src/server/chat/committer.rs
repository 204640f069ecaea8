//! Turns a queue of messages into transactions: whatever waits while one is being written becomes the next.
//!
//! No timer: an idle committer writes a message at once, a busy one writes many for the price of one fsync.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::error::{AppError, Code, Problem, Result};
use crate::model::message::Posted;
use crate::model::user::Author;
use crate::protocol::{Event, Kind};
use crate::server::bus::Bus;
use crate::server::hub::{Encoded, Hub};
use crate::server::store::commit::{Outcome, Write};
use crate::server::store::{Db, Fault};
use crate::server::{ids, markdown};

/// Messages that may wait for a committer.
const QUEUE: usize = 4_096;
const BATCH: usize = 256;
const BATCH_BYTES: usize = 256 * 1024;
/// Tries of a transaction that another one got in the way of.
const TRIES: u32 = 4;
/// How long a transaction may take. Beyond it the outcome is unknown, and the nonce of the retry finds it.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(3);

/// Called once with what became of the message, after it was published.
pub type Reply = Box<dyn FnOnce(Result<Posted>) + Send>;

pub struct Command {
    pub author: Author,
    pub write: Write,
    pub reply: Reply,
}

/// Starts a committer; it ends when all senders are gone and everything accepted has been written.
pub fn start(db: Db, hub: Arc<Hub>, bus: Arc<Bus>) -> mpsc::Sender<Command> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    tokio::spawn(run(db, hub, bus, receiver));
    sender
}

async fn run(db: Db, hub: Arc<Hub>, bus: Arc<Bus>, mut queue: mpsc::Receiver<Command>) {
    while let Some(first) = queue.recv().await {
        let mut bytes = first.write.body.len();
        let mut batch = vec![first];
        while batch.len() < BATCH
            && bytes < BATCH_BYTES
            && let Ok(next) = queue.try_recv()
        {
            bytes += next.write.body.len();
            batch.push(next);
        }
        let (writes, callers): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|command| (command.write, (command.author, command.reply))).unzip();
        let started = Instant::now();
        let outcomes = commit_all(&db, &writes).await;
        metrics::histogram!("chat_commit_seconds").record(started.elapsed());
        metrics::histogram!("chat_commit_batch_size").record(writes.len() as f64);
        for ((write, (author, reply)), outcome) in writes.into_iter().zip(callers).zip(outcomes) {
            reply(publish(&hub, &bus, author, write, outcome));
        }
    }
}

/// One outcome per write. A batch that fails is tried again one by one, so that one bad message fails alone.
async fn commit_all(db: &Db, writes: &[Write]) -> Vec<Result<Outcome>> {
    match commit(db, writes).await {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
        Err(error) if writes.len() == 1 || error.code != Code::Internal => {
            writes.iter().map(|_| Err(error.clone())).collect()
        }
        Err(_) => {
            let mut outcomes = Vec::with_capacity(writes.len());
            for write in writes {
                outcomes.push(commit(db, std::slice::from_ref(write)).await.map(|mut one| one.remove(0)));
            }
            outcomes
        }
    }
}

async fn commit(db: &Db, writes: &[Write]) -> Result<Vec<Outcome>> {
    let mut tries = 0;
    loop {
        tries += 1;
        match tokio::time::timeout(COMMIT_TIMEOUT, db.commit(writes, ids::now())).await {
            Ok(Ok(outcomes)) => return Ok(outcomes),
            Ok(Err(error)) if tries < TRIES && Fault::of(&error) == Fault::LostRace => {
                tokio::time::sleep(Duration::from_millis(rand::random_range(1..=10 * u64::from(tries)))).await;
            }
            Ok(Err(error)) if Fault::of(&error) == Fault::Content => {
                tracing::error!(%error, "a message could not be stored");
                return Err(Problem::Internal.into());
            }
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => return Err(AppError::from(Problem::Unavailable).retry_after(1_000)),
        }
    }
}

fn publish(hub: &Hub, bus: &Bus, author: Author, write: Write, outcome: Result<Outcome>) -> Result<Posted> {
    match outcome? {
        Outcome::Refused(problem) => Err(problem.into()),
        Outcome::Duplicate { seq, ts } => Ok(Posted { seq, ts, dup: true }),
        Outcome::Stored { seq, ts } => {
            let event = Event {
                seq,
                k: Kind::Msg,
                author,
                nonce: Some(write.nonce),
                ts,
                doc: markdown::document(&write.body),
                body: Some(write.body),
                reply_to: write.reply_to,
            };
            let encoded = Arc::new(Encoded::new(write.room, event));
            metrics::counter!("chat_messages_total").increment(1);
            bus.publish(&encoded);
            hub.deliver(encoded);
            Ok(Posted { seq, ts, dup: false })
        }
    }
}
