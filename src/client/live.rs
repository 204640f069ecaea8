//! The live state of the page: what components see as signals, what they may ask for, and what the socket brings.

mod catch_up;
mod connection;
mod overview;
mod people;
mod quotes;
mod reads;
mod receive;
mod unsent;
mod window;

use std::collections::{HashMap, VecDeque};

use leptos::prelude::*;

use super::effect::effect;
use super::here::Typing;
use super::outbox::Outbox;
use super::room_signals::RoomSignals;
use super::rows::Line;
use super::timeline::Timeline;
use super::{browser, tabs};
use crate::api::people::PageContext;
use crate::model::ids::{Millis, Nonce, RoomId, Seq};
use crate::model::message::History;
use crate::model::room::Membership;
use crate::model::user::Author;
use crate::protocol::ClientFrame;
use crate::protocol::client::Unsub;

pub use self::connection::Connection;
pub use self::overview::Overview;
use self::reads::Reads;

/// Puts a frame on the wire. It may be lost: only an answer counts.
pub type Wire = fn(&ClientFrame);

/// One per page, above the router: the connection outlives the rooms.
#[derive(Clone, Copy)]
pub struct Live {
    connection: RwSignal<Connection>,
    pub overview: Overview,
    state: StoredValue<State>,
}

struct State {
    overview: Overview,
    me: Option<Author>,
    /// The name under which this tab keeps what it has to send.
    tab: String,
    /// Present while there is a connection.
    wire: Option<Wire>,
    /// Of the database that the connection leads to, once it has said so.
    epoch: Option<String>,
    /// The connection is that of `me`, so that what they wrote may go out under it.
    is_mine: bool,
    outbox: Outbox,
    /// What has left the outbox last.
    settled: VecDeque<Nonce>,
    rooms: HashMap<RoomId, Joined>,
    last_id: i64,
    /// Names the time without a connection, while there is none.
    cut: Option<i64>,
    /// Rooms whose rows have changed since they were last drawn: they are, with the next frame of the screen.
    stale: Vec<RoomId>,
    /// In which room the reader's writing was last told, and when.
    said_typing: (Option<RoomId>, Millis),
}

/// A room's page, and how it is to be read.
pub struct Opened {
    pub page: History,
    /// The reader's, if they are a member, and the first message that they have not read.
    pub membership: Option<Membership>,
    pub unread_from: Option<Seq>,
    /// What is seen counts as read.
    pub reads: bool,
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
    /// New events come over this connection.
    is_subscribed: bool,
    /// The question for what is missing, while it is about to be asked or its answer is awaited.
    asked: Option<i64>,
    is_loading: bool,
    /// The message that the reader looks at; none if it is the latest one.
    at: Option<Seq>,
    line: Line,
    typing: Typing,
    reads: Reads,
}

/// Provides [`Live`] to the app. On the server it holds nothing and does nothing.
pub fn provide_live() -> Live {
    let me = use_context::<PageContext>().and_then(|page| page.viewer.me);
    let overview = Overview::default();
    let live = Live {
        connection: RwSignal::new(Connection::Connecting),
        overview,
        state: StoredValue::new(State {
            overview,
            me,
            tab: String::new(),
            wire: None,
            epoch: None,
            is_mine: false,
            outbox: Outbox::default(),
            settled: VecDeque::new(),
            rooms: HashMap::new(),
            last_id: 0,
            cut: None,
            stale: Vec::new(),
            said_typing: (None, 0),
        }),
    };
    provide_context(live);
    effect(move || {
        live.cut();
        drop(window_event_listener_untyped("pagehide", move |_| live.release()));
        let tab = String::from(browser::new_nonce());
        let me = live.with(|state| {
            state.tab.clone_from(&tab);
            state.me.as_ref().map(|me| me.id)
        });
        match me {
            Some(me) => tabs::start(live, me, tab),
            None => super::connect(live),
        }
    });
    live
}

impl Live {
    pub fn connection(self) -> Signal<Connection> {
        self.connection.into()
    }

    /// A page of a room, which follows the conversation from then on. Day lines are drawn by `server_day` at first,
    /// because the server has drawn them so, and by `day_of` from then on.
    pub fn open(
        self,
        room: RoomId,
        opened: Opened,
        server_day: fn(Millis) -> i64,
        day_of: fn(Millis) -> i64,
    ) -> RoomSignals {
        let Opened { page, membership, unread_from, reads } = opened;
        let read_seq = membership.as_ref().map_or(0, |membership| membership.read_seq);
        let head = page.head;
        let line = Line { me: self.with(|state| state.me.as_ref().map(|me| me.id)), seq: unread_from };
        let timeline = Timeline::load(page, line.me);
        let signals = RoomSignals::new(&timeline, server_day, line, membership, reads);
        let mut timeline = Some(timeline);
        effect(move || {
            let Some(timeline) = timeline.take() else { return };
            let visit = self.with(|state| {
                let visit = state.next_id();
                let joined = Joined {
                    visit,
                    timeline,
                    signals,
                    day_of,
                    head,
                    is_subscribed: false,
                    asked: None,
                    is_loading: false,
                    at: None,
                    line,
                    typing: Typing::default(),
                    reads: Reads::new(read_seq),
                };
                state.rooms.insert(room, joined);
                state.show_outbox();
                state.publish(room);
                visit
            });
            self.ask(room);
            self.uncover(room);
            on_cleanup(move || self.close(room, visit));
        });
        signals
    }

    fn close(self, room: RoomId, visit: i64) {
        // The app itself may be going: then there is nothing left to tidy.
        self.state.try_update_value(|state| {
            if state.rooms.get(&room).is_some_and(|joined| joined.visit == visit) {
                state.tell_read(room);
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

    fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    fn publish(&mut self, room: RoomId) {
        if let Some(joined) = self.rooms.get_mut(&room) {
            joined.timeline.trim(joined.at);
            joined.publish();
        }
    }
}

impl Joined {
    fn publish(&self) {
        self.signals.publish(&self.timeline, self.day_of, self.line);
    }
}
