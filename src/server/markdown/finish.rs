//! What becomes of a document whichever dialect it was read from: code in colours, and links that say where they lead.

use super::{code, links};
use crate::model::doc::{Block, Inline};
use crate::model::text::is_blank;

/// Tells the code apart that stands in some blocks.
pub fn shade(blocks: &mut [Block]) {
    for block in blocks {
        match block {
            Block::Code { lang, text, marks } => {
                let stretches = code::stretches(lang, text).unwrap_or_default();
                let mark = |(shade, length)| 8 * u32::try_from(length).unwrap_or(0) + shade as u32;
                *marks = stretches.into_iter().map(mark).collect();
            }
            Block::Quote { of } => shade(of),
            Block::List { items, .. } => items.iter_mut().for_each(|item| shade(item)),
            Block::Paragraph { .. } | Block::Heading { .. } | Block::Rule | Block::Withheld => {}
        }
    }
}

/// Names the host that a link leads to behind each link that names another one, or seems to. One that shows nothing shows
/// its address.
pub fn name_hosts(blocks: &mut [Block]) {
    for block in blocks {
        match block {
            Block::Paragraph { of } | Block::Heading { of, .. } => *of = with_hosts(std::mem::take(of)),
            Block::Quote { of } => name_hosts(of),
            Block::List { items, .. } => items.iter_mut().for_each(|item| name_hosts(item)),
            Block::Code { .. } | Block::Rule | Block::Withheld => {}
        }
    }
}

fn with_hosts(inlines: Vec<Inline>) -> Vec<Inline> {
    let mut named = Vec::with_capacity(inlines.len());
    for inline in inlines {
        match inline {
            Inline::Link { href, of } => {
                let mut text = String::new();
                of.iter().for_each(|inline| inline.plain(&mut text));
                if is_blank(&text) {
                    let text = href.clone();
                    named.push(Inline::Link { href, of: vec![Inline::Text { text }] });
                    continue;
                }
                let host = links::misnamed_host(&text, &href);
                named.push(Inline::Link { href, of });
                named.extend(host.map(|host| Inline::Text { text: format!(" ({host})") }));
            }
            Inline::Strong { of } => named.push(Inline::Strong { of: with_hosts(of) }),
            Inline::Emphasis { of } => named.push(Inline::Emphasis { of: with_hosts(of) }),
            Inline::Strike { of } => named.push(Inline::Strike { of: with_hosts(of) }),
            other => named.push(other),
        }
    }
    named
}
