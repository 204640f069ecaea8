//! Properties of single characters and of scripts, without tables, which the browser would have to load.

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
pub const fn is_blank_sign(c: char) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

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
