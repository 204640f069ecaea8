//! What is searched for: terms that must all be there.

use super::fold::fold;
use super::grams;
use crate::error::Problem;
use crate::model::text;
use crate::server::store::search::Gram;

/// Folded terms; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub(super) terms: Vec<String>,
}

impl Query {
    /// Spaces part terms, but for those between two quotes. Every other sign is itself, and so is a quote without another.
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        let typed = text::search(typed)?;
        let mut terms: Vec<String> = Vec::new();
        let mut add = |term: &str| {
            let term = fold(term).trim().to_owned();
            if !term.is_empty() && !terms.contains(&term) {
                terms.push(term);
            }
        };
        let mut rest = typed.as_str();
        while let Some((before, phrase, after)) = next_phrase(rest) {
            before.split_whitespace().for_each(&mut add);
            add(phrase);
            rest = after;
        }
        rest.split_whitespace().for_each(&mut add);
        if terms.is_empty() { Err(Problem::Empty) } else { Ok(Self { terms }) }
    }

    pub fn terms(&self) -> &[String] {
        &self.terms
    }

    /// Whether a folded text has all the terms.
    pub fn fits(&self, folded: &str) -> bool {
        self.terms.iter().all(|term| folded.contains(term.as_str()))
    }

    pub fn grams(&self) -> Vec<Gram> {
        grams::of_terms(&self.terms)
    }
}

/// The first two quotes with something between them: what stands before, between and after. Quotes around nothing are
/// signs like any other.
fn next_phrase(text: &str) -> Option<(&str, &str, &str)> {
    let (before, quoted) = text.split_once('"')?;
    let (phrase, after) = quoted.split_once('"')?;
    (!phrase.trim().is_empty()).then_some((before, phrase, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(typed: &str) -> Vec<String> {
        Query::parse(typed).unwrap().terms
    }

    #[test]
    fn spaces_part_terms_and_quotes_keep_them_together() {
        assert_eq!(terms("  Quick\u{3000}ＯＫ quick "), ["quick", "ok"]);
        assert_eq!(terms("a \"만나  요\"b"), ["a", "만나 요", "b"]);
        assert_eq!(terms("\" a \""), ["a"]);
    }

    #[test]
    fn every_other_sign_is_itself() {
        assert_eq!(terms("a \"b c"), ["a", "\"b", "c"]);
        assert_eq!(terms("\"\""), ["\"\""]);
        assert_eq!(
            terms("title:a -b c* %_ NEAR(a, 5) AND ' \\"),
            ["title:a", "-b", "c*", "%_", "near(a,", "5)", "and", "'", "\\"]
        );
        assert_eq!(terms("\""), ["\""]);
    }

    #[test]
    fn what_cannot_be_searched_for_is_said_clearly() {
        for empty in ["", " \n", "\u{200B}", "\u{FE0F}"] {
            assert_eq!(Query::parse(empty), Err(Problem::Empty), "{empty:?}");
        }
        assert_eq!(Query::parse(&"가".repeat(201)), Err(Problem::TooLong { max: 200 }));
        assert!(Query::parse(&"가".repeat(200)).is_ok());
        assert_eq!(Query::parse("a\0").unwrap().terms(), ["a"]);
    }

    #[test]
    fn all_terms_must_be_there() {
        let fits = |typed: &str, text: &str| Query::parse(typed).unwrap().fits(&fold(text));
        assert!(fits("quick OK", "quick 수정 ok") && !fits("quick ok", "quick 수정"));
        assert!(fits("\"정 O\"", "quick 수정 ok") && !fits("\"quick ok\"", "quick 수정 ok"));
    }
}
