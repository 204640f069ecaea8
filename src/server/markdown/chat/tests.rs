//! The dialect by two lists: what is shown as it was typed, and what is markup.

use proptest::prelude::*;

use super::*;
use crate::model::doc::Doc;
use crate::server::markdown::{Dialect, document, plain};

/// A text a line; `↵` stands for the end of a line within one.
const TYPED: &str = include_str!("corpus/typed.txt");
/// A text and its document, as [`told`].
const MARKED: &str = include_str!("corpus/marked.txt");

fn read(text: &str) -> Option<Doc> {
    document(text, Dialect::Chat, &|key| (key == "ann").then(|| key.to_owned()))
}

/// The document in a short form: the name of each element before what it holds, `¶` between blocks.
fn told(doc: &Doc) -> String {
    fn blocks(of: &[Block]) -> String {
        let one = |block: &Block| match block {
            Block::Paragraph { of } => inlines(of),
            Block::Heading { level, of } => format!("h{level}({})", inlines(of)),
            Block::Quote { of } => format!("quote({})", blocks(of)),
            Block::List { start, items } => {
                let number = |at| start.map(|start| format!("{}. ", start + at)).unwrap_or_default();
                let items: String =
                    (0..).zip(items).map(|(at, item)| format!("{}item({})", number(at), blocks(item))).collect();
                format!("list({items})")
            }
            Block::Code { text, .. } => format!("code({text})"),
            Block::Rule | Block::Withheld => panic!("{block:?}"),
        };
        of.iter().map(one).collect::<Vec<_>>().join("¶")
    }
    fn inlines(of: &[Inline]) -> String {
        let one = |inline: &Inline| match inline {
            Inline::Text { text } => text.clone(),
            Inline::Strong { of } => format!("strong({})", inlines(of)),
            Inline::Emphasis { of } => format!("em({})", inlines(of)),
            Inline::Strike { of } => format!("s({})", inlines(of)),
            Inline::Code { text } => format!("c({text})"),
            Inline::Link { href, of } => format!("a({href} {})", inlines(of)),
            Inline::Mention { username, .. } => format!("@({username})"),
            Inline::Break => "\n".to_owned(),
        };
        of.iter().map(one).collect()
    }
    blocks(&doc.0).replace('\n', "↵")
}

#[test]
fn what_was_typed_is_what_is_shown() {
    let mut wrong = Vec::new();
    for line in TYPED.lines() {
        let text = line.replace('↵', "\n");
        if let Some(doc) = read(&text)
            && doc.plain().trim_end_matches('\n') != text.trim_end_matches('\n')
        {
            wrong.push(format!("{line} ⇒ {}", told(&doc)));
        }
    }
    assert!(TYPED.lines().count() >= 300);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_meant_as_markup_is() {
    let mut wrong = Vec::new();
    for line in MARKED.lines() {
        let (text, wanted) = line.split_once('\t').unwrap();
        let found = read(&text.replace('↵', "\n")).map_or_else(|| "plain".to_owned(), |doc| told(&doc));
        if found != wanted {
            wrong.push(format!("{text} ⇒ {found}, not {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_excerpt_keeps_numbers_and_signs() {
    let plain = |text: &str| plain(text, Dialect::Chat);
    assert_eq!(plain("1. tea\n2. *cake*"), "1. tea 2. cake");
    assert_eq!(plain("**a** 3*4*5=60 >_<"), "a 3*4*5=60 >_<");
    assert_eq!(plain("[bank.kr](https://evil.kr)"), "bank.kr (evil.kr)");
}

proptest! {
    #[test]
    fn text_without_signs_is_shown_as_typed(text in "[a-z0-9가-힣ㄱ-ㅎ ,.!?~:;()'\"=+/%^&@|{}\n-]{0,60}") {
        let begins = |line: &str| Begin::of(line).is_some() || line.starts_with("> ");
        prop_assume!(!text.contains("~~") && !text.split('\n').any(begins));
        if let Some(doc) = read(&text) {
            prop_assert_eq!(doc.plain().split_whitespace().collect::<String>(), text.split_whitespace().collect::<String>());
        }
    }

    #[test]
    fn a_document_says_nothing_that_was_not_typed(
        text in "([*_~`\\\\\\[\\]<>#. -]|\\*\\*|~~|```|> |- |[0-9]\\. |\n|https://a\\.kr|\\]\\(https://b\\.kr\\)|[a-z가-힣 ]){0,40}",
    ) {
        let Some(doc) = read(&text) else { return Ok(()) };
        let mut typed = text.chars();
        for c in doc.plain().chars().filter(|c| !c.is_whitespace()) {
            prop_assert!(typed.any(|known| known == c), "{:?} of {:?}", c, told(&doc));
        }
    }
}
