//! A TCP stream that counts what it has written, and ends where the other side neither asks nor reads.

use std::future::Future;
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use crate::protocol::MAX_FRAME;

/// How long a connection is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the head of a request, from its first byte; for the first one, from the beginning of the connection.
    pub head: Duration,
    /// For the next request. Proxies keep connections for 60 or 75 s: one that they take for open must be.
    pub idle: Duration,
    /// For a client that takes nothing of an answer. The kernel tells of room only once a third of its buffer is free, so
    /// that a client has to take some kilobytes per second.
    pub stall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { head: Duration::from_secs(10), idle: Duration::from_secs(150), stall: Duration::from_secs(30) }
    }
}

/// Bytes from the socket that may come without a whole message: one in very small pieces is longer than what it says, and
/// pieces of nothing add nothing to the length that the library looks at.
const UNFINISHED_MAX: u64 = 2 * MAX_FRAME as u64;

/// What has gone over a connection so far.
#[derive(Clone, Debug, Default)]
pub struct Traffic(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    written: AtomicU64,
    unfinished: AtomicU64,
}

impl Traffic {
    /// Bytes that the other side has taken.
    pub fn written(&self) -> u64 {
        self.0.written.load(Ordering::Relaxed)
    }

    /// A whole message has come.
    pub fn finish_message(&self) {
        self.0.unfinished.store(0, Ordering::Relaxed);
    }
}

/// What a connection does now: waits for a request where this is even, answers one where it is odd.
#[derive(Clone, Debug, Default)]
pub struct Phase(Arc<State>);

#[derive(Debug, Default)]
struct State {
    phase: AtomicU32,
    /// hyper looks for the next request while it answers one, and then not again: it has to be woken for the time that it
    /// waits to begin.
    reader: AtomicWaker,
}

impl Phase {
    /// What it is now is no HTTP any more, and has limits of its own.
    const UPGRADED: u32 = u32::MAX;

    /// A request is there; it is answered until the result is dropped.
    pub fn begin(&self) -> Answering {
        self.0.phase.fetch_add(1, Ordering::Relaxed);
        Answering(self.clone())
    }

    fn now(&self) -> u32 {
        self.0.phase.load(Ordering::Relaxed)
    }
}

pub struct Answering(Phase);

impl Answering {
    pub fn upgraded(self) {
        self.0.0.phase.store(Phase::UPGRADED, Ordering::Relaxed);
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let next = |phase| (phase != Phase::UPGRADED).then(|| phase + 1);
        if self.0.0.phase.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok() {
            self.0.0.reader.wake();
        }
    }
}

/// A timer that exists only once something has to be waited for.
#[derive(Default)]
struct Deadline {
    due: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Deadline {
    /// Whether it has passed; if not, the task is woken then. The first call after [`clear`](Self::clear) sets it.
    fn has_passed(&mut self, due: impl FnOnce() -> Instant, cx: &mut Context<'_>) -> bool {
        if self.due.is_none() {
            let due = due();
            self.due = Some(due);
            match &mut self.timer {
                Some(timer) => timer.as_mut().reset(due),
                None => self.timer = Some(Box::pin(tokio::time::sleep_until(due))),
            }
        }
        self.timer.as_mut().is_some_and(|timer| timer.as_mut().poll(cx).is_ready())
    }

    fn clear(&mut self) {
        self.due = None;
    }
}

pub struct Metered {
    stream: TcpStream,
    traffic: Traffic,
    phase: Phase,
    patience: Patience,
    /// The phase in which was read last.
    seen: u32,
    reading: Deadline,
    has_head_begun: bool,
    writing: Deadline,
    /// Kept for as long as the stream is open, whatever becomes of it.
    _place: super::places::Open,
}

impl Metered {
    pub fn new(stream: TcpStream, patience: Patience, place: super::places::Open) -> (Self, Traffic, Phase) {
        let (traffic, phase) = (Traffic::default(), Phase::default());
        let metered = Self {
            stream,
            traffic: traffic.clone(),
            phase: phase.clone(),
            patience,
            seen: 0,
            reading: Deadline::default(),
            has_head_begun: false,
            writing: Deadline::default(),
            _place: place,
        };
        (metered, traffic, phase)
    }

    /// Whether a request has been waited for too long. `came`: a piece of one has just been read.
    fn has_waited(&mut self, came: bool, cx: &mut Context<'_>) -> bool {
        let phase = self.phase.now();
        if phase != self.seen {
            self.seen = phase;
            self.has_head_begun = false;
            self.reading.clear();
        }
        if phase % 2 == 1 {
            if phase != Phase::UPGRADED {
                self.phase.0.reader.register(cx.waker());
            }
            return false;
        }
        let is_first = phase == 0;
        if came && !self.has_head_begun {
            self.has_head_begun = true;
            if !is_first {
                self.reading.clear();
            }
        }
        let patience = if is_first || self.has_head_begun { self.patience.head } else { self.patience.idle };
        self.reading.has_passed(|| Instant::now() + patience, cx)
    }

    fn after_write(&mut self, done: Poll<Result<usize>>, cx: &mut Context<'_>) -> Poll<Result<usize>> {
        match done {
            Poll::Ready(Ok(bytes)) => {
                self.traffic.0.written.fetch_add(bytes as u64, Ordering::Relaxed);
                self.writing.clear();
            }
            Poll::Pending if self.phase.now() != Phase::UPGRADED => {
                let stall = self.patience.stall;
                if self.writing.has_passed(|| Instant::now() + stall, cx) {
                    metrics::counter!("chat_slow_close_total").increment(1);
                    return Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the client does not read")));
                }
            }
            Poll::Ready(Err(_)) | Poll::Pending => {}
        }
        done
    }
}

impl AsyncRead for Metered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        let done = Pin::new(&mut this.stream).poll_read(cx, buf);
        let length = (buf.filled().len() - before) as u64;
        if this.phase.now() == Phase::UPGRADED {
            let unfinished = this.traffic.0.unfinished.fetch_add(length, Ordering::Relaxed) + length;
            if unfinished > UNFINISHED_MAX {
                return Poll::Ready(Err(Error::new(ErrorKind::InvalidData, "the message is too long")));
            }
        }
        // An end without an error is how an idle connection closes.
        let has_come = length > 0;
        if this.has_waited(has_come, cx) && !has_come { Poll::Ready(Ok(())) } else { done }
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.after_write(done, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.after_write(done, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
