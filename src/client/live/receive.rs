//! What the server says: each frame changes the outbox or a room, and may leave something to ask for.

use leptos::prelude::*;

use super::catch_up::{GAP_PATIENCE, RETRY_PAUSE, Then};
use super::{Live, State};
use crate::client::browser;
use crate::client::here::Here;
use crate::client::room_signals::set;
use crate::client::timeline::Applied;
use crate::error::Code;
use crate::model::ids::{Millis, RoomId, Seq};
use crate::model::room::Unread;
use crate::protocol::{Event, ServerFrame};

impl Live {
    pub fn receive(self, frames: Vec<ServerFrame>) {
        let mut then = Vec::new();
        let mut is_welcome = false;
        let draws = self.with(|state| {
            let is_drawn = state.stale.is_empty();
            for frame in frames {
                is_welcome |= matches!(frame, ServerFrame::Welcome { .. });
                let touched = state.take(frame, &mut then);
                state.stale.extend(touched);
            }
            state.stale.dedup();
            state.stale.clone().into_iter().for_each(|room| state.tell_news(room));
            state.drain();
            is_drawn && !state.stale.is_empty()
        });
        if draws {
            browser::next_frame(move || self.draw());
        }
        if is_welcome {
            self.welcomed();
        }
        self.then(then);
    }

    /// However much has come since the last frame of the screen, it is drawn once.
    fn draw(self) {
        let drawn = self.state.try_update_value(|state| {
            let mut stale = std::mem::take(&mut state.stale);
            stale.sort_unstable();
            stale.dedup();
            stale.iter().for_each(|room| state.publish(*room));
            stale
        });
        drawn.into_iter().flatten().for_each(|room| self.look_up_quotes(room));
    }
}

impl State {
    /// Takes one frame in and names the room whose rows it has changed.
    fn take(&mut self, frame: ServerFrame, then: &mut Vec<Then>) -> Option<RoomId> {
        match frame {
            ServerFrame::Welcome { user, epoch, now, .. } => {
                browser::hear_time(now);
                self.is_mine = user.is_some_and(|user| self.me.as_ref().is_some_and(|me| me.id == user.id));
                (self.epoch, self.cut) = (Some(epoch), None);
                self.outbox.reconnected();
            }
            ServerFrame::SubOk { room, head, recovered, events, .. } => {
                self.see(room, &events);
                self.look_for_post(room, &events, then);
                let joined = self.rooms.get_mut(&room)?;
                (joined.is_subscribed, joined.asked) = (true, None);
                // Told anew with each subscription.
                set(joined.signals.here, Here::default());
                let is_void = self.epoch.as_deref() != Some(joined.timeline.epoch());
                // A window that was closed has no rows to go on from.
                if !recovered || is_void || joined.signals.revoked.try_get_untracked() == Some(true) {
                    then.push(Then::Reload(room));
                } else {
                    self.resume(room, head, events, then);
                }
                return Some(room);
            }
            ServerFrame::Evs { id, room, to, events, .. } => {
                self.see(room, &events);
                self.look_for_post(room, &events, then);
                let joined = self.rooms.get_mut(&room)?;
                if id.is_some() && joined.asked == id {
                    joined.asked = None;
                    if events.is_empty() {
                        // There is nothing that we lack after all.
                        joined.head = joined.timeline.cursor();
                    }
                }
                self.resume(room, to, events, then);
                return Some(room);
            }
            ServerFrame::Ev { room, event } => {
                self.see(room, std::slice::from_ref(&event));
                self.look_for_post(room, std::slice::from_ref(&event), then);
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
            // A question that was refused: for now, or because the room is closed to this reader.
            ServerFrame::Err { room: Some(room), code, retry_ms, fatal, .. } => {
                if matches!(code, Code::NotFound | Code::Forbidden) {
                    self.revoke(room);
                } else if !fatal {
                    let pause = retry_ms.and_then(|ms| Millis::try_from(ms).ok()).unwrap_or(RETRY_PAUSE);
                    self.plan_to_ask(room, pause, then);
                }
            }
            ServerFrame::Reset { room, .. } => then.push(Then::Reload(room)),
            ServerFrame::Revoked { room, .. } => self.revoke(room),
            ServerFrame::Hb { heads, now, .. } => {
                browser::hear_time(now);
                for (room, head) in heads {
                    self.miss(room, head, GAP_PATIENCE, then);
                }
            }
            ServerFrame::Unread { room, gone: true, .. } => {
                self.overview.leave(room);
                self.hear_of_membership(room, false, then);
            }
            ServerFrame::Unread { room, count, mentions, read_seq, gone: false } => {
                self.hear_of_membership(room, true, then);
                self.overview.hear(room, Unread { count, mentions, read_seq });
                return self.rooms.get_mut(&room)?.hear_of_reading(read_seq).then_some(room);
            }
            ServerFrame::Card(card) => {
                self.overview.cards.try_update(|known| known.insert(card.room, card));
            }
            ServerFrame::Lobby { latest } => {
                self.overview.latest.try_set(Some(latest));
            }
            ServerFrame::Presence { room, n, join, leave, .. } => {
                let joined = self.rooms.get(&room)?;
                joined.signals.here.try_update(|here| here.take(n, join, &leave));
            }
            ServerFrame::Typing { room, users } => {
                let joined = self.rooms.get_mut(&room)?;
                joined.typing.heard(users, browser::now());
                joined.show_typing();
                then.push(Then::ForgetTyping(room));
            }
            ServerFrame::Err { .. } | ServerFrame::Bye { .. } | ServerFrame::Unknown => {}
        }
        None
    }

    /// A piece of the log up to `to`. Where more is missing beyond it, that is asked for in turn.
    fn resume(&mut self, room: RoomId, to: Seq, events: Vec<Event>, then: &mut Vec<Then>) {
        let Some(joined) = self.rooms.get_mut(&room) else { return };
        let before = joined.timeline.cursor();
        joined.timeline.resume(to, events);
        let farthest = joined.timeline.farthest().max(to).max(joined.head);
        let has_moved = joined.timeline.cursor() > before;
        self.miss(room, farthest, if has_moved { 0 } else { GAP_PATIENCE }, then);
    }
}
