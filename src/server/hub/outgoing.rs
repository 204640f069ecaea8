//! What waits to be written to one connection: bounded, never awaited by who fills it.
//!
//! A connection that does not keep up loses events, not its order: they are dropped from the queue, the room is marked
//! as lagging, and the connection catches up from the log once its writer is through with what is left.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::Notify;

use super::sync::Mutex;
use super::wave::Wave;
use super::{Encoded, lock};
use crate::model::ids::{RoomId, Seq, UserId};
use crate::protocol::close;

/// Bytes and frames that may wait. One frame more, of whatever size, is taken as long as they are not reached.
const MAX_BYTES: usize = 256 * 1024;
const MAX_FRAMES: usize = if cfg!(feature = "shuttle") { 4 } else { 512 };

/// Why a connection ends, with its close code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closing {
    pub code: u16,
    pub reason: &'static str,
}

impl Closing {
    pub const fn new(code: u16, reason: &'static str) -> Self {
        Self { code, reason }
    }
}

/// Something to write.
pub enum Item {
    /// An answer, or a notice that must arrive.
    Frame(Utf8Bytes),
    Event(Arc<Encoded>),
    /// Typing and presence: worth nothing a moment later.
    Passing(Utf8Bytes),
}

impl Item {
    pub fn frame(&self, reader: Option<UserId>) -> &Utf8Bytes {
        match self {
            Item::Frame(frame) | Item::Passing(frame) => frame,
            Item::Event(event) => event.frame(reader),
        }
    }
}

/// The queue between the hub and one connection's writer.
pub struct Outgoing {
    pub reader: Option<UserId>,
    /// It belongs to the server itself: it hears events of every room, nothing in passing, and nobody puts it out.
    pub is_ears: bool,
    /// Its reader has another name than the one that the connection knows.
    is_renamed: AtomicBool,
    queue: Mutex<Queue>,
    wake: Notify,
}

#[derive(Default)]
struct Queue {
    items: VecDeque<Item>,
    bytes: usize,
    /// Rooms whose events are not queued, with the last seq before the first one missing.
    lagging: Vec<(RoomId, Seq)>,
    /// Rooms of which this connection may not read what was said before a seq; most may read everything.
    floors: Vec<(RoomId, Seq)>,
    /// Rooms that the connection was put out of.
    evicted: Vec<RoomId>,
    /// What was queued since the last look belongs to these.
    waves: Vec<Arc<Wave>>,
    /// The other side does not take what is being written to it.
    is_stuck: bool,
    /// Answers that are still being worked out.
    owed: usize,
    closing: Option<Closing>,
}

/// What a writer finds when it looks.
#[derive(Default)]
pub struct Taken {
    pub evicted: Vec<RoomId>,
    /// A room to catch up with, and since when. Only if nothing else is waiting.
    pub lagging: Option<(RoomId, Seq)>,
    /// The reason to stop after what was taken.
    pub closing: Option<Closing>,
    /// To be dropped once everything has been written.
    pub waves: Vec<Arc<Wave>>,
}

impl Queue {
    fn is_full(&self) -> bool {
        self.bytes >= MAX_BYTES || self.items.len() >= MAX_FRAMES
    }

    fn add(&mut self, item: Item, len: usize) {
        self.bytes += len;
        self.items.push_back(item);
    }

    fn floor(&self, room: RoomId) -> Seq {
        self.floors.iter().find(|(known, _)| *known == room).map_or(0, |(_, floor)| *floor)
    }

    fn lags(&self, room: RoomId) -> bool {
        self.lagging.iter().any(|(known, _)| *known == room)
    }

