//! What the socket tells: the connection comes and goes, and frames change outbox and rooms.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Connection, Live, PATIENCE, State, Wire};
use crate::api::messages::history;
use crate::client::browser;
use crate::client::timeline::Applied;
use crate::error::Code;
use crate::model::ids::{Millis, Nonce, RoomId, Seq};
use crate::protocol::{ClientFrame, Event, Hello, HelloSub, ServerFrame, Since, VERSION};

/// Swapped frames are normal: what seems to be missing is asked for only after this.
const GAP_PATIENCE: Millis = 300;
/// An answer to the asking that has not come until then was lost.
const ASK_TIMEOUT: Millis = 5_000;
const RELOAD_PAUSE: Millis = 3_000;

/// What has to be done once the state is let go of.
enum Then {
    /// Ask for what is missing, unless it has come by itself.
    Ask(RoomId, Millis),
    Reload(RoomId),
}

impl Live {
    pub fn is_signed_in(self) -> bool {
        self.with(|state| state.me.is_some())
    }

    /// There is a wire. The first frame on it resumes everything.
    pub fn opened(self, wire: Wire) {
        self.with(|state| {
            state.wire = Some(wire);
            state.put(&state.hello());
            let now = browser::now();
            state.rooms.values_mut().for_each(|joined| joined.asked_at = Some(now));
        });
    }

    /// The wire is gone. Shown only if it does not come back soon.
    pub fn cut(self) {
        self.with(|state| {
            (state.wire, state.epoch, state.is_mine) = (None, None, false);
            state.outbox.reconnected();
            state.rooms.values_mut().for_each(|joined| joined.asked_at = None);
            if state.cut_at == 0 {
                state.cut_at = browser::now();
                browser::after(PATIENCE, move || self.lose_patience());
            }
        });
        if self.connection.get_untracked() == Connection::Online {
            self.connection.set(Connection::Connecting);
        }
    }

    /// The server does not want this page any more.
    pub fn end(self) {
        self.connection.set(Connection::Ended);
    }

    /// Sends what is due, and says when to come again.
    pub fn tick(self) -> Option<Millis> {
        self.with(|state| {
            let now = browser::now();
            if state.is_mine && state.outbox.next_due().is_some_and(|due| due <= now) {
                state.drain();
            }
            state.outbox.next_due().filter(|_| state.is_mine).map(|due| due - now)
        })
    }

    pub fn receive(self, frames: Vec<ServerFrame>) {
        let mut then = Vec::new();
        let mut touched = Vec::new();
        let mut is_welcome = false;
        self.with(|state| {
            for frame in frames {
                is_welcome |= matches!(frame, ServerFrame::Welcome { .. });
                touched.extend(state.take(frame, &mut then));
            }
            touched.dedup();
            touched.into_iter().for_each(|room| state.publish(room));
            state.drain();
        });
        if is_welcome {
            self.connection.set(Connection::Online);
        }
        for task in then {
            match task {
                Then::Ask(room, pause) => browser::after(pause, move || self.ask(room)),
                Then::Reload(room) => self.reload(room),
            }
        }
    }

    fn ask(self, room: RoomId) {
        self.with(|state| {
            let missing = state.rooms.get_mut(&room).is_some_and(|joined| {
                joined.asked_at = None;
                joined.timeline.behind(joined.head)
            });
            if missing {
                state.subscribe(room);
            }
        });
    }

    /// The latest page instead of the window that cannot be continued.
    fn reload(self, room: RoomId) {
        let starts = self.with(|state| {
            let joined = state.rooms.get_mut(&room);
            joined.is_some_and(|joined| !std::mem::replace(&mut joined.is_loading, true))
        });
        if !starts {
            return;
        }
        spawn_local(async move {
            let page = history(room, None, None, None, None).await;
            self.with(|state| {
                let Some(joined) = state.rooms.get_mut(&room) else { return };
                joined.is_loading = false;
                match page {
                    Ok(page) => {
                        // Stored by an earlier try, whose answer was lost.
                        let stored: Vec<Nonce> = page.messages.iter().filter_map(|said| said.nonce.clone()).collect();
                        joined.head = page.head;
                        joined.timeline.replace(page);
                        stored.iter().for_each(|nonce| drop(state.settle(nonce)));
                        state.publish(room);
                        state.subscribe(room);
                    }
                    Err(error) if matches!(error.code, Code::NotFound | Code::Forbidden) => state.revoke(room),
                    Err(_) => browser::after(RELOAD_PAUSE, move || self.reload(room)),
                }
            });
        });
    }

