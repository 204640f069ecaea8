//! What is being completed: a name after `@`, or an emoji's after `:`, before the caret.

use crate::model::text::USERNAME_CHARS;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Person,
    Emoji,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub sign: Sign,
    /// Without the sign.
    pub text: String,
}

impl Token {
    /// Characters, with the sign.
    pub fn length(&self) -> usize {
        self.text.chars().count() + 1
    }
}

/// The token at the end of `before`, if there is one. `is_mark` knows the marks of scripts, for which a browser has tables
/// already.
pub fn token(before: &str, is_mark: impl Fn(char) -> bool) -> Option<Token> {
    let is_name_char = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.') || is_mark(c);
    let (start, sign) = before.char_indices().rev().find(|(_, c)| !is_name_char(*c))?;
    let text = &before[start + sign.len_utf8()..];
    let follows_word = before[..start].chars().next_back().is_some_and(is_name_char);
    let sign = match sign {
        '@' => Sign::Person,
        // A time such as 12:30 follows a word; a face such as :) has no letter.
        ':' if text.starts_with(char::is_alphabetic) => Sign::Emoji,
        _ => return None,
    };
    (!follows_word && text.chars().count() <= *USERNAME_CHARS.end()).then(|| Token { sign, text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use unicode_normalization::char::is_combining_mark;

    use super::*;

    #[test]
    fn a_sign_begins_a_token_where_no_word_goes_on() {
        let found = |before: &str| token(before, is_combining_mark).map(|token| (token.sign, token.text));
        assert_eq!(found("@"), Some((Sign::Person, String::new())));
        assert_eq!(found("안녕 @지"), Some((Sign::Person, "지".into())));
        // An accent by itself.
        assert_eq!(found("@e\u{301}lan"), Some((Sign::Person, "e\u{301}lan".into())));
        assert_eq!(found("(@an"), Some((Sign::Person, "an".into())));
        assert_eq!(found("wow :fi"), Some((Sign::Emoji, "fi".into())));
        assert_eq!(found("와 :불"), Some((Sign::Emoji, "불".into())));
        for none in ["", "a@b", "12:30", ":", ":)", "@지민 ", "see: ", "https://x", &format!("@{}", "x".repeat(33))] {
            assert_eq!(found(none), None, "{none}");
        }
    }
}
