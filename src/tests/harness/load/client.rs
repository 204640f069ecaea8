//! One cheap client: a socket, a cursor, and the messages that are not acknowledged yet.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::TcpSocket;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::OwnedSemaphorePermit;

use super::session::Session;
use super::{Pace, Until, frames, scan};
use crate::Result;

/// As a browser's: full jitter up to this, doubled with each try.
const BACK_OFF: Duration = Duration::from_millis(500);
const MAX_BACK_OFF: Duration = Duration::from_secs(30);
/// No answer to the upgrade for so long is a failed try.
const UPGRADE: Duration = Duration::from_secs(30);
/// What a connection ended with that said nothing.
const NO_CODE: u16 = 1006;

struct Unacked {
    count: u64,
    due: u64,
}

pub struct Client {
    /// Over all rooms.
    index: usize,
    /// Within its room.
    place: usize,
    /// The index of its room.
    pub room: usize,
    session: Rc<Session>,
    /// The next seq to come, or 0 before the first subscription.
    pub next: Cell<i64>,
    /// Subscribed on a living connection.
    pub live: Cell<bool>,
    /// How often it became that, and when for the last time.
    pub entries: Cell<u32>,
    pub entered: Cell<u64>,
    said: Cell<u64>,
    unacked: RefCell<VecDeque<Unacked>>,
    writer: RefCell<Option<Rc<OwnedWriteHalf>>>,
    /// What the kernel did not take at once.
    unwritten: RefCell<Vec<u8>>,
    /// Held from the first packet to the subscription.
    handshake: RefCell<Option<(OwnedSemaphorePermit, u64)>>,
}

impl Client {
    pub fn new(session: Rc<Session>, index: usize) -> Self {
        let place = index % session.plan.clients_per_room;
        Self {
            index,
            place,
            room: index / session.plan.clients_per_room,
            session,
            next: Cell::new(0),
            live: Cell::new(false),
            entries: Cell::new(0),
            entered: Cell::new(0),
            said: Cell::new(0),
            unacked: RefCell::default(),
            writer: RefCell::default(),
            unwritten: RefCell::default(),
            handshake: RefCell::default(),
        }
    }

    pub fn is_sender(&self) -> bool {
        self.place < self.session.plan.senders_per_room
    }

    pub fn is_reader(&self) -> bool {
        !(self.is_sender() && self.session.plan.deaf_senders)
    }

    pub fn place(&self) -> usize {
        self.place
    }

    fn node(&self) -> usize {
        self.place % self.session.plan.nodes.len()
    }

    pub fn waits_for_acks(&self) -> usize {
        self.unacked.borrow().len()
    }

    /// Connects, listens, and comes back if that is the plan.
    pub async fn run(self: Rc<Self>) {
        let mut failures = 0;
        loop {
            let ended = match self.connect().await {
                Ok(reader) => {
                    failures = 0;
                    self.listen(reader).await
                }
                Err(_) => NO_CODE,
            };
            self.live.set(false);
            self.writer.take();
            self.handshake.take();
            self.unwritten.borrow_mut().clear();
            *self.session.stats.borrow_mut().closed.entry(ended).or_default() += 1;
            if !self.session.plan.reconnect {
                return;
            }
            // The first try comes within a second, so that a restarted server is not stormed.
            let longest = if failures == 0 { Duration::from_secs(1) } else { BACK_OFF * (1 << failures.min(6)) };
            failures += 1;
            tokio::time::sleep(longest.min(MAX_BACK_OFF).mul_f64(rand::random::<f64>())).await;
        }
    }

    async fn connect(&self) -> Result<OwnedReadHalf> {
        let plan = &self.session.plan;
        let permit = std::sync::Arc::clone(&self.session.handshakes).acquire_owned().await?;
        *self.handshake.borrow_mut() = Some((permit, self.session.now()));
        let socket = TcpSocket::new_v4()?;
        socket.bind((plan.from[self.index % plan.from.len()], 0).into())?;
        let node = plan.nodes[self.node()];
        let upgrade = async {
            let stream = socket.connect(node).await?;
            stream.set_nodelay(true)?;
            let (mut reader, mut writer) = stream.into_split();
            writer.write_all(self.upgrade_request(node).as_bytes()).await?;
            let mut head = Vec::new();
            // The server says nothing of its own before `hello`, so that nothing but the head can come.
            while !head.ends_with(b"\r\n\r\n") {
                if reader.read_buf(&mut head).await? == 0 {
                    return Err("closed while upgrading".into());
                }
            }
            if !head.starts_with(b"HTTP/1.1 101 ") {
                return Err(String::from_utf8_lossy(&head).into_owned().into());
            }
            Result::Ok((reader, writer))
        };
        let (reader, writer) = tokio::time::timeout(UPGRADE, upgrade).await.map_err(|_| "no upgrade")??;
        *self.writer.borrow_mut() = Some(Rc::new(writer));
        self.write(self.hello().as_bytes());
        Ok(reader)
    }

