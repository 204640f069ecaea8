//! Where pages say that they have failed.

use leptos::prelude::*;

use crate::error::AppError;

/// The browser's program could not start, or stopped: how, and where in its sources. By anybody; few at a time.
#[server(endpoint = "/report_fault")]
pub async fn report_fault(kind: String, place: String) -> Result<(), AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::faults::report(&actor, &kind, &place)
}
