//! One run: everybody connects, talks for a while, and is waited for until nothing is under way any more.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::client::{Client, nanos};
use super::ledger::Ledger;
use super::stats::{Report, Stats};
use super::{Meanwhile, Pace, Plan, pace};
use crate::Result;
use crate::server::{Usage, usage};

/// Longer than all handshakes may take.
const CONNECTING: Duration = Duration::from_secs(120);
/// What is under way after the measured time gets so long to arrive.
const DRAIN: Duration = Duration::from_secs(45);
const READ_BUFFER: usize = 256 * 1024;

/// What the clients of a run share. All of them live on one thread.
pub struct Session {
    pub plan: Plan,
    /// Tells this run's messages from those of another.
    pub run: u64,
    pub ledgers: Vec<RefCell<Ledger>>,
    pub stats: RefCell<Stats>,
    pub epoch: RefCell<String>,
    pub inbox: RefCell<Vec<u8>>,
    pub handshakes: Arc<Semaphore>,
    /// Closed loops go on.
    pub talking: Cell<bool>,
    origin: Instant,
}

impl Session {
    pub fn now(&self) -> u64 {
        nanos(self.origin, Instant::now())
    }
}

pub async fn run(plan: Plan, meanwhile: Meanwhile) -> Result<Report> {
    let session = Rc::new(Session {
        run: rand::random::<u64>() >> 16,
        ledgers: plan.rooms.iter().map(|_| RefCell::default()).collect(),
        stats: RefCell::default(),
        epoch: RefCell::default(),
        inbox: RefCell::new(vec![0; READ_BUFFER]),
        handshakes: Arc::new(Semaphore::new(plan.handshakes)),
        talking: Cell::new(false),
        origin: Instant::now(),
        plan,
    });
    let count = session.plan.rooms.len() * session.plan.clients_per_room;
    let clients: Vec<_> = (0..count).map(|index| Rc::new(Client::new(Rc::clone(&session), index))).collect();
    // In two halves: what the second one adds is free of what a server allocates once.
    let (first, second) = clients.split_at(count / 2);
    all_connected(&session, first).await?;
    let half = used(&session.plan)?;
    let connecting = all_connected(&session, second).await?;
    let (before, after) = talk(&session, &clients, meanwhile).await?;
    drain(&clients, &session).await;
    Ok(report(&session, &clients, connecting, half, before, after))
}

