//! Writing a post, and changing it later.

use super::{names, recheck};
use crate::error::{AppError, Problem, Result};
use crate::model::action::{Action, RoomPatch};
use crate::model::ids::RoomId;
use crate::model::policy::Deed;
use crate::model::room::{Room, RoomState, Visibility};
use crate::model::text;
use crate::server::actor::Actor;
use crate::server::ids;
use crate::server::markdown::Dialect;
use crate::server::store::Db;
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

/// Stores a post; the same form sent twice is one post. One that was sent with something else before is refused.
pub async fn create(actor: &Actor, draft: Draft) -> Result<Room> {
    let author = actor.author()?.id;
    let db = &actor.app.chat.db;
    let on = |field: &'static str| move |problem: Problem| AppError::from(problem).on(field);
    let title = text::title(&draft.title).map_err(on("title"))?;
    let body = text::post(&draft.body).map_err(on("body"))?;
    let tags = text::tags(&draft.tags).map_err(on("tags"))?;
    let visibility =
        Visibility::parse(&draft.visibility).ok_or_else(|| AppError::from(Problem::UnknownChoice).on("visibility"))?;
    if !db.category_exists(&draft.category).await? {
        return Err(AppError::from(Problem::UnknownCategory).on("category"));
    }
    actor.app.limits.open_room(author)?;
    let id = ids::random();
    // Only what everybody may read can be found by search engines.
    let indexed = draft.indexed && visibility == Visibility::Public;
    let room = NewRoom {
        id,
        author,
        title: &title,
        body: &body,
        category: &draft.category,
        tags: &tags,
        visibility,
        indexed,
        nonce: draft.nonce.as_deref().filter(|nonce| (1..=64).contains(&nonce.len())),
        now: ids::now(),
    };
    let nonce = room.nonce.unwrap_or_default();
    if !db.add_room(room).await? {
        let known = db.room_with_nonce(author, nonce).await?.ok_or(Problem::Internal)?;
        let is_same = (&known.title, &known.body, &known.category, &known.tags, known.visibility, known.indexed)
            == (&title, &body, &draft.category, &tags, visibility, indexed);
        // A page was left open, and its form used for another post: it comes back with a nonce of its own.
        return if is_same { Ok(known) } else { Err(Problem::RoomNonceReused.into()) };
    }
    db.room(id).await?.ok_or_else(|| Problem::Internal.into())
}

/// What of a post is to be changed, as it was typed. What is absent stays.
#[derive(Default)]
pub struct Edit {
    pub title: Option<String>,
    pub body: Option<String>,
    pub category: Option<String>,
    pub tags: Option<String>,
    pub visibility: Option<String>,
    pub indexed: Option<bool>,
    pub state: Option<String>,
}

/// Changes a post: all of it for its owner, its state for moderators too. Opening a room to more people shows them what
/// is said from then on; closing it puts out whoever is no member.
pub async fn update(actor: &Actor, room: RoomId, edit: Edit) -> Result<Room> {
    let user = actor.author()?.id;
    let chat = &actor.app.chat;
    // Refused here too where nothing would change; who may change what is decided with the change itself.
    chat.access(room, Some(user)).await?.may(Deed::SetState)?;
    let now = chat.db.room(room).await?.ok_or(Problem::NotFound)?;
    let patch = patch(actor, &now, edit).await?;
    if patch != RoomPatch::default() {
        let closes = patch.change().closes();
        super::submit_form(actor, room, None, Action::Room(Box::new(patch))).await?;
        if closes {
            recheck::look(&actor.app).await?;
        }
    }
    rendered(&chat.db, chat.db.room(room).await?.ok_or(Problem::NotFound)?).await
}

/// What `edit` really changes of `now`.
async fn patch(actor: &Actor, now: &Room, edit: Edit) -> Result<RoomPatch> {
    let on = |field: &'static str| move |problem: Problem| AppError::from(problem).on(field);
    let unknown = |field| on(field)(Problem::UnknownChoice);
    let title = edit.title.map(|typed| text::title(&typed)).transpose().map_err(on("title"))?;
    let body = edit.body.map(|typed| text::post(&typed)).transpose().map_err(on("body"))?;
    let tags = edit.tags.map(|typed| text::tags(&typed)).transpose().map_err(on("tags"))?;
    let visibility = edit.visibility.map(|name| Visibility::parse(&name).ok_or_else(|| unknown("visibility")));
    let state = edit.state.map(|name| RoomState::parse(&name).ok_or_else(|| unknown("state")));
    let (visibility, state) = (visibility.transpose()?, state.transpose()?);
    if let Some(key) = &edit.category
        && !actor.app.chat.db.category_exists(key).await?
    {
        return Err(on("category")(Problem::UnknownCategory));
    }
    let is_public = visibility.unwrap_or(now.visibility) == Visibility::Public;
    Ok(RoomPatch {
        title: title.filter(|new| *new != now.title),
        body: body.filter(|new| *new != now.body),
        category: edit.category.filter(|new| *new != now.category),
        tags: tags.filter(|new| *new != now.tags),
        visibility: visibility.filter(|new| *new != now.visibility),
        indexed: edit.indexed.map(|new| new && is_public).filter(|new| *new != now.indexed),
        state: state.filter(|new| *new != now.state),
    })
}

/// The room with its body as a document.
pub async fn rendered(db: &Db, mut room: Room) -> Result<Room> {
    room.doc = names::read(db, &room.body, Dialect::Full).await?.0;
    Ok(room)
}
