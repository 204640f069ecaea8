//! Asking for what is missing: the pieces of a log that have not come, or a page where they cannot be had.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Joined, Live, State};
use crate::api::messages::history;
use crate::api::rooms;
use crate::client::browser;
use crate::client::here::Here;
use crate::client::room_signals::set;
use crate::error::Code;
use crate::model::ids::{Millis, RoomId, Seq};
use crate::model::message::History;
use crate::protocol::client::{Sub, Sync};
use crate::protocol::{ClientFrame, Event, Kind, MAX_RESUME, Since};

/// Swapped frames are normal: what seems to be missing is asked for only after this.
pub const GAP_PATIENCE: Millis = 300;
/// An answer that has not come until then was lost.
const ANSWER_TIMEOUT: Millis = 10_000;
/// The wait after a refusal that names none.
pub const RETRY_PAUSE: Millis = 3_000;

/// Nobody waits longer for their turn to read a post that has changed, ms.
const LONGEST_TURN: u64 = 5_000;

/// What has to be done once the state is let go of.
pub enum Then {
    /// Ask for what is missing, unless it has come by itself.
    Ask(RoomId, i64, Millis),
    Reload(RoomId),
    /// Read the post anew.
    ReadPost(RoomId),
    /// Read anew what the reader is in the room, at once.
    ReadStanding(RoomId),
    ForgetTyping(RoomId),
}

impl Live {
    pub(super) fn then(self, tasks: Vec<Then>) {
        for task in tasks {
            match task {
                Then::Ask(room, id, 0) => self.ask_as(room, id),
                Then::Ask(room, id, pause) => browser::after(pause, move || self.ask_as(room, id)),
                Then::Reload(room) => self.reload(room),
                Then::ReadPost(room) => self.read_post(room),
                Then::ReadStanding(room) => self.read_post_now(room),
                Then::ForgetTyping(room) => self.forget_typing(room),
            }
        }
    }

    /// Asks for everything since the cursor, at once.
    pub(super) fn ask(self, room: RoomId) {
        let mut tasks = Vec::new();
        self.with(|state| state.plan_to_ask(room, 0, &mut tasks));
        self.then(tasks);
    }

    /// Asks again if there is no answer.
    pub(super) fn expect_answer(self, room: RoomId, id: i64) {
        browser::after(ANSWER_TIMEOUT, move || {
            let waits = self.with(|state| state.rooms.get(&room).is_some_and(|joined| joined.asked == Some(id)));
            if waits {
                self.ask(room);
            }
        });
    }

    fn ask_as(self, room: RoomId, id: i64) {
        let asks = self.with(|state| {
            // Before the welcome, `hello` has asked.
            let is_welcome = state.epoch.is_some();
            let Some(joined) = state.rooms.get_mut(&room).filter(|joined| joined.asked == Some(id)) else {
                return false;
            };
            let frame = joined.question(room, id).filter(|_| is_welcome);
            if frame.is_none() {
                joined.asked = None;
            }
            frame.as_ref().map(|frame| state.put(frame)).is_some()
        });
        if asks {
            self.expect_answer(room, id);
        }
    }

    /// The page around what the reader looks at, or the latest one, instead of the window.
    pub(super) fn reload(self, room: RoomId) {
        let asked = self.with(|state| {
            let joined = state.rooms.get_mut(&room)?;
            (!std::mem::replace(&mut joined.is_loading, true)).then_some((joined.visit, joined.at))
        });
        let Some((visit, around)) = asked else { return };
        spawn_local(async move {
            match history(room, None, None, around, None).await {
                Ok(page) => {
                    if self.with(|state| state.take_page(room, visit, page)) {
                        self.ask(room);
                        self.read_post(room);
                    }
                }
                Err(error) if matches!(error.code, Code::NotFound | Code::Forbidden) => {
                    self.with(|state| state.revoke(room));
                }
                Err(_) => browser::after(RETRY_PAUSE, move || self.reload_again(room, visit)),
            }
        });
    }

    /// The post as it reads now: an event says what of it has changed, and no more. Everybody who is here asks for it, one in
    /// a millisecond.
    fn read_post(self, room: RoomId) {
        let crowd = self.with(|state| {
            let here = state.rooms.get(&room).map(|joined| joined.signals.here);
            here.and_then(|here| here.try_with_untracked(|here| here.count)).unwrap_or_default()
        });
        let turn = browser::random() * crowd.min(LONGEST_TURN) as f64;
        browser::after(turn as Millis, move || self.read_post_now(room));
    }

