//! Where the reader is in a conversation, and what that means: for the window, for what is new, and for what is read.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::catch_up::RETRY_PAUSE;
use super::{Joined, Live, State};
use crate::api::messages::history;
use crate::client::browser;
use crate::client::room_signals::set;
use crate::client::timeline::Side;
use crate::model::ids::{RoomId, Seq};
use crate::model::message::History;

/// Messages that come at once as one reads on: putting them on the screen must not hold up the scrolling.
const PAGE: i64 = 20;

impl Live {
    /// The reader looks at the message `at`; without one, at the latest.
    pub fn looks_at(self, room: RoomId, at: Option<Seq>) {
        self.with(|state| {
            let Some(joined) = state.rooms.get_mut(&room) else { return };
            joined.at = at;
            set(joined.signals.at_end, at.is_none());
            if at.is_none() {
                joined.timeline.miss_nothing();
                set(joined.signals.missed, 0);
            }
        });
    }

    /// Goes on beyond one side of the window; one page at a time. False while there is another one under way.
    pub fn read_on(self, room: RoomId, side: Side) -> bool {
        let asked = self.with(|state| {
            let id = state.next_id();
            let joined = state.rooms.get_mut(&room).filter(|joined| !joined.is_loading)?;
            let edge = if joined.timeline.is_asking() { None } else { joined.timeline.ask(id, side) };
            Some((id, edge?))
        });
        let Some((id, edge)) = asked else { return false };
        let (before, after) = match side {
            Side::Above => (Some(edge), None),
            Side::Below => (None, Some(edge)),
        };
        spawn_local(async move {
            // To read the answer, to put the page, and to let go of what is far are a task each: between them the browser
            // draws, and goes on scrolling.
            match history(room, before, after, None, Some(PAGE)).await {
                Ok(page) => browser::after(0, move || self.put_page(room, id, Some(page))),
                Err(_) => browser::after(RETRY_PAUSE, move || self.put_page(room, id, None)),
            }
        });
        true
    }

    fn put_page(self, room: RoomId, id: i64, page: Option<History>) {
        self.with(|state| {
            if let Some(joined) = state.rooms.get_mut(&room) {
                joined.timeline.put(id, page);
                joined.publish();
            }
        });
        browser::after(0, move || self.with(|state| state.publish(room)));
    }

    /// Reads what a page that search engines see came without; the server keeps those away from where it is read.
    pub(super) fn uncover(self, room: RoomId) {
        let first = self.with(|state| state.rooms.get(&room).and_then(|joined| joined.timeline.withheld()));
        let Some(first) = first else { return };
        spawn_local(async move {
            // Where it cannot be had, each has a page of its own.
            let Ok(page) = history(room, None, Some(first - 1), None, None).await else { return };
            self.with(|state| {
                if let Some(joined) = state.rooms.get_mut(&room) {
                    joined.timeline.uncover(page);
                }
                state.publish(room);
            });
        });
    }

    /// Brings the window to the message `at`, or to the end.
    pub fn go_to(self, room: RoomId, at: Option<Seq>) {
        self.looks_at(room, at);
        let is_there = self.with(|state| {
            let timeline = state.rooms.get(&room).map(|joined| &joined.timeline);
            timeline.is_some_and(|timeline| at.map_or(timeline.is_at_end(), |seq| timeline.has(seq)))
        });
        if !is_there {
            self.reload(room);
        }
    }
}

impl State {
    /// What others have just said is told where the reader is: at the end, or by a number where they are not.
    pub(super) fn tell_news(&mut self, room: RoomId) {
        let Some(joined) = self.rooms.get_mut(&room) else { return };
        let news = joined.timeline.take_news();
        if joined.at.is_none() {
            joined.timeline.miss_nothing();
        }
        set(joined.signals.missed, joined.timeline.missed());
        let Some(first) = news.first().and_then(|row| row.seq) else { return };
        news.iter().for_each(|row| joined.typing.said(row.author.id));
        joined.show_typing();
        if joined.at.is_none()
            && !browser::is_watched()
            && joined.line.seq.is_none_or(|line| line <= joined.reads.farthest())
        {
            joined.line.seq = Some(first);
        }
        joined.signals.news.try_set(news);
    }
}

impl Joined {
    /// The server says how far the reader has read. True if they want to read something again, so that the line goes
    /// there, and nothing counts as read until they come back.
    pub(super) fn hear_of_reading(&mut self, read_seq: Seq) -> bool {
        let is_back = self.reads.hear(read_seq);
        if is_back {
            self.line.seq = Some(read_seq + 1);
            self.signals.reads.try_set(false);
        }
        is_back
    }
}
