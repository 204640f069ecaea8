//! One connection's life: hello, subscriptions, messages, heartbeats, the end.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};

use super::{Visitor, close_message};
use crate::error::{AppError, Problem};
use crate::i18n::Lang;
use crate::model::ids::{Nonce, RoomId};
use crate::model::text;
use crate::protocol::{
    self, ClientFrame, FrameError, Hello, Limits, MAX_FRAME, MAX_SUBS, Send, ServerFrame, Since, close,
};
use crate::server::app::App;
use crate::server::chat::NewMessage;
use crate::server::hub::{Closing, Joined, Outgoing, Resume};
use crate::server::ids;
use crate::server::limits::Bucket;

const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// Heartbeats come every 25 s ± 20 %, so that thousands of connections do not beat as one.
const HEARTBEAT_MS: u64 = 25_000;
/// Silence after which the other side counts as gone.
const SILENCE: Duration = Duration::from_secs(35);
/// A flush that makes no progress for this long: the client does not read.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(10);
/// Violations of the frame limit within a minute that end the connection.
const VIOLATIONS: u32 = 5;
/// Sockets are told to come back over this time, so that they do not come back all at once.
const SPREAD_MS: u64 = 5_000;

pub struct Conversation {
    app: App,
    visitor: Visitor,
    out: Arc<Outgoing>,
    subscribed: HashSet<RoomId>,
    greeted: bool,
    frames: Option<Bucket>,
    violations: (u32, Instant),
    beats: u64,
}

/// A frame as text.
fn encode(frame: &ServerFrame) -> Utf8Bytes {
    serde_json::to_string(frame).expect("a frame has string keys only").into()
}

impl Conversation {
    pub fn new(app: App, visitor: Visitor, out: Arc<Outgoing>) -> Self {
        let frames = app.limits.frames.map(|limit| Bucket::full(limit, Instant::now()));
        Self {
            app,
            visitor,
            out,
            subscribed: HashSet::new(),
            greeted: false,
            frames,
            violations: (0, Instant::now()),
            beats: 0,
        }
    }

    /// Runs until either side ends it.
    pub async fn run(mut self, socket: WebSocket) {
        let (mut sink, mut stream) = socket.split();
        let closing = self.talk(&mut sink, &mut stream).await;
        for room in std::mem::take(&mut self.subscribed) {
            self.app.chat.hub.leave(room, &self.out).await;
        }
        if let Some(closing) = closing {
            let _ = tokio::time::timeout(FLUSH_TIMEOUT, sink.send(close_message(closing))).await;
        }
        // Reads the other side's close, or answers it (which only reading on does), so that the connection ends in
        // order; what else comes is dropped.
        let _ = tokio::time::timeout(Duration::from_secs(2), async { while let Some(Ok(_)) = stream.next().await {} })
            .await;
    }

