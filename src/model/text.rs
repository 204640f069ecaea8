//! What may be typed: normal form, lengths and characters of every text that people write.
//!
//! Each function takes what was typed and returns what is stored, or the [`Problem`] to show beside the field.
//! Lengths count Unicode scalar values of the NFC form.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

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

/// NFC with line ends as `\n`; control characters other than newline and tab are refused.
fn clean(typed: &str) -> Result<String, Problem> {
    let lines = if typed.contains('\r') { typed.replace("\r\n", "\n").replace('\r', "\n") } else { typed.to_owned() };
    // Most texts are in normal form already; finding out costs a fraction of normalising.
    let is_normal = is_nfc_quick(lines.chars()) == IsNormalized::Yes;
    let text = if is_normal { lines } else { lines.nfc().collect() };
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(Problem::ControlCharacter);
    }
    Ok(text)
}

/// Marks that reorder or hide text around them: harmless in a body, a disguise in a name.
/// Source: Unicode Bidirectional Algorithm, UAX #9, sections 2.1–2.4.
const fn is_disguise(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// A single line without disguises, runs of white space folded, ends trimmed.
fn clean_line(typed: &str) -> Result<String, Problem> {
    let text: String = clean(typed)?.chars().filter(|&c| !is_disguise(c)).collect();
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn within(text: String, max: usize) -> Result<String, Problem> {
    if text.chars().count() > max { Err(Problem::TooLong { max }) } else { Ok(text) }
}

/// A syllable or a letter of Hangul.
pub const fn is_hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{AC00}'..='\u{D7A3}')
}

/// Where the first `end` bytes of a text may be cut so that no mark, joiner or skin tone is torn off what it belongs to: a
/// little before `end` at most. Without tables, which the browser would have to load.
pub fn seam(text: &str, end: usize) -> usize {
    const LONGEST: usize = 32;
    let goes_on = |c: char| {
        matches!(c, '\u{300}'..='\u{36F}' | '\u{1160}'..='\u{11FF}' | '\u{200D}' | '\u{20D0}'..='\u{20FF}')
            || matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0020}'..='\u{E007F}')
    };
    let is_seam = |at: &usize| *at > 0 && !text[*at..].starts_with(goes_on) && !text[..*at].ends_with('\u{200D}');
    let before = text[..end].char_indices().rev().map(|(at, _)| at).take(LONGEST);
    std::iter::once(end).chain(before).find(is_seam).unwrap_or(end)
}

/// Whether there is anything to see: white space and invisible joiners alone are nothing.
fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_disguise(c))
}

/// An emoji to react with: one to sixteen characters, none of which is a letter, a sign of ASCII, white space or a
/// control. Keycaps (`1️⃣`) begin with an ASCII sign and end with U+20E3.
pub fn emoji(typed: &str) -> Result<String, Problem> {
    could_fit(typed, 17).map_err(|_| Problem::NoEmoji)?;
    let emoji: String = typed.nfc().collect();
    let keycap =
        emoji.ends_with('\u{20E3}') && emoji.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '#' | '*'));
    // Squared letters such as 🅰 count as letters in Unicode's tables.
    let is_squared_letter = |c: char| matches!(c, '\u{1F130}'..='\u{1F189}');
    let fits = |c: char| {
        let is_word = c.is_alphanumeric() && !is_squared_letter(c);
        !c.is_ascii() && !is_word && !c.is_whitespace() && !c.is_control()
    };
    let picture = if keycap { &emoji[1..] } else { &*emoji };
    if (1..=16).contains(&picture.chars().count()) && picture.chars().all(fits) && !is_blank(picture) {
        Ok(emoji)
    } else {
        Err(Problem::NoEmoji)
    }
}

/// The form in which names are compared: without regard to case and to how accents were typed.
pub fn fold(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase().nfc().collect()
}

/// Whether a username may have this character.
pub fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.') || unicode_normalization::char::is_combining_mark(c)
}

