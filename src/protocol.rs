//! The wire specification of the WebSocket at `/ws`: one JSON object per text frame, named by its field `t`.
//!
//! # Rules
//!
//! * The first frame of a client is `hello`, within 10 s; it carries every subscription, so one round trip resumes all.
//! * Unknown fields are ignored; `null` is the same as absent.
//! * Not JSON, or no `t`: close 4400. An unknown `t`: `err unsupported`. Wrong fields: `err bad_frame`.
//! * `seq` counts every durable event of a room, from 1, without gaps: one cursor resumes everything.
//! * A cursor is valid within its `epoch` only; `since: 0` needs no epoch and means everything from the start.
//! * `sub_ok.events` are exactly `since + 1 ..= head` if `recovered`; otherwise the list is empty and the client
//!   reloads a page. There is never a partial list.
//! * `hello` names each of its rooms once. Once it has brought much, the rooms that are left are not recovered.
//! * `evs` brings `from ..= to` without holes: the answer to `sync`, or what a slow connection had to wait for.
//! * `reset` says that the client's window of the room cannot be continued: reload a page.
//! * `ack` says that the write is on disk. It may come before or after the sender's own `ev`.
//! * `send`, `edit`, `del`, `react` and `pin` are repeated with the same nonce until they are acknowledged or refused for
//!   good (`err` with `fatal`).
//! * An edit and a deletion rewrite the log behind them: a message that is read later carries its latest text, or, if
//!   it was deleted, none; so does each `edit` event before that. The state after the last event is the same.
//! * A kind of event that a client does not know moves its cursor and nothing else, as `pin` does for older ones.
//! * `presence` and `typing` have no seq, are not kept, and may be dropped.
//! * `unread` is the state after what has been said and read so far: a later one replaces an earlier one.
//! * `lobby` asks for the cards of one page at most; its answers, `card` and `lobby`, are states too.
//!
//! [`client`] and [`server`] list the frames, [`event`](crate::model::event) the kinds of events, [`close`] the close codes. The tests decode
//! one documented frame of each kind.
//!
//! # How a promise is kept
//!
//! `server::store::commit` numbers and stores (durable, exactly once, gapless, authorised), `server::chat::committer`
//! publishes only what was committed, `server::hub` hands each subscriber a contiguous log, `client::outbox` keeps the
//! order of one sender, `client::timeline` that of one screen.

pub mod client;
pub mod close;
pub mod server;

pub use client::{ClientFrame, FrameError, Hello, HelloSub, Since};
pub use server::{Limits, ServerFrame};

pub use crate::model::event::{Event, Events, Kind};

/// The version of this protocol, in `hello` and `welcome`.
pub const VERSION: u32 = 1;
/// Rooms that one connection may subscribe to.
pub const MAX_SUBS: usize = 64;
/// Bytes of one frame. 4 000 characters of Hangul as `\u` escapes are 24 KB.
pub const MAX_FRAME: usize = 64 * 1024;
/// Events that a resume or a `sync` may bring; beyond it a page is cheaper for both sides.
pub const MAX_RESUME: usize = 500;

/// Cards that one connection may ask for at once.
pub const MAX_CARDS: usize = 64;

#[cfg(test)]
mod tests;
