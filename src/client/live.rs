//! The live state of the page: what components see as signals, what they may ask for, and what the socket brings.

mod receive;

use std::collections::HashMap;

use leptos::prelude::*;

use super::browser;
use super::outbox::{Entry, Outbox};
use super::room_signals::RoomSignals;
use super::timeline::Timeline;
use crate::api::people::PageContext;
use crate::model::ids::{Millis, Nonce, RoomId, Seq};
use crate::model::message::History;
use crate::model::user::Author;
use crate::protocol::{self, ClientFrame, Since, Sub, Unsub};

/// A cut shorter than this is nobody's business.
const PATIENCE: Millis = 5_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    Online,
    Connecting,
    /// For longer than a moment.
    Offline,
    /// For good: the server does not want this page any more.
    Ended,
}

impl Connection {
    pub const fn as_str(self) -> &'static str {
        match self {
            Connection::Online => "online",
            Connection::Connecting => "connecting",
            Connection::Offline | Connection::Ended => "offline",
        }
    }
}

/// Puts a frame on the wire. It may be lost: only an answer counts.
pub type Wire = fn(&ClientFrame);

/// One per page, above the router: the connection outlives the rooms.
#[derive(Clone, Copy)]
pub struct Live {
    connection: RwSignal<Connection>,
    state: StoredValue<State>,
}

struct State {
    me: Option<Author>,
    /// Present while there is a connection.
    wire: Option<Wire>,
    /// Of the database that the connection leads to, once it has said so.
    epoch: Option<String>,
    /// The connection is that of `me`, so that what they wrote may go out under it.
    is_mine: bool,
    outbox: Outbox,
    rooms: HashMap<RoomId, Joined>,
    next_id: i64,
    cut_at: Millis,
}

/// A room that is on the screen.
struct Joined {
    /// Tells two visits of one room apart: the new one may begin before the old one has ended.
    visit: i64,
    timeline: Timeline,
    signals: RoomSignals,
    day_of: fn(Millis) -> i64,
    /// The highest seq that the server has been heard of.
    head: Seq,
    /// When the events since the cursor were asked for.
    asked_at: Option<Millis>,
    is_loading: bool,
}

/// Provides [`Live`] to the app. On the server it holds nothing and does nothing.
pub fn provide_live() -> Live {
    let me = use_context::<PageContext>().and_then(|page| page.viewer.me);
    let live = Live {
        connection: RwSignal::new(Connection::Connecting),
        state: StoredValue::new(State {
            me,
            wire: None,
            epoch: None,
            is_mine: false,
            outbox: Outbox::default(),
            rooms: HashMap::new(),
            next_id: 0,
            cut_at: 0,
        }),
    };
    provide_context(live);
    Effect::new(move |_| {
        live.with(|state| {
            if let Some(me) = &state.me {
                state.outbox = Outbox::restore(browser::kept_entries(me.id));
            }
            state.show_outbox();
        });
        live.cut();
        super::connect(live);
    });
    live
}

/// What components ask for.
impl Live {
    pub fn connection(self) -> Signal<Connection> {
        self.connection.into()
    }

    /// A page of a room. It follows the conversation from where the page ends if it is the latest one. Day lines are
    /// drawn by `server_day` at first, because the server has drawn them so, and by `day_of` from then on.
    pub fn open(
        self,
        room: RoomId,
        page: History,
        is_latest: bool,
        server_day: fn(Millis) -> i64,
        day_of: fn(Millis) -> i64,
    ) -> RoomSignals {
        let head = page.head;
        let timeline = Timeline::load(page);
        let signals = RoomSignals::new(&timeline, server_day);
        let mut timeline = Some(timeline);
        Effect::new(move |_| {
            let Some(timeline) = timeline.take() else { return };
            if !is_latest {
                signals.publish(&timeline, day_of);
                return;
            }
            let visit = self.with(|state| {
                state.next_id += 1;
                let visit = state.next_id;
                let joined = Joined { visit, timeline, signals, day_of, head, asked_at: None, is_loading: false };
                state.rooms.insert(room, joined);
                state.show_outbox();
                state.publish(room);
                state.subscribe(room);
                visit
            });
            on_cleanup(move || self.close(room, visit));
        });
        signals
    }

