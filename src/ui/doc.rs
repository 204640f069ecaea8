//! Marked-up text on the page: every block and inline of a [`Doc`] as an element, nothing else.

use leptos::prelude::*;

use super::{href, page};
use crate::model::doc::{Block, Doc, Inline};

/// By [`Shade`](crate::model::doc::Shade): classes in `style/doc.css`.
const SHADES: [&str; 8] = ["", "kw", "st", "cm", "nu", "fn", "ty", "op"];

/// The text of a post, with or without markup.
#[component]
pub fn PostText(doc: Option<Doc>, body: String) -> impl IntoView {
    match doc {
        Some(doc) => view! { <DocView doc/> }.into_any(),
        None if body.is_empty() => ().into_any(),
        // One paragraph per blank line; single line ends are kept by the style.
        None => body
            .split("\n\n")
            .filter(|paragraph| !paragraph.trim().is_empty())
            .map(|paragraph| view! { <p class="plain">{paragraph.to_owned()}</p> })
            .collect_view()
            .into_any(),
    }
}

/// The document as elements.
#[component]
pub fn DocView(doc: Doc) -> impl IntoView {
    view! { <div class="doc">{blocks(doc.0)}</div> }
}

fn blocks(blocks: Vec<Block>) -> Vec<AnyView> {
    blocks.into_iter().map(block).collect()
}

fn block(block: Block) -> AnyView {
    match block {
        Block::Paragraph { of } => view! { <p>{inlines(of)}</p> }.into_any(),
        Block::Heading { level, of } => heading(level, inlines(of)),
        Block::Quote { of } => view! { <blockquote>{blocks(of)}</blockquote> }.into_any(),
        Block::List { start: None, items } => view! { <ul>{list_items(items)}</ul> }.into_any(),
        Block::List { start: Some(first), items } => view! { <ol start=first>{list_items(items)}</ol> }.into_any(),
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
    items.into_iter().map(|item| view! { <li>{blocks(item)}</li> }.into_any()).collect()
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
fn heading(level: u8, of: Vec<AnyView>) -> AnyView {
    match level {
        0 | 1 => view! { <h3>{of}</h3> }.into_any(),
        2 => view! { <h4>{of}</h4> }.into_any(),
        3 => view! { <h5>{of}</h5> }.into_any(),
        _ => view! { <h6>{of}</h6> }.into_any(),
    }
}

fn inlines(inlines: Vec<Inline>) -> Vec<AnyView> {
    inlines.into_iter().map(inline).collect()
}

fn inline(inline: Inline) -> AnyView {
    match inline {
        Inline::Text { text } => text.into_any(),
        Inline::Strong { of } => view! { <strong>{inlines(of)}</strong> }.into_any(),
        Inline::Emphasis { of } => view! { <em>{inlines(of)}</em> }.into_any(),
        Inline::Strike { of } => view! { <s>{inlines(of)}</s> }.into_any(),
        Inline::Code { text } => view! { <code>{text}</code> }.into_any(),
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
