//! One room on this node: what came last, and who listens.

mod resume;
mod ring;
mod waves;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use tokio::sync::{Notify, OnceCell};

use self::resume::Recovery;
pub use self::resume::Resume;
pub(super) use self::resume::within_bytes;
use self::ring::Ring;
use self::waves::Gathering;
use super::sync::Mutex;
use super::wave::Wave;
use super::{Closing, Encoded, EventLog, Outgoing, encoded, lock};
use crate::error::Result;
use crate::model::ids::{RoomId, Seq, UserId};
use crate::protocol::{MAX_RESUME, ServerFrame};

/// The answer to a subscription. The events are the ones between the cursor and `head`, all of them or none.
pub struct Joined {
    pub head: Seq,
    pub floor: Seq,
    pub recovered: bool,
    pub events: Vec<Arc<Encoded>>,
}

/// Makes the frame that answers a subscription.
pub type Announce<'a> = dyn Fn(&Joined) -> Utf8Bytes + Sync + 'a;

pub(super) struct Channel {
    pub room: RoomId,
    /// The first seq still kept. Set once the room's head is known; two that come at once share the work.
    active: OnceCell<()>,
    state: Mutex<State>,
    /// One gap is filled at a time.
    filling: tokio::sync::Mutex<()>,
    wave_ended: Arc<Notify>,
}

#[derive(Default)]
struct State {
    /// The last seq handed on. `None` until the channel is active.
    head: Option<Seq>,
    ring: Ring,
    /// Events that came before their predecessors.
    early: BTreeMap<Seq, Arc<Encoded>>,
    /// By address: an `Arc` is one connection.
    subscribers: HashMap<usize, Arc<Outgoing>>,
    /// Nobody was left, and the hub forgot this channel.
    closed: bool,
    /// A wave is under way, and what was said since waits for its end.
    waiting: Option<Gathering>,
}

fn key(out: &Arc<Outgoing>) -> usize {
    Arc::as_ptr(out).addr()
}

impl State {
    /// Takes events; hands on whatever is next now. Returns whether something is missing.
    fn accept(&mut self, events: impl IntoIterator<Item = Arc<Encoded>>) -> bool {
        for event in events {
            if self.head.is_some_and(|head| event.seq <= head) {
                metrics::counter!("chat_duplicate_drop_total").increment(1);
            } else {
                self.early.insert(event.seq, event);
            }
        }
        self.drain();
        self.head.is_some() && !self.early.is_empty()
    }

    fn drain(&mut self) {
        let Some(mut head) = self.head else { return };
        let mut next = Vec::new();
        while let Some(first) = self.early.first_entry()
            && *first.key() <= head + 1
        {
            let event = first.remove();
            if event.seq == head + 1 {
                head = event.seq;
                next.push(event);
            }
        }
        self.head = Some(head);
        self.hand_on(&next);
    }

    fn hand_on(&mut self, events: &[Arc<Encoded>]) {
        // Whoever one of them puts out still gets those before it.
        for events in events.chunk_by(|_, next| next.evicts.is_none()) {
            if let Some(user) = events[0].evicts {
                self.evict(events[0].room, |reader, _| reader == Some(user));
            }
            match &mut self.waiting {
                Some(waiting) => waiting.add(events),
                None => self.push(events, None),
            }
        }
        events.iter().for_each(|event| self.ring.push(Arc::clone(event)));
    }

    /// Authors first: what they answer then comes before this has reached everybody, and goes out with the next wave.
    fn push(&self, events: &[Arc<Encoded>], wave: Option<&Arc<Wave>>) {
        let speaks = |out: &Outgoing| events.iter().any(|event| out.reader == Some(event.author));
        let (authors, others): (Vec<_>, Vec<_>) = self.subscribers.values().partition(|out| speaks(out));
        for out in authors.into_iter().chain(others) {
            out.push_events(events, wave);
        }
    }

    /// Hands on what waits for a wave to end, so that whoever comes next begins at the head.
    fn settle(&mut self) {
        if let Some(waiting) = &mut self.waiting {
            let events = std::mem::take(&mut waiting.events);
            self.push(&events, None);
        }
    }

    fn evict(&mut self, room: RoomId, is_out: impl Fn(Option<UserId>, Seq) -> bool) -> usize {
        let before = self.subscribers.len();
        self.subscribers.retain(|_, out| {
            let stays = out.is_ears || !is_out(out.reader, out.floor(room));
            if !stays {
                out.evict(room, frame(&ServerFrame::Revoked { room, reason: "removed".into() }));
            }
            stays
        });
        before - self.subscribers.len()
    }

    /// The events after `since` up to the head, if the ring still has them all.
    fn recent(&self, since: Seq) -> Option<Vec<Arc<Encoded>>> {
        if since >= self.head? { Some(Vec::new()) } else { self.ring.after(since) }
    }
}

impl Channel {
    pub fn new(room: RoomId) -> Self {
        Self {
            room,
            active: OnceCell::new(),
            state: Mutex::default(),
            filling: tokio::sync::Mutex::default(),
            wave_ended: Arc::default(),
        }
    }

