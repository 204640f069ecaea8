//! Tests of the running program: real databases, real HTTP, real sockets. `make test` starts what they need.

mod support;

mod auth;
mod changing;
mod fuzzing;
mod hostile_frames;
mod membership;
mod pages;
mod posts;
mod presence;
mod rooms;
mod searching;
mod security;
mod starting;
mod store_contract;
mod talking;
mod tidy;
mod two_nodes;
