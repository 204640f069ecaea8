//! Turns a queue of writes into transactions: whatever waits while one is being written becomes the next.
//!
//! No timer: an idle committer writes a message at once, a busy one writes many for the price of one fsync.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::mpsc;

use crate::error::{AppError, Code, Problem, Result};
use crate::model::doc::Doc;
use crate::model::ids::RoomId;
use crate::model::message::Posted;
use crate::model::user::Author;
use crate::protocol::{Event, Kind};
use crate::server::bus::Bus;
use crate::server::hub::{Encoded, Hub};
use crate::server::store::commit::{Outcome, Stored, Write};
use crate::server::store::{Db, Fault};
use crate::server::{failpoint, ids, telemetry};

/// Messages that may wait for a committer.
const QUEUE: usize = 4_096;
/// Batches that may wait to be handed on. Few: what is committed should not wait.
const DECIDED: usize = 4;
const BATCH: usize = 256;
const BATCH_BYTES: usize = 256 * 1024;
/// Tries of a transaction that another one got in the way of.
const TRIES: u32 = 4;

/// Called once with what became of the message, after it was published.
pub type Reply = Box<dyn FnOnce(Result<Posted>) + Send>;

pub struct Command {
    pub author: Author,
    pub write: Write,
    /// Of the write's text, made by the caller: callers are many, the committer is one.
    pub doc: Option<Doc>,
    pub reply: Reply,
}

/// A batch whose transaction has ended, in the order of its writes.
type Decided = Vec<(Command, Result<Outcome>)>;

/// Starts a committer; it ends when all senders are gone and everything accepted has been written and answered.
pub fn start(db: Db, hub: Arc<Hub>, bus: Arc<Bus>) -> mpsc::Sender<Command> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let (decided, deciding) = mpsc::channel(DECIDED);
    tokio::spawn(commit_batches(db, receiver, decided));
    tokio::spawn(publish_batches(hub, bus, deciding));
    sender
}

async fn commit_batches(db: Db, mut queue: mpsc::Receiver<Command>, decided: mpsc::Sender<Decided>) {
    while let Some(first) = queue.recv().await {
        let mut bytes = first.write.action.size();
        let mut batch = vec![first];
        while batch.len() < BATCH
            && bytes < BATCH_BYTES
            && let Ok(next) = queue.try_recv()
        {
            bytes += next.write.action.size();
            batch.push(next);
        }
        let started = Instant::now();
        let outcomes = {
            let writes: Vec<&Write> = batch.iter().map(|command| &command.write).collect();
            let committed = AssertUnwindSafe(commit_all(&db, &writes)).catch_unwind().await;
            // Whether it was stored is not known; the nonce of the retry finds out.
            committed.unwrap_or_else(|_| writes.iter().map(|_| Err(unavailable())).collect())
        };
        metrics::histogram!("chat_commit_seconds").record(started.elapsed());
        metrics::histogram!("chat_commit_batch_size").record(batch.len() as f64);
        failpoint::hit("after_commit");
        let mut ended: Decided = batch.into_iter().zip(outcomes).collect();
        // What has waited meanwhile has waited as long: it is not to wait for the same once more.
        if ended.iter().all(|(_, outcome)| matches!(outcome, Err(error) if error.code == Code::Unavailable)) {
            while ended.len() < QUEUE
                && let Ok(next) = queue.try_recv()
            {
                ended.push((next, Err(unavailable())));
            }
        }
        let _ = decided.send(ended).await;
    }
}