    /// Makes room: what can be read again later, or is worth nothing later, is dropped.
    fn shed(&mut self, reader: Option<UserId>) {
        let (mut dropped, mut bytes) = (0_u64, 0);
        let lagging = &mut self.lagging;
        self.items.retain(|item| {
            match item {
                Item::Frame(frame) => {
                    bytes += frame.len();
                    return true;
                }
                // In order of seq, so that the first one of a room is the one that counts.
                Item::Event(event) if !lagging.iter().any(|(known, _)| *known == event.room) => {
                    lagging.push((event.room, event.seq - 1));
                }
                Item::Event(_) => {}
                Item::Passing(_) => dropped += 1,
            }
            false
        });
        self.bytes = bytes;
        tracing::debug!(?reader, "a connection does not keep up");
        metrics::counter!("chat_ephemeral_drop_total").increment(dropped);
    }
}

impl Outgoing {
    pub fn new(reader: Option<UserId>) -> Self {
        Self {
            reader,
            is_ears: false,
            is_renamed: AtomicBool::new(false),
            queue: Mutex::default(),
            wake: Notify::new(),
        }
    }

    /// For a listener of the server's own.
    pub fn ears() -> Self {
        Self { is_ears: true, ..Self::new(None) }
    }

    /// Its reader has another name.
    pub fn renamed(&self) {
        self.is_renamed.store(true, Ordering::Release);
    }

    /// Whether that was so; told once.
    pub fn was_renamed(&self) -> bool {
        self.is_renamed.load(Ordering::Relaxed) && self.is_renamed.swap(false, Ordering::Acquire)
    }

    /// Queues a frame that must arrive. A connection that does not even take those is closed; its client resumes.
    pub fn push(&self, frame: Utf8Bytes) {
        let mut queue = lock(&self.queue);
        self.put(&mut queue, frame);
        drop(queue);
        self.wake.notify_one();
    }

    fn put(&self, queue: &mut Queue, frame: Utf8Bytes) {
        if queue.closing.is_some() {
            return;
        }
        if queue.is_full() {
            queue.shed(self.reader);
            if queue.is_full() {
                metrics::counter!("chat_slow_close_total").increment(1);
                queue.items.clear();
                queue.closing = Some(Closing::new(close::SLOW, "slow"));
                return;
            }
        }
        let len = frame.len();
        queue.add(Item::Frame(frame), len);
    }

    /// From now on the connection reads `room` from `floor` on.
    pub fn reads_from(&self, room: RoomId, floor: Seq) {
        let mut queue = lock(&self.queue);
        queue.floors.retain(|(known, _)| *known != room);
        if floor > 0 {
            queue.floors.push((room, floor));
        }
    }

    /// The first seq of `room` that the connection may read.
    pub fn floor(&self, room: RoomId) -> Seq {
        lock(&self.queue).floor(room)
    }

    /// Queues events of one room, or marks the room as lagging. `wave` is kept until they have been written, unless that is
    /// known to take longer than a wave may: nobody waits for a connection that is stuck, nor for the server's own ears.
    pub fn push_events(&self, events: &[Arc<Encoded>], wave: Option<&Arc<Wave>>) {
        let mut queue = lock(&self.queue);
        if queue.closing.is_some() {
            return;
        }
        let waited = queue.items.len();
        for event in events {
            let event = event.seen_from(queue.floor(event.room));
            if queue.lags(event.room) {
                break;
            }
            if queue.is_full() {
                queue.shed(self.reader);
                if !queue.lags(event.room) {
                    queue.lagging.push((event.room, event.seq - 1));
                }
            } else {
                let len = event.frame(self.reader).len();
                queue.add(Item::Event(event), len);
            }
        }
        let is_prompt = !self.is_ears && !queue.is_stuck && queue.items.len() > waited;
        if let Some(wave) = wave.filter(|_| is_prompt) {
            queue.waves.push(Arc::clone(wave));
        }
        drop(queue);
        self.wake.notify_one();
    }

    /// Queues a frame that is dropped rather than waited for; `false` if it was.
    pub fn push_passing(&self, frame: Utf8Bytes) -> bool {
        let mut queue = lock(&self.queue);
        if queue.closing.is_some() {
            return false;
        }
        if queue.bytes >= MAX_BYTES / 2 || queue.items.len() >= MAX_FRAMES / 2 || !queue.lagging.is_empty() {
            metrics::counter!("chat_ephemeral_drop_total").increment(1);
            return false;
        }
        let len = frame.len();
        queue.add(Item::Passing(frame), len);
        drop(queue);
        self.wake.notify_one();
        true
    }

