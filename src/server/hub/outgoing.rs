//! What waits to be written to one connection: bounded, never awaited by who fills it.

use std::collections::VecDeque;
use std::sync::Mutex;

use axum::extract::ws::Utf8Bytes;
use tokio::sync::Notify;

use super::lock;
use crate::model::ids::UserId;
use crate::protocol::close;

/// Bytes and frames that may wait before the connection counts as too slow.
const MAX_BYTES: usize = 256 * 1024;
const MAX_FRAMES: usize = 512;

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

/// The queue between the hub and one connection's writer.
pub struct Outgoing {
    pub reader: Option<UserId>,
    queue: Mutex<Queue>,
    wake: Notify,
}

#[derive(Default)]
struct Queue {
    frames: VecDeque<Utf8Bytes>,
    bytes: usize,
    closing: Option<Closing>,
}

impl Outgoing {
    pub fn new(reader: Option<UserId>) -> Self {
        Self { reader, queue: Mutex::default(), wake: Notify::new() }
    }

    /// Queues a frame. A connection that does not keep up is closed; its client resumes from its cursor.
    pub fn push(&self, frame: Utf8Bytes) {
        let mut queue = lock(&self.queue);
        if queue.closing.is_some() {
            return;
        }
        queue.bytes += frame.len();
        queue.frames.push_back(frame);
        if queue.bytes > MAX_BYTES || queue.frames.len() > MAX_FRAMES {
            metrics::counter!("chat_slow_close_total").increment(1);
            queue.frames.clear();
            queue.closing = Some(Closing::new(close::SLOW, "slow"));
        }
        drop(queue);
        self.wake.notify_one();
    }

    /// Ends the connection once what is queued has been written. The first reason stands.
    pub fn close(&self, closing: Closing) {
        lock(&self.queue).closing.get_or_insert(closing);
        self.wake.notify_one();
    }

    /// Waits for something to write and takes all of it, with the reason to stop after it, if there is one.
    ///
    /// Cancel safe: nothing is taken before this returns.
    pub async fn take(&self) -> (VecDeque<Utf8Bytes>, Option<Closing>) {
        loop {
            {
                let mut queue = lock(&self.queue);
                if !queue.frames.is_empty() || queue.closing.is_some() {
                    queue.bytes = 0;
                    return (std::mem::take(&mut queue.frames), queue.closing);
                }
            }
            self.wake.notified().await;
        }
    }
}