    /// The reason to close, or `None` if the other side is gone already.
    async fn talk(
        &mut self,
        sink: &mut SplitSink<WebSocket, Message>,
        stream: &mut SplitStream<WebSocket>,
    ) -> Option<Closing> {
        let out = Arc::clone(&self.out);
        let shutdown = self.app.shutdown.clone();
        let mut last_heard = Instant::now();
        let mut next_beat = tokio::time::Instant::now() + HELLO_WITHIN;
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return Some(self.say_goodbye(sink).await),
                (frames, closing) = out.take() => {
                    if let Err(closing) = write(sink, frames).await {
                        return closing;
                    }
                    if closing.is_some() {
                        return closing;
                    }
                }
                message = stream.next() => {
                    last_heard = Instant::now();
                    match message {
                        Some(Ok(message)) => {
                            let greeted = self.greeted;
                            if let Err(closing) = self.hear(message).await {
                                return closing;
                            }
                            if self.greeted && !greeted {
                                next_beat = tokio::time::Instant::now() + beat();
                            }
                        }
                        Some(Err(error)) => return Some(broken(&error)),
                        None => return None,
                    }
                }
                () = tokio::time::sleep_until(next_beat) => {
                    if !self.greeted {
                        return Some(Closing::new(close::HELLO, "no hello"));
                    }
                    if last_heard.elapsed() > SILENCE {
                        return Some(Closing::new(close::HEARTBEAT, "silence"));
                    }
                    self.beat();
                    next_beat = tokio::time::Instant::now() + beat();
                }
            }
        }
    }

    async fn say_goodbye(&self, sink: &mut SplitSink<WebSocket, Message>) -> Closing {
        let wait = rand::random_range(0..SPREAD_MS);
        // What was read before is committed and acknowledged first; then the sockets go, one after the other.
        tokio::time::sleep(Duration::from_millis(wait)).await;
        self.out.push(encode(&ServerFrame::Bye { reason: "restart".into(), retry_ms: wait }));
        let (frames, _) = self.out.take().await;
        let _ = write(sink, frames).await;
        Closing::new(close::RESTART, "restart")
    }

    async fn hear(&mut self, message: Message) -> Result<(), Option<Closing>> {
        match message {
            Message::Text(text) => self.frame(text.as_str()).await.map_err(Some),
            Message::Binary(_) => Err(Some(Closing::new(close::UNSUPPORTED_DATA, "text only"))),
            // axum answers pings by itself; either costs as much as a frame.
            Message::Ping(_) | Message::Pong(_) => self.spend().map(drop).map_err(Some),
            Message::Close(_) => Err(None),
        }
    }

    /// Counts a frame against the limit; `Ok(Some)` if it has to wait.
    fn spend(&mut self) -> Result<Option<Duration>, Closing> {
        let (Some(bucket), Some(limit)) = (&mut self.frames, self.app.limits.frames) else { return Ok(None) };
        let now = Instant::now();
        let Err(wait) = bucket.take(limit, now) else { return Ok(None) };
        if now.duration_since(self.violations.1) > Duration::from_secs(60) {
            self.violations = (0, now);
        }
        self.violations.0 += 1;
        if self.violations.0 > VIOLATIONS {
            return Err(Closing::new(close::ABUSE, "too fast"));
        }
        Ok(Some(wait))
    }

    async fn frame(&mut self, text: &str) -> Result<(), Closing> {
        let frame = ClientFrame::parse(text);
        let answers_heartbeat = matches!(frame, Ok(ClientFrame::Pong(_)));
        let wait = if answers_heartbeat { None } else { self.spend()? };
        match frame {
            Err(FrameError::Unreadable) => Err(Closing::new(close::BAD_FRAME, "not a frame")),
            // A hello with wrong fields may be said again.
            Err(FrameError::Refused { is_hello, id, nonce, room, problem }) if self.greeted || is_hello => {
                self.refuse(problem.into(), id, nonce, room);
                Ok(())
            }
            Ok(ClientFrame::Hello(hello)) => self.hello(hello).await,
            Ok(frame) if self.greeted => {
                self.obey(frame, wait).await;
                Ok(())
            }
            Ok(_) | Err(_) => Err(Closing::new(close::BAD_FRAME, "hello comes first")),
        }
    }

    async fn hello(&mut self, hello: Hello) -> Result<(), Closing> {
        if !self.greeted && hello.subs.len() > MAX_SUBS {
            self.refuse(Problem::BadFrame.into(), None, None, None);
            return Ok(());
        }
        if std::mem::replace(&mut self.greeted, true) {
            return Err(Closing::new(close::HELLO, "second hello"));
        }
        if hello.v != protocol::VERSION {
            return Err(Closing::new(close::VERSION, "reload"));
        }
        self.out.push(encode(&ServerFrame::Welcome {
            v: protocol::VERSION,
            conn: ids::nonce(),
            user: self.visitor.user.clone(),
            epoch: self.app.chat.epoch.clone(),
            hb_ms: HEARTBEAT_MS,
            now: ids::now(),
            limits: Limits { body: text::MESSAGE_MAX, frame: MAX_FRAME, subs: MAX_SUBS },
        }));
        let epoch_is_ours = hello.epoch.as_ref().is_none_or(|epoch| *epoch == self.app.chat.epoch);
        for sub in hello.subs {
            let resume = match sub.since {
                None => Resume::Live,
                Some(Since(0)) => Resume::After(0),
                // A place in a log means nothing without the log it is in.
                Some(_) if hello.epoch.is_none() || !epoch_is_ours => Resume::Void,
                Some(Since(since)) => Resume::After(since),
            };
            self.subscribe(None, sub.room, resume).await;
        }
        Ok(())
    }

    async fn obey(&mut self, frame: ClientFrame, wait: Option<Duration>) {
        if let Some(wait) = wait {
            let error = AppError::from(Problem::TooFast).retry_after(wait.as_millis().max(1) as u64);
            match frame {
                ClientFrame::Send(send) => self.refuse(error, Some(send.id), Some(send.nonce), Some(send.room)),
                ClientFrame::Sub(sub) => self.refuse(error, Some(sub.id), None, Some(sub.room)),
                ClientFrame::Unsub(unsub) => self.unsubscribe(unsub.room).await,
                ClientFrame::Hello(_) | ClientFrame::Pong(_) => {}
            }
            return;
        }
        match frame {
            ClientFrame::Sub(sub) => {
                let resume = sub.since.map_or(Resume::Live, |Since(since)| Resume::After(since));
                self.subscribe(Some(sub.id), sub.room, resume).await;
            }
            ClientFrame::Unsub(unsub) => self.unsubscribe(unsub.room).await,
            ClientFrame::Send(send) => self.send(send),
            ClientFrame::Hello(_) | ClientFrame::Pong(_) => {}
        }
    }

    async fn subscribe(&mut self, id: Option<i64>, room: RoomId, resume: Resume) {
        if self.subscribed.len() >= MAX_SUBS && !self.subscribed.contains(&room) {
            return self.refuse(Problem::NotAllowed.into(), id, None, Some(room));
        }
        let reader = self.out.reader;
        let announce = move |joined: &Joined| sub_ok(id, room, joined, reader);
        let user = self.visitor.user.as_ref().map(|user| user.id);
        let joined = match self.app.chat.reader(room, user).await {
            Ok(reader) => self.app.chat.hub.join(reader.room, &self.out, resume, &announce).await,
            Err(error) => Err(error),
        };
        match joined {
            Ok(()) => {
                self.subscribed.insert(room);
            }
            Err(error) => self.refuse(error, id, None, Some(room)),
        }
    }

    async fn unsubscribe(&mut self, room: RoomId) {
        if self.subscribed.remove(&room) {
            self.app.chat.hub.leave(room, &self.out).await;
        }
    }

    fn send(&self, send: Send) {
        let (id, room, nonce) = (send.id, send.room, send.nonce);
        let Some(author) = self.visitor.user.clone() else {
            return self.refuse(Problem::SignInFirst.into(), Some(id), Some(nonce), Some(room));
        };
        if send.attachments.is_some() {
            return self.refuse(Problem::UnknownFrame.into(), Some(id), Some(nonce), Some(room));
        }
        let (out, lang, echoed) = (Arc::clone(&self.out), self.visitor.lang, nonce.clone());
        let reply = Box::new(move |posted: crate::error::Result<_>| {
            out.push(match posted {
                Ok(crate::model::message::Posted { seq, ts, dup }) => {
                    encode(&ServerFrame::Ack { id, nonce: echoed, room, seq, ts, dup })
                }
                Err(error) => refusal(error, lang, Some(id), Some(echoed), Some(room)),
            });
        });
        let message = NewMessage { room, nonce: nonce.clone(), body: send.body, reply_to: send.reply_to };
        let taken = self.app.limits.send(author.id, room).and_then(|()| self.app.chat.post(author, message, reply));
        if let Err(error) = taken {
            self.refuse(error, Some(id), Some(nonce), Some(room));
        }
    }

    fn beat(&mut self) {
        self.beats += 1;
        let hub = &self.app.chat.hub;
        let heads = self.subscribed.iter().filter_map(|room| Some((*room, hub.head(*room)?))).collect();
        self.out.push(encode(&ServerFrame::Hb { n: self.beats, now: ids::now(), heads }));
    }

    fn refuse(&self, error: AppError, id: Option<i64>, nonce: Option<Nonce>, room: Option<RoomId>) {
        self.out.push(refusal(error, self.visitor.lang, id, nonce, room));
    }
}