    /// The room's events may be queued again, after `frame`.
    pub fn catch_up(&self, room: RoomId, frame: Utf8Bytes) {
        let mut queue = lock(&self.queue);
        queue.lagging.retain(|(known, _)| *known != room);
        self.put(&mut queue, frame);
        drop(queue);
        self.wake.notify_one();
    }

    /// The connection is not subscribed to the room any more.
    pub fn forget(&self, room: RoomId) {
        let mut queue = lock(&self.queue);
        queue.lagging.retain(|(known, _)| *known != room);
        queue.floors.retain(|(known, _)| *known != room);
    }

    /// Tells the connection that it was put out of a room: nothing of it is written after this.
    pub fn evict(&self, room: RoomId, frame: Utf8Bytes) {
        let mut queue = lock(&self.queue);
        queue.lagging.retain(|(known, _)| *known != room);
        queue.floors.retain(|(known, _)| *known != room);
        queue.items.retain(|item| !matches!(item, Item::Event(event) if event.room == room));
        queue.bytes = queue.items.iter().map(|item| item.frame(self.reader).len()).sum();
        queue.evicted.push(room);
        self.put(&mut queue, frame);
        drop(queue);
        self.wake.notify_one();
    }

    /// Ends the connection once what is queued has been written. The first reason stands.
    pub fn close(&self, closing: Closing) {
        lock(&self.queue).closing.get_or_insert(closing);
        self.wake.notify_one();
    }

    /// Ends the connection at once, because who reads it may not any more: what is queued is not written.
    pub fn cut(&self, closing: Closing) {
        let mut queue = lock(&self.queue);
        queue.closing.get_or_insert(closing);
        queue.items.clear();
        queue.bytes = 0;
        drop(queue);
        self.wake.notify_one();
    }

    /// Whether the writer should get ahead first.
    pub fn is_full(&self) -> bool {
        lock(&self.queue).is_full()
    }

    /// Whether the other side takes what is being written to it. Once it does not, no wave waits for it.
    pub fn set_stuck(&self, is_stuck: bool) {
        let mut queue = lock(&self.queue);
        queue.is_stuck = is_stuck;
        if is_stuck {
            queue.waves.clear();
        }
    }

    /// Bytes that wait.
    pub fn bytes(&self) -> usize {
        lock(&self.queue).bytes
    }

    /// Announces an answer: the connection does not end in order before it was given.
    pub fn owe(self: &Arc<Self>) -> Owed {
        lock(&self.queue).owed += 1;
        Owed(Arc::clone(self))
    }

    /// Waits until every announced answer has been queued.
    pub async fn owes_nothing(&self) {
        while lock(&self.queue).owed > 0 {
            self.wake.notified().await;
        }
    }

    /// Waits for something to do, and moves what is to be written into `items`, which must be empty.
    ///
    /// Cancel safe: nothing is taken before this returns.
    pub async fn take(&self, items: &mut VecDeque<Item>) -> Taken {
        loop {
            {
                let mut queue = lock(&self.queue);
                let is_idle = queue.items.is_empty();
                if !is_idle || queue.closing.is_some() || !queue.lagging.is_empty() || !queue.evicted.is_empty() {
                    std::mem::swap(&mut queue.items, items);
                    queue.bytes = 0;
                    return Taken {
                        evicted: std::mem::take(&mut queue.evicted),
                        lagging: queue.lagging.first().copied().filter(|_| is_idle),
                        closing: queue.closing,
                        waves: std::mem::take(&mut queue.waves),
                    };
                }
            }
            self.wake.notified().await;
        }
    }
}

/// An answer that is still to come.
pub struct Owed(Arc<Outgoing>);

