//! Logs: one line per event on standard error, JSON where nobody watches.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::config::ConfigError;

/// Logged by these at their lower levels: bodies, frames, session ids.
const QUIET: [&str; 6] = [
    "sqlx=warn",
    "tower_sessions=warn",
    "axum_login=warn",
    "tower_sessions_core=warn",
    "tungstenite=warn",
    "tokio_tungstenite=warn",
];

/// Starts logging as `RUST_LOG` says. The libraries that log bodies or session data stay silent.
pub fn start() -> Result<(), ConfigError> {
    let wanted = std::env::var_os("RUST_LOG").filter(|wanted| !wanted.is_empty()).unwrap_or_else(|| "info".into());
    let filter = EnvFilter::try_new(wanted.to_string_lossy())
        .map_err(|_| ConfigError::new("RUST_LOG", "use a level such as info, or module=level, separated by commas"))?;
    let quiet = QUIET.into_iter().filter_map(|directive| directive.parse().ok()).fold(filter, EnvFilter::add_directive);
    let registry = tracing_subscriber::registry().with(quiet);
    if std::io::stderr().is_terminal() {
        registry.with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr)).init();
    } else {
        registry.with(tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr)).init();
    }
    Ok(())
}
