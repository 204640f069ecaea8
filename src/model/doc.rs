//! Marked-up text as a typed document: what the server makes of markdown, and all that the browser ever renders.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

/// Blocks in reading order. There is no variant that holds HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Doc(pub Vec<Block>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "b", rename_all = "snake_case")]
pub enum Block {
    Paragraph {
        of: Vec<Inline>,
    },
    Heading {
        level: u8,
        of: Vec<Inline>,
    },
    Quote {
        of: Vec<Block>,
    },
    /// `start` is the first number of an ordered list; without it the list has bullets.
    List {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<u32>,
        items: Vec<Vec<Block>>,
    },
    Code {
        #[serde(default, skip_serializing_if = "String::is_empty")]
        lang: String,
        text: String,
    },
    Rule,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "i", rename_all = "snake_case")]
pub enum Inline {
    Text {
        text: String,
    },
    Strong {
        of: Vec<Inline>,
    },
    Emphasis {
        of: Vec<Inline>,
    },
    Strike {
        of: Vec<Inline>,
    },
    Code {
        text: String,
    },
    /// `href` is an absolute `http`, `https` or `mailto` URL: the parser lets no other scheme through.
    Link {
        href: String,
        of: Vec<Inline>,
    },
    Break,
}

impl Doc {
    /// The text without its markup.
    pub fn plain(&self) -> String {
        let mut text = String::new();
        self.0.iter().for_each(|block| block.plain(&mut text));
        text
    }
}

impl Block {
    fn plain(&self, text: &mut String) {
        match self {
            Self::Paragraph { of } | Self::Heading { of, .. } => of.iter().for_each(|inline| inline.plain(text)),
            Self::Quote { of } => of.iter().for_each(|block| block.plain(text)),
            Self::List { items, .. } => items.iter().flatten().for_each(|block| block.plain(text)),
            Self::Code { text: code, .. } => text.push_str(code),
            Self::Rule => {}
        }
        text.push('\n');
    }
}

impl Inline {
    fn plain(&self, text: &mut String) {
        match self {
            Self::Text { text: said } | Self::Code { text: said } => text.push_str(said),
            Self::Strong { of } | Self::Emphasis { of } | Self::Strike { of } | Self::Link { of, .. } => {
                of.iter().for_each(|inline| inline.plain(text));
            }
            Self::Break => text.push('\n'),
        }
    }
}

/// A block or an inline as it is read, before it is known which one. Serde's own way with tagged types reads into a tree
/// of values first, which costs the browser more code than all of this file.
#[derive(Deserialize)]
struct Node {
    #[serde(default)]
    b: String,
    #[serde(default)]
    i: String,
    #[serde(default)]
    level: u8,
    start: Option<u32>,
    #[serde(default)]
    lang: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    href: String,
    #[serde(default)]
    of: Vec<Node>,
    #[serde(default)]
    items: Vec<Vec<Node>>,
}

impl<'de> Deserialize<'de> for Doc {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let nodes = Vec::<Node>::deserialize(from)?;
        blocks(nodes).map(Doc).ok_or_else(|| D::Error::custom("an unknown block or inline"))
    }
}

fn blocks(nodes: Vec<Node>) -> Option<Vec<Block>> {
    nodes.into_iter().map(block).collect()
}

fn block(node: Node) -> Option<Block> {
    Some(match &*node.b {
        "paragraph" => Block::Paragraph { of: inlines(node.of)? },
        "heading" => Block::Heading { level: node.level, of: inlines(node.of)? },
        "quote" => Block::Quote { of: blocks(node.of)? },
        "list" => Block::List { start: node.start, items: node.items.into_iter().map(blocks).collect::<Option<_>>()? },
        "code" => Block::Code { lang: node.lang, text: node.text },
        "rule" => Block::Rule,
        _ => return None,
    })
}

fn inlines(nodes: Vec<Node>) -> Option<Vec<Inline>> {
    nodes.into_iter().map(inline).collect()
}

fn inline(node: Node) -> Option<Inline> {
    Some(match &*node.i {
        "text" => Inline::Text { text: node.text },
        "strong" => Inline::Strong { of: inlines(node.of)? },
        "emphasis" => Inline::Emphasis { of: inlines(node.of)? },
        "strike" => Inline::Strike { of: inlines(node.of)? },
        "code" => Inline::Code { text: node.text },
        "link" => Inline::Link { href: node.href, of: inlines(node.of)? },
        "break" => Inline::Break,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let text = |text: &str| Inline::Text { text: text.into() };
        let emphasis = vec![Inline::Emphasis { of: vec![text("b")] }, Inline::Strike { of: vec![text("c")] }];
        let doc = Doc(vec![
            Block::Heading { level: 2, of: vec![text("h"), Inline::Break] },
            Block::Paragraph {
                of: vec![Inline::Strong { of: emphasis }, Inline::Link { href: "https://a.kr".into(), of: vec![] }],
            },
            Block::Quote { of: vec![Block::List { start: Some(3), items: vec![vec![Block::Rule], vec![]] }] },
            Block::Code { lang: String::new(), text: "x".into() },
            Block::Paragraph { of: vec![Inline::Code { text: "y".into() }] },
        ]);
        let json = serde_json::to_string(&doc).unwrap();
        assert_eq!(serde_json::from_str::<Doc>(&json).unwrap(), doc);
        assert_eq!(doc.plain().split_whitespace().collect::<Vec<_>>(), ["h", "bc", "x", "y"]);
        for bad in [r#"[{"b":"html","text":"x"}]"#, r#"[{"b":"paragraph","of":[{"i":"script"}]}]"#, "[{}]", "{}"] {
            assert!(serde_json::from_str::<Doc>(bad).is_err(), "{bad}");
        }
    }
}
