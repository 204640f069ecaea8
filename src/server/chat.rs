//! The use cases: everything that writes and publishes, always in that order.
//!
//! One message: [`Chat::post`] → [`committer`] (one transaction per batch) → [`Hub::deliver`] on this node and
//! [`Bus::publish`] to the others → the answer to its sender.

pub mod committer;
pub mod history;
mod log;
pub mod repair;
pub mod rooms;

use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use self::committer::{Command, Reply};
use super::bus::Bus;
use super::hub::Hub;
use super::ids;
use super::request::Request;
use super::store::Db;
use super::store::commit::Write;
use crate::error::{AppError, Problem, Result};
use crate::model::ids::{Nonce, RoomId, Seq, UserId};
use crate::model::message::Posted;
use crate::model::room::{Membership, Visibility};
use crate::model::text;
use crate::model::user::Author;

/// A message as somebody hands it in.
pub struct NewMessage {
    pub room: RoomId,
    pub nonce: Nonce,
    pub body: String,
    pub reply_to: Option<Seq>,
}

/// The proof that somebody may read a room: made by [`Chat::reader`] only.
pub struct Reader {
    pub room: RoomId,
    pub user: Option<UserId>,
    pub membership: Option<Membership>,
}

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
    pub async fn reader(&self, room: RoomId, user: Option<UserId>) -> Result<Reader> {
        let access = self.db.access(room, user).await?.ok_or(Problem::NotFound)?;
        if access.banned || (access.visibility == Visibility::Private && access.membership.is_none()) {
            return Err(Problem::NotFound.into());
        }
        Ok(Reader { room, user, membership: access.membership })
    }

    /// Hands a message to its committer, which authorises it within its transaction; `reply` is called once. Messages
    /// of one caller to one room keep their order.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, or `busy` if the committer's queue is full. Then `reply` is not called.
    pub fn post(&self, author: Author, message: NewMessage, reply: Reply) -> Result<()> {
        let body = text::message(&message.body).map_err(|problem| AppError::from(problem).on("body"))?;
        let write = Write {
            room: message.room,
            author: author.id,
            nonce: message.nonce,
            fingerprint: fingerprint(&body, message.reply_to),
            body,
            reply_to: message.reply_to,
        };
        let committer = &self.committers[(write.room.get() % self.committers.len() as i64).unsigned_abs() as usize];
        committer.try_send(Command { author, write, reply }).map_err(|error| match error {
            TrySendError::Full(_) => AppError::from(Problem::Busy).retry_after(1_000),
            TrySendError::Closed(_) => AppError::from(Problem::Unavailable).retry_after(1_000),
        })
    }
}

/// Tells a retry from another request that uses the same nonce by mistake.
fn fingerprint(body: &str, reply_to: Option<Seq>) -> i64 {
    let mut hash = Sha256::new();
    hash.update(reply_to.unwrap_or_default().to_le_bytes());
    hash.update(body.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    i64::from_le_bytes(*digest.first_chunk().expect("a digest has 32 bytes"))
}

/// Posts a message that came over plain HTTP; one without a nonce gets one, and is then not protected from doubles.
pub async fn post_form(
    request: &Request,
    room: RoomId,
    body: String,
    nonce: Option<String>,
    reply_to: Option<Seq>,
) -> Result<Posted> {
    let author = request.author()?.clone();
    request.app.limits.send(author.id, room)?;
    let nonce = match nonce.filter(|nonce| !nonce.is_empty()) {
        Some(nonce) => Nonce::try_from(nonce).map_err(|_| AppError::from(Problem::NonceMalformed).on("nonce"))?,
        None => Nonce::try_from(ids::nonce()).map_err(|_| Problem::Internal)?,
    };
    let (answer, answered) = tokio::sync::oneshot::channel();
    let reply: Reply = Box::new(move |posted| {
        // The caller may have gone away; the message is stored all the same.
        let _ = answer.send(posted);
    });
    request.app.chat.post(author, NewMessage { room, nonce, body, reply_to }, reply)?;
    answered.await.map_err(|_| AppError::from(Problem::Unavailable).retry_after(1_000))?
}
