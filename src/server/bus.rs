//! Between nodes: wake-ups that carry the events. Never the truth, which is the database.
//!
//! Guarantee: a publication reaches each other node at most once. What is lost is found by comparing heads, see
//! `chat::repair`.

mod payload;
mod redis;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::redis::RedisBus;
use super::hub::Encoded;
use crate::error::Result;
use crate::model::ids::{RoomId, UserId};
use crate::model::user::Author;

/// What nodes tell each other in passing: nothing of it is kept, and losing it does no harm for long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "p", rename_all = "snake_case")]
pub enum Passing {
    /// Everybody who is in the room on the node that says so; `unseen` are those who are not to be named.
    Here {
        users: Vec<Author>,
        #[serde(default)]
        unseen: Vec<UserId>,
    },
    /// Asks the others to say that.
    WhoIsHere,
    Typing {
        user: Author,
    },
    /// Somebody's place in the room has moved: what they have not read is to be counted anew.
    Read {
        user: UserId,
    },
}

/// What nodes tell each other whichever rooms they serve. What is missed of it is looked up within half a minute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "a", rename_all = "snake_case")]
pub enum Announcement {
    /// Somebody has come to belong to a room, or does no longer.
    Belongs { user: UserId, room: RoomId },
    /// Somebody has another name.
    Renamed { user: UserId },
    /// The categories of the lobby are not what they were.
    Categories,
}

/// What arrives from other nodes.
pub enum Arrival {
    Event(Arc<Encoded>),
    Passing {
        node: u64,
        room: RoomId,
        passing: Passing,
    },
    Announced(Announcement),
    /// The sockets of the session with this id hash are to be closed.
    Revoked(Vec<u8>),
    /// Something may have been lost: compare the heads.
    Reconnected,
}

/// Where arrivals go. Must not block.
pub type Sink = Box<dyn Fn(Arrival) + Send + Sync>;

pub enum Bus {
    /// One node: there is nobody to tell.
    Local,
    Redis(RedisBus),
}

impl Bus {
    /// Connects to other nodes through Redis at `url`, or to nobody. `key` authenticates what nodes say.
    ///
    /// # Errors
    ///
    /// The URL is malformed. A Redis that does not answer is no error: it is tried again for ever.
    pub fn open(url: Option<&str>, key: &str, sink: Sink) -> std::result::Result<Self, String> {
        match url {
            None => Ok(Self::Local),
            Some(url) => RedisBus::open(url, key, sink).map(Self::Redis),
        }
    }

    pub fn publish(&self, event: &Encoded) {
        if let Self::Redis(bus) = self {
            bus.publish(event);
        }
    }

    pub fn pass(&self, room: RoomId, passing: &Passing) {
        if let Self::Redis(bus) = self {
            bus.pass(room, passing);
        }
    }

    pub fn announce(&self, announcement: &Announcement) {
        if let Self::Redis(bus) = self {
            bus.announce(announcement);
        }
    }

    pub fn revoke(&self, id_hash: &[u8]) {
        if let Self::Redis(bus) = self {
            bus.revoke(id_hash);
        }
    }

    /// Returns when other nodes' events of the room arrive here, or at once while the bus is down: then comparing
    /// heads stands in for it.
    pub async fn listen(&self, room: RoomId) -> Result<()> {
        if let Self::Redis(bus) = self {
            bus.listen(room).await;
        }
        Ok(())
    }

    pub async fn leave(&self, room: RoomId) {
        if let Self::Redis(bus) = self {
            bus.leave(room).await;
        }
    }

    /// Whether publications get through.
    pub fn is_up(&self) -> bool {
        match self {
            Self::Local => true,
            Self::Redis(bus) => bus.is_up(),
        }
    }

    /// Why publications do not get through, in a word or two.
    pub fn trouble(&self) -> Option<&'static str> {
        match self {
            Self::Local => None,
            Self::Redis(bus) => bus.trouble(),
        }
    }

    pub fn has_other_nodes(&self) -> bool {
        matches!(self, Self::Redis(_))
    }
}

/// Whether Redis at `url` answers within 2 s, and takes us.
pub async fn check(url: &str) -> std::result::Result<(), String> {
    self::redis::check(url).await
}
