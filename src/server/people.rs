//! People as others see them, and what they let others see.

use super::actor::Actor;
use super::app::App;
use super::bus::Announcement;
use super::head;
use super::names;
use super::store::profiles::PrivacyChange;
use crate::error::{AppError, Problem, Result};
use crate::model::ids::UserId;
use crate::model::text;
use crate::model::user::{Account, Profile};

/// Rooms on a person's page.
const ROOMS: i64 = 50;

/// Somebody as everyone sees them: nothing of a room that the caller may not read.
pub async fn profile(actor: &Actor, username: &str) -> Result<Profile> {
    let db = &actor.app.chat.db;
    let (user, bio, since) = db.profile(username).await?.ok_or(Problem::NotFound)?;
    let mut rooms = db.rooms_by(user.id, ROOMS).await?;
    let ids: Vec<_> = rooms.iter().map(|room| room.id).collect();
    let readable = db.readable(&ids, actor.user_id()).await?;
    rooms.retain(|room| readable.contains(&room.id));
    for room in &mut rooms {
        room.body = String::new();
    }
    head::of_person(actor, &user, &bio);
    Ok(Profile { user, bio, since, rooms })
}

/// The caller's own account.
pub async fn account(actor: &Actor) -> Result<Account> {
    let me = actor.author()?.id;
    actor.app.chat.db.account(me).await?.ok_or_else(|| Problem::SignInFirst.into())
}

/// What is absent stays. Without a display name the username is shown.
pub async fn update(actor: &Actor, display_name: Option<String>, bio: Option<String>) -> Result<Account> {
    let on = |field: &'static str| move |problem: Problem| AppError::from(problem).on(field);
    let me = actor.author()?;
    let name = display_name.map(|typed| names::display_name(&typed)).transpose().map_err(on("display_name"))?;
    let name = name.map(|name| if name.is_empty() { me.username.clone() } else { name });
    let is_reserved = |name: &String| !actor.is_admin && names::is_reserved(name);
    if name.as_ref().is_some_and(|name| !names::is_own_username(name, &me.username) && is_reserved(name)) {
        return Err(on("display_name")(Problem::NameReserved));
    }
    let bio = bio.map(|typed| text::bio(&typed)).transpose().map_err(on("bio"))?;
    actor.app.chat.db.set_profile(me.id, name.as_deref(), bio.as_deref()).await?;
    if name.is_some() {
        actor.app.chat.bus.announce(&Announcement::Renamed { user: me.id });
        renamed(&actor.app, me.id).await?;
    }
    account(actor).await
}

/// Somebody has another name: what they do from here on bears it, also on connections that they have had for long.
pub async fn renamed(app: &App, user: UserId) -> Result<()> {
    app.connections.renamed(user);
    if let Some(row) = app.chat.db.user(user.get()).await? {
        app.presence.rename(&row.author()?);
    }
    Ok(())
}

/// Other nodes follow within half a minute, see `chat::recheck`.
pub async fn update_privacy(actor: &Actor, change: PrivacyChange) -> Result<Account> {
    let me = actor.author()?.id;
    actor.app.chat.db.set_privacy(me, change).await?;
    let account = account(actor).await?;
    actor.app.presence.show(me, account.privacy.shows_presence);
    Ok(account)
}
