//! Everything that runs on the server only. `lib.rs` guards it with the one `cfg` that is needed.

pub mod accounts;
pub mod app;
pub mod auth;
pub mod bus;
pub mod chat;
pub mod cli;
pub mod config;
pub mod failpoint;
pub mod forms;
pub mod health;
pub mod hub;
pub mod ids;
pub mod limits;
pub mod lobby;
pub mod markdown;
pub mod metrics;
pub mod passwords;
pub mod presence;
pub mod request;
pub mod search;
pub mod security;
pub mod serve;
pub mod sessions;
pub mod socket;
pub mod store;
pub mod telemetry;