    /// Learns the room's head: first listen to the other nodes, then read, then deliver. The other way round, an
    /// event between reading and listening would be lost.
    pub async fn activate(&self, log: &dyn EventLog) -> Result<()> {
        let activation = async {
            log.listen(self.room).await?;
            let head = match log.head(self.room).await {
                Ok(known) => known,
                Err(error) => {
                    log.leave(self.room).await;
                    return Err(error);
                }
            };
            let mut state = lock(&self.state);
            state.head = Some(head);
            state.drain();
            Ok(())
        };
        self.active.get_or_try_init(|| activation).await.copied()
    }

    /// Subscribes and queues the answer; `false` if the channel was closed meanwhile.
    pub async fn join(
        &self,
        log: &dyn EventLog,
        out: &Arc<Outgoing>,
        resume: Resume,
        announce: &Announce<'_>,
    ) -> Result<bool> {
        let floor = out.floor(self.room).max(1);
        let events = match resume {
            Resume::After(since) if since + 1 >= floor => self.recover(log, since).await?,
            Resume::After(_) | Resume::Void => None,
            Resume::Live => Some(Recovery::Nothing),
        };
        let mut state = lock(&self.state);
        if state.closed {
            return Ok(false);
        }
        state.settle();
        let events = events.and_then(|recovery| recovery.events(&state));
        let (head, recovered) = (state.head.unwrap_or_default(), events.is_some());
        if resume != Resume::Live {
            let result = if recovered { "recovered" } else { "reset" };
            metrics::counter!("chat_resume_total", "result" => result).increment(1);
        }
        // Under the lock: no event can come before the answer, or fall between the two.
        let events = Encoded::all_seen_from(events.unwrap_or_default(), floor);
        out.catch_up(self.room, announce(&Joined { head, floor, recovered, events }));
        state.subscribers.insert(key(out), Arc::clone(out));
        Ok(true)
    }

    /// The events after `since`, if the ring has them.
    pub fn recent(&self, since: Seq) -> Option<Vec<Arc<Encoded>>> {
        lock(&self.state).recent(since)
    }

    /// Unsubscribes; returns whether that was the last one, and closes the channel then.
    pub fn leave(&self, out: &Arc<Outgoing>) -> bool {
        let mut state = lock(&self.state);
        state.subscribers.remove(&key(out));
        out.forget(self.room);
        state.closed = state.subscribers.is_empty();
        state.closed
    }

    /// Puts out everybody whom `is_out` names by their account (`None`: without one) and the first seq that they read.
    pub fn evict(&self, is_out: &dyn Fn(Option<UserId>, Seq) -> bool) -> usize {
        lock(&self.state).evict(self.room, is_out)
    }

    /// Hands a frame that may be dropped to everybody `but` one person.
    pub fn broadcast(&self, frame: &Utf8Bytes, but: Option<UserId>) {
        let is_meant = |out: &&Arc<Outgoing>| !out.is_ears && (but.is_none() || out.reader != but);
        for out in lock(&self.state).subscribers.values().filter(is_meant) {
            out.push_passing(frame.clone());
        }
    }

    /// Bytes that wait for each connection, by its address.
    pub fn queue_bytes(&self, into: &mut HashMap<usize, usize>) {
        into.extend(lock(&self.state).subscribers.iter().map(|(key, out)| (*key, out.bytes())));
    }

    pub fn close_all(&self, closing: Closing) {
        lock(&self.state).subscribers.values().filter(|out| !out.is_ears).for_each(|out| out.close(closing));
    }

    /// Whether other nodes' events arrive here.
    pub fn is_active(&self) -> bool {
        self.active.initialized()
    }

    /// Reads the log from the head on until nothing is missing.
    pub async fn fill(&self, log: &dyn EventLog) -> Result<()> {
        let _one_at_a_time = self.filling.lock().await;
        while let Some(head) = self.head() {
            let page = log.since(self.room, head, MAX_RESUME).await?;
            let is_last = page.len() < MAX_RESUME;
            lock(&self.state).accept(page);
            if is_last {
                return Ok(());
            }
        }
        Ok(())
    }

    pub fn head(&self) -> Option<Seq> {
        lock(&self.state).head
    }
}

fn frame(frame: &ServerFrame) -> Utf8Bytes {
    frame.to_text().into()
}

/// An `evs` frame with the events after `since`.
pub fn evs(id: Option<i64>, room: RoomId, since: Seq, events: &[Arc<Encoded>], reader: Option<UserId>) -> Utf8Bytes {
    let id = id.map_or_else(String::new, |id| format!(r#""id":{id},"#));
    let (from, to) = (since + 1, events.last().map_or(since, |last| last.seq));
    let items = encoded::items(events, reader);
    format!(r#"{{"t":"evs",{id}"room":{room},"from":{from},"to":{to},"events":[{items}]}}"#).into()
}
