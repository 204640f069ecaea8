//! Accounts: register, sign in, sign out, change one's password.

use leptos::prelude::*;

use crate::error::AppError;
use crate::model::user::Author;

/// Makes an account and signs in.
#[server(endpoint = "/register")]
pub async fn register(
    username: String,
    password: String,
    display_name: Option<String>,
    next: Option<String>,
) -> Result<Author, AppError> {
    let _ = next;
    crate::server::accounts::register(&username, &password, display_name.as_deref().unwrap_or_default()).await
}

/// Signs in.
#[server(endpoint = "/login")]
pub async fn login(username: String, password: String, next: Option<String>) -> Result<Author, AppError> {
    let _ = next;
    crate::server::accounts::login(&username, &password).await
}

/// Gives the caller another password. Their other sessions end, this one gets a new id.
#[server(endpoint = "/change_password")]
pub async fn change_password(old: String, new: String) -> Result<(), AppError> {
    crate::server::accounts::change_password(&old, &new).await
}

/// Signs out; every socket of the session is closed.
#[server(endpoint = "/logout")]
pub async fn logout() -> Result<(), AppError> {
    crate::server::accounts::logout().await
}
