//! What administrators do.

use leptos::prelude::*;

use crate::error::AppError;
use crate::model::category::CategoryUse;

/// The categories in the order shown. For everybody else there is no such page.
#[server(name = ReadCategories, endpoint = "/categories")]
pub async fn categories() -> Result<Vec<CategoryUse>, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::admin::categories(&actor).await
}

/// Adds a category behind the others.
#[server(endpoint = "/add_category")]
pub async fn add_category(name_en: String, #[server(default)] name_ko: String) -> Result<(), AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::admin::add_category(&actor, &name_en, &name_ko).await
}

/// Gives a category other names; without one it is called as the program calls it.
#[server(endpoint = "/rename_category")]
pub async fn rename_category(
    key: String,
    #[server(default)] name_en: String,
    #[server(default)] name_ko: String,
) -> Result<(), AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::admin::rename_category(&actor, key, &name_en, &name_ko).await
}

/// Moves a category one place up, or down.
#[server(endpoint = "/move_category")]
pub async fn move_category(key: String, #[server(default)] up: bool) -> Result<(), AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::admin::move_category(&actor, &key, up).await
}

/// Removes a category that no room is in.
#[server(endpoint = "/remove_category")]
pub async fn remove_category(key: String) -> Result<(), AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::admin::remove_category(&actor, &key).await
}
