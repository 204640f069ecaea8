//! The words of the product as plain data, compiled into the server and the browser alike. No I/O, no framework, no clock.

pub mod action;
pub mod category;
pub mod civil;
pub mod doc;
pub mod event;
pub mod ids;
pub mod mentions;
pub mod message;
pub mod notice;
pub mod policy;
pub mod post;
pub mod room;
pub mod search;
pub mod text;
pub mod user;
