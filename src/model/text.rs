//! What may be typed: normal form, lengths and characters of every text that people write.
//!
//! Each function takes what was typed and returns what is stored, or the [`Problem`] to show beside the field.
//! Lengths count Unicode scalar values of the NFC form.

mod characters;
mod clean;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

pub use self::characters::{is_blank, is_hangul, is_ignorable, is_visible, language, seam};
pub use self::clean::MARKS_MAX;
use self::clean::{clean, clean_line, clean_or_nothing};
use crate::error::Problem;

pub const USERNAME_CHARS: std::ops::RangeInclusive<usize> = 2..=32;
pub const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 8..=256;
pub const DISPLAY_NAME_MAX: usize = 40;
pub const BIO_MAX: usize = 300;
pub const TITLE_MAX: usize = 120;
pub const POST_MAX: usize = 10_000;
pub const MESSAGE_MAX: usize = 4_000;
/// Bytes of UTF-8; a message may be too long in bytes before it is in characters.
pub const MESSAGE_MAX_BYTES: usize = 12 * 1024;
/// What is about to be sent in pieces, or cut, is longer than a message.
pub const DRAFT_MAX: usize = 5 * MESSAGE_MAX;
pub const TAGS_MAX: usize = 5;
pub const TAG_MAX: usize = 20;
pub const SEARCH_MAX: usize = 200;
pub const CATEGORY_MAX: usize = 40;

/// Bytes that one character of the normal form may be typed as: three letters of Hangul are nine, four other marks at most
/// twelve.
const BYTES_PER_CHAR: usize = 12;
/// Bytes of a list of tags: room for twice as many as there may be, as doubles are dropped.
const TAGS_MAX_BYTES: usize = 2 * TAGS_MAX * TAG_MAX * BYTES_PER_CHAR;

/// Looks at the length in bytes first: what cannot fit in any case is refused without being read.
fn could_fit(typed: &str, max: usize) -> Result<(), Problem> {
    if typed.len() > max * BYTES_PER_CHAR { Err(Problem::TooLong { max }) } else { Ok(()) }
}

fn within(text: String, max: usize) -> Result<String, Problem> {
    if text.chars().count() > max { Err(Problem::TooLong { max }) } else { Ok(text) }
}

/// The form in which names are compared: without regard to case and to how accents were typed.
pub fn fold(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase().nfc().collect()
}

/// Whether a username may have this character.
pub fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.') || is_combining_mark(c)
}

/// A username as any account may have it: letters, marks and digits of any script, `_`, `-` and `.`. New ones are held to
/// more on the server.
pub fn username(typed: &str) -> Result<String, Problem> {
    could_fit(typed, *USERNAME_CHARS.end()).map_err(|_| Problem::UsernameLength)?;
    let name: String = typed.trim().nfc().collect();
    if !USERNAME_CHARS.contains(&name.chars().count()) {
        return Err(Problem::UsernameLength);
    }
    let fits = is_name_char;
    // A mark needs something to stand on, and a name without letter or digit cannot be told from punctuation.
    let starts_well = name.starts_with(|c: char| fits(c) && !is_combining_mark(c));
    if starts_well && name.chars().all(fits) && name.chars().any(char::is_alphanumeric) {
        Ok(name)
    } else {
        Err(Problem::UsernameCharacters)
    }
}

/// A password is kept as typed, but for NFC: the same key presses give the same bytes on every system.
pub fn password(typed: &str) -> Result<String, Problem> {
    // Bytes first: a megabyte is refused without being walked. No scalar value needs more than four bytes.
    if typed.len() > 4 * PASSWORD_CHARS.end() {
        return Err(Problem::PasswordLength);
    }
    let password: String = typed.nfc().collect();
    if PASSWORD_CHARS.contains(&password.chars().count()) { Ok(password) } else { Err(Problem::PasswordLength) }
}

