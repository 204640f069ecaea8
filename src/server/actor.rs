//! Who acts: what a use case learns of somebody, whichever way they came.

use std::net::IpAddr;

use super::app::App;
use super::request;
use crate::error::{Problem, Result};
use crate::i18n::Lang;
use crate::model::ids::UserId;
use crate::model::user::Author;

/// Somebody who reads or does something, and the program that they do it in. Made where they come in: from a request with
/// the session that it brings.
#[derive(Clone)]
pub struct Actor {
    pub app: App,
    /// `None` for a visitor.
    pub user: Option<Author>,
    pub is_admin: bool,
    /// In which they are answered.
    pub lang: Lang,
    /// Where they are, for limits.
    pub ip: IpAddr,
}

impl Actor {
    pub fn user_id(&self) -> Option<UserId> {
        self.user.as_ref().map(|user| user.id)
    }

    /// # Errors
    ///
    /// They are a visitor.
    pub fn author(&self) -> Result<&Author> {
        self.user.as_ref().ok_or_else(|| Problem::SignInFirst.into())
    }
}

/// Who asks for the page or the server function that calls this.
///
/// # Errors
///
/// Nobody has asked.
pub fn current() -> Result<Actor> {
    request::current().map(|request| request.actor)
}
