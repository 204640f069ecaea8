//! A correct chat client: an outbox that resends until it is answered, a cursor per room, reconnects with back-off.
//!
//! It is what `protocol.md` asks of a client and no more, so that whatever the oracle finds is the server's doing.

mod connection;
mod state;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::history::{History, Log, Room};
use crate::http::{Door, Person};

pub use connection::open_socket;
pub use state::{Clocks, State};

/// What the harness may do to a client from outside.
#[derive(Debug)]
pub enum Order {
    /// Something waits in the outbox.
    Wake,
    /// The connection is dropped, with a reset or an orderly end, and not made again for a while.
    Cut { reset: bool, offline: Duration },
    /// Nothing is read or written for a while, as if the process were stopped.
    Freeze(Duration),
    /// The room is left and entered again from its cursor.
    Resubscribe(Room),
    /// The connection is closed for good.
    Leave,
}

/// What a client is made with.
#[derive(Clone)]
pub struct Setup {
    pub person: Person,
    pub rooms: Vec<Room>,
    /// The nodes, in the order in which they are tried.
    pub doors: Arc<Mutex<Vec<Door>>>,
    /// The first of them to be tried.
    pub home: usize,
    /// `SO_RCVBUF`, if it is to be small.
    pub receive_buffer: Option<u32>,
    /// From the very first event on, not from now on.
    pub from_start: bool,
}

/// A running client.
pub struct Client {
    pub id: u32,
    pub setup: Setup,
    pub state: Arc<Mutex<State>>,
    pub history: History,
    orders: mpsc::UnboundedSender<Order>,
    task: JoinHandle<()>,
}

impl Client {
    pub fn start(id: u32, setup: Setup, clocks: Clocks) -> Self {
        let history = History::default();
        let state = Arc::new(Mutex::new(State::new(&setup, history.clone(), clocks)));
        let (orders, receiver) = mpsc::unbounded_channel();
        let task = tokio::spawn(connection::run(setup.clone(), Arc::clone(&state), receiver));
        Self { id, setup, state, history, orders, task }
    }

    /// Puts a message into the outbox.
    pub fn say(&self, room: Room, nonce: &str, body: &str) {
        self.outbox().say(room, nonce, body);
    }

    pub fn outbox(&self) -> Outbox {
        let (state, orders) = (Arc::clone(&self.state), self.orders.clone());
        Outbox { client: self.id, home: self.setup.home, rooms: self.setup.rooms.clone(), state, orders }
    }

    pub fn order(&self, order: Order) {
        let _ = self.orders.send(order);
    }

    /// Reads or changes the state.
    pub fn look<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub fn is_online(&self) -> bool {
        self.look(|state| state.online)
    }

    /// Everything it saw and did until now.
    pub fn log(&self) -> Log {
        Log { client: self.id, user: self.setup.person.id, records: self.history.lock().clone() }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The way into a client's outbox, for whoever makes it talk.
pub struct Outbox {
    pub client: u32,
    pub home: usize,
    pub rooms: Vec<Room>,
    state: Arc<Mutex<State>>,
    orders: mpsc::UnboundedSender<Order>,
}

impl Outbox {
    pub fn say(&self, room: Room, nonce: &str, body: &str) {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner).queue(room, nonce, body);
        let _ = self.orders.send(Order::Wake);
    }
}
