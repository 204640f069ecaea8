//! Who is here: counted on each node, told between nodes, forgotten unless it is told again.
//!
//! Nothing of this is kept or numbered. A node tells the others who is in a room when that changes, and every 20 s; what
//! a node has told holds for 60 s, so that those of a killed node are gone by then.

mod board;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::ws::Utf8Bytes;

use self::board::Board;
use super::app::App;
use super::bus::Passing;
use crate::model::ids::{RoomId, UserId};
use crate::model::user::{Author, Privacy};
use crate::protocol::ServerFrame;

/// Changes are gathered for this long.
const EVERY: Duration = Duration::from_secs(1);

#[derive(Default)]
pub struct Presence {
    board: Mutex<Board>,
}

/// What is to be told after a while.
#[derive(Default)]
pub struct News {
    /// To those who listen here.
    pub changes: Vec<Change>,
    /// To the other nodes: everybody who is in a room of this one, those who are not to be named apart.
    pub reports: Vec<(RoomId, Vec<Author>, Vec<UserId>)>,
}

pub struct Change {
    pub room: RoomId,
    pub n: usize,
    pub join: Vec<Author>,
    pub leave: Vec<Author>,
    /// There are too many to name them.
    pub partial: bool,
    /// Who knows already.
    pub but: Option<UserId>,
}

impl Change {
    pub fn frame(self) -> Utf8Bytes {
        let Self { room, n, join, leave, partial, but: _ } = self;
        let frame = ServerFrame::Presence { room, n: n as u64, join, leave, partial };
        frame.to_text().into()
    }
}

impl Presence {
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection of `user`, who may want not to be named, listens to a room. True if it is the first one on this node: others have to be asked.
    pub fn enter(&self, room: RoomId, user: &Author, unseen: bool) -> bool {
        self.board().enter(room, user, unseen)
    }

    /// It does not listen any more. Somebody who is back within a moment has not been away.
    pub fn leave(&self, room: RoomId, user: UserId) {
        self.board().leave(room, user, Instant::now());
    }

    /// Somebody is to be named from now on, or no longer.
    pub fn show(&self, user: UserId, shows: bool) {
        self.board().show(|known| (known == user).then_some(!shows));
    }

    /// Somebody has another name.
    pub fn rename(&self, author: &Author) {
        self.board().rename(author);
    }

    /// Nobody but these is not to be named.
    pub fn show_all_but(&self, unseen: &HashSet<UserId>) {
        self.board().show(|user| Some(unseen.contains(&user)));
    }

    /// Everybody who has a connection to this node that listens to a room.
    pub fn people(&self) -> Vec<UserId> {
        self.board().people()
    }

    /// Everybody who is in a room, for somebody who has just come.
    pub fn everybody(&self, room: RoomId) -> Change {
        self.board().everybody(room)
    }

    /// Somebody who has just come could not be told.
    fn untold(&self, room: RoomId) {
        self.board().untold(room);
    }

    /// How many people are in a room.
    pub fn count(&self, room: RoomId) -> usize {
        self.board().everybody(room).n
    }

    /// Who is in a room.
    pub fn who(&self, room: RoomId) -> Vec<UserId> {
        self.board().who(room)
    }

    /// What another node has told.
    pub fn report(&self, node: u64, room: RoomId, users: Vec<Author>, unseen: Vec<UserId>) {
        self.board().report(node, room, (users, unseen), Instant::now());
    }

    /// Another node wants to know who is in a room.
    pub fn asked(&self, room: RoomId) {
        self.board().asked(room);
    }

    fn news(&self) -> News {
        self.board().news(Instant::now())
    }
}

/// Tells what has changed until the app ends.
pub async fn run(app: App) {
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let news = app.presence.news();
        for change in news.changes {
            let (room, but) = (change.room, change.but);
            app.chat.hub.broadcast(room, &change.frame(), but);
        }
        if app.chat.bus.has_other_nodes() {
            for (room, users, unseen) in news.reports {
                app.chat.bus.pass(room, &Passing::Here { users, unseen });
            }
        }
    }
}

/// `author` is writing in a room: those who listen to it are told, here and on other nodes.
pub fn typing(app: &App, room: RoomId, author: Author) {
    show_typing(app, room, author.clone());
    app.chat.bus.pass(room, &Passing::Typing { user: author });
}

/// The same, for those who listen here.
pub fn show_typing(app: &App, room: RoomId, author: Author) {
    let but = Some(author.id);
    let frame = ServerFrame::Typing { room, users: vec![author] };
    let frame = frame.to_text().into();
    app.chat.hub.broadcast(room, &frame, but);
}

/// What other nodes tell in passing.
pub fn receive(app: &App, node: u64, room: RoomId, passing: Passing) {
    match passing {
        Passing::Here { users, unseen } => app.presence.report(node, room, users, unseen),
        Passing::WhoIsHere => app.presence.asked(room),
        Passing::Typing { user } => show_typing(app, room, user),
        Passing::Read { user } => app.unread.moved(user, room),
    }
}

/// A connection has come to listen to a room: it is told who is there, and others are told of it.
pub fn enter(app: &App, room: RoomId, user: Option<(&Author, Privacy)>, out: &Arc<super::hub::Outgoing>) {
    if let Some((user, privacy)) = user
        && app.presence.enter(room, user, !privacy.shows_presence)
    {
        app.chat.bus.pass(room, &Passing::WhoIsHere);
    }
    tell(app, room, out);
}

/// Tells a connection who is in a room.
pub fn tell(app: &App, room: RoomId, out: &Arc<super::hub::Outgoing>) {
    if !out.push_passing(app.presence.everybody(room).frame()) {
        app.presence.untold(room);
    }
}
