//! What the index knows of a text: its pairs of neighbouring characters, written in ASCII.
//!
//! Pairs find every part of a Korean word, and are few enough. The last character before a space stands alone, so that
//! every character begins a token: one alone is found by the tokens that begin with it.

use std::collections::BTreeSet;

use crate::model::ids::{RoomId, Seq};
use crate::server::store::search::Gram;

/// More pairs of a long query would hardly leave out more: what they leave is read anyway.
const MOST: usize = 40;

type Pair = (char, Option<char>);

/// The pairs of one run of characters without spaces.
fn pairs(run: &str) -> impl Iterator<Item = Pair> {
    run.chars().zip(run.chars().skip(1).map(Some).chain([None]))
}

/// The tokens of a folded text of a room: its pairs, which room it is in, and whether it is the post.
pub fn of_text(folded: &str, room: i64, seq: Seq) -> String {
    let pairs: BTreeSet<Pair> = folded.split_whitespace().flat_map(pairs).collect();
    let mut tokens = String::with_capacity(9 * pairs.len() + 24);
    for pair in pairs {
        push(pair, &mut tokens);
        tokens.push(' ');
    }
    tokens.push_str(&room_token(room));
    if seq == 0 {
        tokens.push(' ');
        tokens.push_str(POST);
    }
    tokens
}

/// What a text must have that holds all of these folded terms.
pub fn of_terms(terms: &[String]) -> Vec<Gram> {
    let runs = || terms.iter().flat_map(|term| term.split_whitespace());
    let whole: BTreeSet<Pair> = runs().flat_map(pairs).filter(|(_, next)| next.is_some()).collect();
    if whole.is_empty() {
        let alone: BTreeSet<Pair> = runs().flat_map(pairs).collect();
        return alone.into_iter().take(MOST).map(|pair| gram(pair, true)).collect();
    }
    whole.into_iter().take(MOST).map(|pair| gram(pair, false)).collect()
}

pub fn of_room(room: RoomId) -> Gram {
    Gram { token: room_token(room.get()), is_prefix: false }
}

pub fn of_posts() -> Gram {
    Gram { token: POST.to_owned(), is_prefix: false }
}

fn gram(pair: Pair, is_prefix: bool) -> Gram {
    let mut token = String::new();
    push(pair, &mut token);
    Gram { token, is_prefix }
}

/// The highest character begins with `n`, so that neither of these is mistaken for a pair.
const POST: &str = "post";

fn room_token(room: i64) -> String {
    format!("room{room}")
}

/// Four digits to the base of 36 are enough for any character.
fn push((first, next): Pair, token: &mut String) {
    for c in std::iter::once(first).chain(next) {
        for place in [36 * 36 * 36, 36 * 36, 36, 1] {
            token.push(char::from_digit(u32::from(c) / place % 36, 36).unwrap_or('0'));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_pairs_of_its_words() {
        let tokens = of_text("ab a b", 7, 0);
        let [a, b] = ["002p", "002q"];
        assert_eq!(tokens, format!("{a} {a}{b} {b} room7 post"));
        assert!(!of_text("ab", 7, 1).contains(POST));
    }

    #[test]
    fn every_pair_of_every_term_counts_and_single_characters_where_there_is_no_pair() {
        let asked = |terms: &[&str]| of_terms(&terms.iter().map(|term| (*term).to_owned()).collect::<Vec<_>>());
        let known = of_text("채팅방에서 만나요", 7, 1);
        let has = |grams: &[Gram]| {
            grams.iter().all(|gram| {
                known
                    .split(' ')
                    .any(|token| if gram.is_prefix { token.starts_with(&gram.token) } else { token == gram.token })
            })
        };
        assert!(
            has(&asked(&["방에서", "만나"])) && has(&asked(&["방"])) && has(&asked(&["요"])) && has(&asked(&["만나 "]))
        );
        assert!(!has(&asked(&["방에", "만나면"])) && !has(&asked(&["역"])) && !has(&asked(&["서만"])));
        assert_eq!(asked(&["만나", "요"]).len(), 1, "the text itself tells about the rest");
    }

    #[test]
    fn tokens_are_plain_and_no_character_is_mistaken_for_a_mark() {
        let highest = of_text("\u{10FFFF}\u{10FFFF}\"*:'\\", 7, 1);
        assert!(highest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b' '));
        assert!(gram(('\u{10FFFF}', None), true).token.starts_with('n'));
    }
}
