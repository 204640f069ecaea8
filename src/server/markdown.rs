//! Markdown to the typed document that pages render. Parsed here, so that no parser and no HTML reaches a browser.
//!
//! Messages and posts have a dialect each: who writes a message does not think of markup, so that little of what is typed
//! is read as such (see `chat`); who writes a post sees it before it is there (see `full`).

mod chat;
mod code;
mod finish;
mod full;
mod links;

use unicode_segmentation::UnicodeSegmentation;

use crate::model::doc::{Doc, Inline};
use crate::model::mentions;

/// Beyond this depth content is flattened to its text: nobody reads it, and rendering recurses.
const MAX_DEPTH: usize = 16;

/// What of a text is markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Of messages: what was typed is what is shown, unless it is markup beyond doubt.
    Chat,
    /// Of posts: all of CommonMark but HTML.
    Full,
}

/// Whether a text has nothing that could be markup in either dialect: most texts, and they need no document.
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
pub fn document(text: &str, dialect: Dialect, find: Find<'_>) -> Option<Doc> {
    let mut doc = read(text, dialect, find)?;
    finish::shade(&mut doc.0);
    Some(doc)
}

/// The document, all of whose code is plain.
fn read(text: &str, dialect: Dialect, find: Find<'_>) -> Option<Doc> {
    if is_plain(text) {
        return None;
    }
    let mut blocks = match dialect {
        Dialect::Chat => Some(chat::blocks(text, find)).filter(|blocks| !chat::are_only(blocks, text))?,
        Dialect::Full => full::blocks(text, find),
    };
    finish::name_hosts(&mut blocks);
    Some(Doc(blocks))
}

/// The text without its markup, on one line: for excerpts.
pub fn plain(text: &str, dialect: Dialect) -> String {
    match read(text, dialect, &|_| None) {
        None => text.to_owned(),
        Some(doc) => one_line(&doc.plain()),
    }
}

/// The beginning of a text, on one line and without its markup, unless there is nothing else: at most `max` scalar
/// values, and an ellipsis for the rest.
pub fn excerpt(text: &str, dialect: Dialect, max: usize) -> String {
    let plain = one_line(&plain(text, dialect));
    let whole = if plain.is_empty() { one_line(text) } else { plain };
    cut(whole, max)
}

/// The beginning of a text that has no markup, on one line, as of [`excerpt`].
pub fn shortened(text: &str, max: usize) -> String {
    cut(one_line(text), max)
}

fn cut(whole: String, max: usize) -> String {
    let Some((limit, _)) = whole.char_indices().nth(max) else { return whole };
    // Between characters as people see them, unless one of them is longer than all there is room for.
    let ends = whole.grapheme_indices(true).map(|(at, cluster)| at + cluster.len());
    let end = ends.take_while(|end| *end <= limit).last().unwrap_or(limit);
    format!("{}…", whole[..end].trim_end())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text, in which people are mentioned.
fn mentioned(text: &str, find: Find<'_>, into: &mut Vec<Inline>) {
    for (piece, username) in mentions::pieces(text, find) {
        match (username, into.last_mut()) {
            (Some(username), _) => into.push(Inline::Mention { username, text: piece.to_owned() }),
            // What was left of an address goes on.
            (None, Some(Inline::Text { text })) => text.push_str(piece),
            (None, _) => into.push(Inline::Text { text: piece.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests;
