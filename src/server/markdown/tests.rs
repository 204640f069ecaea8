//! Both dialects, by what becomes of a text.

use super::*;
use crate::model::doc::Block;

fn known(key: &str) -> Option<String> {
    ["지민", "ann"].contains(&key).then(|| key.to_uppercase())
}

const BOTH: [Dialect; 2] = [Dialect::Chat, Dialect::Full];

/// In both dialects, one after the other.
fn json(text: &str) -> String {
    BOTH.map(|dialect| serde_json::to_string(&document(text, dialect, &known)).unwrap()).join("\n")
}

#[test]
fn an_excerpt_is_one_line_of_text() {
    let excerpt = |text: &str, max| {
        let [chat, full] = BOTH.map(|dialect| super::excerpt(text, dialect, max));
        assert_eq!(chat, full);
        chat
    };
    assert_eq!(excerpt("**All** of\n\n- tea\nand  more", 100), "All of tea and more");
    assert_eq!(excerpt("two\nlines", 5), "two l…");
    assert_eq!(excerpt("see\n```\ncode\n```\n<b>\n", 99), "see code <b>");
    assert_eq!((excerpt("---", 9), excerpt(" \n", 9)), ("---".to_owned(), String::new()));
    let family = "👩‍👩‍👧‍👦";
    assert_eq!(excerpt(&format!("우리 {family}{family}"), 12), format!("우리 {family}…"));
    assert_eq!(excerpt(&"e\u{301}".repeat(9), 5), "e\u{301}e\u{301}…");
    assert_eq!(excerpt(&format!("e{}", "\u{301}".repeat(9)), 3), "e\u{301}\u{301}…");
}

#[test]
fn plain_text_needs_no_document() {
    for dialect in BOTH {
        assert_eq!(document("안녕하세요! 오늘 7시에 봐요", dialect, &known), None);
        assert_eq!(document("two\nlines", dialect, &known), None);
        assert!(document("**bold**", dialect, &known).is_some());
    }
}

