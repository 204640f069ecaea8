//! Who somebody is, as their session says: the one proof of it that pages, server functions and sockets take.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::auth::AuthSession;
use super::sessions;
use super::store::Result;
use super::store::sessions::Living;
use crate::model::user::Author;

/// Somebody who is signed in. Made from a session that was loaded, and in no other way: who has one has a session that
/// can be ended, and is known by the very id that will be ended.
#[derive(Debug)]
pub struct Identity {
    author: Author,
    session: Vec<u8>,
    /// Of the account's password hash: a session is as old as the password that opened it.
    password: [u8; 32],
}

impl Identity {
    /// `None` for a visitor.
    ///
    /// # Errors
    ///
    /// The account's row is damaged.
    pub fn of(auth: &AuthSession) -> Result<Option<Arc<Self>>> {
        let (Some(user), Some(id)) = (&auth.user, auth.session.id()) else { return Ok(None) };
        let password = digest(&user.password);
        Ok(Some(Arc::new(Self { author: user.author()?, session: sessions::id_hash(&id), password })))
    }

    pub fn author(&self) -> &Author {
        &self.author
    }

    /// The hash of the session's id.
    pub fn session(&self) -> &[u8] {
        &self.session
    }

    /// Whether `living` is this session, still of the same person with the same password.
    pub fn is(&self, living: &Living) -> bool {
        living.id_hash == self.session && living.user == self.author.id && digest(&living.password) == self.password
    }
}

fn digest(password: &str) -> [u8; 32] {
    Sha256::digest(password).into()
}
