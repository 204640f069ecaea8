//! Tests of the running program: real databases, real HTTP, real sockets. `make test` starts what they need.

mod support;

mod admin;
mod auth;
mod changing;
mod completing;
mod edge;
mod fuzzing;
mod hostile_frames;
mod limits;
mod membership;
mod names;
mod notices;
mod outages;
mod pages;
mod people;
mod posts;
mod presence;
mod quoting;
mod reacting;
mod rooms;
mod searching;
mod security;
mod starting;
mod store_contract;
mod talking;
mod tidy;
mod two_nodes;
mod writing;
