//! What the lobby is asked to show, as its address says it.

use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

use crate::model::room::Sort;
use crate::ui::href::query_value;

/// The lobby's parameters as they came: what is wrong with them, the server says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LobbyQuery {
    pub sort: Option<String>,
    pub category: Option<String>,
    pub tag: Option<String>,
    pub before: Option<String>,
}

impl LobbyQuery {
    pub fn read(query: &ParamsMap) -> Self {
        let given = |name| query.get(name).filter(|value| !value.is_empty());
        Self { sort: given("sort"), category: given("category"), tag: given("tag"), before: given("before") }
    }

    /// Whether rooms were chosen, so that an empty list does not mean an empty site.
    pub const fn is_filtered(&self) -> bool {
        self.category.is_some() || self.tag.is_some() || self.before.is_some()
    }

    /// Whether this is how the list is sorted; `active` needs not be said.
    pub fn is_sorted(&self, sort: Sort) -> bool {
        self.sort.as_deref().unwrap_or(Sort::Active.as_str()) == sort.as_str()
    }

    /// The same list in another order, from its first page.
    pub fn sorted(mut self, sort: Sort) -> String {
        self.sort = (sort != Sort::Active).then(|| sort.as_str().to_owned());
        self.before = None;
        self.href()
    }

    pub fn within(mut self, category: Option<&str>) -> String {
        self.category = category.map(str::to_owned);
        self.before = None;
        self.href()
    }

    pub fn tagged(mut self, tag: Option<&str>) -> String {
        self.tag = tag.map(str::to_owned);
        self.before = None;
        self.href()
    }

    pub fn page(mut self, before: Option<String>) -> String {
        self.before = before;
        self.href()
    }

    fn href(&self) -> String {
        let parts = [("sort", &self.sort), ("category", &self.category), ("tag", &self.tag), ("before", &self.before)];
        let query: Vec<String> = parts
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", query_value(value.as_deref()?))))
            .collect();
        if query.is_empty() { "/".to_owned() } else { format!("/?{}", query.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_keeps_the_others_and_starts_at_the_first_page() {
        let asked = LobbyQuery {
            sort: Some("new".to_owned()),
            tag: Some("게임".to_owned()),
            before: Some("x".to_owned()),
            ..LobbyQuery::default()
        };
        assert_eq!(asked.clone().within(Some("tech")), "/?sort=new&category=tech&tag=%EA%B2%8C%EC%9E%84");
        assert_eq!(asked.clone().tagged(None), "/?sort=new");
        assert_eq!(LobbyQuery::default().within(None), "/");
        assert!(asked.is_sorted(Sort::New) && LobbyQuery::default().is_sorted(Sort::Active));
    }
}
