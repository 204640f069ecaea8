//! Writing a post.

use crate::error::{AppError, Problem, Result};
use crate::model::room::{Room, Visibility};
use crate::model::text;
use crate::server::ids;
use crate::server::markdown;
use crate::server::request::Request;
use crate::server::store::rooms::NewRoom;

/// A post as it was typed.
pub struct Draft {
    pub title: String,
    pub body: String,
    pub category: String,
    pub tags: String,
    pub visibility: String,
    pub indexed: bool,
    pub nonce: Option<String>,
}

/// Stores a post; the same form sent twice is one post.
pub async fn create(request: &Request, draft: Draft) -> Result<Room> {
    let author = request.author()?.id;
    let db = &request.app.chat.db;
    let on = |field: &'static str| move |problem: Problem| AppError::from(problem).on(field);
    let title = text::title(&draft.title).map_err(on("title"))?;
    let body = text::post(&draft.body).map_err(on("body"))?;
    let tags = text::tags(&draft.tags).map_err(on("tags"))?;
    let visibility =
        Visibility::parse(&draft.visibility).ok_or_else(|| AppError::from(Problem::UnknownChoice).on("visibility"))?;
    if !db.category_exists(&draft.category).await? {
        return Err(AppError::from(Problem::UnknownCategory).on("category"));
    }
    let id = ids::random();
    let mut room = NewRoom {
        id,
        author,
        title: &title,
        body: &body,
        category: &draft.category,
        tags: &tags,
        visibility,
        // Only what everybody may read can be found by search engines.
        indexed: draft.indexed && visibility == Visibility::Public,
        nonce: draft.nonce.as_deref().filter(|nonce| (1..=64).contains(&nonce.len())),
        now: ids::now(),
    };
    if !db.add_room(room.clone()).await? {
        let known = db.room_with_nonce(author, room.nonce.unwrap_or_default()).await?.ok_or(Problem::Internal)?;
        if known.title == title && known.body == body {
            return Ok(known);
        }
        // The page was left open and its form used for a second, other post.
        room.nonce = None;
        db.add_room(room).await?;
    }
    db.room(id).await?.ok_or_else(|| Problem::Internal.into())
}

/// The room with its body as a document.
pub fn rendered(mut room: Room) -> Room {
    room.doc = markdown::document(&room.body);
    room
}
