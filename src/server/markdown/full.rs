//! The dialect of posts: Markdown as CommonMark has it, with what is struck out and addresses that stand in the text.

use comrak::nodes::{AstNode, ListType, NodeValue};
use comrak::{Arena, Options, parse_document};

use super::{Find, MAX_DEPTH, links, mentioned};
use crate::model::doc::{Block, Inline};

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

/// The blocks of a post.
pub fn blocks(text: &str, find: Find<'_>) -> Vec<Block> {
    let arena = Arena::new();
    Reading { find }.blocks(parse_document(&arena, text, &options()), 0)
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
            NodeValue::CodeBlock(code) => Block::Code {
                lang: code.info.split_whitespace().next().unwrap_or_default().to_owned(),
                text: code.literal.trim_end_matches('\n').to_owned(),
                marks: Vec::new(),
            },
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
                NodeValue::Text(text) => mentioned(text, self.find, &mut inlines),
                NodeValue::Link(link) if is_bare(node) => self.bare(&link.url, &text_of(node), &mut inlines),
                _ => inlines.push(self.inline(node, depth)),
            }
        }
        inlines
    }

    /// An address that stands in the text without any markup.
    fn bare(&self, url: &str, text: &str, into: &mut Vec<Inline>) {
        let (address, rest) = text.split_at(links::end_of(text));
        // `www.a.kr` gets its scheme from the parser.
        match url.strip_suffix(rest).and_then(links::safe_href) {
            Some(href) => into.push(Inline::Link { href, of: vec![Inline::Text { text: address.to_owned() }] }),
            None => into.push(Inline::Text { text: address.to_owned() }),
        }
        mentioned(rest, self.find, into);
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
