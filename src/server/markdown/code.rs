//! Code in colours: what each stretch of a listing is.
//!
//! Written here and not taken from a library for the sake of those who read: listings are looked at again on every page
//! that shows them, with what hostile people wrote. Grammars of regular expressions take milliseconds for what this does
//! in microseconds, and have no bound. One pass, no backtracking: the time is linear in the text, whatever it is.

mod languages;

use self::languages::{Language, Quote, language};
use crate::model::doc::Shade;

/// Bytes of a listing beyond which it stays plain, and stretches, so that a page stays small.
const MAX_BYTES: usize = 20 * 1024;
const MAX_STRETCHES: usize = 4_000;

/// The stretches of `text`, one after the other: what each is, and its length in bytes. `None` where there is nothing to
/// tell apart: an unknown language, or a listing that is too long.
pub fn stretches(lang: &str, text: &str) -> Option<Vec<(Shade, usize)>> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let mut reader = Reader { language: language(lang)?, text, at: 0, in_tag: false, found: Vec::new() };
    while reader.at < text.len() {
        let (shade, length) = reader.next();
        reader.push(shade, length);
    }
    let tells = reader.found.iter().any(|(shade, _)| *shade != Shade::Plain);
    Some(reader.found).filter(|found| tells && found.len() <= MAX_STRETCHES)
}

struct Reader<'t> {
    language: &'static Language,
    text: &'t str,
    at: usize,
    /// Between `<` and `>` of markup.
    in_tag: bool,
    found: Vec<(Shade, usize)>,
}

impl Reader<'_> {
    fn push(&mut self, shade: Shade, length: usize) {
        self.at += length;
        match self.found.last_mut() {
            Some((last, known)) if *last == shade => *known += length,
            _ => self.found.push((shade, length)),
        }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// What begins here, and how long it is: at least one character.
    fn next(&mut self) -> (Shade, usize) {
        let rest = self.rest();
        let blank = run(rest, char::is_whitespace);
        if blank > 0 {
            // Nothing is to be seen there: it goes with what stands before.
            return (self.found.last().map_or(Shade::Plain, |(shade, _)| *shade), blank);
        }
        if let Some(length) = self.comment() {
            return (Shade::Comment, length);
        }
        if let Some(length) = self.string() {
            let is_key = self.is_key(length);
            return (if is_key { Shade::Type } else { Shade::String }, length);
        }
        let rest = self.rest();
        let first = rest.chars().next().unwrap_or_default();
        if first.is_ascii_digit() {
            return (Shade::Number, number(rest));
        }
        if is_word_start(first) || self.language.sigils.contains(first) {
            let length = first.len_utf8() + run(&rest[first.len_utf8()..], is_word);
            return (self.word(length), length);
        }
        // In markup a sign means something as a part of a tag only.
        let is_text = self.language.markup && !self.in_tag && first != '<';
        self.in_tag = (self.in_tag || first == '<') && first != '>';
        let is_operator = first.is_ascii_punctuation() && !is_text && !"()[]{},;".contains(first);
        (if is_operator { Shade::Operator } else { Shade::Plain }, first.len_utf8())
    }

    fn comment(&self) -> Option<usize> {
        let rest = self.rest();
        if let Some((open, close)) = self.language.block
            && let Some(inner) = rest.strip_prefix(open)
        {
            return Some(inner.find(close).map_or(rest.len(), |at| open.len() + at + close.len()));
        }
        let is_line = self.language.line.iter().any(|sign| rest.starts_with(sign));
        // In a shell, `$#` and `a#b` are no comments.
        let is_begun =
            !self.language.line_after_blank || self.text[..self.at].ends_with(char::is_whitespace) || self.at == 0;
        (is_line && is_begun).then(|| rest.find('\n').unwrap_or(rest.len()))
    }

    fn string(&self) -> Option<usize> {
        if self.language.markup && !self.in_tag {
            return None;
        }
        let rest = self.rest();
        let Quote { sign, long, .. } = self.language.quotes.iter().find(|quote| {
            rest.starts_with(quote.sign) && (!quote.is_char || is_char_literal(&rest[quote.sign.len()..]))
        })?;
        let mut at = sign.len();
        while at < rest.len() {
            let here = &rest[at..];
            let next = here.chars().next().unwrap_or_default();
            if here.starts_with(sign) {
                return Some(at + sign.len());
            }
            if next == '\n' && !long {
                return Some(at);
            }
            at += next.len_utf8();
            // What is escaped ends nothing.
            if next == '\\' {
                at += rest[at..].chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
            }
        }
        Some(rest.len())
    }

    /// Whether what is `length` long here is the name of a value.
    fn is_key(&self, length: usize) -> bool {
        self.language.key.is_some_and(|sign| self.rest()[length..].trim_start_matches(' ').starts_with(sign))
    }

    fn word(&self, length: usize) -> Shade {
        let word = &self.rest()[..length];
        let after = self.rest()[length..].trim_start_matches(' ');
        if self.language.markup {
            let before = &self.text[..self.at];
            let is_tag = before.ends_with('<') || before.ends_with("</");
            return match (self.in_tag, is_tag) {
                (true, true) => Shade::Keyword,
                (true, false) => Shade::Type,
                _ => Shade::Plain,
            };
        }
        let is_one_of = |words: &[&str]| {
            words
                .iter()
                .any(|known| if self.language.any_case { known.eq_ignore_ascii_case(word) } else { *known == word })
        };
        if is_one_of(self.language.keywords) {
            Shade::Keyword
        } else if self.is_key(length) {
            Shade::Type
        } else if after.starts_with('(') || after.starts_with("!(") || word.starts_with('@') {
            Shade::Function
        } else if is_one_of(self.language.types) || is_type_name(word) || word.starts_with('$') {
            Shade::Type
        } else {
            Shade::Plain
        }
    }
}

