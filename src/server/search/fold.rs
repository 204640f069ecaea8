//! The form in which texts are compared: without regard to case, width, and how a character was typed.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Characters that one may stand for: ㍿ is four. Arabic has ligatures of a whole sentence, by which a text would grow to
/// eighteen times what its limits allow; those are only themselves.
const LONGEST: usize = 6;

/// `text` in the form in which it is compared. White space is one space, wherever it is.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for cluster in text.graphemes(true) {
        fold_onto(&mut folded, cluster);
    }
    folded
}

/// Appends what a grapheme cluster is in folded text. Each is folded by itself, so that every place in the folded text
/// is one in the text, and ㄱㅏ stays two letters, which NFKC would join.
pub fn fold_onto(folded: &mut String, cluster: &str) {
    if cluster.chars().all(char::is_whitespace) {
        if !folded.ends_with(' ') {
            folded.push(' ');
        }
    } else if cluster.is_ascii() {
        folded.extend(cluster.chars().map(|c| c.to_ascii_lowercase()));
    } else if cluster.nfkc().count() > LONGEST * cluster.chars().count() {
        folded.extend(cluster.chars().filter(|c| !is_nothing(*c)));
    } else {
        folded.extend(cluster.nfkc().flat_map(char::to_lowercase).filter(|c| !is_nothing(*c)).nfkc());
    }
}

/// Soft hyphen, spaces without width, and the signs that choose between two looks of one emoji.
const fn is_nothing(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}' | '\u{FEFF}' | '\u{FE00}'..='\u{FE0F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_compared_alike() {
        for (typed, folded) in [
            ("ＡＢＣ", "abc"),
            ("Cafe\u{301}", "café"),
            ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}", "한글"),
            ("ΟΔΟΣ", "οδοσ"),
            ("ｶﾞ", "ガ"),
            ("ℝ²", "r2"),
            ("❤\u{FE0F}", "❤"),
            ("한\u{200B}글", "한글"),
            ("㍿ ㌖", "株式会社 キロメートル"),
            ("ﷺ", "ﷺ"),
            ("a \n\t\u{3000}b", "a b"),
            ("100%_\\\"*", "100%_\\\"*"),
        ] {
            assert_eq!(fold(typed), folded, "{typed}");
        }
        assert_eq!(fold("ㄱㅏ").chars().count(), 2, "nobody typed 가");
    }
}