/// A task of its own: while one batch is handed on, the next one is being written. What a batch has for one room is handed
/// on together.
async fn publish_batches(hub: Arc<Hub>, bus: Arc<Bus>, mut decided: mpsc::Receiver<Decided>) {
    while let Some(batch) = decided.recv().await {
        let mut said: HashMap<RoomId, Vec<Arc<Encoded>>> = HashMap::new();
        let mut answers = Vec::with_capacity(batch.len());
        for (Command { author, write, doc, reply }, outcome) in batch {
            let room = write.room;
            let answer = unless_it_panics(&hub, room, || publish(&bus, author, write, doc, outcome));
            answers.push((
                reply,
                answer.unwrap_or_else(|| Err(unavailable())).map(|(posted, event)| {
                    said.entry(room).or_default().extend(event);
                    posted
                }),
            ));
        }
        for (room, events) in said {
            unless_it_panics(&hub, room, || hub.deliver(room, events));
        }
        for (reply, answer) in answers {
            reply(answer);
        }
    }
}

/// What is stored and could not be told is read from the log.
fn unless_it_panics<T>(hub: &Arc<Hub>, room: RoomId, act: impl FnOnce() -> T) -> Option<T> {
    let done = catch_unwind(AssertUnwindSafe(act)).ok();
    if done.is_none() {
        let hub = Arc::clone(hub);
        tokio::spawn(async move { hub.fill(room).await });
    }
    done
}

fn unavailable() -> AppError {
    AppError::from(Problem::Unavailable).retry_after(1_000)
}

/// One outcome per write. A batch that fails is tried again one by one, so that one bad message fails alone.
async fn commit_all(db: &Db, writes: &[&Write]) -> Vec<Result<Outcome>> {
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

async fn commit(db: &Db, writes: &[&Write]) -> Result<Vec<Outcome>> {
    let mut tries = 0;
    loop {
        tries += 1;
        match db.commit(writes, ids::now()).await {
            Ok(outcomes) => {
                failpoint::hit("before_commit_reply");
                return Ok(outcomes);
            }
            Err(error) if tries < TRIES && Fault::of(&error) == Fault::LostRace => {
                tokio::time::sleep(Duration::from_millis(rand::random_range(1..=10 * u64::from(tries)))).await;
            }
            // The system may say that a second flush went well although the first one lost what was written. Nothing
            // was acknowledged; the next start reads what is really there.
            Err(error) if Fault::of(&error) == Fault::LostFlush => {
                tracing::error!(%error, "commit");
                telemetry::give_up("the disk lost what was written");
            }
            Err(error) if Fault::of(&error) == Fault::Content => {
                tracing::error!(%error, "a message could not be stored");
                return Err(Problem::Internal.into());
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Tells other nodes of a write, if it was stored; what its sender is told, and what is for this node.
fn publish(
    bus: &Bus,
    author: Author,
    write: Write,
    doc: Option<Doc>,
    outcome: Result<Outcome>,
) -> Result<(Posted, Option<Arc<Encoded>>)> {
    match outcome? {
        Outcome::Refused(problem) => {
            metrics::counter!("chat_authz_denied_total").increment(1);
            Err(problem.into())
        }
        Outcome::Duplicate { seq, ts } => Ok((Posted { seq, ts, dup: true, joined: false }, None)),
        Outcome::Stored(stored) => {
            let posted = Posted { seq: stored.seq, ts: stored.ts, dup: false, joined: stored.joined };
            let (room, evicts) = (write.room, stored.evicts);
            let encoded = Arc::new(Encoded::new(room, event(author, write, stored, doc), evicts));
            failpoint::hit("before_publish");
            bus.publish(&encoded);
            Ok((posted, Some(encoded)))
        }
    }
}

/// What the log says of a write that was stored.
fn event(author: Author, write: Write, stored: Stored, doc: Option<Doc>) -> Event {
    let mut event = Event {
        nonce: Some(write.nonce),
        member: stored.member,
        changed: stored.changed.map(Box::new),
        doc,
        ..Event::new(stored.seq, stored.kind, author, stored.ts)
    };
    if event.k == Kind::Msg {
        metrics::counter!("chat_messages_total").increment(1);
    }
    if event.k != Kind::Skip {
        write.action.tell(&mut event);
    }
    event
}
