//! Categories: what the rooms of the lobby are sorted into. An administrator names and orders them.

use serde::{Deserialize, Serialize};

/// A category as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// In addresses and forms; never changes.
    pub key: String,
    /// What people see instead of the program's own name for it; may be empty.
    pub name_en: String,
    pub name_ko: String,
}

/// One line of the administrators' page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryUse {
    pub category: Category,
    /// As it is called in each language now.
    pub shown_en: String,
    pub shown_ko: String,
    /// Rooms of any visibility that are in it.
    pub rooms: i64,
}
