//! One room on this node: what came last, and who listens.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::OnceCell;

use super::{Encoded, EventLog, Outgoing, lock};
use crate::error::Result;
use crate::model::ids::{RoomId, Seq};
use crate::protocol::MAX_RESUME;

/// Recent events kept for connections that come back.
const RING_EVENTS: usize = 512;
const RING_BYTES: usize = 1 << 20;
/// Bytes of events that a resume may bring.
const RESUME_BYTES: usize = 512 * 1024;

/// Where a subscriber wants to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// Live from now on.
    Live,
    /// Everything after this seq.
    After(Seq),
    /// A cursor that means nothing here (another epoch): live, and told so.
    Void,
}

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
    /// Set once the room's head is known; two that come at once share the work.
    active: OnceCell<Seq>,
    state: Mutex<State>,
    /// One gap is filled at a time.
    filling: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    /// The last seq handed on. `None` until the channel is active.
    head: Option<Seq>,
    /// The events up to `head`, contiguous.
    ring: VecDeque<Arc<Encoded>>,
    ring_bytes: usize,
    /// Events that came before their predecessors.
    early: BTreeMap<Seq, Arc<Encoded>>,
    /// By address: an `Arc` is one connection.
    subscribers: HashMap<usize, Arc<Outgoing>>,
    /// Nobody was left, and the hub forgot this channel.
    closed: bool,
}

fn key(out: &Arc<Outgoing>) -> usize {
    Arc::as_ptr(out).addr()
}

impl State {
    /// Takes an event; hands on whatever is next now. Returns whether something is missing.
    fn accept(&mut self, event: Arc<Encoded>) -> bool {
        let Some(head) = self.head else {
            self.early.insert(event.seq, event);
            return false;
        };
        if event.seq > head {
            self.early.insert(event.seq, event);
        }
        self.drain();
        !self.early.is_empty()
    }

    fn drain(&mut self) {
        let Some(mut head) = self.head else { return };
        while let Some((seq, event)) = self.early.pop_first() {
            if seq > head + 1 {
                self.early.insert(seq, event);
                break;
            }
            if seq == head + 1 {
                head = seq;
                self.hand_on(event);
            }
        }
        self.head = Some(head);
    }

    fn hand_on(&mut self, event: Arc<Encoded>) {
        for out in self.subscribers.values() {
            out.push(event.frame(out.reader));
        }
        self.ring_bytes += event.size();
        self.ring.push_back(event);
        while self.ring.len() > RING_EVENTS || self.ring_bytes > RING_BYTES {
            match self.ring.pop_front() {
                Some(oldest) => self.ring_bytes -= oldest.size(),
                None => break,
            }
        }
    }

    /// The events after `since` up to the head, if the ring still has them all.
    fn recent(&self, since: Seq) -> Option<Vec<Arc<Encoded>>> {
        let missing = self.head? - since;
        if missing <= 0 {
            return Some(Vec::new());
        }
        let first = self.ring.front()?.seq;
        if first > since + 1 {
            return None;
        }
        Some(self.ring.iter().filter(|event| event.seq > since).cloned().collect())
    }
}

impl State {
    /// Adds a subscriber, its answer queued first: under one lock, so that no event can come before the answer or
    /// fall between the two. `false` if the channel is closed.
    fn register(&mut self, out: &Arc<Outgoing>, announce: &Announce<'_>, joined: impl FnOnce(Seq) -> Joined) -> bool {
        if self.closed {
            return false;
        }
        out.push(announce(&joined(self.head.unwrap_or_default())));
        self.subscribers.insert(key(out), Arc::clone(out));
        true
    }
}

impl Channel {
    pub fn new(room: RoomId) -> Self {
        Self { room, active: OnceCell::new(), state: Mutex::default(), filling: tokio::sync::Mutex::default() }
    }

    /// Learns the room's head: first listen to the other nodes, then read, then deliver. The other way round, an
    /// event between reading and listening would be lost.
    pub async fn activate(&self, log: &dyn EventLog) -> Result<()> {
        let activation = async {
            log.listen(self.room).await?;
            let (head, floor) = match log.head(self.room).await {
                Ok(known) => known,
                Err(error) => {
                    log.leave(self.room).await;
                    return Err(error);
                }
            };
            let mut state = lock(&self.state);
            state.head = Some(head);
            state.drain();
            Ok(floor)
        };
        self.active.get_or_try_init(|| activation).await.map(drop)
    }

    /// Subscribes and queues the answer; `false` if the channel was closed meanwhile.
    pub async fn join(
        &self,
        log: &dyn EventLog,
        out: &Arc<Outgoing>,
        resume: Resume,
        announce: &Announce<'_>,
    ) -> Result<bool> {
        let floor = *self.active.get().unwrap_or(&1);
        let register = |mut state: MutexGuard<'_, State>, recovered, events| {
            state.register(out, announce, |head| Joined { head, floor, recovered, events })
        };
        let mut since = match resume {
            Resume::After(since) if since + 1 >= floor => since,
            Resume::After(_) | Resume::Void => return Ok(register(lock(&self.state), false, Vec::new())),
            Resume::Live => return Ok(register(lock(&self.state), true, Vec::new())),
        };
        let mut events: Vec<Arc<Encoded>> = Vec::new();
        loop {
            {
                let state = lock(&self.state);
                let head = state.head.unwrap_or_default();
                if since > head || head - since > MAX_RESUME as Seq {
                    return Ok(register(state, false, Vec::new()));
                }
                if let Some(recent) = state.recent(since) {
                    events.extend(recent);
                    let recovered = !too_much(&events);
                    return Ok(register(state, recovered, if recovered { events } else { Vec::new() }));
                }
            }
            let page = log.since(self.room, since, MAX_RESUME + 1).await?;
            // The ring does not reach back and the log has nothing either: those events are not to be had.
            let Some(last) = page.last() else { return Ok(register(lock(&self.state), false, Vec::new())) };
            // The log may be ahead of the head: what is beyond it comes live.
            since = last.seq.min(self.head().unwrap_or_default());
            events.extend(page.into_iter().filter(|event| event.seq <= since));
        }
    }

    /// Unsubscribes; returns whether that was the last one, and closes the channel then.
    pub fn leave(&self, out: &Arc<Outgoing>) -> bool {
        let mut state = lock(&self.state);
        state.subscribers.remove(&key(out));
        state.closed = state.subscribers.is_empty();
        state.closed
    }

    /// Whether other nodes' events arrive here.
    pub fn is_active(&self) -> bool {
        self.active.initialized()
    }

    /// Returns whether a gap has to be filled.
    pub fn deliver(&self, event: Arc<Encoded>) -> bool {
        lock(&self.state).accept(event)
    }

    /// Reads the log from the head on until nothing is missing.
    pub async fn fill(&self, log: &dyn EventLog) -> Result<()> {
        let _one_at_a_time = self.filling.lock().await;
        while let Some(head) = self.head() {
            let page = log.since(self.room, head, MAX_RESUME).await?;
            let mut state = lock(&self.state);
            for event in &page {
                state.accept(Arc::clone(event));
            }
            if page.len() < MAX_RESUME {
                return Ok(());
            }
        }
        Ok(())
    }

    pub fn head(&self) -> Option<Seq> {
        lock(&self.state).head
    }
}

fn too_much(events: &[Arc<Encoded>]) -> bool {
    events.len() > MAX_RESUME || events.iter().map(|event| event.size()).sum::<usize>() > 2 * RESUME_BYTES
}
