//! Search, for programs and for its page.

use leptos::prelude::*;

use crate::error::AppError;
use crate::model::search::Hits;

/// Posts and messages that have all the terms of `q`, newest first, from one room or from all that one may read.
#[server(name = Find, endpoint = "/search")]
pub async fn search(
    #[server(default)] q: String,
    room: Option<String>,
    before: Option<String>,
) -> Result<Hits, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::search::page(&actor, &q, room, before).await
}
