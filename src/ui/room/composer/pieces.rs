//! A text that is too long for one message, cut into several.

use crate::model::text::{MESSAGE_MAX, MESSAGE_MAX_BYTES, seam};

/// Whether a text is short enough for one message.
pub fn fits(text: &str) -> bool {
    text.len() <= MESSAGE_MAX_BYTES && (text.len() <= MESSAGE_MAX || text.chars().count() <= MESSAGE_MAX)
}

/// As few pieces as need be, cut where a line ends, or else between words, or else anywhere. All of the text is in them,
/// but for the white space at the cuts.
pub fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while !fits(rest) {
        let end = longest(rest);
        let head = &rest[..end];
        // Not so far back that the piece is nearly empty.
        let cut = |at: Option<usize>| at.filter(|at| *at > end / 2);
        let at = cut(head.rfind('\n')).or(cut(head.rfind(char::is_whitespace))).unwrap_or(end);
        pieces.push(rest[..at].trim_end().to_owned());
        rest = rest[at..].trim_start();
    }
    if !rest.is_empty() {
        pieces.push(rest.to_owned());
    }
    pieces
}

/// Where the longest beginning that fits ends.
pub fn longest(text: &str) -> usize {
    let is_in =
        |(number, (at, c)): &(usize, (usize, char))| *number < MESSAGE_MAX && at + c.len_utf8() <= MESSAGE_MAX_BYTES;
    let end = text.char_indices().enumerate().take_while(is_in).last().map_or(0, |(_, (at, c))| at + c.len_utf8());
    seam(text, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_where_it_breaks_and_nothing_is_lost() {
        let lines = "한 줄이에요. ".repeat(20) + "\n";
        for text in [lines.repeat(60), "word ".repeat(3_000), "가".repeat(9_001), "👩‍👩‍👧".repeat(3_000), "x".repeat(4_000)]
        {
            let pieces = pieces(&text);
            assert!(pieces.iter().all(|piece| fits(piece) && !piece.is_empty()));
            let without_space = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(without_space(&pieces.concat()), without_space(&text));
        }
        assert_eq!(pieces(&"가".repeat(9_001)).len(), 3);
        assert!(
            pieces(&"word ".repeat(3_000)).iter().all(|piece| piece.ends_with("word") && piece.starts_with("word"))
        );
    }
}
