//! What members have not read, counted along as things are said and told to all of their connections.
//!
//! One task on each node listens to every room of everybody who is connected there, like a subscriber would. It counts a
//! message in O(1) however many members there are, and asks the database only where counting along is not enough: when
//! somebody comes, has read a part, or an unread message is deleted.

mod tally;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::mpsc;

use self::tally::Tally;
use super::app::App;
use super::bus::Passing;
use super::hub::{Item, Outgoing, Resume};
use crate::error::Result;
use crate::model::ids::{RoomId, Seq, UserId};
use crate::model::room::Unread;
use crate::protocol::{Kind, ServerFrame};
use crate::server::store::unread::{Place, Step};

/// How often something is told. No person is told of one room twice within [`tally::EVERY`].
const TICK: Duration = Duration::from_millis(200);
/// Somebody's most active rooms, which are watched while they are connected.
const ROOMS: i64 = 300;

/// What the task is told.
enum Note {
    /// Somebody has connected.
    Come(UserId, Arc<Outgoing>),
    Gone(UserId, Arc<Outgoing>),
    Read(UserId, RoomId, Step),
    /// Somebody's place in a room, or their having one, is not what it was.
    Moved(UserId, RoomId),
    /// Anything may have been missed.
    Refresh,
}

/// The way to the task.
pub struct Desk {
    notes: mpsc::UnboundedSender<Note>,
    inbox: Mutex<Option<mpsc::UnboundedReceiver<Note>>>,
}

impl Default for Desk {
    fn default() -> Self {
        let (notes, inbox) = mpsc::unbounded_channel();
        Self { notes, inbox: Mutex::new(Some(inbox)) }
    }
}

impl Desk {
    fn note(&self, note: Note) {
        // Nobody reads any more once the app ends.
        let _ = self.notes.send(note);
    }

    /// A connection of `user` is to be told what is unread, for as long as the place is held.
    pub fn enter(&self, app: &App, user: UserId, out: &Arc<Outgoing>) -> Seat {
        self.note(Note::Come(user, Arc::clone(out)));
        Seat { app: app.clone(), user, out: Arc::clone(out) }
    }

    /// Somebody has read, or wants to have something unread. Written down soon.
    pub fn read(&self, user: UserId, room: RoomId, step: Step) {
        self.note(Note::Read(user, room, step));
    }

    /// Somebody's place in a room has changed in the database.
    pub fn moved(&self, user: UserId, room: RoomId) {
        self.note(Note::Moved(user, room));
    }

    /// Everything is to be counted anew.
    pub fn refresh(&self) {
        self.note(Note::Refresh);
    }
}

/// A connection's place among those that are told.
pub struct Seat {
    app: App,
    user: UserId,
    out: Arc<Outgoing>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.app.unread.note(Note::Gone(self.user, Arc::clone(&self.out)));
    }
}

/// Runs until the app ends.
pub async fn run(app: App) {
    let inbox = app.unread.inbox.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(mut inbox) = inbox else { return };
    let mut book = Book {
        ears: Arc::new(Outgoing::ears()),
        people: HashMap::new(),
        tally: Tally::default(),
        watched: HashSet::new(),
        steps: HashMap::new(),
        arrived: HashSet::new(),
        named: Vec::new(),
        app,
    };
    let (ears, shutdown) = (Arc::clone(&book.ears), book.app.shutdown.clone());
    let mut items = VecDeque::new();
    let mut fails = false;
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            taken = ears.take(&mut items) => {
                items.drain(..).for_each(|item| book.hear(&item));
                if let Some((room, _)) = taken.lagging {
                    // What was missed is counted by the database.
                    ears.forget(room);
                    book.tally.skip_to(room, book.app.chat.hub.head(room).unwrap_or_default());
                }
            }
            Some(note) = inbox.recv() => book.take(note),
            _ = tick.tick() => {
                let told = book.tell().await;
                if let Err(error) = &told
                    && !fails
                {
                    tracing::warn!(%error, "what is unread cannot be counted for now");
                }
                fails = told.is_err();
            }
        }
    }
}

struct Book {
    app: App,
    /// What listens to the rooms.
    ears: Arc<Outgoing>,
    people: HashMap<UserId, Vec<Arc<Outgoing>>>,
    tally: Tally,
    watched: HashSet<RoomId>,
    /// Where people have read to, until it is written down.
    steps: HashMap<Place, Step>,
    /// People whose rooms are not known yet.
    arrived: HashSet<UserId>,
    /// Messages that may name somebody.
    named: Vec<(RoomId, Seq)>,
}

