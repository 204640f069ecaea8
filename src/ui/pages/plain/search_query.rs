//! What is searched for, as the address says it.

use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

use crate::ui::href::query_value;

/// The parameters as they came: what is wrong with them, the server says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchQuery {
    pub q: String,
    pub room: Option<String>,
    pub before: Option<String>,
}

impl SearchQuery {
    pub fn read(query: &ParamsMap) -> Self {
        let given = |name| query.get(name).filter(|value| !value.is_empty());
        Self { q: given("q").unwrap_or_default(), room: given("room"), before: given("before") }
    }

    /// Nothing was searched for yet.
    pub fn is_blank(&self) -> bool {
        self.q.trim().is_empty()
    }

    /// The same search in all rooms.
    pub fn everywhere(mut self) -> String {
        (self.room, self.before) = (None, None);
        self.href()
    }

    pub fn page(mut self, before: Option<String>) -> String {
        self.before = before;
        self.href()
    }

    fn href(&self) -> String {
        let mut address = format!("/search?q={}", query_value(&self.q));
        for (name, value) in [("room", &self.room), ("before", &self.before)] {
            if let Some(value) = value {
                address.push_str(&format!("&{name}={}", query_value(value)));
            }
        }
        address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_keeps_what_was_searched_for_and_where() {
        let asked = SearchQuery { q: "카페 &".into(), room: Some("42-a".into()), before: Some("7".into()) };
        assert_eq!(asked.clone().page(Some("5".into())), "/search?q=%EC%B9%B4%ED%8E%98%20%26&room=42-a&before=5");
        assert_eq!(asked.clone().page(None), "/search?q=%EC%B9%B4%ED%8E%98%20%26&room=42-a");
        assert_eq!(asked.everywhere(), "/search?q=%EC%B9%B4%ED%8E%98%20%26");
        assert!(SearchQuery { q: " \u{3000}".into(), ..SearchQuery::default() }.is_blank());
    }
}