    fn lose_patience(self) {
        // Not if it came back and has just gone again: that cut has a timer of its own.
        let since = self.with(|state| state.cut_at);
        let is_long = since > 0 && browser::now() - since >= PATIENCE;
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

    /// Takes one frame in and names the room whose rows it has changed.
    fn take(&mut self, frame: ServerFrame, then: &mut Vec<Then>) -> Option<RoomId> {
        match frame {
            ServerFrame::Welcome { user, epoch, .. } => {
                self.is_mine = user.is_some_and(|user| self.me.as_ref().is_some_and(|me| me.id == user.id));
                self.epoch = Some(epoch);
                self.cut_at = 0;
                self.outbox.reconnected();
                // Those that were opened after `hello` had gone.
                let late = self.rooms.iter().filter(|(_, joined)| joined.asked_at.is_none());
                let late: Vec<RoomId> = late.map(|(room, _)| *room).collect();
                late.into_iter().for_each(|room| self.subscribe(room));
            }
            ServerFrame::SubOk { room, head, recovered, events, .. } => {
                events.iter().for_each(|event| self.see(event));
                let epoch = self.epoch.as_deref();
                let joined = self.rooms.get_mut(&room)?;
                joined.asked_at = None;
                joined.head = joined.head.max(head);
                if !recovered || epoch != Some(joined.timeline.epoch()) {
                    then.push(Then::Reload(room));
                } else if joined.timeline.resume(head, events) == Applied::Gap {
                    let farthest = joined.timeline.farthest().max(head);
                    self.miss(room, farthest, GAP_PATIENCE, then);
                }
                return Some(room);
            }
            ServerFrame::Ev { room, event } => {
                self.see(&event);
                let seq = event.seq;
                if self.rooms.get_mut(&room)?.timeline.apply(event) == Applied::Gap {
                    self.miss(room, seq, GAP_PATIENCE, then);
                }
                return Some(room);
            }
            ServerFrame::Ack { nonce, room, seq, ts, .. } => {
                self.settle(&nonce);
                self.rooms.get_mut(&room)?.timeline.ack(&nonce, seq, ts);
                return Some(room);
            }
            ServerFrame::Err { nonce: Some(nonce), msg, retry_ms, fatal, .. } => {
                self.outbox.refuse(&nonce, fatal, msg, retry_ms, browser::now());
                self.keep(&nonce);
            }
            // A subscription that failed: for now, or because the room is closed to this reader.
            ServerFrame::Err { room: Some(room), code, retry_ms, fatal, .. } => {
                if !fatal {
                    let pause = retry_ms.and_then(|ms| Millis::try_from(ms).ok()).unwrap_or(RELOAD_PAUSE);
                    let joined = self.rooms.get_mut(&room)?;
                    joined.asked_at = None;
                    let next = joined.timeline.cursor() + 1;
                    self.miss(room, next, pause, then);
                } else if matches!(code, Code::NotFound | Code::Forbidden) {
                    self.revoke(room);
                }
            }
            ServerFrame::Reset { room, .. } => then.push(Then::Reload(room)),
            ServerFrame::Revoked { room, .. } => self.revoke(room),
            ServerFrame::Hb { heads, .. } => {
                for (room, head) in heads {
                    self.miss(room, head, GAP_PATIENCE, then);
                }
            }
            ServerFrame::Err { .. } | ServerFrame::Bye { .. } | ServerFrame::Unknown => {}
        }
        None
    }

    /// An own event proves that the message is stored, whether or not its `ack` ever comes.
    fn see(&mut self, event: &Event) {
        if let Some(nonce) = &event.nonce {
            self.settle(nonce);
        }
    }

    /// There is something up to `head` that has not come; it is asked for once.
    fn miss(&mut self, room: RoomId, head: Seq, pause: Millis, then: &mut Vec<Then>) {
        let Some(joined) = self.rooms.get_mut(&room) else { return };
        joined.head = joined.head.max(head);
        let now = browser::now();
        let is_asked = joined.asked_at.is_some_and(|at| now - at < ASK_TIMEOUT);
        if joined.timeline.behind(head) && !is_asked {
            joined.asked_at = Some(now);
            then.push(Then::Ask(room, pause));
        }
    }

    fn revoke(&mut self, room: RoomId) {
        if let Some(joined) = self.rooms.get_mut(&room) {
            joined.timeline.clear();
            joined.signals.revoked.try_set(true);
        }
        self.publish(room);
    }
}
