//! What a client knows: cursors, outbox, counts. Pure, but for the clock.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::Setup;
use crate::history::{self, History, Print, Room, Seq, What, now};
use crate::window::Window;
use crate::wire::{Frame, Item};

/// After this long without an answer a message is sent again.
const ACK_TIMEOUT: Duration = Duration::from_secs(10);
/// What came swapped may put itself right within this time.
const GAP_PATIENCE: Duration = Duration::from_millis(300);

/// Times in microseconds, of all clients together.
#[derive(Clone)]
pub struct Clocks {
    /// From the outbox to the screens of clients on the same node.
    pub local: Arc<Mutex<Histogram<u64>>>,
    /// The same, on other nodes.
    pub cross: Arc<Mutex<Histogram<u64>>>,
    /// From the outbox to the acknowledgement.
    pub ack: Arc<Mutex<Histogram<u64>>>,
    /// From the start of a connection until every room is up to date.
    pub resume: Arc<Mutex<Histogram<u64>>>,
}

impl Clocks {
    pub fn new() -> Self {
        // Up to ten minutes. One that grows by itself would cut off what it is told to saturate.
        let bounds = || Histogram::new_with_bounds(1, 600_000_000, 3).expect("these bounds are allowed");
        let histogram = || Arc::new(Mutex::new(bounds()));
        Self { local: histogram(), cross: histogram(), ack: histogram(), resume: histogram() }
    }
}

struct Pending {
    nonce: Arc<str>,
    body: String,
    queued_at: u64,
    sent_at: Option<Instant>,
    not_before: Instant,
    sends: u32,
}

/// How often what happened.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub opens: u32,
    pub closes: BTreeMap<u16, u32>,
    pub failed_opens: u32,
    pub resends: u32,
    pub syncs: u32,
    pub resets: u32,
    pub refusals: BTreeMap<String, u32>,
    pub byes: u32,
    pub events: u64,
}

pub struct State {
    pub windows: HashMap<Room, Window>,
    pub online: bool,
    pub counts: Counts,
    /// When the latest connection had all its rooms answered.
    pub ready_at: Option<Instant>,
    pub epoch: Option<String>,
    pub retry_ms: Option<u64>,
    /// Rooms whose page has to be loaded.
    pub to_reload: Vec<Room>,
    /// On the clock of the histories.
    pub connecting_since: u64,
    home: usize,
    unanswered: usize,
    outbox: HashMap<Room, VecDeque<Pending>>,
    gap_since: Option<Instant>,
    sync_unknown: bool,
    next_id: i64,
    history: History,
    clocks: Clocks,
}

impl State {
    pub fn new(setup: &Setup, history: History, clocks: Clocks) -> Self {
        let window = || Window::starting_at(setup.from_start.then_some(0));
        Self {
            windows: setup.rooms.iter().map(|room| (*room, window())).collect(),
            online: false,
            counts: Counts::default(),
            ready_at: None,
            epoch: None,
            retry_ms: None,
            to_reload: Vec::new(),
            connecting_since: 0,
            home: setup.home,
            unanswered: 0,
            outbox: HashMap::new(),
            gap_since: None,
            sync_unknown: false,
            next_id: 0,
            history,
            clocks,
        }
    }

    pub fn queue(&mut self, room: Room, nonce: &str, body: &str) {
        let nonce: Arc<str> = nonce.into();
        self.history.push(What::Queued { room, nonce: Arc::clone(&nonce), body: history::hash(&body) });
        let pending =
            Pending { nonce, body: body.into(), queued_at: now(), sent_at: None, not_before: Instant::now(), sends: 0 };
        self.outbox.entry(room).or_default().push_back(pending);
    }

    /// Messages that are not answered yet.
    pub fn waiting(&self) -> usize {
        self.outbox.values().map(VecDeque::len).sum()
    }

    /// A new connection: what was under way is sent again, first.
    pub fn opened(&mut self) -> String {
        for pending in self.outbox.values_mut().flatten() {
            pending.sent_at = None;
        }
        self.counts.opens += 1;
        self.retry_ms = None;
        self.unanswered = self.windows.len();
        self.to_reload.clear();
        crate::wire::hello(self.epoch.as_deref(), self.windows.iter().map(|(room, window)| (*room, window.cursor)))
    }

