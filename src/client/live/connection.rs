//! The connection comes and goes: what the page shows of it, and how it takes up the rooms again.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Live, State, Wire};
use crate::api::rooms::my_rooms;
use crate::client::browser;
use crate::error::Code;
use crate::model::ids::{Millis, RoomId};
use crate::protocol::{ClientFrame, Hello, HelloSub, Since, VERSION};

/// A cut shorter than this is nobody's business.
const PATIENCE: Millis = 5_000;
/// What a tab remembers of it.
const BARRED: &str = "barred";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    Online,
    Connecting,
    /// For longer than a moment.
    Offline,
    /// The server answers requests, but no socket comes about: something on the way lets none through.
    Barred,
    /// For good: the server does not want this page any more.
    Ended,
}

impl Connection {
    pub const fn as_str(self) -> &'static str {
        match self {
            Connection::Online => "online",
            Connection::Connecting => "connecting",
            Connection::Offline | Connection::Barred | Connection::Ended => "offline",
        }
    }
}

impl Live {
    pub fn is_signed_in(self) -> bool {
        self.with(|state| state.me.is_some())
    }

    /// There is a wire. The first frame on it resumes everything.
    pub fn opened(self, wire: Wire) {
        let asked = self.with(|state| {
            state.wire = Some(wire);
            state.put(&state.hello());
            if state.has_cards() {
                state.ask_for_cards();
            }
            let id = state.next_id();
            state.rooms.values_mut().for_each(|joined| joined.asked = Some(id));
            state.rooms.keys().map(|room| (*room, id)).collect::<Vec<_>>()
        });
        asked.into_iter().for_each(|(room, id)| self.expect_answer(room, id));
    }

    /// The server has answered `hello`.
    pub(super) fn welcomed(self) {
        // Somebody else, or nobody, is signed in by now: what is written here would wait for ever.
        let is_strange = self.with(|state| state.me.is_some() && !state.is_mine);
        browser::remember(BARRED, false);
        self.connection.set(if is_strange { Connection::Ended } else { Connection::Online });
        if is_strange {
            browser::tell_page("stranger");
        }
        // Those that were opened after `hello` had gone.
        let late: Vec<RoomId> = self.with(|state| {
            let late = state.rooms.iter().filter(|(_, joined)| !joined.is_subscribed && joined.asked.is_none());
            late.map(|(room, _)| *room).collect()
        });
        late.into_iter().for_each(|room| self.ask(room));
        let rooms: Vec<RoomId> = self.with(|state| state.rooms.keys().copied().collect());
        rooms.into_iter().for_each(|room| self.tell_read(room));
    }

    /// The wire is gone. Shown only if it does not come back soon.
    pub fn cut(self) {
        self.with(|state| {
            (state.wire, state.epoch, state.is_mine) = (None, None, false);
            state.outbox.reconnected();
            for joined in state.rooms.values_mut() {
                (joined.is_subscribed, joined.asked) = (false, None);
                joined.reads.cut();
            }
            if state.cut.is_none() {
                let cut = state.next_id();
                state.cut = Some(cut);
                browser::after(PATIENCE, move || self.lose_patience(cut));
            }
        });
        if self.connection.get_untracked() == Connection::Online {
            self.connection.set(Connection::Connecting);
        }
    }

    /// Sockets fail again and again. Looks whether requests do, too, and if not, says so.
    pub fn fails_to_open(self) {
        spawn_local(async move {
            let is_answered = match my_rooms().await {
                Ok(_) => true,
                // Nobody is signed in, or the page was reached by another name than the server knows.
                Err(error) => matches!(error.code, Code::Unauthorized | Code::Forbidden),
            };
            if is_answered && self.with(|state| state.wire.is_none()) {
                browser::remember(BARRED, true);
                self.connection.set(Connection::Barred);
            }
        });
    }

    /// Takes for granted what the page before this one has found out.
    pub fn begins(self) {
        if browser::remembers(BARRED) {
            self.connection.set(Connection::Barred);
        }
    }

    /// Whether what is written has to go by form.
    pub fn is_barred(self) -> bool {
        self.connection.try_get_untracked() == Some(Connection::Barred)
    }

    /// The server does not want this page any more.
    pub fn end(self) {
        self.connection.set(Connection::Ended);
    }

    /// Not if it came back and has just gone again: that cut has a timer of its own.
    fn lose_patience(self, cut: i64) {
        let is_long = self.with(|state| state.cut == Some(cut));
        if is_long && self.connection.get_untracked() == Connection::Connecting {
            self.connection.set(Connection::Offline);
        }
    }
}

impl State {
    fn hello(&self) -> ClientFrame {
        let subs = self.rooms.iter().map(|(room, joined)| {
            let since = Some(Since(joined.timeline.cursor()));
            HelloSub { room: *room, since }
        });
        let epoch = self.rooms.values().next().map(|joined| joined.timeline.epoch().to_owned());
        ClientFrame::Hello(Hello { v: VERSION, epoch, subs: subs.collect() })
    }
}