/// A username: letters, marks and digits of any script, `_`, `-` and `.`.
pub fn username(typed: &str) -> Result<String, Problem> {
    could_fit(typed, *USERNAME_CHARS.end()).map_err(|_| Problem::UsernameLength)?;
    let name: String = typed.trim().nfc().collect();
    if !USERNAME_CHARS.contains(&name.chars().count()) {
        return Err(Problem::UsernameLength);
    }
    let fits = is_name_char;
    // A mark needs something to stand on, and a name without letter or digit cannot be told from punctuation.
    let starts_well = name.starts_with(|c: char| fits(c) && !unicode_normalization::char::is_combining_mark(c));
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
    let name = clean_line(typed)?;
    if name.chars().count() > DISPLAY_NAME_MAX { Err(Problem::DisplayNameLength) } else { Ok(name) }
}

/// What somebody tells of themselves.
pub fn bio(typed: &str) -> Result<String, Problem> {
    could_fit(typed, BIO_MAX)?;
    within(clean(typed)?.trim().to_owned(), BIO_MAX)
}

pub fn title(typed: &str) -> Result<String, Problem> {
    could_fit(typed, TITLE_MAX)?;
    let title = clean_line(typed)?;
    if title.is_empty() { Err(Problem::Empty) } else { within(title, TITLE_MAX) }
}

pub fn post(typed: &str) -> Result<String, Problem> {
    could_fit(typed, POST_MAX)?;
    within(clean(typed)?.trim().to_owned(), POST_MAX)
}

/// The body of a message: kept as typed, white space at the ends included.
pub fn message(typed: &str) -> Result<String, Problem> {
    could_fit(typed, MESSAGE_MAX)?;
    let body = clean(typed)?;
    if is_blank(&body) {
        Err(Problem::Empty)
    } else if body.len() > MESSAGE_MAX_BYTES {
        Err(Problem::TooLong { max: MESSAGE_MAX })
    } else {
        within(body, MESSAGE_MAX)
    }
}

/// The name of a category in one language; empty where it has none.
pub fn category_name(typed: &str) -> Result<String, Problem> {
    could_fit(typed, CATEGORY_MAX)?;
    within(clean_line(typed)?, CATEGORY_MAX)
}

/// What is searched for.
pub fn search(typed: &str) -> Result<String, Problem> {
    could_fit(typed, SEARCH_MAX)?;
    let query = clean(typed)?;
    if is_blank(&query) { Err(Problem::Empty) } else { within(query, SEARCH_MAX) }
}

/// Tags from a comma-separated list, a leading `#` allowed, doubles dropped.
pub fn tags(typed: &str) -> Result<Vec<String>, Problem> {
    if typed.len() > TAGS_MAX_BYTES {
        return Err(Problem::TooManyTags);
    }
    let (mut tags, mut known): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for piece in typed.split(',') {
        let tag = clean_line(piece)?.trim_start_matches('#').replace(' ', "-");
        if tag.is_empty() {
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
        if c.is_alphanumeric() {
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
        assert_eq!(message("a\0b"), Err(Problem::ControlCharacter));
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
        assert_eq!(slug("👍"), "");
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
    fn an_emoji_is_a_picture_and_no_word() {
        for good in ["👍", "❤️", "👩‍👩‍👧‍👦", "🇰🇷", "1️⃣", "🅰️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"]
        {
            assert!(emoji(good).is_ok(), "{good}");
        }
        for bad in ["", " ", "a", "가", "12", "<b>", "👍 ", "\u{200d}", "👍\n", "x\u{20E3}yz1"] {
            assert_eq!(emoji(bad), Err(Problem::NoEmoji), "{bad:?}");
        }
    }

    #[test]
    fn a_text_is_cut_between_what_people_see_as_characters() {
        let family = "👩\u{200D}👩\u{200D}👧";
        let text = format!("ab{family}e\u{301}👍\u{1F3FD}각");
        let (emoji, accent) = (2, 2 + family.len());
        for (end, _) in text.char_indices().skip(1) {
            let seam = seam(&text, end);
            assert!(seam <= end && (seam <= emoji || seam >= accent), "{end} {seam}");
            assert!(!text[seam..].starts_with(['\u{301}', '\u{1F3FD}', '\u{11A8}']), "{end} {seam}");
        }
        let marks = "\u{301}".repeat(99);
        assert_eq!(seam(&marks, 60), 60, "nothing but marks is cut anywhere");
    }
}
