//! Pages that stand on their own: what somebody finds who comes by a link, without an account and without script.

mod browser;
mod days;
mod feeds;
mod head;
mod opened;
mod permalink;
mod plain;