    fn read_post_now(self, room: RoomId) {
        spawn_local(async move {
            // The next change, or a visit, brings what this one did not.
            let Ok((post, membership)) = rooms::room(room).await else { return };
            self.with(|state| {
                let Some(joined) = state.rooms.get(&room) else { return };
                set(joined.signals.membership, membership);
                let known =
                    joined.signals.post.try_with_untracked(|known| known.as_ref().map_or(0, |known| known.head));
                if known.is_some_and(|head| head <= post.head) {
                    joined.signals.post.try_set(Some(post));
                }
            });
        });
    }

    fn reload_again(self, room: RoomId, visit: i64) {
        let is_there = self.with(|state| {
            let joined = state.rooms.get_mut(&room).filter(|joined| joined.visit == visit);
            joined.map(|joined| joined.is_loading = false).is_some()
        });
        if is_there {
            self.reload(room);
        }
    }
}

impl State {
    /// There is something up to `head` that has not come; it is asked for once.
    pub(super) fn miss(&mut self, room: RoomId, head: Seq, pause: Millis, then: &mut Vec<Then>) {
        let Some(joined) = self.rooms.get_mut(&room) else { return };
        joined.head = joined.head.max(head);
        if joined.timeline.behind(head) && joined.asked.is_none() {
            self.plan_to_ask(room, pause, then);
        }
    }

    pub(super) fn plan_to_ask(&mut self, room: RoomId, pause: Millis, then: &mut Vec<Then>) {
        let id = self.next_id();
        if let Some(joined) = self.rooms.get_mut(&room) {
            joined.asked = Some(id);
            then.push(Then::Ask(room, id, pause));
        }
    }

    /// What a piece of the log says of the post, and of what the reader is.
    pub(super) fn look_for_post(&self, room: RoomId, events: &[Event], then: &mut Vec<Then>) {
        if events.iter().any(|event| event.k == Kind::Room) {
            then.push(Then::ReadPost(room));
        }
        let me = self.me.as_ref().map(|me| me.id);
        if events.iter().any(|event| event.member.as_ref().is_some_and(|member| Some(member.user.id) == me)) {
            then.push(Then::ReadStanding(room));
        }
    }

    /// The server tells members, and nobody else, what is unread in a room.
    pub(super) fn hear_of_membership(&self, room: RoomId, is_member: bool, then: &mut Vec<Then>) {
        let known = self.rooms.get(&room).map(|joined| joined.signals.membership);
        let was_member = known.and_then(|known| known.try_with_untracked(Option::is_some));
        if was_member == Some(!is_member) {
            then.push(Then::ReadStanding(room));
        }
    }

    /// False if the room was left since, and perhaps entered again: that page is another one.
    fn take_page(&mut self, room: RoomId, visit: i64, page: History) -> bool {
        let joined = self.rooms.get_mut(&room).filter(|joined| joined.visit == visit);
        let Some(joined) = joined else { return false };
        (joined.head, joined.is_loading, joined.is_subscribed) = (page.head, false, false);
        joined.timeline.replace(page);
        joined.signals.revoked.try_set(false);
        self.publish(room);
        self.drain();
        true
    }

    /// The room is closed to this reader.
    pub(super) fn revoke(&mut self, room: RoomId) {
        if let Some(joined) = self.rooms.get_mut(&room) {
            joined.timeline.clear();
            (joined.is_subscribed, joined.is_loading, joined.asked) = (false, false, None);
            set(joined.signals.here, Here::default());
            joined.signals.revoked.try_set(true);
        }
        self.publish(room);
    }
}

impl Joined {
    /// What asks for everything since the cursor, if anything is missing.
    fn question(&self, room: RoomId, id: i64) -> Option<ClientFrame> {
        let since = Since(self.timeline.cursor());
        if !self.is_subscribed {
            Some(ClientFrame::Sub(Sub { id, room, since: Some(since) }))
        } else if self.timeline.behind(self.head) {
            Some(ClientFrame::Sync(Sync { id, room, since, limit: Some(MAX_RESUME as i64) }))
        } else {
            None
        }
    }
}