impl Owed {
    /// Gives the answer.
    pub fn pay(self, frame: Utf8Bytes) {
        self.0.push(frame);
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        lock(&self.0.queue).owed -= 1;
        self.0.wake.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::user::Author;
    use crate::protocol::{Event, Kind};

    fn event(room: i64, seq: Seq) -> Arc<Encoded> {
        let author = Author { id: UserId::try_from(7).unwrap(), username: "a".into(), display_name: "A".into() };
        let event = Event { body: Some("x".repeat(100)), ..Event::new(seq, Kind::Msg, author, 5) };
        Arc::new(Encoded::new(RoomId::try_from(room).unwrap(), event, None))
    }

    async fn taken(out: &Outgoing) -> (Vec<String>, Taken) {
        let mut items = VecDeque::new();
        let taken = out.take(&mut items).await;
        (items.iter().map(|item| item.frame(None).as_str().to_owned()).collect(), taken)
    }

    #[tokio::test]
    async fn a_slow_connection_keeps_answers_and_learns_where_to_go_on() {
        let out = Outgoing::new(None);
        out.push("answer".into());
        for seq in 1..=1_000 {
            out.push_events(&[event(1, seq)], None);
        }
        out.push_events(&[event(2, 1)], None);
        let (frames, first) = taken(&out).await;
        assert!(frames.contains(&"answer".to_owned()) && frames.len() <= MAX_FRAMES);
        assert!(first.lagging.is_none() && first.closing.is_none());
        let (frames, then) = taken(&out).await;
        assert!(frames.is_empty());
        let room = RoomId::try_from(1).unwrap();
        assert_eq!(then.lagging, Some((room, 0)));
        out.push_events(&[event(1, 1_001)], None);
        out.catch_up(room, "evs".into());
        out.push_events(&[event(1, 1_002)], None);
        let (frames, _) = taken(&out).await;
        assert_eq!(frames[0], "evs");
        assert!(frames[1].contains(r#""seq":1002"#) && frames.len() == 2, "{frames:?}");
    }

    #[tokio::test]
    async fn a_wave_waits_for_whoever_takes_it_at_once_and_for_nobody_else() {
        let ended = Arc::new(Notify::new());
        let waits = |out: &Outgoing, events: &[Arc<Encoded>]| {
            let wave = Wave::new(&ended);
            out.push_events(events, Some(&wave));
            Arc::strong_count(&wave) > 1
        };
        let out = Outgoing::new(None);
        assert!(waits(&out, &[event(1, 1)]));
        out.set_stuck(true);
        assert!(!waits(&out, &[event(1, 2)]));
        out.set_stuck(false);
        assert!(waits(&out, &[event(1, 3)]));
        assert_eq!(taken(&out).await.1.waves.len(), 1, "what waited was let go of when it got stuck");
        // It lags: there is nothing of this for it to take.
        for seq in 4..1_000 {
            out.push_events(&[event(1, seq)], None);
        }
        assert!(!waits(&out, &[event(1, 1_000)]));
        assert!(!waits(&Outgoing::ears(), &[event(1, 1)]));
    }

    #[tokio::test]
    async fn who_does_not_take_answers_is_closed() {
        let out = Outgoing::new(None);
        for _ in 0..=MAX_FRAMES {
            out.push("answer".into());
        }
        assert_eq!(taken(&out).await.1.closing.map(|closing| closing.code), Some(close::SLOW));
    }

    #[tokio::test]
    async fn what_passes_is_dropped_first() {
        let out = Outgoing::new(None);
        for _ in 0..MAX_FRAMES {
            out.push_passing("typing".into());
        }
        assert_eq!(taken(&out).await.0.len(), MAX_FRAMES / 2);
    }

    #[tokio::test]
    async fn an_eviction_takes_the_rooms_events_with_it() {
        let out = Outgoing::new(None);
        out.push_events(&[event(1, 1)], None);
        out.push_events(&[event(2, 1)], None);
        out.evict(RoomId::try_from(1).unwrap(), "revoked".into());
        let (frames, taken) = taken(&out).await;
        assert_eq!((frames.len(), frames[1].as_str()), (2, "revoked"));
        assert!(frames[0].contains(r#""room":2"#) && taken.evicted.len() == 1);
    }
}
