//! Marked-up text on the page: every block and inline of a [`Doc`] as an element, nothing else.

use leptos::html::custom;
use leptos::prelude::*;

use super::{href, page};
use crate::model::doc::{Block, Doc, Inline};

/// By [`Shade`](crate::model::doc::Shade): classes in `style/doc.css`.
const SHADES: [&str; 8] = ["", "kw", "st", "cm", "nu", "fn", "ty", "op"];

/// The text of a post, with or without markup.
#[component]
pub fn PostText(doc: Option<Doc>, body: String) -> impl IntoView {
    let lang = page::lang_of(&body);
    match doc {
        Some(doc) => view! { <DocView doc lang=lang/> }.into_any(),
        None if body.is_empty() => ().into_any(),
        // One paragraph per blank line; single line ends are kept by the style.
        None => body
            .split("\n\n")
            .filter(|paragraph| !paragraph.trim().is_empty())
            .map(|paragraph| view! { <p class="plain" lang=lang>{paragraph.to_owned()}</p> }.into_any())
            .collect::<Vec<_>>()
            .into_any(),
    }
}

/// The document as elements; `lang` where nothing around it says in which language it is.
#[component]
pub fn DocView(doc: Doc, #[prop(optional_no_strip)] lang: Option<&'static str>) -> impl IntoView {
    view! { <div class="doc" lang=lang>{blocks(doc.0)}</div> }
}

fn blocks(blocks: Vec<Block>) -> Vec<AnyView> {
    blocks.into_iter().map(block).collect()
}

/// An element without attributes. One type for all of them: each of its own is two kilobytes of the browser's program.
fn element(tag: &'static str, of: Vec<AnyView>) -> AnyView {
    custom(tag).child(of).into_any()
}

fn block(block: Block) -> AnyView {
    match block {
        Block::Paragraph { of } => element("p", inlines(of)),
        Block::Heading { level, of } => element(heading(level), inlines(of)),
        Block::Quote { of } => element("blockquote", blocks(of)),
        Block::List { start: None, items } => element("ul", list_items(items)),
        Block::List { start: Some(first), items } => {
            // Long numbers would stand outside of the column.
            let is_wide = first as usize + items.len() > 100;
            view! { <ol start=first class=is_wide.then_some("wide")>{list_items(items)}</ol> }.into_any()
        }
        Block::Code { lang, text, marks } => {
            let lang = (!lang.is_empty()).then_some(lang);
            // Code wider than the page is scrolled, by keyboard too.
            view! { <pre tabindex="0"><code data-lang=lang>{shaded(&text, &marks)}</code></pre> }.into_any()
        }
        Block::Rule => view! { <hr/> }.into_any(),
        // Only whoever shows the message knows where its text is to be read.
        Block::Withheld => ().into_any(),
    }
}

fn list_items(items: Vec<Vec<Block>>) -> Vec<AnyView> {
    items.into_iter().map(|item| element("li", blocks(item))).collect()
}

/// Code in its shades; where nothing is marked, the text as it is.
fn shaded(text: &str, marks: &[u32]) -> Vec<AnyView> {
    let (mut rest, mut pieces) = (text, Vec::new());
    for mark in marks {
        let Some((piece, after)) = rest.split_at_checked(*mark as usize / 8) else { break };
        pieces.push(match SHADES[*mark as usize % 8] {
            "" => piece.to_owned().into_any(),
            class => view! { <span class=class>{piece.to_owned()}</span> }.into_any(),
        });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(rest.to_owned().into_any());
    }
    pieces
}

/// The page's own headings end at the second level, so that of a text begin at the third.
fn heading(level: u8) -> &'static str {
    match level {
        0 | 1 => "h3",
        2 => "h4",
        3 => "h5",
        _ => "h6",
    }
}

fn inlines(inlines: Vec<Inline>) -> Vec<AnyView> {
    inlines.into_iter().map(inline).collect()
}

fn inline(inline: Inline) -> AnyView {
    match inline {
        Inline::Text { text } => text.into_any(),
        Inline::Strong { of } => element("strong", inlines(of)),
        Inline::Emphasis { of } => element("em", inlines(of)),
        Inline::Strike { of } => element("s", inlines(of)),
        Inline::Code { text } => element("code", vec![text.into_any()]),
        // A stranger wrote it: the target learns nothing of this page and gains nothing from being linked.
        Inline::Link { href, of } => {
            view! { <a href=href rel="noopener noreferrer nofollow ugc" target="_blank">{inlines(of)}</a> }.into_any()
        }
        Inline::Mention { username, text } => {
            let is_me = page::me().is_some_and(|me| me.username == username);
            let class = if is_me { "mention to-me" } else { "mention" };
            view! { <a class=class href=href::ascii(&format!("/users/{username}"))>{text}</a> }.into_any()
        }
        Inline::Break => view! { <br/> }.into_any(),
    }
}
