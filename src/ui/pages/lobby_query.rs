//! What the lobby is asked to show, as its address says it.

use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

use crate::model::room::{Match, RoomState, Sort, chosen};
use crate::model::text::TAGS_MAX;
use crate::ui::href::query_value;

/// The lobby's parameters as they came: what is wrong with them, the server says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LobbyQuery {
    pub sort: Option<String>,
    pub category: Option<String>,
    pub tags: Vec<String>,
    pub matching: Option<String>,
    pub state: Option<String>,
    pub q: Option<String>,
    pub before: Option<String>,
}

impl LobbyQuery {
    pub fn read(query: &ParamsMap) -> Self {
        let given = |name| query.get(name).filter(|value| !value.is_empty());
        let mut tags: Vec<String> = Vec::new();
        for tag in query.get_all("tag").unwrap_or_default() {
            // One too many is enough to be told so; each is drawn with links that repeat the others.
            if !tag.is_empty() && !tags.contains(&tag) && tags.len() <= TAGS_MAX {
                tags.push(tag);
            }
        }
        Self {
            sort: given("sort"),
            category: given("category"),
            tags,
            matching: given("match"),
            state: given("state"),
            q: given("q"),
            before: given("before"),
        }
    }

    /// Whether rooms were chosen, so that an empty list does not mean an empty site.
    pub const fn is_filtered(&self) -> bool {
        self.category.is_some()
            || !self.tags.is_empty()
            || self.state.is_some()
            || self.q.is_some()
            || self.before.is_some()
    }

    /// What was chosen, in words; `None` where all rooms are listed.
    pub fn title(&self, category_name: impl Fn(&str) -> String) -> Option<String> {
        chosen(self.category.as_deref().map(category_name), &self.tags, self.q.as_deref())
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

    /// With one more tag, or without it.
    pub fn toggled(mut self, tag: &str) -> String {
        match self.tags.iter().position(|known| known == tag) {
            Some(at) => drop(self.tags.remove(at)),
            None => self.tags.push(tag.to_owned()),
        }
        if self.tags.len() < 2 {
            self.matching = None;
        }
        self.before = None;
        self.href()
    }

    /// Whether a room has to have all of the tags.
    pub fn is_matching_all(&self) -> bool {
        self.matching.as_deref() == Some(Match::All.as_str())
    }

    pub fn matching(mut self, matching: Match) -> String {
        self.matching = (matching != Match::Any).then(|| matching.as_str().to_owned());
        self.before = None;
        self.href()
    }

    pub fn in_state(mut self, state: Option<RoomState>) -> String {
        self.state = state.map(|state| state.as_str().to_owned());
        self.before = None;
        self.href()
    }

    pub fn page(mut self, before: Option<String>) -> String {
        self.before = before;
        self.href()
    }

    fn href(&self) -> String {
        let tags = self.tags.iter().map(|tag| ("tag", Some(tag)));
        let parts = [("sort", self.sort.as_ref()), ("category", self.category.as_ref())];
        let more = [
            ("match", self.matching.as_ref()),
            ("state", self.state.as_ref()),
            ("q", self.q.as_ref()),
            ("before", self.before.as_ref()),
        ];
        let query: Vec<String> = parts
            .into_iter()
            .chain(tags)
            .chain(more)
            .filter_map(|(name, value)| Some(format!("{name}={}", query_value(value?))))
            .collect();
        if query.is_empty() { "/".to_owned() } else { format!("/?{}", query.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_of_too_many_tags_is_bounded() {
        let query: ParamsMap = (0..5_000).map(|n| ("tag", n.to_string())).collect();
        assert_eq!(LobbyQuery::read(&query).tags.len(), TAGS_MAX + 1);
    }

    #[test]
    fn a_choice_keeps_the_others_and_starts_at_the_first_page() {
        let asked = LobbyQuery {
            sort: Some("new".to_owned()),
            tags: vec!["게임".to_owned()],
            before: Some("x".to_owned()),
            ..LobbyQuery::default()
        };
        assert_eq!(asked.clone().within(Some("tech")), "/?sort=new&category=tech&tag=%EA%B2%8C%EC%9E%84");
        assert_eq!(asked.clone().toggled("게임"), "/?sort=new");
        assert_eq!(asked.clone().toggled("x"), "/?sort=new&tag=%EA%B2%8C%EC%9E%84&tag=x");
        assert_eq!(LobbyQuery::default().within(None), "/");
        assert!(asked.is_sorted(Sort::New) && LobbyQuery::default().is_sorted(Sort::Active));
    }
}
