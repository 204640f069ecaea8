//! A piece of a text around what was searched for, with that marked.

use unicode_segmentation::UnicodeSegmentation;

use super::fold::fold_onto;
use super::query::Query;
use crate::model::search::Piece;

/// Characters, as people count them: before the first match, and in all.
const BEFORE: usize = 30;
const LENGTH: usize = 160;
/// Characters that are read at once: more than are shown.
const STRETCH: usize = 256;

/// On one line, cut between characters as people see them: a family of four is one.
pub fn snippet(text: &str, query: &Query) -> Vec<Piece> {
    let mut folded = String::with_capacity(text.len());
    let mut clusters: Vec<(&str, usize)> = Vec::new();
    let mut rest = text.graphemes(true);
    // As far as the first match, and a stretch more: nothing beyond is shown.
    let mut is_found = false;
    loop {
        let known = clusters.len();
        for cluster in rest.by_ref().take(STRETCH) {
            clusters.push((cluster, folded.len()));
            fold_onto(&mut folded, cluster);
        }
        if clusters.len() == known || is_found {
            break;
        }
        is_found = query.terms().iter().any(|term| folded.contains(term.as_str()));
    }
    let mut marked = vec![false; clusters.len()];
    for term in query.terms() {
        for (start, _) in folded.match_indices(term.as_str()) {
            // Of those that begin at one place all but the last are nothing in the folded text.
            let first = clusters.partition_point(|(_, at)| *at <= start).saturating_sub(1);
            let end = clusters.partition_point(|(_, at)| *at < start + term.len());
            marked[first..end].fill(true);
        }
    }
    let start = marked.iter().position(|marked| *marked).unwrap_or(0).saturating_sub(BEFORE);
    let end = clusters.len().min(start + LENGTH);
    let mut line = Line::default();
    if start > 0 {
        line.push("…", false);
    }
    for ((cluster, _), marked) in clusters.iter().zip(marked).take(end).skip(start) {
        line.push(if cluster.chars().all(char::is_whitespace) { " " } else { cluster }, marked);
    }
    if end < clusters.len() || rest.next().is_some() {
        line.push("…", false);
    }
    line.0
}

#[derive(Default)]
struct Line(Vec<Piece>);

impl Line {
    fn push(&mut self, text: &str, mark: bool) {
        match self.0.last_mut() {
            Some(last) if text == " " && last.text.ends_with(' ') => {}
            Some(last) if last.mark == mark => last.text.push_str(text),
            _ => self.0.push(Piece { text: text.to_owned(), mark }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The marked pieces in brackets.
    fn shown(text: &str, query: &str) -> String {
        let pieces = snippet(text, &Query::parse(query).unwrap());
        pieces.iter().map(|piece| if piece.mark { format!("[{}]", piece.text) } else { piece.text.clone() }).collect()
    }

    #[test]
    fn what_was_searched_for_is_marked_as_it_was_typed() {
        assert_eq!(shown("대한민국 만세", "민국"), "대한[민국] 만세");
        assert_eq!(shown("quick 수정 ok, OK", "quick ok"), "[quick] 수정 [ok], [OK]");
        assert_eq!(shown("a ＡＢＣ", "abc"), "a [ＡＢＣ]");
        assert_eq!(shown("Cafe\u{301}s", "CAFÉ"), "[Cafe\u{301}]s");
        assert_eq!(shown("one \n\n two", "\"one two\""), "[one two]");
        assert_eq!(shown("❤\u{FE0F}\u{200B}!", "❤"), "[❤\u{FE0F}]\u{200B}!");
        assert_eq!(shown("abab", "aba bab"), "[abab]");
    }

    #[test]
    fn a_long_text_is_cut_between_characters_as_people_see_them() {
        let family = "👩‍👩‍👧‍👦";
        let text = format!("{}민국{}", family.repeat(100), "e\u{301}".repeat(300));
        assert_eq!(
            shown(&text, "민국"),
            format!("…{}[민국]{}…", family.repeat(BEFORE), "e\u{301}".repeat(LENGTH - BEFORE - 2))
        );
    }

    #[test]
    fn a_text_without_a_match_is_shown_from_its_start() {
        assert_eq!(shown("hello", "x"), "hello");
        assert_eq!(shown("", "x"), "");
    }
}
