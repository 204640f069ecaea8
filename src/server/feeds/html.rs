//! A text as HTML for feed readers: made of the typed document, with nothing in it that was not made here.

use crate::model::doc::{Block, Doc, Inline};
use crate::server::markdown::{Dialect, document};

/// The elements of a text. People are named in it, but nobody is linked to: readers of feeds are elsewhere.
pub fn html(text: &str, dialect: Dialect) -> String {
    let mut html = String::new();
    match document(text, dialect, &|_| None) {
        Some(Doc(blocks)) => blocks.iter().for_each(|block| write_block(block, &mut html)),
        None => write_lines(text, &mut html),
    }
    html
}

/// Plain text: paragraphs with the line ends that were typed.
fn write_lines(text: &str, html: &mut String) {
    for paragraph in text.split("\n\n").map(|paragraph| paragraph.trim_matches('\n')).filter(|text| !text.is_empty()) {
        element("p", html, |html| {
            for (at, line) in paragraph.split('\n').enumerate() {
                html.push_str(if at > 0 { "<br>" } else { "" });
                escape(line, html);
            }
        });
    }
}

fn element(name: &str, html: &mut String, within: impl FnOnce(&mut String)) {
    html.extend(["<", name, ">"]);
    within(html);
    html.extend(["</", name, ">"]);
}

fn write_block(block: &Block, html: &mut String) {
    match block {
        Block::Paragraph { of } => element("p", html, |html| write_inlines(of, html)),
        Block::Heading { level, of } => {
            element(["h3", "h4", "h5", "h6"][usize::from(level.clamp(&1, &4) - 1)], html, |html| {
                write_inlines(of, html)
            });
        }
        Block::Quote { of } => {
            element("blockquote", html, |html| of.iter().for_each(|block| write_block(block, html)));
        }
        Block::List { start, items } => {
            let items = |html: &mut String| {
                for item in items {
                    element("li", html, |html| item.iter().for_each(|block| write_block(block, html)));
                }
            };
            match start {
                None => element("ul", html, items),
                Some(first) => {
                    html.push_str(&format!("<ol start=\"{first}\">"));
                    items(html);
                    html.push_str("</ol>");
                }
            }
        }
        Block::Code { text, .. } => {
            element("pre", html, |html| element("code", html, |html| escape(text, html)));
        }
        Block::Rule => html.push_str("<hr>"),
        Block::Withheld => {}
    }
}

fn write_inlines(inlines: &[Inline], html: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text { text } | Inline::Mention { text, .. } => escape(text, html),
            Inline::Strong { of } => element("strong", html, |html| write_inlines(of, html)),
            Inline::Emphasis { of } => element("em", html, |html| write_inlines(of, html)),
            Inline::Strike { of } => element("s", html, |html| write_inlines(of, html)),
            Inline::Code { text } => element("code", html, |html| escape(text, html)),
            Inline::Link { href, of } => {
                html.push_str("<a href=\"");
                escape(href, html);
                html.push_str("\" rel=\"noopener noreferrer nofollow ugc\">");
                write_inlines(of, html);
                html.push_str("</a>");
            }
            Inline::Break => html.push_str("<br>"),
        }
    }
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_code_and_links_stay_what_they_are() {
        for (text, wanted) in [
            ("a\nb\n\n\nc <b>", "<p>a<br>b</p><p>c &lt;b&gt;</p>"),
            (
                "**a** @ann\n```rust\nfn x() -> &str\n```",
                "<p><strong>a</strong> @ann</p><pre><code>fn x() -&gt; &amp;str</code></pre>",
            ),
            (
                "> a\n\n1. b\n2. c",
                "<blockquote><p>a</p></blockquote><ol start=\"1\"><li><p>b</p></li><li><p>c</p></li></ol>",
            ),
            (
                "[x](https://a.kr/?a=1&b=\")",
                "<p><a href=\"https://a.kr/?a=1&amp;b=&quot;\" rel=\"noopener noreferrer nofollow ugc\">x</a></p>",
            ),
            (
                "[bank.kr](https://evil.kr)",
                "<p><a href=\"https://evil.kr\" rel=\"noopener noreferrer nofollow ugc\">bank.kr</a> (evil.kr)</p>",
            ),
            ("</p><script>alert(1)</script>", "<p>&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ] {
            assert_eq!(html(text, Dialect::Chat), wanted);
        }
        assert_eq!(html("# a\n---\n- b", Dialect::Full), "<h3>a</h3><hr><ul><li><p>b</p></li></ul>");
    }
}
