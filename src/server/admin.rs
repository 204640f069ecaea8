//! What administrators do: to everybody else their page does not exist.

use super::actor::Actor;
use super::bus::Announcement;
use crate::error::{AppError, Problem, Result};
use crate::i18n::{Lang, categories::name};
use crate::model::category::{Category, CategoryUse};
use crate::model::text;

/// A lobby with more than these would not be a lobby.
const MOST: usize = 40;

/// The categories with what is in them, for their page.
pub async fn categories(actor: &Actor) -> Result<Vec<CategoryUse>> {
    if !actor.is_admin {
        return Err(Problem::NotFound.into());
    }
    let db = &actor.app.chat.db;
    let rooms = db.rooms_by_category().await?;
    let used = |category: Category| CategoryUse {
        shown_en: name(&category, Lang::En),
        shown_ko: name(&category, Lang::Ko),
        rooms: rooms.get(&category.key).copied().unwrap_or_default(),
        category,
    };
    Ok(db.categories().await?.into_iter().map(used).collect())
}

/// Adds a category; its key is made from its English name and stays when that changes.
pub async fn add_category(actor: &Actor, name_en: &str, name_ko: &str) -> Result<()> {
    needs_admin(actor)?;
    let (name_en, name_ko) = names(name_en, name_ko)?;
    if name_en.is_empty() {
        return Err(AppError::from(Problem::Empty).on("name_en"));
    }
    let key = text::slug(&name_en);
    if key.is_empty() {
        return Err(AppError::from(Problem::UnknownChoice).on("name_en"));
    }
    let db = &actor.app.chat.db;
    if db.categories().await?.len() >= MOST {
        return Err(Problem::NotAllowed.into());
    }
    if !db.add_category(&Category { key, name_en, name_ko }).await? {
        return Err(AppError::from(Problem::CategoryTaken).on("name_en"));
    }
    changed(actor).await
}

/// Calls a category otherwise from now on; by the program's own names where these are empty.
pub async fn rename_category(actor: &Actor, key: String, name_en: &str, name_ko: &str) -> Result<()> {
    needs_admin(actor)?;
    let (name_en, name_ko) = names(name_en, name_ko)?;
    if !actor.app.chat.db.rename_category(&Category { key, name_en, name_ko }).await? {
        return Err(AppError::from(Problem::UnknownCategory).on("key"));
    }
    changed(actor).await
}

/// Moves a category one place up or down.
pub async fn move_category(actor: &Actor, key: &str, up: bool) -> Result<()> {
    needs_admin(actor)?;
    let db = &actor.app.chat.db;
    let all = db.categories().await?;
    let mut keys: Vec<&str> = all.iter().map(|category| &*category.key).collect();
    let unknown = || AppError::from(Problem::UnknownCategory).on("key");
    let at = keys.iter().position(|known| *known == key).ok_or_else(unknown)?;
    let to = if up { at.saturating_sub(1) } else { (at + 1).min(keys.len() - 1) };
    keys.swap(at, to);
    db.order_categories(&keys).await?;
    changed(actor).await
}

/// Removes a category that no room is in.
pub async fn remove_category(actor: &Actor, key: &str) -> Result<()> {
    needs_admin(actor)?;
    if !actor.app.chat.db.remove_category(key).await? {
        return Err(AppError::from(Problem::CategoryInUse).on("key"));
    }
    changed(actor).await
}

fn needs_admin(actor: &Actor) -> Result<()> {
    actor.author()?;
    if actor.is_admin { Ok(()) } else { Err(Problem::NotAllowed.into()) }
}

fn names(name_en: &str, name_ko: &str) -> Result<(String, String)> {
    let on = |field: &'static str| move |problem: Problem| AppError::from(problem).on(field);
    Ok((text::category_name(name_en).map_err(on("name_en"))?, text::category_name(name_ko).map_err(on("name_ko"))?))
}

/// Every node shows the categories on every page.
async fn changed(actor: &Actor) -> Result<()> {
    let app = &actor.app;
    app.categories.reload(&app.chat.db).await?;
    app.chat.bus.announce(&Announcement::Categories);
    Ok(())
}
