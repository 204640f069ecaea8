//! What helps to write a post.

use super::names;
use crate::error::{AppError, Problem, Result};
use crate::model::post::{Preview, Similar};
use crate::model::text;
use crate::server::actor::Actor;
use crate::server::markdown::Dialect;
use crate::server::search;

/// Tags suggested at once.
const TAGS: i64 = 40;

/// A post as it would be read. It may have no title yet.
pub async fn preview(actor: &Actor, title: &str, body: &str, tags: &str) -> Result<Preview> {
    actor.author()?;
    let on = |field: &'static str| move |problem: Problem| AppError::from(problem).on(field);
    let title = match text::title(title) {
        Err(Problem::Empty) => String::new(),
        title => title.map_err(on("title"))?,
    };
    let body = text::post(body).map_err(on("body"))?;
    let tags = text::tags(tags).map_err(on("tags"))?;
    Ok(Preview { title, doc: names::read(&actor.app.chat.db, &body, Dialect::Full).await?.0, body, tags })
}

/// Public rooms that may be about the same as a post with this title.
pub async fn similar(actor: &Actor, title: &str) -> Result<Vec<Similar>> {
    let reader = actor.author()?.id;
    let Ok(title) = text::title(title) else { return Ok(Vec::new()) };
    search::similar(&actor.app.chat.db, &title, Some(reader)).await
}

/// The tags that public rooms have most often: those of the category first.
pub async fn suggested_tags(actor: &Actor, category: &str) -> Result<Vec<String>> {
    actor.author()?;
    Ok(actor.app.chat.db.common_tags(category, TAGS).await?)
}
