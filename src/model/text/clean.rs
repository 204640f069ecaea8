//! Typed text in the form in which it is stored: NFC, without control characters, lines without what cannot be seen.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::characters::{is_blank, is_blank_sign, is_ignorable};

/// Marks upon one letter that a line keeps: as many as any writing puts there, and not a tower of them.
pub const MARKS_MAX: usize = 4;
/// Ignorable characters after one emoji that a line keeps: a flag of a region needs six.
const JOINERS_MAX: usize = 8;

/// NFC with line ends as `\n`. What a terminal or a word processor leaves in a text is no part of what was meant:
/// control characters are taken out, with the commands for a terminal that some of them begin.
pub fn clean(typed: &str) -> String {
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

/// A single line: white space and what looks like it folded to one space, ends trimmed, no towers of marks. Ignorable
/// characters stay where emoji are made of them, and nowhere else.
pub fn clean_line(typed: &str) -> String {
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
pub fn clean_or_nothing(typed: &str) -> String {
    let text = clean(typed);
    if is_blank(&text) { String::new() } else { text.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::{message, post, title};
    use super::*;
    use crate::error::Problem;

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
}
