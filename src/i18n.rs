//! The two languages: every sentence of the product, once per language, checked by the compiler to be complete.

pub mod categories;
pub mod en;
mod ko;
pub mod notices;
pub mod plain;
mod texts;

use serde::{Deserialize, Serialize};

pub use plain::PlainTexts;
pub use texts::Texts;

use crate::error::{AppError, Problem};

/// A language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    En,
    Ko,
}

impl Lang {
    pub const ALL: [Self; 2] = [Lang::En, Lang::Ko];

    /// The BCP 47 tag, as in `<html lang>`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Ko => "ko",
        }
    }

    pub fn parse(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.as_str() == tag)
    }

    /// The first language of an `Accept-Language` header that we speak, by weight, then by order (RFC 9110, 12.5.4).
    pub fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for item in header.split(',') {
            let mut parts = item.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
            let weight =
                parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
            if let Some(lang) = Self::parse(&primary)
                && weight > best.map_or(0.0, |(known, _)| known)
            {
                best = Some((weight, lang));
            }
        }
        best.map(|(_, lang)| lang)
    }

    /// All sentences in this language.
    pub const fn texts(self) -> &'static Texts {
        match self {
            Lang::En => &en::TEXTS,
            Lang::Ko => &ko::TEXTS,
        }
    }
}

impl AppError {
    /// The same error with its message in `lang`.
    pub fn in_language(mut self, lang: Lang) -> Self {
        self.message = (lang.texts().problem)(&self.problem);
        self
    }
}

impl Problem {
    pub fn in_language(&self, lang: Lang) -> String {
        (lang.texts().problem)(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_best_one_that_both_speak() {
        assert_eq!(Lang::accepted("ko-KR,ko;q=0.9,en-US;q=0.8"), Some(Lang::Ko));
        assert_eq!(Lang::accepted("fr, en;q=0.3, ko;q=0.7"), Some(Lang::Ko));
        assert_eq!(Lang::accepted("fr, ko;q=0"), None);
        assert_eq!(Lang::accepted(";;;q=,"), None);
    }
}
