//! The use cases: everything that writes and publishes, always in that order.
//!
//! One write: [`Chat::submit`] → [`committer`] (one transaction per batch) → [`Hub::deliver`] on this node and
//! [`Bus::publish`] to the others → the answer to its sender.

mod chains;
pub mod committer;
pub mod completion;
pub mod days;
pub mod drafts;
pub mod history;
pub mod invitations;
mod log;
pub mod members;
pub mod names;
pub mod pins;
pub mod posts;
pub mod quotes;
pub mod reactors;
pub mod recheck;
pub mod repair;
pub mod revisions;
pub mod rooms;

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use self::committer::{Command, Reply};
use super::actor::Actor;
use super::bus::Bus;
use super::emoji;
use super::hub::{Encoded, Hub};
use super::ids;
use super::markdown::Dialect;
use super::store::Db;
use super::store::access::Access;
use super::store::commit::Write;
use crate::error::{AppError, Problem, Result};
use crate::model::action::{Action, React};
use crate::model::doc::Doc;
use crate::model::ids::{Nonce, RoomId, Seq, UserId};
use crate::model::message::Posted;
use crate::model::user::Author;

/// How long a caller waits for a committer that has more than enough to do.
const BUSY_AFTER: Duration = Duration::from_secs(5);

pub struct Chat {
    pub db: Db,
    pub hub: Arc<Hub>,
    pub bus: Arc<Bus>,
    /// Remade by a restore: a cursor is valid within one epoch.
    pub epoch: String,
    committers: Vec<mpsc::Sender<Command>>,
}

impl Chat {
    /// Starts the committers. Must be called within a runtime.
    pub fn start(db: Db, bus: Arc<Bus>, epoch: String) -> Self {
        let hub = Hub::new(Arc::new(log::Log { db: db.clone(), bus: Arc::clone(&bus) }));
        // SQLite has one writer. On PostgreSQL a room always goes to the same committer, so that its messages share
        // a batch.
        let count = if db.is_shared() { 4 } else { 1 };
        let committers = (0..count).map(|_| committer::start(db.clone(), Arc::clone(&hub), Arc::clone(&bus))).collect();
        Self { db, hub, bus, epoch, committers }
    }

    /// Who may not read a room is told that there is none.
    pub async fn access(&self, room: RoomId, user: Option<UserId>) -> Result<Access> {
        let access = self.db.access(room, user, ids::now()).await?;
        if access.is_none() {
            metrics::counter!("chat_authz_denied_total").increment(1);
        }
        access.ok_or_else(|| Problem::NotFound.into())
    }

    /// Hands a write to its committer, which authorises it within its transaction; `reply` is called once. Writes of
    /// one caller to one room keep their order. Waits for up to 5 s if the committer has more than enough to do.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, or `busy`. Then `reply` is not called.
    pub async fn submit(&self, author: Author, room: RoomId, nonce: Nonce, action: Action, reply: Reply) -> Result<()> {
        let action = checked(action)?;
        let (doc, mentions) = match action.text() {
            Some(text) => names::read(&self.db, text, Dialect::Chat).await?,
            None => (None, Vec::new()),
        };
        if doc.as_ref().is_some_and(Doc::is_blank) {
            return Err(AppError::from(Problem::Empty).on("body"));
        }
        let write = Write { room, author: author.id, nonce, fingerprint: fingerprint(&action), mentions, action };
        let committer = &self.committers[(room.get() % self.committers.len() as i64).unsigned_abs() as usize];
        let place = match committer.try_reserve() {
            Ok(place) => place,
            Err(TrySendError::Full(())) => tokio::time::timeout(BUSY_AFTER, committer.reserve())
                .await
                .map_err(|_| AppError::from(Problem::Busy).retry_after(1_000))?
                .map_err(|_| AppError::from(Problem::Unavailable).retry_after(1_000))?,
            Err(TrySendError::Closed(())) => return Err(AppError::from(Problem::Unavailable).retry_after(1_000)),
        };
        place.send(Command { author, write, doc, reply });
        Ok(())
    }

    /// The first events after `since`, at most `limit`, and the room's head from before they were read.
    /// `None` if there can be no such place in the log.
    pub async fn events(&self, access: &Access, since: Seq, limit: usize) -> Result<Option<(Seq, Vec<Arc<Encoded>>)>> {
        let head = self.db.head(access.room).await?.ok_or(Problem::NotFound)?;
        if since > head || since + 1 < access.floor() {
            return Ok(None);
        }
        let events = self.hub.since(access.room, since, limit).await?;
        Ok(Some((head, Encoded::all_seen_from(events, access.from()))))
    }
}

/// The same action as it is stored.
fn checked(action: Action) -> Result<Action> {
    Ok(match action.checked()? {
        Action::React(React { target, emoji, on }) => {
            let emoji = match emoji::in_full(&emoji) {
                Ok(known) => known.to_owned(),
                // What was given before it had to be an emoji can be taken back.
                Err(_) if !on => emoji,
                Err(problem) => return Err(AppError::from(problem).on("emoji")),
            };
            Action::React(React { target, emoji, on })
        }
        action => action,
    })
}

/// Tells a retry from another request that uses the same nonce by mistake.
fn fingerprint(action: &Action) -> i64 {
    let (flag, text) = action.told_apart_by();
    let about = action.target().or(action.subject().map(UserId::get)).unwrap_or_default();
    let mut hash = Sha256::new();
    hash.update(action.kind().as_str());
    hash.update([u8::from(flag)]);
    hash.update(about.to_le_bytes());
    hash.update(text);
    let digest: [u8; 32] = hash.finalize().into();
    i64::from_le_bytes(*digest.first_chunk().expect("a digest has 32 bytes"))
}

/// Submits a write that came over plain HTTP; one without a nonce gets one, and is then not protected from doubles.
pub async fn submit_form(
    actor: &Actor,
    room: RoomId,
    nonce: Option<String>,
    action: impl Into<Action>,
) -> Result<Posted> {
    let author = actor.author()?.clone();
    let user = author.id;
    actor.app.limits.send(user, room)?;
    let nonce = match nonce.filter(|nonce| !nonce.is_empty()) {
        Some(nonce) => Nonce::try_from(nonce).map_err(|_| AppError::from(Problem::NonceMalformed).on("nonce"))?,
        None => Nonce::try_from(ids::nonce()).map_err(|_| Problem::Internal)?,
    };
    let (answer, answered) = tokio::sync::oneshot::channel();
    let reply: Reply = Box::new(move |posted| {
        // The caller may have gone away; the write is stored all the same.
        let _ = answer.send(posted);
    });
    actor.app.chat.submit(author, room, nonce, action.into(), reply).await?;
    let posted = answered.await.map_err(|_| AppError::from(Problem::Unavailable).retry_after(1_000))??;
    if posted.joined {
        members::joined(&actor.app, room, user);
    }
    Ok(posted)
}
