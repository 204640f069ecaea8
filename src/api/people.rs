//! How somebody wants the pages shown, and who is looking.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::model::ids::Millis;
use crate::model::user::{Account, Profile, Viewer};

/// Keeps language and theme: with the account, or in cookies for visitors. An empty value means "as the system says".
/// With an account also whether Enter sends a message, or breaks its line. What is absent stays.
#[server(endpoint = "/preferences")]
pub async fn preferences(
    #[server(default)] lang: Choice,
    #[server(default)] theme: Choice,
    enter_sends: Option<bool>,
) -> Result<(), AppError> {
    crate::server::accounts::preferences(lang.0.as_deref(), theme.0.as_deref(), enter_sends).await
}

/// Somebody as everyone sees them.
#[server(name = ReadProfile, endpoint = "/user")]
pub async fn user(username: String) -> Result<Profile, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::people::profile(&actor, &username).await
}

/// The caller's own account.
#[server(name = ReadAccount, endpoint = "/account")]
pub async fn account() -> Result<Account, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::people::account(&actor).await
}

/// What the caller is called, and what they tell of themselves. What is absent stays.
#[server(endpoint = "/update_profile")]
pub async fn update_profile(
    #[server(default)] display_name: Choice,
    #[server(default)] bio: Choice,
) -> Result<Account, AppError> {
    let actor = crate::server::actor::current()?;
    crate::server::people::update(&actor, display_name.0, bio.0).await
}

/// Whether others see that the caller is in a room, and that they are writing, and search engines what they say; and whether
/// others make the caller a member of rooms without asking. What is absent stays.
#[server(endpoint = "/update_privacy")]
pub async fn update_privacy(
    shows_presence: Option<bool>,
    shows_typing: Option<bool>,
    may_be_listed: Option<bool>,
    may_be_added: Option<bool>,
) -> Result<Account, AppError> {
    let actor = crate::server::actor::current()?;
    let change =
        crate::server::store::profiles::PrivacyChange { shows_presence, shows_typing, may_be_listed, may_be_added };
    crate::server::people::update_privacy(&actor, change).await
}

/// A field that may be absent, or there and empty: an `Option` would take both for the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Choice(pub Option<String>);

impl From<String> for Choice {
    fn from(value: String) -> Self {
        Self(Some(value))
    }
}

impl From<Choice> for String {
    fn from(choice: Choice) -> Self {
        choice.0.unwrap_or_default()
    }
}

/// The field of a form that says for whom its page was made, by the id of the account.
pub const FORM_OF: &str = "form_of";

/// What the server knows when it renders a page, handed to the browser with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageContext {
    pub viewer: Viewer,
    /// Key and name of each category, in the order shown.
    pub categories: Vec<(String, String)>,
    /// Rooms that the reader is invited to.
    pub invitations: i64,
    /// When the server rendered it, by its own clock.
    pub now: Millis,
    /// For the forms of this page: a double submit is one message.
    pub form_nonce: String,
    /// The form that was just sent here, to be shown again as it was typed.
    pub refused: Option<RefusedForm>,
}

/// A form without script that comes back: why, and what had been typed (never passwords).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedForm {
    /// The server function that it is for.
    pub name: String,
    /// The address of the page on which the form stands; the browser's address bar shows the function's.
    pub path: String,
    /// What was wrong with it; nothing is where somebody only wanted to see what they write.
    pub error: Option<AppError>,
    pub typed: Vec<(String, String)>,
}

impl RefusedForm {
    /// What was typed in `field`, or "".
    pub fn typed(&self, field: &str) -> &str {
        self.typed.iter().find(|(name, _)| name == field).map_or("", |(_, value)| value)
    }
}

/// Sets the status of the page being rendered. The server provides one; in the browser there is none.
#[derive(Clone)]
pub struct PageStatus(pub std::sync::Arc<dyn Fn(u16) + Send + Sync>);
