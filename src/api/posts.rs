//! What helps to write a post.

use leptos::prelude::*;

use crate::error::AppError;
use crate::model::post::{Preview, Similar};

/// A post as it would be read; nothing is stored. As a form, it shows the form's page again with the preview in it.
#[server(endpoint = "/preview_post")]
pub async fn preview_post(
    #[server(default)] title: String,
    #[server(default)] body: String,
    #[server(default)] tags: String,
) -> Result<Preview, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::posts::preview(&actor, &title, &body, &tags).await
}

/// Public rooms that may be about the same as a post with this title, the likeliest first.
#[server(endpoint = "/similar_rooms")]
pub async fn similar_rooms(#[server(default)] title: String) -> Result<Vec<Similar>, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::posts::similar(&actor, &title).await
}

/// The tags that public rooms have most often, those of the category first.
#[server(endpoint = "/suggested_tags")]
pub async fn suggested_tags(#[server(default)] category: String) -> Result<Vec<String>, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::chat::posts::suggested_tags(&actor, &category).await
}