/// The name shown; empty means the username.
pub fn display_name(typed: &str) -> Result<String, Problem> {
    could_fit(typed, DISPLAY_NAME_MAX).map_err(|_| Problem::DisplayNameLength)?;
    let name = clean_line(typed);
    // Marks upon nothing are no name.
    if name.chars().all(|c| is_combining_mark(c) || !is_visible(c)) {
        return Ok(String::new());
    }
    if name.chars().count() > DISPLAY_NAME_MAX { Err(Problem::DisplayNameLength) } else { Ok(name) }
}

/// What somebody tells of themselves.
pub fn bio(typed: &str) -> Result<String, Problem> {
    could_fit(typed, BIO_MAX)?;
    within(clean_or_nothing(typed), BIO_MAX)
}

pub fn title(typed: &str) -> Result<String, Problem> {
    could_fit(typed, TITLE_MAX)?;
    let title = clean_line(typed);
    if is_blank(&title) { Err(Problem::Empty) } else { within(title, TITLE_MAX) }
}

pub fn post(typed: &str) -> Result<String, Problem> {
    could_fit(typed, POST_MAX)?;
    within(clean_or_nothing(typed), POST_MAX)
}

/// The body of a message: kept as typed but for control characters, white space at the ends included.
pub fn message(typed: &str) -> Result<String, Problem> {
    could_fit(typed, MESSAGE_MAX)?;
    let body = clean(typed);
    if is_blank(&body) {
        Err(Problem::Empty)
    } else if body.len() > MESSAGE_MAX_BYTES {
        Err(Problem::TooLong { max: MESSAGE_MAX })
    } else {
        within(body, MESSAGE_MAX)
    }
}

/// What is to become a message, or several, or nothing yet.
pub fn draft(typed: &str) -> Result<String, Problem> {
    could_fit(typed, DRAFT_MAX)?;
    within(clean(typed), DRAFT_MAX)
}

/// The name of a category in one language; empty where it has none.
pub fn category_name(typed: &str) -> Result<String, Problem> {
    could_fit(typed, CATEGORY_MAX)?;
    within(clean_line(typed), CATEGORY_MAX)
}

/// What is searched for.
pub fn search(typed: &str) -> Result<String, Problem> {
    could_fit(typed, SEARCH_MAX)?;
    let query = clean(typed);
    if is_blank(&query) { Err(Problem::Empty) } else { within(query, SEARCH_MAX) }
}

/// Tags from a comma-separated list, a leading `#` allowed, doubles dropped.
pub fn tags(typed: &str) -> Result<Vec<String>, Problem> {
    if typed.len() > TAGS_MAX_BYTES {
        return Err(Problem::TooManyTags);
    }
    let (mut tags, mut known): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for piece in typed.split(',') {
        let tag = clean_line(piece).trim_start_matches('#').replace(' ', "-");
        if is_blank(&tag) {
            continue;
        }
        if tag.chars().count() > TAG_MAX {
            return Err(Problem::TagLength);
        }
        let key = fold(&tag);
        if known.contains(&key) {
            continue;
        }
        // Before the next one is compared with them all.
        if tags.len() == TAGS_MAX {
            return Err(Problem::TooManyTags);
        }
        known.push(key);
        tags.push(tag);
    }
    Ok(tags)
}