fn refusal(error: AppError, lang: Lang, id: Option<i64>, nonce: Option<Nonce>, room: Option<RoomId>) -> Utf8Bytes {
    encode(&ServerFrame::refusal(error.in_language(lang), id, nonce, room))
}

/// Put together from events that are encoded already.
fn sub_ok(id: Option<i64>, room: RoomId, joined: &Joined, reader: Option<crate::model::ids::UserId>) -> Utf8Bytes {
    let Joined { head, floor, recovered, events } = joined;
    let id = id.map_or_else(String::new, |id| format!(r#""id":{id},"#));
    let mut frame =
        format!(r#"{{"t":"sub_ok",{id}"room":{room},"head":{head},"floor":{floor},"recovered":{recovered},"events":["#);
    for (index, event) in events.iter().enumerate() {
        frame.push_str(if index == 0 { "{" } else { ",{" });
        frame.push_str(event.item_tail(reader));
    }
    frame.push_str("]}");
    frame.into()
}

fn beat() -> Duration {
    Duration::from_millis(rand::random_range(HEARTBEAT_MS * 4 / 5..=HEARTBEAT_MS * 6 / 5))
}

/// Writes all frames with one flush.
async fn write(
    sink: &mut SplitSink<WebSocket, Message>,
    frames: std::collections::VecDeque<Utf8Bytes>,
) -> Result<(), Option<Closing>> {
    if frames.is_empty() {
        return Ok(());
    }
    let written = tokio::time::timeout(FLUSH_TIMEOUT, async {
        for frame in frames {
            sink.feed(Message::Text(frame)).await?;
        }
        sink.flush().await
    });
    match written.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(None),
        Err(_) => Err(Some(Closing::new(close::SLOW, "slow"))),
    }
}

/// The close code for what tungstenite could not read.
fn broken(error: &axum::Error) -> Closing {
    let said = error.to_string().to_ascii_lowercase();
    // A "control frame too big" is against the protocol instead.
    if said.contains("too long") {
        Closing::new(close::TOO_BIG, "too big")
    } else if said.contains("utf-8") || said.contains("utf8") {
        Closing::new(close::INVALID_TEXT, "not UTF-8")
    } else {
        Closing::new(close::PROTOCOL_ERROR, "protocol error")
    }
}
