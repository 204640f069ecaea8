//! People as pictures: an initial on a colour that stays theirs.

use leptos::prelude::*;

use crate::model::user::Author;

/// Classes `a0` to `a5` in `style/avatar.css`.
const COLORS: i64 = 6;

/// The square with somebody's initial. It says nothing that the name beside it does not, so it is not read aloud.
#[component]
pub fn Avatar(author: Author, #[prop(optional)] small: bool) -> impl IntoView {
    let size = if small { " s" } else { "" };
    let class = format!("avatar a{}{size}", author.id.get() % COLORS);
    view! { <span class=class aria-hidden="true">{initial(author.shown_name())}</span> }
}

/// The first letter or digit, or whatever comes first; capital by its style.
fn initial(name: &str) -> String {
    let first = name.chars().find(|c| c.is_alphanumeric()).or_else(|| name.chars().next());
    first.map_or_else(|| "?".to_owned(), String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_initial_is_the_first_letter_of_any_script() {
        for (name, letter) in [("민서", "민"), ("han", "h"), ("~ 수빈", "수"), ("🦀", "🦀"), ("", "?")] {
            assert_eq!(initial(name), letter);
        }
    }
}
