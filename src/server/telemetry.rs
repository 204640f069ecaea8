//! Logs: one line per event on standard error, JSON where nobody watches.

use std::io::IsTerminal;
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::config::ConfigError;

/// Logged by these at their lower levels: bodies, frames, session ids.
const QUIET: [&str; 6] = [
    "sqlx=warn",
    // A line for each cookie that is no session's, and for each password that was refused.
    "tower_sessions=error",
    "axum_login=off",
    "tower_sessions_core=error",
    "tungstenite=warn",
    "tokio_tungstenite=warn",
];
/// Lines that wait for a reader who has stopped. More are dropped and counted: a log holds up nobody.
const WAITING_LINES: usize = 2_048;

/// What is written when the program ends; gone once it was.
static WRITER: Mutex<Option<WorkerGuard>> = Mutex::new(None);
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// Starts logging as `RUST_LOG` says, or as `usual` where it says nothing. The libraries that log bodies or session data
/// stay silent.
pub fn start(usual: &str) -> Result<(), ConfigError> {
    let wanted = std::env::var_os("RUST_LOG").filter(|wanted| !wanted.is_empty()).unwrap_or_else(|| usual.into());
    let filter = EnvFilter::try_new(wanted.to_string_lossy().trim())
        .map_err(|_| ConfigError::new("RUST_LOG", "use a level such as info, or module=level, separated by commas"))?;
    let quiet = QUIET.into_iter().filter_map(|directive| directive.parse().ok()).fold(filter, EnvFilter::add_directive);
    let (log, writer) =
        NonBlockingBuilder::default().lossy(true).buffered_lines_limit(WAITING_LINES).finish(std::io::stderr());
    let _ = DROPPED.set(log.error_counter());
    *WRITER.lock().unwrap_or_else(PoisonError::into_inner) = Some(writer);
    let registry = tracing_subscriber::registry().with(quiet);
    if std::io::stderr().is_terminal() {
        registry.with(tracing_subscriber::fmt::layer().with_writer(log)).init();
    } else {
        registry.with(tracing_subscriber::fmt::layer().json().with_writer(log)).init();
    }
    std::panic::set_hook(Box::new(|panic| {
        metrics::counter!("chat_panics_total").increment(1);
        tracing::error!(%panic, "panic");
    }));
    Ok(())
}

/// How many lines nobody could be told.
pub fn dropped_lines() -> u64 {
    DROPPED.get().map_or(0, |count| count.dropped_lines() as u64)
}

/// Writes what is still waiting, for about a second at most.
pub fn end() {
    drop(WRITER.lock().unwrap_or_else(PoisonError::into_inner).take());
}

/// Ends the process at once, because going on would be worse. Nothing that is under way is answered.
pub fn give_up(why: &str) -> ! {
    tracing::error!("ending at once: {why}");
    end();
    std::process::exit(1)
}
