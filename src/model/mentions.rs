//! Names in a text: who is meant by `@name`.

use super::text::{USERNAME_CHARS, fold, is_name_char};

/// Names looked for in one text.
const MOST: usize = 50;

/// For each `@` that a name may follow, everything that the name may be, folded, the longest first: a particle or an
/// honorific follows a name without a space.
pub fn named(text: &str) -> Vec<Vec<String>> {
    let mut named = Vec::new();
    let mut before = None;
    for (at, sign) in text.char_indices() {
        // An address such as a@b.kr names nobody.
        if sign == '@' && !before.is_some_and(is_name_char) && named.len() < MOST {
            let name: Vec<char> =
                text[at + 1..].chars().take_while(|c| is_name_char(*c)).take(*USERNAME_CHARS.end()).collect();
            let lengths = (*USERNAME_CHARS.start()..=name.len()).rev();
            let keys: Vec<String> = lengths.map(|length| fold(&name[..length].iter().collect::<String>())).collect();
            if !keys.is_empty() {
                named.push(keys);
            }
        }
        before = Some(sign);
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_be_followed_by_anything() {
        assert_eq!(named("@지민님이 왔어요"), [["지민님이", "지민님", "지민"]]);
        assert_eq!(named("(@Ann)"), [["ann", "an"]]);
        assert_eq!(named("@ @a a@bcd.kr @@"), [[""; 0]; 0]);
    }
}
