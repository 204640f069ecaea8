//! The server program: reads its command line and does what it says.

use std::process::ExitCode;

use chat_chat::router;
use chat_chat::server::cli::{self, Cli};
use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match cli::run(Cli::parse(), router::router).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chat-chat: {error}");
            ExitCode::FAILURE
        }
    }
}
