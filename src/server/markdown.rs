//! Markdown to the typed document that pages render. Parsed here, so that no parser and no HTML reaches a browser.

mod code;
mod links;

use comrak::nodes::{AstNode, ListType, NodeValue};
use comrak::{Arena, Options, parse_document};
use unicode_segmentation::UnicodeSegmentation;

use crate::model::doc::{Block, Doc, Inline};
use crate::model::mentions;

/// Beyond this depth content is flattened to its text: nobody reads it, and rendering recurses.
const MAX_DEPTH: usize = 16;

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    // Emphasis next to Hangul: **마크다운**을 is bold.
    options.extension.cjk_friendly_emphasis = true;
    // People end lines where they mean to.
    options.render.hardbreaks = true;
    options
}

/// Whether a text has no character that could be markup: most messages, and they need no document.
fn is_plain(text: &str) -> bool {
    let starts_block = |line: &str| {
        line.starts_with(['#', '>', '-', '+', ' ', '\t', '=']) || line.starts_with(|c: char| c.is_ascii_digit())
    };
    !text.contains(['*', '_', '`', '[', ']', '<', '>', '\\', '&', '@'])
        // One of these ends a sentence, as it often does in Korean.
        && !text.contains("~~")
        && !text.contains("://")
        && !text.contains("www.")
        && !text.contains("\n\n")
        && !text.lines().any(starts_block)
}

/// Finds the username of somebody by a folded name.
pub type Find<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The document of a text; `None` where the text is plain and says it all.
pub fn document(text: &str, find: Find<'_>) -> Option<Doc> {
    if is_plain(text) {
        return None;
    }
    let arena = Arena::new();
    let root = parse_document(&arena, text, &options());
    Some(Doc(Reading { find }.blocks(root, 0)))
}

/// The text without its markup, on one line: for excerpts.
pub fn plain(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let arena = Arena::new();
    let mut plain = String::new();
    collect_text(parse_document(&arena, text, &options()), &mut plain);
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The beginning of a text, on one line and without its markup, unless there is nothing else: at most `max` scalar
/// values, and an ellipsis for the rest.
pub fn excerpt(text: &str, max: usize) -> String {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = line(&plain(text));
    let whole = if plain.is_empty() { line(text) } else { plain };
    let Some((limit, _)) = whole.char_indices().nth(max) else { return whole };
    // Between characters as people see them, unless one of them is longer than all there is room for.
    let ends = whole.grapheme_indices(true).map(|(at, cluster)| at + cluster.len());
    let end = ends.take_while(|end| *end <= limit).last().unwrap_or(limit);
    format!("{}…", whole[..end].trim_end())
}

struct Reading<'f> {
    find: Find<'f>,
}

impl Reading<'_> {
    fn blocks<'a>(&self, parent: &'a AstNode<'a>, depth: usize) -> Vec<Block> {
        parent.children().map(|node| self.block(node, depth)).collect()
    }

    fn block<'a>(&self, node: &'a AstNode<'a>, depth: usize) -> Block {
        if depth > MAX_DEPTH {
            return Block::Paragraph { of: vec![Inline::Text { text: text_of(node) }] };
        }
        let value = node.data.borrow();
        match &value.value {
            NodeValue::Paragraph => Block::Paragraph { of: self.inlines(node, depth + 1) },
            NodeValue::Heading(heading) => {
                Block::Heading { level: heading.level.clamp(1, 6), of: self.inlines(node, depth + 1) }
            }
            NodeValue::BlockQuote => Block::Quote { of: self.blocks(node, depth + 1) },
            NodeValue::List(list) => Block::List {
                start: (list.list_type == ListType::Ordered).then(|| u32::try_from(list.start).unwrap_or(1)),
                items: node.children().map(|item| self.blocks(item, depth + 1)).collect(),
            },
            NodeValue::CodeBlock(code) => listing(&code.info, code.literal.trim_end_matches('\n')),
            NodeValue::ThematicBreak => Block::Rule,
            // HTML is text like any other.
            NodeValue::HtmlBlock(html) => {
                Block::Paragraph { of: vec![Inline::Text { text: html.literal.trim_end().to_owned() }] }
            }
            _ => Block::Paragraph { of: self.inlines(node, depth + 1) },
        }
    }

    fn inlines<'a>(&self, parent: &'a AstNode<'a>, depth: usize) -> Vec<Inline> {
        let mut inlines = Vec::new();
        for node in parent.children() {
            match &node.data.borrow().value {
                NodeValue::Text(text) => self.text(text, &mut inlines),
                NodeValue::Link(link) if is_bare(node) => self.bare(&link.url, &text_of(node), &mut inlines),
                _ => inlines.push(self.inline(node, depth)),
            }
        }
        inlines
    }

    /// Text, in which people are mentioned.
    fn text(&self, text: &str, into: &mut Vec<Inline>) {
        for (piece, username) in mentions::pieces(text, self.find) {
            match (username, into.last_mut()) {
                (Some(username), _) => into.push(Inline::Mention { username, text: piece.to_owned() }),
                // What was left of an address goes on.
                (None, Some(Inline::Text { text })) => text.push_str(piece),
                (None, _) => into.push(Inline::Text { text: piece.to_owned() }),
            }
        }
    }

    /// An address that stands in the text without any markup.
    fn bare(&self, url: &str, text: &str, into: &mut Vec<Inline>) {
        let (address, rest) = text.split_at(links::end_of(text));
        // `www.a.kr` gets its scheme from the parser.
        match url.strip_suffix(rest).and_then(links::safe_href) {
            Some(href) => into.push(Inline::Link { href, of: vec![Inline::Text { text: address.to_owned() }] }),
            None => into.push(Inline::Text { text: address.to_owned() }),
        }
        self.text(rest, into);
    }

    fn inline<'a>(&self, node: &'a AstNode<'a>, depth: usize) -> Inline {
        if depth > MAX_DEPTH {
            return Inline::Text { text: text_of(node) };
        }
        let value = node.data.borrow();
        match &value.value {
            NodeValue::Code(code) => Inline::Code { text: code.literal.clone() },
            NodeValue::HtmlInline(html) => Inline::Text { text: html.clone() },
            NodeValue::SoftBreak | NodeValue::LineBreak => Inline::Break,
            NodeValue::Emph => Inline::Emphasis { of: self.inlines(node, depth + 1) },
            NodeValue::Strong => Inline::Strong { of: self.inlines(node, depth + 1) },
            NodeValue::Strikethrough => Inline::Strike { of: self.inlines(node, depth + 1) },
            NodeValue::Link(link) | NodeValue::Image(link) => match links::safe_href(&link.url) {
                // A link in a link leads nowhere.
                Some(href) => Inline::Link { href, of: Reading { find: &|_| None }.inlines(node, depth + 1) },
                None => Inline::Text { text: text_of(node) },
            },
            _ => Inline::Text { text: text_of(node) },
        }
    }
}

