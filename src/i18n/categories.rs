//! What the categories are called: by their administrator, or else by the program. For the server only: pages get names.

use super::Lang;
use crate::model::category::Category;

/// The name of `category` in `lang`. One that has a name in the other language only is called by that.
pub fn name(category: &Category, lang: Lang) -> String {
    let Category { key, name_en, name_ko } = category;
    let (own, other) = match lang {
        Lang::En => (name_en, name_ko),
        Lang::Ko => (name_ko, name_en),
    };
    let named = |name: &String| (!name.is_empty()).then(|| name.clone());
    let built_in = || built_in(key, lang).map(str::to_owned);
    named(own).or_else(built_in).or_else(|| named(other)).unwrap_or_else(|| key.clone())
}

/// Of the categories that exist from the first migration on.
const fn seeded() -> [(&'static str, &'static str, &'static str); 7] {
    [
        ("general", "General", "자유"),
        ("tech", "Tech", "기술"),
        ("games", "Games", "게임"),
        ("music", "Music", "음악"),
        ("study", "Study", "공부"),
        ("local", "Local", "동네"),
        ("life", "Life", "일상"),
    ]
}

fn built_in(key: &str, lang: Lang) -> Option<&'static str> {
    let (_, en, ko) = seeded().into_iter().find(|(known, ..)| *known == key)?;
    Some(match lang {
        Lang::En => en,
        Lang::Ko => ko,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_administrators_name_comes_before_the_programs() {
        let shown = |key: &str, en: &str, ko: &str| {
            let category = Category { key: key.into(), name_en: en.into(), name_ko: ko.into() };
            Lang::ALL.map(|lang| name(&category, lang))
        };
        assert_eq!(shown("tech", "", ""), ["Tech", "기술"]);
        assert_eq!(shown("tech", "Computers", ""), ["Computers", "기술"]);
        assert_eq!(shown("food", "Food", ""), ["Food", "Food"]);
        assert_eq!(shown("food", "", "음식"), ["음식", "음식"]);
        assert_eq!(shown("food", "", ""), ["food", "food"]);
    }
}
