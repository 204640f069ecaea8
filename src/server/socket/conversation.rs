//! One connection's life: it listens, writes and beats until either side ends it.

mod frames;
mod writer;

use std::collections::{HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use futures_util::{FutureExt, StreamExt};
use tokio::time::Sleep;

use super::{Visitor, close_message};
use crate::model::ids::RoomId;
use crate::model::user::Author;
use crate::protocol::{ServerFrame, close};
use crate::server::app::App;
use crate::server::hub::{Closing, Item, Outgoing, Resume, Taken};
use crate::server::ids;
use crate::server::limits::Bucket;
use crate::server::serve::Traffic;
use crate::server::unread::Seat;

const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// Heartbeats come every 25 s ± 20 %, so that thousands of connections do not beat as one.
const HEARTBEAT_MS: u64 = 25_000;
const BEAT_STEP_MS: u64 = 50;
/// Silence after which the other side counts as gone.
const SILENCE: Duration = Duration::from_secs(35);
/// Violations of the frame limit within a minute that end the connection.
const VIOLATIONS: u32 = 5;
/// One connection's typing in one room is passed on no more often than this.
const TYPING_EVERY: Duration = Duration::from_secs(3);
/// Bytes after which a `hello` brings nothing more of what was missed: pages are cheaper then.
const HELLO_BYTES: usize = 2 * 1024 * 1024;
/// At the end sockets leave over this time.
const DRAIN_MS: u64 = 5_000;
/// They are told to come back over this time, counted from the end of the drain: who came earlier would find the door
/// shut, and all of those would come again at once.
const RETURN_MS: u64 = 10_000;
/// How long a connection that has not read for a while may take for the frame that tells it why it ends: most likely it
/// does not read that either.
const LAST_WORD: Duration = Duration::from_secs(1);
/// How long a connection that ends waits for the answers it still owes.
const SETTLE: Duration = Duration::from_secs(4);

pub struct Conversation {
    app: App,
    visitor: Visitor,
    /// The person, by the name that they had when it was last asked for.
    author: Option<Author>,
    out: Arc<Outgoing>,
    traffic: Traffic,
    subscribed: HashSet<RoomId>,
    /// Subscriptions that wait for the writer: each may bring half a megabyte.
    asked: VecDeque<Asked>,
    greeted: bool,
    /// Bytes that the subscriptions of `hello` have brought.
    brought: usize,
    frames: Option<Bucket>,
    violations: (u32, Instant),
    beats: u64,
    /// The last of them that was answered.
    answered: u64,
    /// While it is told what is unread.
    seat: Option<Seat>,
    is_in_lobby: bool,
    /// The last typing that was passed on.
    typed: Option<(Instant, RoomId)>,
    heard: Instant,
    next_beat: Instant,
}

/// A subscription that was asked for.
struct Asked {
    id: Option<i64>,
    room: RoomId,
    resume: Resume,
}

/// A frame as text.
fn encode(frame: &ServerFrame) -> Utf8Bytes {
    frame.to_text().into()
}

impl Conversation {
    pub fn new(app: App, visitor: Visitor, out: Arc<Outgoing>, traffic: Traffic) -> Self {
        let now = Instant::now();
        Self {
            author: visitor.author().cloned(),
            frames: app.limits.frames.map(|limit| Bucket::full(limit, now)),
            app,
            visitor,
            out,
            traffic,
            subscribed: HashSet::new(),
            asked: VecDeque::new(),
            greeted: false,
            brought: 0,
            violations: (0, now),
            beats: 0,
            answered: 0,
            seat: None,
            is_in_lobby: false,
            typed: None,
            heard: now,
            next_beat: now + HELLO_WITHIN,
        }
    }

    /// Runs until either side ends it.
    pub async fn run(mut self, mut socket: WebSocket) {
        // A fault in one conversation is that conversation's; its client resumes on another connection.
        let talk = AssertUnwindSafe(self.talk(&mut socket)).catch_unwind().await;
        let closing = talk.unwrap_or(Some(Closing::new(close::INTERNAL, "internal")));
        Box::pin(self.end(socket, closing)).await;
    }

    async fn end(self, mut socket: WebSocket, closing: Option<Closing>) {
        for room in &self.subscribed {
            self.app.chat.hub.leave(*room, &self.out).await;
            self.depart(*room);
        }
        if self.is_in_lobby {
            self.app.cards.leave(&self.out);
        }
        if let Some(closing) = closing {
            let patience = if closing.code == close::SLOW { LAST_WORD } else { writer::PATIENCE };
            if tokio::time::timeout(patience, socket.send(close_message(closing))).await.is_err() {
                return;
            }
        }
        // Reads the other side's close, or answers it (which only reading on does), so that the connection ends in
        // order; what else comes is dropped.
        let reading = async {
            while let Some(Ok(_)) = socket.next().await {
                self.traffic.finish_message();
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(2), reading).await;
    }

    /// The reason to close, or `None` if the other side is gone already.
    async fn talk(&mut self, socket: &mut WebSocket) -> Option<Closing> {
        let (out, shutdown) = (Arc::clone(&self.out), self.app.shutdown.clone());
        let mut items = VecDeque::new();
        // Made once: a timer and a place in a list of waiters cost more than most frames.
        let mut ends = std::pin::pin!(shutdown.cancelled());
        let mut clock = std::pin::pin!(tokio::time::sleep_until(self.next_beat.into()));
        let mut leaves: Option<Instant> = None;
        let mut drained = Instant::now();
        loop {
            while !out.is_full()
                && let Some(asked) = self.asked.pop_front()
            {
                // Boxed, like all that a connection does rarely: its future is as large as the largest thing it may do.
                Box::pin(self.subscribe(asked)).await;
            }
            tokio::select! {
                biased;
                () = &mut ends, if leaves.is_none() => {
                    // Sockets leave one after the other; until then they are served as ever.
                    drained = Instant::now() + Duration::from_millis(DRAIN_MS);
                    let at = Instant::now() + Duration::from_millis(rand::random_range(0..DRAIN_MS));
                    leaves = Some(at);
                    clock.as_mut().reset(at.into());
                }
                taken = out.take(&mut items) => {
                    if let Err(closing) = self.deliver(socket, &mut items, taken).await {
                        return closing;
                    }
                }
                message = socket.next(), if self.asked.is_empty() => {
                    let greeted = self.greeted;
                    if let Err(closing) = Box::pin(self.hear(message)).await {
                        return closing;
                    }
                    if self.greeted && !greeted {
                        self.next_beat = next_beat(self.heard);
                        self.wind(clock.as_mut(), leaves);
                    }
                }
                () = &mut clock => {
                    let now = Instant::now();
                    if leaves.is_some_and(|at| at <= now) {
                        return Some(Box::pin(self.say_goodbye(socket, drained)).await);
                    }
                    if let Some(closing) = self.beat(now) {
                        return Some(closing);
                    }
                    self.wind(clock.as_mut(), leaves);
                }
            }
        }
    }

    /// Writes what was taken, and catches up with a room that was left behind.
    async fn deliver(
        &mut self,
        socket: &mut WebSocket,
        items: &mut VecDeque<Item>,
        taken: Taken,
    ) -> Result<(), Option<Closing>> {
        for room in taken.evicted {
            if self.subscribed.remove(&room) {
                self.depart(room);
            }
            metrics::counter!("chat_revocations_total").increment(1);
        }
        writer::write(socket, items, &self.out, &self.traffic, taken.waves).await?;
        match (taken.closing, taken.lagging) {
            (Some(closing), _) => return Err(Some(closing)),
            (None, Some((room, since))) => Box::pin(self.app.chat.hub.catch_up(room, &self.out, since)).await,
            (None, None) => {}
        }
        Ok(())
    }

    /// Sets the clock to what is due next.
    fn wind(&self, clock: Pin<&mut Sleep>, leaves: Option<Instant>) {
        let due = self.next_beat.min(self.heard + SILENCE);
        clock.reset(leaves.map_or(due, |at| at.min(due)).into());
    }

    /// What the clock has rung for; a reason to close if the other side is not there.
    fn beat(&mut self, now: Instant) -> Option<Closing> {
        if !self.greeted {
            return Some(Closing::new(close::HELLO, "no hello"));
        }
        if now.duration_since(self.heard) >= SILENCE {
            return Some(Closing::new(close::HEARTBEAT, "silence"));
        }
        if now >= self.next_beat {
            self.beats += 1;
            let hub = &self.app.chat.hub;
            let heads = self.subscribed.iter().filter_map(|room| Some((*room, hub.head(*room)?))).collect();
            self.out.push(encode(&ServerFrame::Hb { n: self.beats, now: ids::now(), heads }));
            self.next_beat = next_beat(now);
        }
        None
    }

    /// What was read before is answered first; then the connection goes.
    async fn say_goodbye(&self, socket: &mut WebSocket, drained: Instant) -> Closing {
        let _ = tokio::time::timeout(SETTLE, self.out.owes_nothing()).await;
        let left = drained.saturating_duration_since(Instant::now()).as_millis() as u64;
        let bye = ServerFrame::Bye { reason: "restart".into(), retry_ms: left + rand::random_range(0..RETURN_MS) };
        self.out.push(encode(&bye));
        let mut items = VecDeque::new();
        self.out.take(&mut items).await;
        let _ = writer::write(socket, &mut items, &self.out, &self.traffic, Vec::new()).await;
        Closing::new(close::RESTART, "restart")
    }

    async fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), Option<Closing>> {
        self.heard = Instant::now();
        self.traffic.finish_message();
        match message {
            Some(Ok(Message::Text(text))) => self.frame(text.as_str()).await.map_err(Some),
            Some(Ok(Message::Binary(_))) => Err(Some(Closing::new(close::UNSUPPORTED_DATA, "text only"))),
            // axum answers pings by itself; either costs as much as a frame.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => self.spend().map(drop).map_err(Some),
            Some(Ok(Message::Close(_))) | None => Err(None),
            Some(Err(error)) => Err(Some(broken(&error))),
        }
    }
}

/// When the next beat is due. In steps, so that those of many connections share a wake-up of their thread.
fn next_beat(now: Instant) -> Instant {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let wait = Duration::from_millis(rand::random_range(HEARTBEAT_MS * 4 / 5..=HEARTBEAT_MS * 6 / 5));
    let due = (now + wait).duration_since(*START).as_millis() as u64;
    *START + Duration::from_millis(due.next_multiple_of(BEAT_STEP_MS))
}

/// The close code for what tungstenite could not read.
fn broken(error: &axum::Error) -> Closing {
    let said = error.to_string().to_ascii_lowercase();
    // So say the library of a message and our stream of its pieces. A "control frame too big" is against the protocol instead.
    if said.contains("too long") {
        Closing::new(close::TOO_BIG, "too big")
    } else if said.contains("utf-8") || said.contains("utf8") {
        Closing::new(close::INVALID_TEXT, "not UTF-8")
    } else {
        Closing::new(close::PROTOCOL_ERROR, "protocol error")
    }
}