/// Bytes at the beginning of `text` whose characters all fit.
fn run(text: &str, fits: impl Fn(char) -> bool) -> usize {
    text.find(|c| !fits(c)).unwrap_or(text.len())
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Digits, letters of a base or a unit, and a point that a digit follows.
fn number(text: &str) -> usize {
    let whole = run(text, is_word);
    match text[whole..].strip_prefix('.') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => whole + 1 + run(rest, is_word),
        _ => whole,
    }
}

/// `x'` or `\n'`, and not a lifetime: `a, 'b`.
fn is_char_literal(after: &str) -> bool {
    let mut signs = after.chars();
    match signs.next() {
        Some('\\') => true,
        Some('\'' | '\n') | None => false,
        Some(_) => signs.next() == Some('\''),
    }
}

/// `Vec`, `String`: not `X` and not `MAX`.
fn is_type_name(word: &str) -> bool {
    word.starts_with(char::is_uppercase) && word.contains(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::languages::LANGUAGES;
    use super::*;

    /// The listing with the first letter of what each stretch is in front of it, blanks left out.
    fn told(lang: &str, text: &str) -> String {
        let mut at = 0;
        let mut told = Vec::new();
        for (shade, length) in stretches(lang, text).expect("something to tell apart") {
            let name = format!("{shade:?}").to_lowercase();
            told.push(format!("{}:{}", &name[..1], text[at..at + length].trim_end()));
            at += length;
        }
        told.join(" ")
    }

    #[test]
    fn each_language_is_told_apart() {
        for (lang, text, parts) in [
            ("rust", "fn main() { // hi\n", "k:fn f:main p:() { c:// hi"),
            ("Rust", "let x: &'a str = \"a\\\"b\";", "k:let p:x o:: &' p:a t:str o:= s:\"a\\\"b\" p:;"),
            (
                "rs",
                "println!(\"{}\", 'x', 1_000u64, 1.5);",
                "f:println o:! p:( s:\"{}\" p:, s:'x' p:, n:1_000u64 p:, n:1.5 p:);",
            ),
            (
                "python",
                "def f(x):  # why\n    return \"\"\"a\nb\"\"\"",
                "k:def f:f p:(x) o:: c:# why k:return s:\"\"\"a\nb\"\"\"",
            ),
            ("js", "const a = `x\n${y}` /* c */;", "k:const p:a o:= s:`x\n${y}` c:/* c */ p:;"),
            ("sql", "select 이름 FROM t -- all", "k:select p:이름 k:FROM p:t c:-- all"),
            ("json", "{\"a\": [1, \"b\", null]}", "p:{ t:\"a\" o:: p:[ n:1 p:, s:\"b\" p:, k:null p:]}"),
            (
                "html",
                "<a href=\"x\">It's</a><!-- b -->",
                "o:< k:a t:href o:= s:\"x\" o:> p:It's o:</ k:a o:> c:<!-- b -->",
            ),
            ("sh", "echo $HOME a#b # c", "k:echo t:$HOME p:a o:# p:b c:# c"),
            ("yaml", "name: \"x\" # c", "t:name o:: s:\"x\" c:# c"),
        ] {
            assert_eq!(told(lang, text), parts, "{lang}");
        }
    }

    #[test]
    fn what_is_unknown_plain_or_too_long_stays_as_it_is() {
        for (lang, text) in [("", "fn x"), ("brainfuck", "+++"), ("rust", ""), ("rust", "word"), ("text", "fn x")] {
            assert_eq!(stretches(lang, text), None, "{lang} {text}");
        }
        assert_eq!(stretches("rust", &"fn ".repeat(MAX_BYTES / 3 + 1)), None);
        assert_eq!(stretches("rust", &"a=".repeat(MAX_STRETCHES)), None);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_in_any_text(
            at in 0..LANGUAGES.len(),
            text in "(fn |let|if|\\PC|[\"'`/*#<>=(){}\\\\\\n 0-9a-z가-힣-]){0,60}",
        ) {
            let Some(found) = stretches(LANGUAGES[at].names[0], &text) else { return Ok(()) };
            let mut end = 0;
            for (_, length) in &found {
                prop_assert!(*length > 0);
                end += length;
                prop_assert!(text.is_char_boundary(end));
            }
            prop_assert_eq!(end, text.len());
            prop_assert!(found.windows(2).all(|pair| pair[0].0 != pair[1].0));
        }
    }
}
