//! Marked-up text as a typed document: what the server makes of markdown, and all that the browser ever renders.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::text::is_blank;

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
        /// The stretches of the text, one after the other: eight times the length in bytes, plus the [`Shade`]. None if
        /// nothing is to be told apart.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        marks: Vec<u32>,
    },
    Rule,
    /// In place of a text that search engines are not shown, whose message has a page of its own. No markdown leads here.
    Withheld,
}

/// What a stretch of code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shade {
    Plain,
    Keyword,
    String,
    Comment,
    Number,
    Function,
    Type,
    Operator,
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
    /// Somebody who has an account: their username, and how they were named.
    Mention {
        username: String,
        text: String,
    },
    Break,
}

impl Doc {
    /// It stands for a text that is to be read elsewhere.
    pub fn is_withheld(&self) -> bool {
        matches!(*self.0, [Block::Withheld])
    }

    /// The text without its markup.
    pub fn plain(&self) -> String {
        let mut text = String::new();
        self.0.iter().for_each(|block| block.plain(&mut text));
        text
    }

    /// Whether nothing is left to see once the markup is taken away.
    pub fn is_blank(&self) -> bool {
        !self.is_withheld() && is_blank(&self.plain())
    }

    /// The usernames of those who are mentioned, in order.
    pub fn mentioned(&self) -> Vec<&str> {
        fn in_blocks<'d>(blocks: &'d [Block], found: &mut Vec<&'d str>) {
            for block in blocks {
                match block {
                    Block::Paragraph { of } | Block::Heading { of, .. } => in_inlines(of, found),
                    Block::Quote { of } => in_blocks(of, found),
                    Block::List { items, .. } => items.iter().for_each(|item| in_blocks(item, found)),
                    Block::Code { .. } | Block::Rule | Block::Withheld => {}
                }
            }
        }
        fn in_inlines<'d>(inlines: &'d [Inline], found: &mut Vec<&'d str>) {
            for inline in inlines {
                match inline {
                    Inline::Mention { username, .. } => found.push(username),
                    Inline::Strong { of } | Inline::Emphasis { of } | Inline::Strike { of } => in_inlines(of, found),
                    // Nobody is called by the text of a link.
                    Inline::Link { .. } | Inline::Text { .. } | Inline::Code { .. } | Inline::Break => {}
                }
            }
        }
        let mut found = Vec::new();
        in_blocks(&self.0, &mut found);
        found
    }
}

impl Block {
    fn plain(&self, text: &mut String) {
        match self {
            Self::Paragraph { of } | Self::Heading { of, .. } => of.iter().for_each(|inline| inline.plain(text)),
            Self::Quote { of } => of.iter().for_each(|block| block.plain(text)),
            // Numbers are typed and say something; bullets are drawn.
            Self::List { start, items } => {
                for (item, at) in items.iter().zip(0..) {
                    if let Some(first) = start {
                        text.push_str(&format!("{}. ", first.saturating_add(at)));
                    }
                    item.iter().for_each(|block| block.plain(text));
                }
            }
            Self::Code { text: code, .. } => text.push_str(code),
            Self::Rule | Self::Withheld => {}
        }
        text.push('\n');
    }
}

impl Inline {
    /// Appends its text without its markup.
    pub fn plain(&self, text: &mut String) {
        match self {
            Self::Text { text: said } | Self::Code { text: said } | Self::Mention { text: said, .. } => {
                text.push_str(said)
            }
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
    username: String,
    #[serde(default)]
    marks: Vec<u32>,
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
        "code" => Block::Code { lang: node.lang, text: node.text, marks: node.marks },
        "rule" => Block::Rule,
        "withheld" => Block::Withheld,
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
        "mention" => Inline::Mention { username: node.username, text: node.text },
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
            Block::Quote {
                of: vec![Block::List { start: Some(3), items: vec![vec![Block::Rule], vec![Block::Withheld]] }],
            },
            Block::Code { lang: String::new(), text: "x".into(), marks: vec![] },
            Block::Code { lang: "rust".into(), text: "fn x".into(), marks: vec![25, 8] },
            Block::Paragraph { of: vec![Inline::Code { text: "y".into() }] },
            Block::Paragraph { of: vec![Inline::Mention { username: "지민".into(), text: "@지민".into() }] },
        ]);
        let json = serde_json::to_string(&doc).unwrap();
        assert_eq!(serde_json::from_str::<Doc>(&json).unwrap(), doc);
        assert_eq!(
            doc.plain().split_whitespace().collect::<Vec<_>>(),
            ["h", "bc", "3.", "4.", "x", "fn", "x", "y", "@지민"]
        );
        for bad in [r#"[{"b":"html","text":"x"}]"#, r#"[{"b":"paragraph","of":[{"i":"script"}]}]"#, "[{}]", "{}"] {
            assert!(serde_json::from_str::<Doc>(bad).is_err(), "{bad}");
        }
    }
}