    fn upgrade_request(&self, node: std::net::SocketAddr) -> String {
        let people = &self.session.plan.people;
        let cookie = &people[self.index % people.len()].cookie;
        format!(
            "GET /ws HTTP/1.1\r\nHost: {node}\r\nOrigin: http://{node}\r\nCookie: {cookie}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bm8gc2VjcmV0IGhlcmUhIQ==\r\n\r\n"
        )
    }

    fn hello(&self) -> String {
        let since = (self.next.get() > 0).then(|| self.next.get() - 1);
        let epoch = since.map(|_| self.session.epoch.borrow().clone());
        let room = self.session.plan.rooms[self.room];
        crate::wire::hello(epoch.as_deref(), self.is_reader().then_some((room, since)).into_iter())
    }

    /// Reads until the connection ends; the close code. All clients of the thread share one buffer.
    async fn listen(self: &Rc<Self>, mut reader: OwnedReadHalf) -> u16 {
        let mut partial = Vec::new();
        loop {
            let read = poll_fn(|cx| {
                let mut inbox = self.session.inbox.borrow_mut();
                let mut buffer = ReadBuf::new(&mut inbox);
                let polled = Pin::new(&mut reader).poll_read(cx, &mut buffer);
                polled.map(|read| match read {
                    Err(_) => Err(NO_CODE),
                    Ok(()) if buffer.filled().is_empty() => Err(NO_CODE),
                    Ok(()) => self.take_in(&mut partial, buffer.filled()),
                })
            });
            if let Err(code) = read.await {
                return code;
            }
        }
    }

    /// Hears every whole frame and keeps the rest; `Err` is the close code.
    fn take_in(self: &Rc<Self>, partial: &mut Vec<u8>, fresh: &[u8]) -> std::result::Result<(), u16> {
        let now = self.session.now();
        let joined = !partial.is_empty();
        if joined {
            partial.extend_from_slice(fresh);
        }
        let bytes = if joined { partial.as_slice() } else { fresh };
        let mut at = 0;
        while let Some((kind, payload, length)) = frames::first(&bytes[at..]) {
            at += length;
            match kind {
                frames::Kind::Text => self.hear(payload, now),
                frames::Kind::Ping => self.send(|into| frames::pong(into, payload)),
                frames::Kind::Close => {
                    return Err(payload.first_chunk().map_or(NO_CODE, |code| u16::from_be_bytes(*code)));
                }
                frames::Kind::Other => {}
            }
        }
        if joined {
            partial.drain(..at);
        } else {
            partial.extend_from_slice(&fresh[at..]);
        }
        Ok(())
    }