/// The readable half of a room's address: letters and digits of any script, everything else one hyphen.
pub fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in fold(title).chars() {
        if is_ignorable(c) {
            continue;
        } else if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.chars().count() == 60 {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// An address on this site to go to after a form: one leading slash, visible ASCII, short. Anything else is `None`.
///
/// Browsers read `\` as `/`, and Leptos decodes a query twice, so neither `\` nor a second slash (however encoded)
/// may follow the first.
pub fn own_path(next: &str) -> Option<&str> {
    let encoded_slash = |rest: &str| {
        let rest = rest.to_ascii_lowercase();
        rest.starts_with("%2f") || rest.starts_with("%5c") || rest.starts_with("%25")
    };
    let rest = next.strip_prefix('/')?;
    let fits = next.len() <= 512
        && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
        && !rest.starts_with('/')
        && !encoded_slash(rest);
    fits.then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_take_any_script_and_no_tricks() {
        assert_eq!(username(" 지민 ").as_deref(), Ok("지민"));
        assert_eq!(username("J\u{f6}rg.K").as_deref(), Ok("Jörg.K"));
        // Hangul typed as separate letters (as macOS does) is the same name.
        assert_eq!(username("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}").as_deref(), Ok("한글"));
        for bad in ["a", "a b", "<b>", "a\u{202e}b", "..", "a/b", "@ab", &"x".repeat(33)] {
            assert!(username(bad).is_err(), "{bad}");
        }
        assert_eq!(fold("ÉCOLE"), fold("e\u{301}cole"));
    }

    #[test]
    fn a_message_is_kept_as_typed_within_its_limits() {
        assert_eq!(message("  a\r\nb\t").as_deref(), Ok("  a\nb\t"));
        assert_eq!(message(" \n\u{200b}"), Err(Problem::Empty));
        assert!(message(&"가".repeat(4_000)).is_ok());
        assert_eq!(message(&"가".repeat(4_001)), Err(Problem::TooLong { max: 4_000 }));
    }

    #[test]
    fn tags_lose_hashes_and_doubles() {
        assert_eq!(tags("#rust, Rust,, 게임 서버").unwrap(), ["rust", "게임-서버"]);
        assert_eq!(tags("a,b,c,d,e,f"), Err(Problem::TooManyTags));
        assert_eq!(tags("a,b,c,d,e,A,#e,").unwrap().len(), 5);
        assert_eq!(tags(&",".repeat(TAGS_MAX_BYTES + 1)), Err(Problem::TooManyTags));
    }

    #[test]
    fn what_may_be_typed_fits_however_it_is_typed() {
        // The longest in bytes: letters of Hangul one by one, and a letter with three marks.
        for character in ["\u{1112}\u{1161}\u{11ab}", "\u{3b1}\u{313}\u{300}\u{345}"] {
            assert!(title(&character.repeat(TITLE_MAX)).is_ok() && search(&character.repeat(SEARCH_MAX)).is_ok());
            assert!(username(&character.repeat(*USERNAME_CHARS.end())).is_ok());
            assert!(tags(&[character.repeat(TAG_MAX), character.repeat(TAG_MAX - 1)].join(",")).is_ok());
        }
        assert_eq!(title(&" ".repeat(60_000)), Err(Problem::TooLong { max: TITLE_MAX }));
    }

    #[test]
    fn a_slug_is_readable_in_any_script() {
        assert_eq!(slug("  Rust로 게임 서버 — 짜는 사람들! "), "rust로-게임-서버-짜는-사람들");
        assert_eq!(slug("</title><script>"), "title-script");
        assert_eq!((slug("👍"), slug("a\u{3164}b")), (String::new(), "ab".to_owned()));
    }

    #[test]
    fn only_own_addresses_are_followed() {
        assert_eq!(own_path("/rooms/1?x=%2F"), Some("/rooms/1?x=%2F"));
        let foreign = ["//evil", "https://evil", "/\\evil", "/%2Fevil", "/%252Fevil", "/%5cevil", "", "/\r\nx", "/가"];
        for bad in foreign {
            assert_eq!(own_path(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_nothing() {
        for unseen in ["\u{3164}", "\u{2800}", "\u{115F}\u{1160}", "\u{FFA0} \u{180E}", "\u{34F}\u{FE0F}", "\u{202E}"] {
            assert!(is_blank(unseen));
            assert_eq!(
                (message(unseen), title(unseen), search(unseen)),
                (Err(Problem::Empty), Err(Problem::Empty), Err(Problem::Empty))
            );
            let nothing = Ok(String::new());
            assert_eq!(
                (display_name(unseen), bio(unseen), post(unseen)),
                (nothing.clone(), nothing.clone(), nothing.clone())
            );
            assert_eq!((category_name(unseen), tags(unseen)), (nothing, Ok(vec![])));
        }
        assert_eq!(display_name("\u{301}\u{301}").as_deref(), Ok(""), "marks upon nothing");
        assert_eq!(title("\u{2800}ab\u{2800}\u{3164}c\u{202E}d").as_deref(), Ok("ab cd"));
    }
}