/// Whether a link is an address that the parser has found in the text: then all of it is its text, and nothing around it.
fn is_bare<'a>(link: &'a AstNode<'a>) -> bool {
    link.first_child().is_some_and(|text| text.data.borrow().sourcepos == link.data.borrow().sourcepos)
}

fn listing(info: &str, text: &str) -> Block {
    let lang = info.split_whitespace().next().unwrap_or_default();
    let stretches = code::stretches(lang, text).unwrap_or_default();
    let marks = stretches.into_iter().map(|(shade, length)| 8 * u32::try_from(length).unwrap_or(0) + shade as u32);
    Block::Code { lang: lang.to_owned(), text: text.to_owned(), marks: marks.collect() }
}

fn text_of<'a>(node: &'a AstNode<'a>) -> String {
    let mut text = String::new();
    collect_text(node, &mut text);
    text
}

fn collect_text<'a>(node: &'a AstNode<'a>, into: &mut String) {
    for part in node.descendants() {
        match &part.data.borrow().value {
            NodeValue::Text(text) => into.push_str(text),
            NodeValue::Code(code) => into.push_str(&code.literal),
            NodeValue::CodeBlock(code) => into.extend(["\n", &code.literal]),
            NodeValue::HtmlInline(html) => into.push_str(html),
            NodeValue::HtmlBlock(html) => into.extend(["\n", &html.literal]),
            NodeValue::SoftBreak | NodeValue::LineBreak | NodeValue::Paragraph | NodeValue::Heading(_) => {
                into.push('\n');
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(key: &str) -> Option<String> {
        ["지민", "ann"].contains(&key).then(|| key.to_uppercase())
    }

    fn json(text: &str) -> String {
        serde_json::to_string(&document(text, &known)).unwrap()
    }

    #[test]
    fn an_excerpt_is_one_line_of_text() {
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
        assert_eq!(document("안녕하세요! 오늘 7시에 봐요", &known), None);
        assert_eq!(document("two\nlines", &known), None);
        assert!(document("**bold**", &known).is_some());
    }

    #[test]
    fn emphasis_works_beside_hangul() {
        assert!(json("문서는 **마크다운(Markdown)**을 보세요").contains(r#"{"i":"strong""#));
        assert!(!json("정말요~ 그래요~ *").contains("strike"));
        assert_eq!(document("정말요~ 그래요~", &known), None);
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
        assert!(json("[x](https://example.com/a)").contains(r#""href":"https://example.com/a""#));
    }

    #[test]
    fn nesting_ends_somewhere() {
        assert!(document(&">".repeat(4_000), &known).is_some());
        assert!(document(&"[".repeat(4_000), &known).is_some());
        assert!(document(&"**a ".repeat(1_000), &known).is_some());
    }

    /// Links in angles, mentions in braces, everything else as it is.
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
        match document(text, &known).unwrap_or_default().0.as_slice() {
            [Block::Paragraph { of }] => tell(of),
            other => panic!("{other:?}"),
        }
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
    fn people_are_mentioned_in_text_only() {
        for (text, wanted) in [
            ("@지민님이 왔어요", "{지민 @지민}님이 왔어요"),
            ("**@ANN**, @bob", "{ANN @ANN}, @bob"),
            ("`@ann` [@ann](https://a.kr)", "@ann <https://a.kr @ann>"),
            ("https://a.kr/@ann", "<https://a.kr/@ann https://a.kr/@ann>"),
        ] {
            assert_eq!(told(text), wanted);
        }
        let found = document("> @ann\n\n- **@지민**\n\n```\n@ann\n```", &known).unwrap();
        assert_eq!(found.mentioned(), ["ANN", "지민"]);
    }

    #[test]
    fn listings_of_known_languages_are_marked() {
        assert!(
            json("```rust\nfn x\n```").ends_with(r#""text":"fn x","marks":[25,8]}]"#),
            "{}",
            json("```rust\nfn x\n```")
        );
        assert!(!json("```\nfn x\n```").contains("marks"));
    }
}
