//! axum-login's view of our accounts.

use std::net::IpAddr;

use axum_login::{AuthUser, AuthnBackend, UserId};

use super::passwords::Passwords;
use super::store::Db;
use super::store::users::UserRow;
use crate::error::AppError;
use crate::model::text;

pub struct Credentials {
    pub username: String,
    pub password: String,
    /// Where they are typed in.
    pub address: IpAddr,
}

/// Where axum-login finds people.
#[derive(Clone)]
pub struct Backend {
    pub db: Db,
    pub passwords: Passwords,
}

pub type AuthSession = axum_login::AuthSession<Backend>;

impl AuthUser for UserRow {
    type Id = i64;

    fn id(&self) -> i64 {
        self.raw_id()
    }

    /// A changed password ends every session that was opened with the old one.
    fn session_auth_hash(&self) -> &[u8] {
        self.password.as_bytes()
    }
}

impl AuthnBackend for Backend {
    type User = UserRow;
    type Credentials = Credentials;
    type Error = AppError;

    /// Takes as long and answers the same whether the name or the password is wrong.
    async fn authenticate(&self, credentials: Credentials) -> Result<Option<UserRow>, AppError> {
        let user = match text::username(&credentials.username) {
            Ok(name) => self.db.user_named(&name).await?,
            Err(_) => None,
        };
        let Ok(password) = text::password(&credentials.password) else { return Ok(None) };
        let hash = user.as_ref().map(|user| user.password.clone());
        let passwords = self.passwords.asked_by(credentials.address, &credentials.username);
        let matches = passwords.verify(password, hash).await?;
        Ok(user.filter(|_| matches))
    }

    async fn get_user(&self, id: &UserId<Self>) -> Result<Option<UserRow>, AppError> {
        Ok(self.db.user(*id).await?)
    }
}
