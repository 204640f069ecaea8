//! Tests of the running program: real databases, real HTTP, real sockets. `make test` starts what they need.

mod support;

mod rooms;
mod store_contract;
mod talking;
mod tidy;
mod two_nodes;
