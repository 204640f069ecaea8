//! People: who wrote something, who is looking at a page, and how they want it shown.

use serde::{Deserialize, Serialize};

use super::ids::{Millis, UserId};
use super::room::Room;
use crate::i18n::Lang;

/// Who wrote something, as everyone sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    pub id: UserId,
    pub username: String,
    pub display_name: String,
}

impl Author {
    /// In the place of an author whom the reader is not told.
    pub const fn nobody() -> Self {
        Self { id: UserId::NOBODY, username: String::new(), display_name: String::new() }
    }

    /// The name shown, or the one that everybody has.
    pub fn shown_name(&self) -> &str {
        if self.display_name.is_empty() { &self.username } else { &self.display_name }
    }
}

/// What somebody lets others see of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privacy {
    /// That they are in a room. They are counted all the same.
    pub shows_presence: bool,
    /// That they are writing.
    pub shows_typing: bool,
    /// What they say, to search engines, in rooms that let those in.
    pub may_be_listed: bool,
    /// Others make them a member of rooms at once, and do not have to ask.
    pub may_be_added: bool,
}

/// Somebody's own account, as they may change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub display_name: String,
    pub bio: String,
    pub privacy: Privacy,
}

/// Somebody as everyone sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub user: Author,
    /// In their own words, without markup.
    pub bio: String,
    /// When they made their account.
    pub since: Millis,
    /// The public rooms that they opened, the newest first.
    pub rooms: Vec<Room>,
}

/// A colour scheme that somebody chose; nobody's choice means the system's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    Light,
    Dark,
}

impl Theme {
    pub const fn as_str(self) -> &'static str {
        match self {
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Theme::Light, Theme::Dark].into_iter().find(|theme| theme.as_str() == name)
    }
}

/// Who is looking at a page. `me` is absent for visitors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub me: Option<Author>,
    pub lang: Lang,
    pub theme: Option<Theme>,
    /// Enter sends what is in the field for messages; otherwise it breaks the line.
    pub enter_sends: bool,
}