#[test]
fn emphasis_works_beside_hangul() {
    assert_eq!(json("문서는 **마크다운(Markdown)**을 보세요").matches(r#"{"i":"strong""#).count(), 2);
    assert!(!json("정말요~ 그래요~ *").contains("strike"));
    assert_eq!(BOTH.map(|dialect| document("정말요~ 그래요~", dialect, &known)), [None, None]);
}

#[test]
fn html_stays_text_and_foreign_schemes_are_no_links() {
    assert!(!json("<b>x</b>").contains("strong"));
    for bad in [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java&#x09;script:alert(1))",
        "[x](&#x6a;avascript:alert(1))",
        "[x](data:text/html,x)",
        "[x](//evil)",
        "[x](https://good@evil)",
        "[x](/own)",
        "<javascript:alert(1)>",
    ] {
        assert!(!json(bad).contains(r#""i":"link""#), "{bad}: {}", json(bad));
    }
    assert_eq!(json("[x](https://example.com/a)").matches(r#""href":"https://example.com/a""#).count(), 2);
}

#[test]
fn nesting_ends_somewhere() {
    for bomb in [
        ">",
        "[",
        "*",
        "**a ",
        "> ",
        "- ",
        "`",
        "[](",
        "https://a)",
        "https://-",
        "a.a",
        "a@a.",
        "www.a",
        "(*a",
        "\n```a",
        "\n1. ",
        "\\*a ",
        "`` ` ",
    ] {
        let text = bomb.repeat(12_288 / bomb.len());
        for dialect in BOTH {
            let deepest = document(&text, dialect, &known).map_or(0, |doc| depth_of(&doc.0));
            assert!(deepest <= 2 * MAX_DEPTH + 1, "{bomb}: {deepest}");
        }
    }
    let nested: String = (0..99).map(|at| format!("{}- a\n", "  ".repeat(at))).collect();
    assert!(depth_of(&document(&nested, Dialect::Chat, &known).unwrap().0) <= 2 * MAX_DEPTH + 1);
    let marked = "*a ~~b **c ".repeat(99) + &"d** e~~ f*".repeat(99);
    document(&marked, Dialect::Chat, &known).unwrap();
}

/// How deep blocks stand in each other; an item is one, too.
fn depth_of(blocks: &[Block]) -> usize {
    let of = |block: &Block| match block {
        Block::Quote { of } => 1 + depth_of(of),
        Block::List { items, .. } => 1 + items.iter().map(|item| 1 + depth_of(item)).max().unwrap_or(0),
        _ => 1,
    };
    blocks.iter().map(of).max().unwrap_or(0)
}

/// Links in angles, mentions in braces, everything else as it is.
#[track_caller]
fn told(text: &str) -> String {
    fn tell(inlines: &[Inline]) -> String {
        let one = |inline: &Inline| match inline {
            Inline::Text { text } | Inline::Code { text } => text.clone(),
            Inline::Link { href, of } => format!("<{href} {}>", tell(of)),
            Inline::Mention { username, text } => format!("{{{username} {text}}}"),
            Inline::Strong { of } | Inline::Emphasis { of } | Inline::Strike { of } => tell(of),
            Inline::Break => "\n".to_owned(),
        };
        inlines.iter().map(one).collect()
    }
    let [chat, full] = BOTH.map(|dialect| match document(text, dialect, &known).unwrap_or_default().0.as_slice() {
        [Block::Paragraph { of }] => tell(of),
        other => panic!("{other:?}"),
    });
    assert_eq!(chat, full, "in both dialects");
    chat
}

#[test]
fn an_address_in_a_text_ends_where_the_sentence_goes_on() {
    for (text, wanted) in [
        ("https://a.kr/docs에서 확인", "<https://a.kr/docs https://a.kr/docs>에서 확인"),
        ("(https://a.kr/위키)에 있다", "(<https://a.kr/위키 https://a.kr/위키>)에 있다"),
        ("www.a.kr에서 @지민을 봐", "<http://www.a.kr www.a.kr>에서 {지민 @지민}을 봐"),
        // What is marked up as a link is all of it one.
        ("<https://a.kr/docs에서>", "<https://a.kr/docs에서 https://a.kr/docs에서>"),
        ("[https://a.kr/docs에서](https://a.kr/docs에서)", "<https://a.kr/docs에서 https://a.kr/docs에서>"),
        ("a@b.kr에게", "<mailto:a@b.kr a@b.kr>에게"),
    ] {
        assert_eq!(told(text), wanted);
    }
}

#[test]
fn a_link_that_shows_nothing_shows_its_address() {
    for text in ["\u{200b}", "\u{3164}", "\u{2800} \u{200b}"] {
        assert_eq!(told(&format!("see [{text}](https://a.kr/x)")), "see <https://a.kr/x https://a.kr/x>");
    }
}

#[test]
fn people_are_mentioned_in_text_only() {
    for (text, wanted) in [
        ("@지민님이 왔어요", "{지민 @지민}님이 왔어요"),
        ("**@ANN**, @bob", "{ANN @ANN}, @bob"),
        ("`@ann` [@ann](https://a.kr)", "@ann <https://a.kr @ann>"),
        ("https://a.kr/@ann", "<https://a.kr/@ann https://a.kr/@ann>"),
    ] {
        assert_eq!(told(text), wanted);
    }
    for dialect in BOTH {
        let found = document("> @ann\n\n- **@지민**\n\n```\n@ann\n```", dialect, &known).unwrap();
        assert_eq!(found.mentioned(), ["ANN", "지민"]);
    }
}

#[test]
fn listings_of_known_languages_are_marked() {
    let listing = json("```rust\nfn x\n```");
    assert_eq!(listing.matches(r#""text":"fn x","marks":[25,8]}]"#).count(), 2, "{listing}");
    assert!(!json("```\nfn x\n```").contains("marks"));
}
