//! Where HTTP comes in: files, compression, addresses, and real proxies in front.

mod compression;
mod files;
mod proxies;
mod trailing_slash;
