//! 초성: the first consonants of Hangul syllables, by which Koreans look for names. ㅊㅌㅂ is 채팅방.

/// Of the syllables of a text, one after the other; whatever else stands there is left out. In the folded form, which
/// has the conjoining letters of the Unicode block Hangul Jamo.
pub fn initials(text: &str) -> String {
    text.chars().filter_map(initial).collect()
}

/// Syllables stand in the order of their first consonant, 588 of each (The Unicode Standard, 3.12).
fn initial(c: char) -> Option<char> {
    let index = u32::from(c).checked_sub(0xAC00).filter(|index| *index < 11_172)?;
    char::from_u32(0x1100 + index / 588)
}

/// Whether a folded term is nothing but first consonants.
pub fn are_initials(term: &str) -> bool {
    !term.is_empty() && term.chars().all(|c| matches!(c, '\u{1100}'..='\u{1112}'))
}

#[cfg(test)]
mod tests {
    use super::super::fold::fold;
    use super::*;

    #[test]
    fn what_is_typed_as_letters_is_the_beginning_of_syllables() {
        for (text, typed) in [("채팅방", "ㅊㅌㅂ"), ("지민", "ㅈㅁ"), ("힣 가a까", "ㅎㄱㄲ"), ("abc", "")]
        {
            assert_eq!(initials(text), fold(typed), "{text}");
        }
        assert!(are_initials(&fold("ㅊㅌㅂ")) && are_initials(&fold("ㄲ")));
        for other in ["채", "ㅏ", "ㅊa", "ㄳ", ""] {
            assert!(!are_initials(&fold(other)), "{other}");
        }
    }
}