    fn hear(self: &Rc<Self>, frame: &[u8], now: u64) {
        match scan::kind(frame) {
            b"ev" => {
                if let Some((seq, event)) = scan::events(frame).next() {
                    self.apply(seq, event, now);
                }
            }
            b"evs" => scan::events(frame).for_each(|(seq, event)| self.apply(seq, event, now)),
            b"ack" => self.acknowledged(frame, now),
            b"hb" => self.write(br#"{"t":"pong","n":0}"#),
            b"sub_ok" => self.subscribed(frame, now),
            b"reset" => {
                self.session.stats.borrow_mut().resets += 1;
                self.next.set(scan::number(frame, br#""head":"#).unwrap_or_default() + 1);
            }
            b"welcome" => {
                if let Some(epoch) = scan::text(frame, br#""epoch":""#) {
                    *self.session.epoch.borrow_mut() = String::from_utf8_lossy(epoch).into_owned();
                }
                if let Some((_, began)) = &*self.handshake.borrow() {
                    let _ = self.session.stats.borrow_mut().handshake.record((now - began) / 1_000);
                }
                if !self.is_reader() {
                    self.enter(now);
                }
            }
            b"err" => self.refused(frame),
            _ => {}
        }
    }

    fn apply(self: &Rc<Self>, seq: i64, event: &[u8], now: u64) {
        let entry = self.session.ledgers[self.room].borrow_mut().entry(self.session.run, seq, event);
        let next = self.next.get();
        let mut stats = self.session.stats.borrow_mut();
        if seq < next {
            stats.repeated += 1;
            return;
        }
        stats.gaps += (seq - next).unsigned_abs();
        self.next.set(seq + 1);
        if !entry.ours {
            return;
        }
        let sender = entry.sender as usize % self.session.plan.clients_per_room;
        let across = sender % self.session.plan.nodes.len() != self.node();
        if across || !self.session.plan.only_across {
            stats.delivered += 1;
            if stats.measures(now) {
                stats.delivered_in_window += 1;
            }
            if stats.measures(entry.due) {
                let _ = stats.delivery.record((now - entry.due) / 1_000);
            }
        }
        drop(stats);
        if entry.sender as usize == self.index && matches!(self.session.plan.pace, Pace::Closed(_, Until::Echo)) {
            self.say_next();
        }
    }

    fn subscribed(self: &Rc<Self>, frame: &[u8], now: u64) {
        let head = scan::number(frame, br#""head":"#).unwrap_or_default();
        if self.next.get() == 0 {
            self.next.set(head + 1);
        } else if scan::contains(frame, br#""recovered":true"#) {
            scan::events(frame).for_each(|(seq, event)| self.apply(seq, event, now));
        } else {
            self.session.stats.borrow_mut().resets += 1;
        }
        // Recovered means: exactly up to the head.
        let missing = (head + 1 - self.next.get()).max(0).unsigned_abs();
        self.session.stats.borrow_mut().gaps += missing;
        self.next.set(self.next.get().max(head + 1));
        self.enter(now);
    }

    fn enter(&self, now: u64) {
        self.handshake.take();
        self.live.set(true);
        self.entered.set(now);
        self.entries.set(self.entries.get() + 1);
        // What was not acknowledged goes out again, in order and before anything new.
        for unacked in &*self.unacked.borrow() {
            self.write(self.message(unacked.count, unacked.due).as_slice());
        }
    }

    fn acknowledged(self: &Rc<Self>, frame: &[u8], now: u64) {
        let Some(unacked) = self.settle(frame) else { return };
        let mut stats = self.session.stats.borrow_mut();
        stats.acked += 1;
        if stats.measures(now) {
            stats.acked_in_window += 1;
        }
        if stats.measures(unacked.due) {
            let _ = stats.ack.record((now - unacked.due) / 1_000);
        }
        drop(stats);
        if matches!(self.session.plan.pace, Pace::Closed(_, Until::Ack)) {
            self.say_next();
        }
    }

    /// The message that an answer is about, which waits no longer.
    fn settle(&self, frame: &[u8]) -> Option<Unacked> {
        let count = u64::try_from(scan::number(frame, br#""id":"#)?).ok()?;
        let mut unacked = self.unacked.borrow_mut();
        let at = unacked.iter().position(|unacked| unacked.count == count)?;
        unacked.remove(at)
    }

    fn refused(self: &Rc<Self>, frame: &[u8]) {
        let code = scan::text(frame, br#""code":""#).unwrap_or_default();
        *self.session.stats.borrow_mut().refused.entry(String::from_utf8_lossy(code).into_owned()).or_default() += 1;
        if scan::contains(frame, br#""fatal":true"#) {
            self.settle(frame);
            return;
        }
        let wait = scan::number(frame, br#""retry_ms":"#).unwrap_or(1_000).unsigned_abs();
        let Some(count) = scan::number(frame, br#""id":"#) else { return };
        let this = Rc::clone(self);
        tokio::task::spawn_local(async move {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            let due =
                this.unacked.borrow().iter().find(|waiting| waiting.count == count.unsigned_abs()).map(|it| it.due);
            if let Some(due) = due {
                this.write(this.message(count.unsigned_abs(), due).as_slice());
            }
        });
    }

    /// In a closed loop: the next message, while there are any to be said.
    pub fn say_next(self: &Rc<Self>) {
        if self.session.talking.get() {
            self.say(self.session.now());
        }
    }

    /// Says a message that was due at `due`; offline it waits for the next connection.
    pub fn say(self: &Rc<Self>, due: u64) {
        let count = self.said.get();
        self.said.set(count + 1);
        self.session.stats.borrow_mut().sent += 1;
        self.unacked.borrow_mut().push_back(Unacked { count, due });
        if self.live.get() {
            self.write(self.message(count, due).as_slice());
        }
    }

    fn message(&self, count: u64, due: u64) -> Vec<u8> {
        let Session { run, plan, .. } = &*self.session;
        let (room, index) = (plan.rooms[self.room], self.index);
        let mut frame =
            format!(r#"{{"t":"send","id":{count},"room":{room},"nonce":"{run:x}-{index:x}-{count:x}","body":""#)
                .into_bytes();
        let start = frame.len();
        scan::Marker { run: *run, sender: index as u32, count, due }.write(&mut frame);
        frame.resize(frame.len().max(start + plan.bytes), b'x');
        frame.extend_from_slice(br#""}"#);
        frame
    }

    fn write(&self, payload: &[u8]) {
        self.send(|into| frames::text(into, payload));
    }

    /// Writes what the kernel takes now; the rest follows by itself.
    fn send(&self, frame: impl FnOnce(&mut Vec<u8>)) {
        let Some(writer) = self.writer.borrow().clone() else { return };
        let mut unwritten = self.unwritten.borrow_mut();
        frame(&mut unwritten);
        let written = writer.try_write(&unwritten).unwrap_or_default();
        unwritten.drain(..written);
    }

    /// Writes what is left over; called now and then for every client.
    pub fn catch_up(&self) {
        if !self.unwritten.borrow().is_empty() {
            self.send(|_| {});
        }
    }
}

/// The time on the run's clock.
pub fn nanos(origin: Instant, at: Instant) -> u64 {
    u64::try_from(at.saturating_duration_since(origin).as_nanos()).unwrap_or(u64::MAX)
}
