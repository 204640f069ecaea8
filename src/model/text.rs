//! What may be typed: normal form, lengths and characters of every text that people write.
//!
//! Each function takes what was typed and returns what is stored, or the [`Problem`] to show beside the field.
//! Lengths count Unicode scalar values of the NFC form.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;
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

/// Marks upon one letter that a line keeps: as many as any writing puts there, and not a tower of them.
pub const MARKS_MAX: usize = 4;
/// Ignorable characters after one emoji that a line keeps: a flag of a region needs six.
const JOINERS_MAX: usize = 8;

/// NFC with line ends as `\n`. What a terminal or a word processor leaves in a text is no part of what was meant:
/// control characters are taken out, with the commands for a terminal that some of them begin.
fn clean(typed: &str) -> String {
    let text = without_controls(typed);
    // Most texts are in normal form already; finding out costs a fraction of normalising.
    if is_nfc_quick(text.chars()) == IsNormalized::Yes { text.into_owned() } else { text.nfc().collect() }
}

fn without_controls(typed: &str) -> Cow<'_, str> {
    let stays = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    if typed.chars().all(stays) {
        return Cow::Borrowed(typed);
    }
    let (mut text, mut rest) = (String::with_capacity(typed.len()), typed);
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            c if stays(c) => text.push(c),
            '\r' => {
                rest = rest.strip_prefix('\n').unwrap_or(rest);
                text.push('\n');
            }
            // A vertical tab, a new page and a next line end a line: UAX #14, class BK.
            '\u{B}' | '\u{C}' | '\u{85}' => text.push('\n'),
            '\u{1B}' => rest = after_command(rest),
            '\u{9B}' => rest = after_parameters(rest).unwrap_or(rest),
            _ => {}
        }
    }
    Cow::Owned(text)
}

/// What follows a command for a terminal, given what follows its ESC: colours, the cursor, titles and links. ECMA-48, 5.3–5.6.
fn after_command(rest: &str) -> &str {
    match rest.chars().next() {
        Some('[') => after_parameters(&rest[1..]).unwrap_or(rest),
        // A string, up to BEL or ESC \ on the same line; without that end it is no command.
        Some(']' | 'P' | 'X' | '^' | '_') => {
            let line = rest.split('\n').next().unwrap_or_default();
            let bell = line.find('\u{7}').map(|at| at + 1);
            let end = line.find("\u{1B}\\").map(|at| at + 2);
            bell.into_iter().chain(end).min().map_or(rest, |end| &rest[end..])
        }
        _ => rest,
    }
}

/// What follows the parameters of a command and the letter that ends it; `None` without such a letter.
fn after_parameters(rest: &str) -> Option<&str> {
    let end = rest.trim_start_matches(|c| matches!(c, ' '..='?'));
    match end.chars().next() {
        Some('@'..='~') => Some(&end[1..]),
        _ => None,
    }
}

/// Characters that programs show nothing of: joiners, fillers, marks that turn the direction of a text, signs that choose
/// between two looks. The property Default_Ignorable_Code_Point of Unicode 18, which is stable.
pub const fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}')
        || matches!(c, '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}')
        || matches!(c, '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}')
        || matches!(c, '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}')
        || matches!(c, '\u{E0000}'..='\u{E0FFF}')
}

/// Signs that look like a space, though Unicode does not call them one: a pattern of Braille without dots, blank notes and
/// hieroglyphs, anchors of annotations and of objects that are not there.
const fn is_blank_sign(c: char) -> bool {
    matches!(c, '\u{2800}' | '\u{FFF9}'..='\u{FFFC}' | '\u{13441}'..='\u{13442}' | '\u{1D159}')
}

/// Whether there is anything to see of a character.
pub fn is_visible(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !is_ignorable(c) && !is_blank_sign(c)
}

/// Whether there is nothing to see in a text.
pub fn is_blank(text: &str) -> bool {
    !text.chars().any(is_visible)
}

/// A single line: white space and what looks like it folded to one space, ends trimmed, no towers of marks. Ignorable
/// characters stay where emoji are made of them, and nowhere else.
fn clean_line(typed: &str) -> String {
    let mut line = String::with_capacity(typed.len());
    let (mut marks, mut joiners, mut is_parted) = (0, 0, false);
    let text = clean(typed);
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c.is_whitespace() || is_blank_sign(c) {
            is_parted = !line.is_empty();
            continue;
        }
        if is_ignorable(c) {
            joiners += 1;
            let before = line.chars().next_back().filter(|_| !is_parted);
            if joiners > JOINERS_MAX || !before.is_some_and(|before| makes_emoji(before, c, rest.clone().next())) {
                continue;
            }
        } else if is_combining_mark(c) {
            marks += 1;
            if marks > MARKS_MAX {
                continue;
            }
        } else {
            (marks, joiners) = (0, 0);
        }
        if std::mem::take(&mut is_parted) {
            line.push(' ');
        }
        line.push(c);
    }
    // What is left out may part a letter from its accent.
    if is_nfc_quick(line.chars()) == IsNormalized::Yes { line } else { line.nfc().collect() }
}

