//! Live delivery on this node: per room a head, a ring of recent events and the connections that listen.
//!
//! The hub keeps each subscriber's view contiguous: an event is handed on only if it is the next one. What is missing
//! is read from the log through [`EventLog`]; the log is complete, because commit order is seq order.
//! The hub never waits for a socket.

mod channel;
mod encoded;
mod outgoing;
#[cfg(all(test, feature = "shuttle"))]
mod schedules;
mod sync;
mod wave;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
pub use channel::{Announce, Joined, Resume, evs};
use channel::{Channel, within_bytes};
pub use encoded::{Encoded, items};
pub use outgoing::{Closing, Item, Outgoing, Owed, Taken};
use sync::{Mutex, MutexGuard};
pub use wave::Wave;

use crate::error::Result;
use crate::model::ids::{RoomId, Seq, UserId};
use crate::server::failpoint;

/// How long an event may be overtaken by a later one before the gap is read from the log. Two nodes' publications
/// arriving swapped is normal.
const REORDER_PATIENCE: Duration = Duration::from_millis(20);

type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where the hub reads what it missed.
pub trait EventLog: Send + Sync + 'static {
    /// The last seq of the room.
    fn head(&self, room: RoomId) -> Pending<'_, Result<Seq>>;
    /// Events after `since`, ascending, at most `limit`.
    fn since(&self, room: RoomId, since: Seq, limit: usize) -> Pending<'_, Result<Vec<Arc<Encoded>>>>;
    /// Makes other nodes' events of the room arrive here. Returns when they do.
    fn listen(&self, room: RoomId) -> Pending<'_, Result<()>>;
    /// Whether other nodes' events may still be on their way. Otherwise the log is the only one to ask.
    fn hears_others(&self) -> bool;
    /// Undoes [`EventLog::listen`].
    fn leave(&self, room: RoomId) -> Pending<'_, ()>;
}

pub struct Hub {
    /// The rooms that somebody here listens to.
    channels: Mutex<HashMap<RoomId, Arc<Channel>>>,
    log: Arc<dyn EventLog>,
    revocations: AtomicU64,
    /// For the tasks that fill gaps.
    this: Weak<Hub>,
}

