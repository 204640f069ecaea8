//! The server functions: one URL each, for forms without script and for the hydrated pages alike.
//!
//! They are thin: check the arguments, ask for the proof of access, call the use case in `server::chat`.

pub mod admin;
pub mod auth;
pub mod faults;
pub mod messages;
pub mod people;
pub mod posts;
pub mod rooms;
pub mod search;