    pub fn closed(&mut self, code: u16) {
        if self.online {
            self.history.push(What::Close { code });
        }
        self.online = false;
        self.ready_at = None;
        *self.counts.closes.entry(code).or_default() += 1;
    }

    /// The next frame to be written, if any.
    pub fn next_frame(&mut self) -> Option<String> {
        if !self.online {
            return None;
        }
        let now = Instant::now();
        let due =
            |pending: &Pending| pending.not_before <= now && pending.sent_at.is_none_or(|at| at + ACK_TIMEOUT <= now);
        // One in flight per room, so that a message that is refused cannot be overtaken.
        let front =
            self.outbox.iter_mut().find_map(|(room, queue)| Some((*room, queue.front_mut().filter(|p| due(p))?)));
        if let Some((room, pending)) = front {
            self.next_id += 1;
            pending.sent_at = Some(now);
            self.counts.resends += u32::from(pending.sends > 0);
            pending.sends += 1;
            self.history.push(What::Send { room, nonce: Arc::clone(&pending.nonce) });
            return Some(crate::wire::send(self.next_id, room, &pending.nonce, &pending.body));
        }
        if self.gap_since.is_some_and(|since| since + GAP_PATIENCE <= now) {
            self.gap_since = None;
            let (room, window) = self.windows.iter().find(|(_, window)| window.is_behind())?;
            self.next_id += 1;
            self.counts.syncs += 1;
            let (room, since) = (*room, window.cursor.unwrap_or_default());
            // Asked again should the answer not come, or not be enough.
            self.gap_since = Some(now + Duration::from_secs(1));
            return Some(if self.sync_unknown {
                crate::wire::sub(self.next_id, room, Some(since))
            } else {
                crate::wire::sync(self.next_id, room, since)
            });
        }
        None
    }

    /// When [`State::next_frame`] may have something without anything happening before.
    pub fn next_deadline(&self) -> Option<Instant> {
        let fronts = self.outbox.values().filter_map(VecDeque::front);
        let resend = fronts.map(|pending| pending.sent_at.map_or(pending.not_before, |at| at + ACK_TIMEOUT)).min();
        let gap = self.gap_since.map(|since| since + GAP_PATIENCE);
        resend.into_iter().chain(gap).min()
    }