/// A poisoned lock means that a task panicked between two consistent states: what it guards is still sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    pub fn new(log: Arc<dyn EventLog>) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            channels: Mutex::default(),
            log,
            revocations: AtomicU64::new(0),
            this: this.clone(),
        })
    }

    /// Subscribes a connection and queues the frame that `announce` makes of the outcome. What it gets after that is
    /// contiguous.
    ///
    /// # Errors
    ///
    /// The log could not be read; the connection is not subscribed.
    pub async fn join(&self, room: RoomId, out: &Arc<Outgoing>, resume: Resume, announce: &Announce<'_>) -> Result<()> {
        loop {
            let channel = Arc::clone(lock(&self.channels).entry(room).or_insert_with(|| Arc::new(Channel::new(room))));
            let joined = async {
                channel.activate(&*self.log).await?;
                channel.join(&*self.log, out, resume, announce).await
            };
            match joined.await {
                Ok(true) => return Ok(()),
                // The last one left and the channel was closed meanwhile: start over with a new one.
                Ok(false) => {}
                Err(error) => {
                    self.leave(room, out).await;
                    return Err(error);
                }
            }
        }
    }

    /// Unsubscribes a connection; a room that nobody listens to any more is forgotten.
    pub async fn leave(&self, room: RoomId, out: &Arc<Outgoing>) {
        let abandoned = {
            let mut channels = lock(&self.channels);
            match channels.get(&room) {
                Some(channel) if channel.leave(out) => channels.remove(&room),
                _ => None,
            }
        };
        if abandoned.is_some_and(|channel| channel.is_active()) {
            self.log.leave(room).await;
        }
    }

    /// Brings a subscriber that lags behind since `since` up to date.
    pub async fn catch_up(&self, room: RoomId, out: &Arc<Outgoing>, since: Seq) {
        match self.channel(room) {
            Some(channel) => channel.catch_up(&*self.log, out, since).await,
            None => out.forget(room),
        }
    }

    /// The first events after `since`, at most `limit` and at most half a megabyte, without subscribing.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub async fn since(&self, room: RoomId, since: Seq, limit: usize) -> Result<Vec<Arc<Encoded>>> {
        let recent = self.channel(room).and_then(|channel| channel.recent(since));
        let mut events = match recent {
            Some(events) => events,
            None => self.log.since(room, since, limit).await?,
        };
        events.truncate(limit.min(within_bytes(&events)));
        Ok(events)
    }

    /// Hands a frame that may be dropped to everybody in a room, `but` one person.
    pub fn broadcast(&self, room: RoomId, frame: &Utf8Bytes, but: Option<UserId>) {
        if let Some(channel) = self.channel(room) {
            channel.broadcast(frame, but);
        }
    }

    /// The rooms that somebody here listens to.
    pub fn rooms(&self) -> Vec<RoomId> {
        lock(&self.channels).keys().copied().collect()
    }

    /// Bytes that wait to be written, over all connections.
    pub fn queue_bytes(&self) -> usize {
        let channels: Vec<_> = lock(&self.channels).values().cloned().collect();
        let mut bytes = HashMap::new();
        channels.iter().for_each(|channel| channel.queue_bytes(&mut bytes));
        bytes.values().sum()
    }

    /// Ends every connection that listens to anything.
    pub fn close_all(&self, closing: Closing) {
        let channels: Vec<_> = lock(&self.channels).values().cloned().collect();
        channels.iter().for_each(|channel| channel.close_all(closing));
    }

    /// Puts out of a room everybody whom `is_out` names by their account (`None`: without one) and the first seq that they
    /// read. Returns how many.
    pub fn evict(&self, room: RoomId, is_out: &dyn Fn(Option<UserId>, Seq) -> bool) -> usize {
        self.channel(room).map_or(0, |channel| channel.evict(is_out))
    }

    /// Somebody may read less than until now: whoever is coming in has to ask again whether they may.
    pub fn revoke(&self) {
        self.revocations.fetch_add(1, Ordering::SeqCst);
    }

    /// How often that was so.
    pub fn revocations(&self) -> u64 {
        self.revocations.load(Ordering::SeqCst)
    }

    /// Takes events of one room from this node's committer or from the bus, in any order, any number of times. What comes
    /// together goes out together: each connection is woken once.
    pub fn deliver(&self, room: RoomId, events: Vec<Arc<Encoded>>) {
        let Some(channel) = self.channel(room) else { return };
        failpoint::hit("in_hub");
        if Channel::deliver(&channel, events) {
            let this = self.this.clone();
            let patience = if self.log.hears_others() { REORDER_PATIENCE } else { Duration::ZERO };
            sync::spawn(async move {
                sync::sleep(patience).await;
                if let Some(hub) = this.upgrade() {
                    hub.fill(room).await;
                }
            });
        }
    }

    /// Reads from the log what is missing between a room's head and its latest event, if anything is.
    pub async fn fill(&self, room: RoomId) {
        let Some(channel) = self.channel(room) else { return };
        metrics::counter!("chat_gap_fill_total").increment(1);
        if let Err(error) = channel.fill(&*self.log).await {
            tracing::warn!(%room, %error, "a gap could not be filled yet");
        }
    }

    /// The rooms that somebody here listens to, with their heads.
    pub fn heads(&self) -> Vec<(RoomId, Seq)> {
        let channels: Vec<_> = lock(&self.channels).values().cloned().collect();
        channels.iter().filter_map(|channel| Some((channel.room, channel.head()?))).collect()
    }

    /// The head of one room, if somebody here listens to it.
    pub fn head(&self, room: RoomId) -> Option<Seq> {
        self.channel(room)?.head()
    }

    fn channel(&self, room: RoomId) -> Option<Arc<Channel>> {
        lock(&self.channels).get(&room).cloned()
    }
}
