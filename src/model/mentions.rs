//! Names in a text: who is meant by `@name`.

use std::cmp::Reverse;

use super::text::{USERNAME_CHARS, fold, is_name_char};

/// Names looked for in one text.
const MOST: usize = 50;

/// For each `@` that a name may follow, everything that the name may be, folded, the longest first: a particle or an
/// honorific follows a name without a space. What ends a sentence belongs to a name only if nobody is called without it.
pub fn named(text: &str) -> Vec<Vec<String>> {
    candidates(text).map(|(_, lengths)| lengths.into_iter().map(|(_, key)| key).collect()).collect()
}

/// The text in pieces, in order; those that name somebody with what `find` has for the longest name that it knows.
pub fn pieces<T>(text: &str, find: impl Fn(&str) -> Option<T>) -> Vec<(&str, Option<T>)> {
    let (mut pieces, mut from) = (Vec::new(), 0);
    for (at, lengths) in candidates(text) {
        let Some((end, found)) = lengths.into_iter().find_map(|(end, key)| Some((end, find(&key)?))) else { continue };
        if at > from {
            pieces.push((&text[from..at], None));
        }
        pieces.push((&text[at..end], Some(found)));
        from = end;
    }
    if from < text.len() {
        pieces.push((&text[from..], None));
    }
    pieces
}

/// The places of the signs that a name may follow; for each the ends of such names and how they are known.
fn candidates(text: &str) -> impl Iterator<Item = (usize, Vec<(usize, String)>)> {
    // An address such as a@b.kr names nobody.
    let signs = text.match_indices('@').filter(|(at, _)| !text[..*at].ends_with(is_name_char));
    let found = signs.filter_map(|(at, sign)| {
        let start = at + sign.len();
        let name = text[start..].char_indices().take_while(|(_, c)| is_name_char(*c)).take(*USERNAME_CHARS.end());
        let ends: Vec<usize> = name.map(|(at, c)| start + at + c.len_utf8()).collect();
        let mut ends: Vec<usize> = ends.into_iter().skip(USERNAME_CHARS.start() - 1).collect();
        let without_signs = |end: usize| text[start..end].trim_end_matches(['.', '-', '_']).len();
        ends.sort_by_key(|&end| (Reverse(without_signs(end)), end));
        let lengths: Vec<_> = ends.into_iter().map(|end| (end, fold(&text[start..end]))).collect();
        (!lengths.is_empty()).then_some((at, lengths))
    });
    found.take(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_be_followed_by_anything() {
        assert_eq!(named("@지민님이 왔어요"), [["지민님이", "지민님", "지민"]]);
        assert_eq!(named("(@Ann)"), [["ann", "an"]]);
        assert_eq!(named("@ann-b.."), [["ann-b", "ann-b.", "ann-b..", "ann", "ann-", "an"]]);
        assert_eq!(named("@ @a a@bcd.kr @@"), [[""; 0]; 0]);
        assert_eq!(named(&"@ab ".repeat(99)).len(), MOST);
    }

    #[test]
    fn the_longest_known_name_is_meant() {
        let known = |key: &str| ["지민", "지민아", "ann"].contains(&key).then(|| key.to_owned());
        let told =
            |text| pieces(text, known).into_iter().map(|(piece, who)| (piece, who.is_some())).collect::<Vec<_>>();
        assert_eq!(told("@지민님이 왔어요"), [("@지민", true), ("님이 왔어요", false)]);
        assert_eq!(told("@지민아야, @ANN."), [("@지민아", true), ("야, ", false), ("@ANN", true), (".", false)]);
        let twins = |key: &str| ["ann", "ann.", "bob-"].contains(&key).then_some(());
        let pieces_of = |text| pieces(text, twins).into_iter().map(|(piece, _)| piece).collect::<Vec<_>>();
        assert_eq!(pieces_of("@ann. @bob-"), ["@ann", ". ", "@bob-"], "older names are called where there is no other");
        assert_eq!(told("a@ann @bob"), [("a@ann @bob", false)]);
        assert_eq!(told(""), []);
        assert_eq!(pieces("@ANN", known)[0].1.as_deref(), Some("ann"));
    }
}
