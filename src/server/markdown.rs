//! Markdown to the typed document that pages render. Parsed here, so that no parser and no HTML reaches a browser.

use comrak::nodes::{AstNode, ListType, NodeValue};
use comrak::{Arena, Options, parse_document};

use crate::model::doc::{Block, Doc, Inline};
use crate::model::text;

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

/// The document of a text; `None` where the text is plain and says it all.
pub fn document(text: &str) -> Option<Doc> {
    if is_plain(text) {
        return None;
    }
    let arena = Arena::new();
    let root = parse_document(&arena, text, &options());
    Some(Doc(blocks(root, 0)))
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

/// The beginning of a text, on one line and without its markup, unless there is nothing else.
pub fn excerpt(text: &str, max: usize) -> String {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = line(&plain(text));
    text::excerpt(&if plain.is_empty() { line(text) } else { plain }, max)
}

fn blocks<'a>(parent: &'a AstNode<'a>, depth: usize) -> Vec<Block> {
    parent.children().filter_map(|node| block(node, depth)).collect()
}

fn block<'a>(node: &'a AstNode<'a>, depth: usize) -> Option<Block> {
    if depth > MAX_DEPTH {
        return Some(Block::Paragraph { of: vec![Inline::Text { text: text_of(node) }] });
    }
    let value = node.data.borrow();
    Some(match &value.value {
        NodeValue::Paragraph => Block::Paragraph { of: inlines(node, depth + 1) },
        NodeValue::Heading(heading) => {
            Block::Heading { level: heading.level.clamp(1, 6), of: inlines(node, depth + 1) }
        }
        NodeValue::BlockQuote => Block::Quote { of: blocks(node, depth + 1) },
        NodeValue::List(list) => Block::List {
            start: (list.list_type == ListType::Ordered).then(|| u32::try_from(list.start).unwrap_or(1)),
            items: node.children().map(|item| blocks(item, depth + 1)).collect(),
        },
        NodeValue::CodeBlock(code) => Block::Code {
            lang: code.info.split_whitespace().next().unwrap_or_default().to_owned(),
            text: code.literal.trim_end_matches('\n').to_owned(),
        },
        NodeValue::ThematicBreak => Block::Rule,
        // HTML is text like any other.
        NodeValue::HtmlBlock(html) => {
            Block::Paragraph { of: vec![Inline::Text { text: html.literal.trim_end().to_owned() }] }
        }
        _ => Block::Paragraph { of: inlines(node, depth + 1) },
    })
}

fn inlines<'a>(parent: &'a AstNode<'a>, depth: usize) -> Vec<Inline> {
    parent.children().map(|node| inline(node, depth)).collect()
}

fn inline<'a>(node: &'a AstNode<'a>, depth: usize) -> Inline {
    if depth > MAX_DEPTH {
        return Inline::Text { text: text_of(node) };
    }
    let value = node.data.borrow();
    match &value.value {
        NodeValue::Text(text) => Inline::Text { text: text.to_string() },
        NodeValue::Code(code) => Inline::Code { text: code.literal.clone() },
        NodeValue::HtmlInline(html) => Inline::Text { text: html.clone() },
        NodeValue::SoftBreak | NodeValue::LineBreak => Inline::Break,
        NodeValue::Emph => Inline::Emphasis { of: inlines(node, depth + 1) },
        NodeValue::Strong => Inline::Strong { of: inlines(node, depth + 1) },
        NodeValue::Strikethrough => Inline::Strike { of: inlines(node, depth + 1) },
        NodeValue::Link(link) | NodeValue::Image(link) => match safe_href(&link.url) {
            Some(href) => Inline::Link { href, of: inlines(node, depth + 1) },
            None => Inline::Text { text: text_of(node) },
        },
        _ => Inline::Text { text: text_of(node) },
    }
}

/// An absolute address with a scheme that runs nothing. Browsers drop tabs and newlines inside a scheme and read `\`
/// as `/`, so an address with either is none; user names before the host disguise it.
fn safe_href(url: &str) -> Option<String> {
    if url.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return None;
    }
    let (scheme, rest) = url.split_once(':')?;
    let host = rest.strip_prefix("//").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => host.filter(|host| !host.is_empty() && !host.contains('@')).map(|_| url.to_owned()),
        "mailto" => Some(url.to_owned()),
        _ => None,
    }
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
            NodeValue::CodeBlock(code) => into.push_str(&code.literal),
            NodeValue::HtmlInline(html) => into.push_str(html),
            NodeValue::HtmlBlock(html) => into.push_str(&html.literal),
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

    fn json(text: &str) -> String {
        serde_json::to_string(&document(text)).unwrap()
    }

    #[test]
    fn an_excerpt_is_one_line_of_text() {
        assert_eq!(excerpt("**All** of\n\n- tea\nand  more", 100), "All of tea and more");
        assert_eq!(excerpt("two\nlines", 5), "two l…");
        assert_eq!((excerpt("---", 9), excerpt(" \n", 9)), ("---".to_owned(), String::new()));
    }

    #[test]
    fn plain_text_needs_no_document() {
        assert_eq!(document("안녕하세요! 오늘 7시에 봐요"), None);
        assert_eq!(document("two\nlines"), None);
        assert!(document("**bold**").is_some());
    }

    #[test]
    fn emphasis_works_beside_hangul() {
        assert!(json("문서는 **마크다운(Markdown)**을 보세요").contains(r#"{"i":"strong""#));
        assert!(!json("정말요~ 그래요~ *").contains("strike"));
        assert_eq!(document("정말요~ 그래요~"), None);
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
        assert!(document(&">".repeat(4_000)).is_some());
        assert!(document(&"[".repeat(4_000)).is_some());
        assert!(document(&"**a ".repeat(1_000)).is_some());
    }
}
