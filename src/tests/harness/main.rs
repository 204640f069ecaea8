//! The harness: breaks running servers on purpose and checks what they promise, or measures what they do.
//!
//! It knows the program from outside only: its commands, HTTP, the socket, the database's tables. `chaos` runs the
//! catalogue of faults, `bench` measures. Everything it starts, it ends.

#[allow(dead_code, reason = "a level and a constructor of the table wait for their figures")]
mod bench;
mod cache;
mod chaos;
mod client;
mod history;
mod http;
mod load;
mod metrics;
mod oracle;
mod proxy;
mod raw;
mod resp;
mod server;
mod servers;
mod socket;
mod temp;
mod window;
mod wire;
mod world;

use clap::{Parser, Subcommand};

/// Whatever went wrong, for a person to read.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
pub type Result<T> = std::result::Result<T, Error>;

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run faults and check the promises; without ids, all of them.
    Chaos {
        /// A few minutes' choice of the most telling ones.
        #[arg(long)]
        smoke: bool,
        /// Repeats a run.
        #[arg(long)]
        seed: Option<u64>,
        ids: Vec<String>,
    },
    /// Measure; without ids, everything.
    Bench { ids: Vec<String> },
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let run = async {
        match Cli::parse().command {
            Command::Chaos { smoke, seed, ids } => chaos::run(smoke, seed, &ids).await,
            Command::Bench { ids } => bench::run(&ids).await,
        }
    };
    let outcome = tokio::select! {
        outcome = run => outcome,
        // Returning drops what was started, and so ends it.
        _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
    };
    match outcome {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => std::process::ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}
