//! What a client saw and did, moment by moment: the oracle's evidence.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Instant;

/// Nanoseconds of one clock for all clients of this process: what happened before what is decided by it.
pub fn now() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let since = START.get_or_init(Instant::now).elapsed();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// An event boiled down to what everybody must agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Print {
    /// Of kind, author and time: never changes.
    pub facts: u64,
    /// Of the text: an edit or a delete may change it.
    pub body: u64,
}

impl Print {
    pub fn new(kind: &str, author: i64, ts: i64, body: Option<&str>) -> Self {
        Self { facts: hash(&(kind, author, ts)), body: body.map_or(0, |body| hash(&body)) }
    }
}

pub fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

pub type Room = i64;
pub type Seq = i64;

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A connection was greeted.
    Open,
    /// A connection ended, with the close code, or 0 for none.
    Close {
        code: u16,
    },
    /// A message was handed to the outbox: the order that the sender means, and a hash of the text.
    Queued {
        room: Room,
        nonce: Arc<str>,
        body: u64,
    },
    /// It went onto a connection, for the first time or again.
    Send {
        room: Room,
        nonce: Arc<str>,
    },
    Ack {
        room: Room,
        nonce: Arc<str>,
        seq: Seq,
        dup: bool,
    },
    Err {
        room: Room,
        nonce: Option<Arc<str>>,
        code: String,
        fatal: bool,
    },
    /// A subscription was answered; what is applied next is `since + 1` if it was recovered, `head + 1` otherwise.
    SubOk {
        room: Room,
        since: Option<Seq>,
        head: Seq,
        recovered: bool,
    },
    /// The window was thrown away, and a page up to `head` taken instead.
    Reset {
        room: Room,
        head: Seq,
    },
    /// An event of that page.
    Page {
        room: Room,
        seq: Seq,
        print: Print,
    },
    /// An event was applied to the screen.
    Ev {
        room: Room,
        seq: Seq,
        print: Print,
    },
    Revoked {
        room: Room,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub at: u64,
    pub what: What,
}

/// A client's records, written by it and read by the oracle.
#[derive(Clone, Default)]
pub struct History(Arc<Mutex<Vec<Record>>>);

impl History {
    pub fn push(&self, what: What) {
        self.lock().push(Record { at: now(), what });
    }

    pub fn lock(&self) -> MutexGuard<'_, Vec<Record>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// What the oracle gets from one client.
#[derive(Clone, Debug)]
pub struct Log {
    pub client: u32,
    /// The account it was signed in with.
    pub user: i64,
    pub records: Vec<Record>,
}
