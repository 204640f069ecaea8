//! Looking for a person by a part of a name, or by its first consonants.

use super::fold::fold;
use super::initials::{are_initials, initials};
use crate::model::user::Author;

/// What is looked for.
pub struct Wanted {
    folded: String,
    is_initials: bool,
}

impl Wanted {
    pub fn new(typed: &str) -> Self {
        let folded = fold(typed.trim().trim_start_matches('@'));
        Self { is_initials: are_initials(&folded), folded }
    }

    /// Whether somebody is called so.
    pub fn fits(&self, person: &Author) -> bool {
        [&person.username, &person.display_name].iter().any(|name| {
            fold(name).contains(&self.folded) || (self.is_initials && initials(&fold(name)).contains(&self.folded))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::UserId;

    #[test]
    fn people_are_found_by_either_name() {
        let id = UserId::try_from(1).unwrap();
        let person = Author { id, username: "jimin.K".into(), display_name: "김지민".into() };
        for typed in ["지민", " @JIMIN", "ㅈㅁ", "ㄱㅈ", "n.k", ""] {
            assert!(Wanted::new(typed).fits(&person), "{typed}");
        }
        for typed in ["민지", "ㅁㅈ", "@k@"] {
            assert!(!Wanted::new(typed).fits(&person), "{typed}");
        }
    }
}