    /// Takes a frame; returns what has to be answered at once.
    pub fn hear(&mut self, text: &str) -> Option<String> {
        let Ok(frame) = serde_json::from_str::<Frame>(text) else { return None };
        match &*frame.t {
            "welcome" => {
                self.online = true;
                self.history.push(What::Open);
                self.epoch = frame.epoch.as_deref().map(str::to_owned);
                if self.windows.is_empty() {
                    self.ready_at = Some(Instant::now());
                }
            }
            "sub_ok" => self.subscribed(&frame),
            "ev" => self.event(frame.room, frame.seq, frame.print(), frame.body.as_deref()),
            "evs" => self.events(frame.room, &frame.events),
            "ack" => self.answered(&frame),
            "err" => self.refused(&frame),
            "reset" => self.to_reload.push(frame.room),
            "revoked" => {
                self.history.push(What::Revoked { room: frame.room });
                self.windows.remove(&frame.room);
            }
            "hb" => {
                for (room, head) in &frame.heads {
                    if let Some(window) = self.windows.get_mut(room) {
                        window.heard_of = window.heard_of.max(*head);
                    }
                }
                self.watch_gaps();
                return Some(format!(r#"{{"t":"pong","n":{}}}"#, frame.n));
            }
            "bye" => {
                self.counts.byes += 1;
                self.retry_ms = frame.retry_ms;
            }
            _ => {}
        }
        None
    }

    fn subscribed(&mut self, frame: &Frame) {
        let Some(window) = self.windows.get_mut(&frame.room) else { return };
        let (room, head, recovered, since) = (frame.room, frame.head, frame.recovered, window.cursor);
        self.unanswered = self.unanswered.saturating_sub(1);
        if self.unanswered == 0 && self.ready_at.is_none() {
            self.ready_at = Some(Instant::now());
            note(&self.clocks.resume, self.connecting_since);
        }
        self.history.push(What::SubOk { room, since, head, recovered });
        if !recovered {
            self.to_reload.push(room);
            return;
        }
        if since.is_none() {
            let early = window.jump(head);
            self.applied(room, &early);
        }
        self.events(room, &frame.events);
        if let Some(window) = self.windows.get_mut(&room) {
            window.heard_of = window.heard_of.max(head);
        }
        self.watch_gaps();
    }

    fn events(&mut self, room: Room, events: &[Item]) {
        for item in events {
            self.event(room, item.seq, item.print(), item.body.as_deref());
        }
    }

    fn event(&mut self, room: Room, seq: Seq, print: Print, body: Option<&str>) {
        let Some(window) = self.windows.get_mut(&room) else {
            // Recorded all the same: the oracle decides whether it may come.
            self.history.push(What::Ev { room, seq, print });
            return;
        };
        let fresh = window.cursor.is_some_and(|cursor| seq > cursor);
        let applied = window.take(seq, print);
        self.applied(room, &applied);
        // The harness' own messages begin with the time at which they were queued, and with the sender's node.
        if let Some((queued_at, home)) = body.and_then(written_by_us).filter(|_| fresh) {
            note(if home == self.home { &self.clocks.local } else { &self.clocks.cross }, queued_at);
        }
        self.watch_gaps();
    }

    fn applied(&mut self, room: Room, events: &[(Seq, Print)]) {
        self.counts.events += events.len() as u64;
        for (seq, print) in events {
            self.history.push(What::Ev { room, seq: *seq, print: *print });
        }
    }

    fn watch_gaps(&mut self) {
        if !self.windows.values().any(Window::is_behind) {
            self.gap_since = None;
        } else if self.gap_since.is_none() {
            self.gap_since = Some(Instant::now());
        }
    }

    fn answered(&mut self, frame: &Frame) {
        let Some(nonce) = frame.nonce.as_deref() else { return };
        let (room, seq, dup) = (frame.room, frame.seq, frame.dup);
        self.history.push(What::Ack { room, nonce: nonce.into(), seq, dup });
        if let Some(done) = self.take_from_outbox(room, nonce) {
            note(&self.clocks.ack, done.queued_at);
        }
    }

    fn refused(&mut self, frame: &Frame) {
        let code = frame.code.as_deref().unwrap_or_default().to_owned();
        *self.counts.refusals.entry(code.clone()).or_default() += 1;
        let nonce: Option<Arc<str>> = frame.nonce.as_deref().map(Into::into);
        self.history.push(What::Err { room: frame.room, nonce: nonce.clone(), code: code.clone(), fatal: frame.fatal });
        let Some(nonce) = nonce else {
            // A `sync` that the server does not know: subscribing again from the cursor does the same.
            self.sync_unknown |= code == "unsupported";
            return;
        };
        if frame.fatal {
            self.take_from_outbox(frame.room, &nonce);
            return;
        }
        let wait = Duration::from_millis(frame.retry_ms.unwrap_or(500));
        let queue = self.outbox.get_mut(&frame.room);
        if let Some(pending) = queue.and_then(|queue| queue.front_mut()).filter(|pending| pending.nonce == nonce) {
            pending.sent_at = None;
            pending.not_before = Instant::now() + wait;
        }
    }

    fn take_from_outbox(&mut self, room: Room, nonce: &str) -> Option<Pending> {
        let queue = self.outbox.get_mut(&room)?;
        let place = queue.iter().position(|pending| *pending.nonce == *nonce)?;
        let done = queue.remove(place);
        if queue.is_empty() {
            self.outbox.remove(&room);
        }
        done
    }

    /// A page was loaded in place of what was missed.
    pub fn reloaded(&mut self, room: Room, head: Seq, page: &[(Seq, Print)]) {
        self.counts.resets += 1;
        let Some(window) = self.windows.get_mut(&room) else { return };
        // What came live meanwhile may be ahead of the page.
        if window.cursor.is_some_and(|cursor| cursor >= head) {
            return;
        }
        self.history.push(What::Reset { room, head });
        for (seq, print) in page {
            self.history.push(What::Page { room, seq: *seq, print: *print });
        }
        let early = window.jump(head);
        self.applied(room, &early);
        self.watch_gaps();
    }
}

/// The time and the node at the start of a body, as [`crate::world::body`] writes them.
fn written_by_us(body: &str) -> Option<(u64, usize)> {
    let (at, home) = body.split(' ').next()?.split_once('@')?;
    Some((at.parse().ok()?, home.parse().ok()?))
}

fn note(clock: &Mutex<Histogram<u64>>, queued_at: u64) {
    let micros = now().saturating_sub(queued_at) / 1_000;
    let mut clock = clock.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    clock.saturating_record(micros);
}