    /// Says `body` in `room`: shown at once, kept until the server has it.
    pub fn send(self, room: RoomId, body: String) {
        self.with(|state| {
            let Some(me) = &state.me else { return };
            let entry = Entry::new(browser::new_nonce(), room, body, None, browser::now());
            browser::keep_entry(me.id, &entry);
            state.outbox.push(entry);
            state.drain();
        });
    }

    /// Tries a stopped message again, behind those that were written since.
    pub fn retry(self, nonce: &Nonce) {
        self.with(|state| {
            state.outbox.retry(nonce, browser::now());
            state.keep(nonce);
            state.forget(nonce);
            state.drain();
        });
    }

    /// Takes a stopped message away and gives its text back.
    pub fn discard(self, nonce: &Nonce) -> Option<String> {
        self.with(|state| {
            let entry = state.settle(nonce)?;
            state.forget(nonce);
            state.publish(entry.room);
            Some(entry.body)
        })
    }

    fn close(self, room: RoomId, visit: i64) {
        // The app itself may be going: then there is nothing left to tidy.
        self.state.try_update_value(|state| {
            if state.rooms.get(&room).is_some_and(|joined| joined.visit == visit) {
                state.rooms.remove(&room);
                state.put(&ClientFrame::Unsub(Unsub { room }));
            }
        });
    }

    fn with<T>(self, change: impl FnOnce(&mut State) -> T) -> T {
        self.state.try_update_value(change).expect("the app is never disposed")
    }
}

impl State {
    fn put(&self, frame: &ClientFrame) {
        if let Some(wire) = self.wire {
            wire(frame);
        }
    }

    /// Asks for everything in `room` since its cursor. Before the welcome, `hello` has done so.
    fn subscribe(&mut self, room: RoomId) {
        if self.epoch.is_none() {
            return;
        }
        self.next_id += 1;
        let id = self.next_id;
        let Some(joined) = self.rooms.get_mut(&room) else { return };
        joined.asked_at = Some(browser::now());
        let since = Some(Since(joined.timeline.cursor()));
        self.put(&ClientFrame::Sub(Sub { id, room, since }));
    }

    /// Sends what may go now, and shows what became of everything in the outbox.
    fn drain(&mut self) {
        let due = if self.is_mine { self.outbox.due(browser::now()) } else { Vec::new() };
        for Entry { nonce, room, body, reply_to, .. } in due {
            self.next_id += 1;
            let send = protocol::Send { id: self.next_id, room, nonce, body, reply_to, attachments: None };
            self.put(&ClientFrame::Send(send));
        }
        self.show_outbox();
    }

    fn show_outbox(&mut self) {
        let Some(me) = &self.me else { return };
        for (room, joined) in &mut self.rooms {
            let mut entries = self.outbox.entries().iter().filter(|entry| entry.room == *room).peekable();
            if entries.peek().is_some() {
                entries.for_each(|entry| joined.timeline.show(entry, me));
                joined.signals.publish(&joined.timeline, joined.day_of);
            }
        }
    }

    fn publish(&self, room: RoomId) {
        if let Some(joined) = self.rooms.get(&room) {
            joined.signals.publish(&joined.timeline, joined.day_of);
        }
    }

    /// The message needs no sending any more.
    fn settle(&mut self, nonce: &Nonce) -> Option<Entry> {
        let entry = self.outbox.ack(nonce)?;
        if let Some(me) = &self.me {
            browser::drop_entry(me.id, nonce);
        }
        Some(entry)
    }

    /// Takes an unsent message off the screen.
    fn forget(&mut self, nonce: &Nonce) {
        for joined in self.rooms.values_mut() {
            joined.timeline.forget(nonce);
        }
    }

    fn keep(&self, nonce: &Nonce) {
        if let (Some(me), Some(entry)) = (&self.me, self.outbox.find(nonce)) {
            browser::keep_entry(me.id, entry);
        }
    }
}