/// Starts these clients and waits for them; when the last one was there, since the beginning of the run.
async fn all_connected(session: &Session, clients: &[Rc<Client>]) -> Result<Duration> {
    for client in clients {
        tokio::task::spawn_local(Rc::clone(client).run());
    }
    let started = Instant::now();
    loop {
        let late = clients.iter().filter(|client| !client.live.get()).count();
        if late == 0 {
            let last = clients.iter().map(|client| client.entered.get()).max().unwrap_or_default();
            return Ok(Duration::from_nanos(last));
        }
        let why = {
            let stats = session.stats.borrow();
            let failed = !session.plan.reconnect && !stats.closed.is_empty() || !stats.refused.is_empty();
            (failed || started.elapsed() > CONNECTING).then(|| format!("{:?} {:?}", stats.closed, stats.refused))
        };
        if let Some(why) = why {
            return Err(format!("{late} did not connect: {why}").into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Says what the plan says. What the watched processes had used at the start and at the end of the measured time.
async fn talk(session: &Rc<Session>, clients: &[Rc<Client>], meanwhile: Meanwhile) -> Result<(Vec<Usage>, Vec<Usage>)> {
    let plan = &session.plan;
    // Places first, rooms second: neighbours in time are in different rooms.
    let mut senders: Vec<_> = clients.iter().filter(|client| client.is_sender()).cloned().collect();
    senders.sort_by_key(|client| client.place());
    let from = session.now() + u64::try_from(plan.warmup.as_nanos())?;
    session.stats.borrow_mut().window = (from, from + u64::try_from(plan.measured.as_nanos())?);
    session.talking.set(true);
    let talking = match plan.pace {
        Pace::Silent => None,
        Pace::Open(rate) => Some(tokio::task::spawn_local(open_loop(Rc::clone(session), senders, rate))),
        Pace::Closed(under_way, _) => {
            for sender in senders.iter().cycle().take(senders.len() * under_way) {
                sender.say_next();
            }
            None
        }
    };
    tokio::task::spawn_local(write_leftovers(clients.to_vec()));
    tokio::time::sleep(plan.warmup).await;
    let before = used(plan)?;
    meanwhile();
    tokio::time::sleep(plan.measured).await;
    let after = used(plan)?;
    session.talking.set(false);
    if let Some(talking) = talking {
        talking.abort();
    }
    Ok((before, after))
}

fn used(plan: &Plan) -> Result<Vec<Usage>> {
    let ourselves = rustix::process::getpid();
    std::iter::once(ourselves).chain(plan.watched.iter().copied()).map(usage).collect()
}

async fn open_loop(session: Rc<Session>, senders: Vec<Rc<Client>>, rate: f64) {
    let Ok(mut beats) = pace::beats(Instant::now(), rate, session.plan.scattered) else { return };
    for sender in senders.iter().cycle() {
        let Some(due) = beats.recv().await else { return };
        sender.say(nanos(session.origin, due));
    }
}

/// Few writes are not taken at once, and those can wait a millisecond.
async fn write_leftovers(clients: Vec<Rc<Client>>) {
    loop {
        tokio::time::sleep(Duration::from_millis(5)).await;
        clients.iter().filter(|client| client.is_sender()).for_each(|client| client.catch_up());
    }
}

/// Waits until everything said is acknowledged, and everybody was told everything. An acknowledgement may come before
/// anybody is told: that all readers are at the same place does not mean that it is the last one.
async fn drain(clients: &[Rc<Client>], session: &Session) {
    let started = Instant::now();
    while started.elapsed() < DRAIN {
        let untold = session.stats.borrow().acked > told(session);
        if !untold && !clients.iter().any(|client| client.waits_for_acks() > 0 || behind(client, session) > 0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Messages that some reader was told of, each once.
fn told(session: &Session) -> u64 {
    session.ledgers.iter().map(|ledger| ledger.borrow().told()).sum()
}

/// Deliveries that a reader has not got, though another one in its room has.
fn behind(client: &Client, session: &Session) -> u64 {
    let ledger = session.ledgers[client.room].borrow();
    if !client.is_reader() || ledger.is_empty() {
        return 0;
    }
    (ledger.head() + 1 - client.next.get()).max(0).unsigned_abs()
}

fn report(
    session: &Session,
    clients: &[Rc<Client>],
    connecting: Duration,
    half: Vec<Usage>,
    before: Vec<Usage>,
    after: Vec<Usage>,
) -> Report {
    let stats = session.stats.take();
    let sum = |of: fn(&Ledger) -> u64| session.ledgers.iter().map(|ledger| of(&ledger.borrow())).sum::<u64>();
    let unacked: usize = clients.iter().map(|client| client.waits_for_acks()).sum();
    let fatal = stats.sent - stats.acked - unacked as u64;
    let all_came_back = clients.iter().all(|client| client.entries.get() > 1 && client.live.get());
    let last_entry = clients.iter().map(|client| client.entered.get()).max().unwrap_or_default();
    let cpu = before.iter().zip(&after).map(|(before, after)| {
        (after.cpu.saturating_sub(before.cpu)).as_secs_f64() / session.plan.measured.as_secs_f64() * 100.0
    });
    Report {
        measured: session.plan.measured,
        connecting,
        connections: clients.len(),
        lost: (stats.sent - fatal).saturating_sub(told(session)).max(unacked as u64),
        missing: clients.iter().map(|client| behind(client, session)).sum(),
        doubled: sum(|ledger| ledger.doubled),
        overtaken: sum(|ledger| ledger.overtaken),
        recovered: all_came_back.then(|| Duration::from_nanos(last_entry.saturating_sub(stats.window.0))),
        cpu: cpu.collect(),
        half,
        usage: after,
        stats,
    }
}