/// Whether an ignorable character belongs to an emoji that `before` ends so far.
fn makes_emoji(before: char, c: char, after: Option<char>) -> bool {
    let is_keycap = c == '\u{FE0F}' && after == Some('\u{20E3}');
    let is_part = matches!(c, '\u{200D}' | '\u{FE0E}' | '\u{FE0F}' | '\u{E0020}'..='\u{E007F}');
    is_keycap || (is_part && !before.is_ascii() && !before.is_alphanumeric())
}

/// A text that may be empty: trimmed, and nothing where there is nothing to see.
fn clean_or_nothing(typed: &str) -> String {
    let text = clean(typed);
    if is_blank(&text) { String::new() } else { text.trim().to_owned() }
}

fn within(text: String, max: usize) -> Result<String, Problem> {
    if text.chars().count() > max { Err(Problem::TooLong { max }) } else { Ok(text) }
}

/// A syllable or a letter of Hangul.
pub const fn is_hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{AC00}'..='\u{D7A3}')
}

/// The language that a text is in, as far as its script tells: Hangul is Korean, kana is Japanese. Han alone may be either
/// or neither, and Latin may be anything. A foreign word or name does not change the language of a text.
pub fn language(text: &str) -> Option<&'static str> {
    const ENOUGH: usize = 200;
    let (mut hangul, mut kana, mut latin) = (0, 0, 0);
    for c in text.chars().take(ENOUGH) {
        match c {
            c if is_hangul(c) => hangul += 1,
            '\u{3041}'..='\u{30FF}' => kana += 1,
            c if c.is_ascii_alphabetic() => latin += 1,
            _ => {}
        }
    }
    // A syllable is as long as three letters.
    match (3 * hangul, 3 * kana) {
        (korean, japanese) if korean > japanese && korean >= latin => Some("ko"),
        (korean, japanese) if japanese > korean && japanese >= latin => Some("ja"),
        _ => None,
    }
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
    fn a_script_tells_a_language() {
        for (text, language) in [
            ("안녕하세요", Some("ko")),
            ("Rust로 서버를 짜요", Some("ko")),
            ("ㅋㅋㅋ", Some("ko")),
            ("これはペンです", Some("ja")),
            ("日本語のテスト", Some("ja")),
            ("I had some 김치 for lunch, and it was very good", None),
            ("日本語", None),
            ("Guten Tag", None),
            ("👍 123", None),
            ("", None),
        ] {
            assert_eq!(super::language(text), language, "{text}");
        }
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
    fn what_a_terminal_leaves_in_a_text_is_taken_out() {
        let pasted = "\u{1b}[1;31merror\u{1b}[0m: a\0b\u{7f}\u{9b}4m!\u{1b}]8;;https://x.kr\u{7}link\u{1b}]8;;\u{1b}\\";
        assert_eq!(message(pasted).as_deref(), Ok("error: ab!link"));
        assert_eq!(message("a\u{b}b\u{c}c\u{85}d\re").as_deref(), Ok("a\nb\nc\nd\ne"));
        assert_eq!(message("no [31m, \u{1b}[가, \u{1b}]2;open").as_deref(), Ok("no [31m, [가, ]2;open"));
        assert_eq!(message("\0\u{1b}[0m"), Err(Problem::Empty));
        assert_eq!(title("a\u{b}b\u{1b}[1m c\0").as_deref(), Ok("a b c"));
        assert_eq!(post("\u{1b}[32mok\u{1b}[0m\n").as_deref(), Ok("ok"));
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

    #[test]
    fn a_line_keeps_its_emoji_and_loses_its_towers() {
        for emoji in ["❤️ 👩‍👩‍👧‍👦", "1️⃣ 🏴󠁧󠁢󠁳󠁣󠁴󠁿", "👁️‍🗨️ 👍🏽"]
        {
            assert_eq!(title(emoji).as_deref(), Ok(emoji));
        }
        assert_eq!(title("alice\u{FE0F}\u{200D}").as_deref(), Ok("alice"));
        assert_eq!(title(&format!("Z{}algo", "\u{317}".repeat(60))).unwrap().chars().count(), 5 + MARKS_MAX);
        // A filler kept them apart.
        assert_eq!(title("e\u{34F}\u{301}").as_deref(), Ok("é"));
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
