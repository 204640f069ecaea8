//! The log of who came in, who did not, and what was refused: one line each, under a target of its own.
//!
//! Accounts are named by their id. What was typed is in no line: people type passwords into the wrong field.

use std::net::IpAddr;

use crate::model::ids::UserId;

/// Where these lines are found, whatever else is logged.
macro_rules! line {
    ($($rest:tt)*) => { tracing::info!(target: "chat_chat::audit", $($rest)*) };
}

/// An account was made.
pub fn registered(user: UserId, from: IpAddr) {
    line!(event = "registered", user = user.get(), %from);
}

/// A session was opened.
pub fn signed_in(user: UserId, from: IpAddr) {
    line!(event = "signed_in", user = user.get(), %from);
}

/// A password was wrong, or came too soon after wrong ones; `user` is the account, if there is one of that name.
pub fn sign_in_refused(user: Option<UserId>, from: IpAddr, why: &'static str) {
    line!(event = "sign_in_refused", user = user.map(UserId::get), %from, why);
}

/// A session was ended by its owner.
pub fn signed_out(user: UserId, from: IpAddr) {
    line!(event = "signed_out", user = user.get(), %from);
}

/// Somebody changed their password, which ended so many sessions.
pub fn password_changed(user: UserId, from: IpAddr, ended: usize) {
    line!(event = "password_changed", user = user.get(), %from, ended);
}

/// An operator set somebody's password.
pub fn password_reset(user: i64, ended: usize) {
    line!(event = "password_reset", user, ended);
}

/// Somebody, or a visitor, was not allowed to do what the server function `what` does.
pub fn denied(user: Option<UserId>, from: IpAddr, what: &str) {
    line!(event = "denied", user = user.map(UserId::get), %from, what);
}

/// Another site's page sent a request that may change something.
pub fn foreign_origin(path: &str) {
    line!(event = "foreign_origin", path);
}
