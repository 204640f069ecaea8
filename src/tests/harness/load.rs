//! Load: thousands of cheap clients on one thread, which say things when they are due and check all they are told.
//!
//! Open loop: a message's time runs from when it was *due*, so that neither a stalled server nor a late generator is
//! flattered. Nothing is parsed per delivery: a few bytes are looked for where the server puts them, the text is read
//! once per message and not once per reader. Loss, doubles and order are checked for every single delivery.

mod client;
mod frames;
mod ledger;
mod pace;
mod scan;
mod session;
mod stats;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rustix::process::Pid;

use crate::Result;
use crate::http::Person;

pub use stats::{Report, histogram, quantile};

/// When a sender that keeps messages under way says the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The server said that it is on disk.
    Ack,
    /// It came back as everybody else gets it.
    Echo,
}

/// How fast people talk.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    Silent,
    /// Messages per second over all senders, whatever the server does.
    Open(f64),
    /// So many under way per sender.
    Closed(usize, Until),
}

/// What a run does.
#[derive(Clone)]
pub struct Plan {
    /// Node of the n-th client of a room: the n-th, and around again.
    pub nodes: Vec<SocketAddr>,
    pub people: Vec<Person>,
    pub rooms: Vec<i64>,
    pub clients_per_room: usize,
    /// The first ones of each room.
    pub senders_per_room: usize,
    /// Senders who do not listen; then only the others are delivered to.
    pub deaf_senders: bool,
    pub bytes: usize,
    pub pace: Pace,
    /// An open pace is uneven.
    pub scattered: bool,
    pub warmup: Duration,
    pub measured: Duration,
    /// Count only what came over another node than its sender's.
    pub only_across: bool,
    /// Come back when the connection ends, as our browser client does.
    pub reconnect: bool,
    /// Local addresses to connect from: one has some 28 000 ports.
    pub from: Vec<IpAddr>,
    /// Handshakes under way at once.
    pub handshakes: usize,
    /// Processes whose use of the machine is reported.
    pub watched: Vec<Pid>,
}

impl Plan {
    pub fn new(nodes: &[SocketAddr], people: &[Person], rooms: &[i64]) -> Self {
        Self {
            nodes: nodes.to_vec(),
            people: people.to_vec(),
            rooms: rooms.to_vec(),
            clients_per_room: 1,
            senders_per_room: 1,
            deaf_senders: false,
            bytes: 128,
            pace: Pace::Silent,
            scattered: false,
            warmup: Duration::from_secs(1),
            measured: Duration::from_secs(10),
            only_across: false,
            reconnect: false,
            from: vec![IpAddr::from([127, 0, 0, 1])],
            handshakes: 32,
            watched: Vec::new(),
        }
    }

    pub fn crowd(mut self, clients_per_room: usize, senders_per_room: usize) -> Self {
        (self.clients_per_room, self.senders_per_room) = (clients_per_room, senders_per_room);
        self
    }

    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }
}

/// What somebody outside does while the clients talk; called at the start of the measured time.
pub type Meanwhile = Box<dyn FnOnce() + Send>;

/// Runs a plan on a thread of its own and reports.
pub async fn run(plan: Plan) -> Result<Report> {
    run_while(plan, Box::new(|| {})).await
}

pub async fn run_while(plan: Plan, meanwhile: Meanwhile) -> Result<Report> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().name("load".into()).spawn(move || {
        let report = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Into::into)
            .and_then(|runtime| tokio::task::LocalSet::new().block_on(&runtime, session::run(plan, meanwhile)));
        // Nobody waits any more if the bench was interrupted.
        let _ = answer.send(report);
    })?;
    answered.await.map_err(|_| "the generator died")?
}