impl Book {
    fn hear(&mut self, item: &Item) {
        let Item::Event(event) = item else { return };
        match event.kind {
            Kind::Msg => {
                self.tally.said(event.room, event.seq, event.author);
                if event.may_name {
                    self.named.push((event.room, event.seq));
                }
            }
            Kind::Del => self.tally.deleted(event.room, event.seq, event.target.unwrap_or_default()),
            Kind::Edit if event.may_name => self.tally.deleted(event.room, event.seq, event.target.unwrap_or_default()),
            _ => self.tally.passed(event.room, event.seq),
        }
    }

    fn take(&mut self, note: Note) {
        match note {
            Note::Come(user, out) => {
                self.people.entry(user).or_default().push(out);
                self.arrived.insert(user);
            }
            Note::Gone(user, out) => {
                if let Some(outs) = self.people.get_mut(&user) {
                    outs.retain(|known| !Arc::ptr_eq(known, &out));
                    if outs.is_empty() {
                        self.people.remove(&user);
                        self.arrived.remove(&user);
                        self.tally.forget(user);
                    }
                }
            }
            Note::Read(user, room, step) => {
                let merged = self.steps.get(&(user, room)).map_or(step, |known| known.then(step));
                self.steps.insert((user, room), merged);
            }
            Note::Moved(user, room) => {
                if !self.tally.stale(user, room) && self.people.contains_key(&user) {
                    self.arrived.insert(user);
                }
            }
            Note::Refresh => self.arrived.extend(self.people.keys()),
        }
    }

    async fn tell(&mut self) -> Result<()> {
        self.write_down().await?;
        self.seat().await?;
        self.count().await?;
        let now = Instant::now();
        for (user, room, unread) in self.tally.news(now) {
            let Some(outs) = self.people.get(&user) else { continue };
            let frame = frame(room, unread);
            for out in outs {
                if !out.push_passing(frame.clone()) {
                    self.tally.untold(user, room);
                }
            }
        }
        self.leave_empty_rooms().await;
        Ok(())
    }

    /// Writes down where people have read to, and tells the other nodes.
    async fn write_down(&mut self) -> Result<()> {
        if self.steps.is_empty() {
            return Ok(());
        }
        let steps: Vec<_> = self.steps.iter().map(|(place, step)| (*place, *step)).collect();
        self.app.chat.db.read(&steps).await?;
        self.steps.clear();
        for ((user, room), _) in steps {
            self.tally.stale(user, room);
            self.app.chat.bus.pass(room, &Passing::Read { user });
        }
        Ok(())
    }

    /// Finds the rooms of those who have come, and listens to them.
    async fn seat(&mut self) -> Result<()> {
        let Self { arrived, people, .. } = self;
        arrived.retain(|user| people.contains_key(user));
        for user in arrived.clone() {
            let rooms = self.app.chat.db.rooms_of(user, ROOMS).await?;
            for room in &rooms {
                if !self.watched.contains(room) {
                    self.app.chat.hub.join(*room, &self.ears, Resume::Live, &|_| Utf8Bytes::default()).await?;
                    self.watched.insert(*room);
                    // Live events come after this head, and are told from those before it by their seq.
                    self.tally.skip_to(*room, self.app.chat.hub.head(*room).unwrap_or_default());
                }
            }
            self.tally.seat(user, &rooms);
            self.arrived.remove(&user);
        }
        Ok(())
    }

    /// Counts what counting along does not tell.
    async fn count(&mut self) -> Result<()> {
        let named = std::mem::take(&mut self.named);
        if !named.is_empty() {
            for ((user, room), seq) in self.app.chat.db.mentioned(&named).await? {
                self.tally.named(user, room, seq);
            }
        }
        let places = self.tally.to_count();
        if places.is_empty() {
            return Ok(());
        }
        let counted: HashMap<Place, Unread> = self.app.chat.db.unread(&places).await?.into_iter().collect();
        for (place, head) in places {
            self.tally.counted(place, head, counted.get(&place).copied());
        }
        Ok(())
    }

    async fn leave_empty_rooms(&mut self) {
        for room in self.tally.empty_rooms() {
            self.watched.remove(&room);
            self.app.chat.hub.leave(room, &self.ears).await;
        }
    }
}

fn frame(room: RoomId, unread: Option<Unread>) -> Utf8Bytes {
    let gone = unread.is_none();
    let Unread { count, mentions, read_seq } = unread.unwrap_or_default();
    ServerFrame::Unread { room, count, mentions, read_seq, gone }.to_text().into()
}
