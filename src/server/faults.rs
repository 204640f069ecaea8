//! What pages report when the browser's program has failed on them.

use super::actor::Actor;
use crate::error::{AppError, Problem, Result};

/// Before the start the page was no longer what the server had sent; the program stopped, by a fault of its own or for want
/// of what it needed; or it could not be loaded.
const KINDS: [&str; 3] = ["changed", "stopped", "not_loaded"];
/// Characters of a place in the sources, `src/ui/room.rs:12:5`.
const PLACE_MAX: usize = 120;

/// Logs and counts one report. It comes from anybody: only what a place may consist of is written down.
pub fn report(actor: &Actor, kind: &str, place: &str) -> Result<()> {
    actor.app.limits.report_fault(actor.ip)?;
    if !KINDS.contains(&kind) {
        return Err(AppError::from(Problem::UnknownChoice).on("kind"));
    }
    let place: String = place.chars().filter(char::is_ascii_graphic).take(PLACE_MAX).collect();
    metrics::counter!("chat_page_faults_total").increment(1);
    tracing::warn!(kind, place, "a page failed in a browser");
    Ok(())
}
