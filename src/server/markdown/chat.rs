//! The dialect of messages: what people type in a chat is shown as they typed it, unless it is markup beyond doubt.
//!
//! Blocks are told line by line, and each of them by how its line begins:
//!
//! | line | block |
//! |---|---|
//! | `> ` and text | quotation; a bare `>` goes on with one that stands above. `>_<`, `>>>` and `>` alone are text |
//! | `- ` or `* ` and text | list; lines below that are indented by two blanks or more belong to the item |
//! | `1. ` and text, `2. ` and text, … | numbered list, if it has two items at least and counts without a gap. Anything else keeps its numbers as text: dates, `4.` and `7.`, `010. 1234`, `1)` |
//! | `# `, `## ` or `### ` and text | heading. `#tag`, `#1` and `####` are text |
//! | three backticks or more | code, if a line of as many ends it; else text |
//!
//! Nothing else is a block: no line underlined with `-` or `=`, no rule, no indented code, no table, no HTML, no footnote, no
//! definition of a link, no `~~~`, no `+ `. A backslash in front of what would begin a block prevents it and vanishes.

mod emphasis;
mod inline;
mod signs;

use super::{Find, MAX_DEPTH};
use crate::model::doc::{Block, Inline};

/// The blocks of a message.
pub fn blocks(text: &str, find: Find<'_>) -> Vec<Block> {
    let lines: Vec<&str> = text.split('\n').collect();
    Reading { find }.blocks(&lines, 0, 0)
}

struct Reading<'f> {
    find: Find<'f>,
}

impl Reading<'_> {
    /// The blocks of some lines, of which the first `of_text` begin none.
    fn blocks(&self, lines: &[&str], of_text: usize, depth: usize) -> Vec<Block> {
        let (mut blocks, mut text_from, mut at) = (Vec::new(), 0, of_text);
        // Fences of so many signs and more have no end below: looked for once, whatever there are of them.
        let mut unclosed = usize::MAX;
        while at < lines.len() {
            match self.block(&lines[at..], depth, &mut unclosed) {
                Some((block, length)) => {
                    self.paragraphs(&lines[text_from..at], depth, &mut blocks);
                    blocks.push(block);
                    at += length;
                    text_from = at;
                }
                None => at += 1,
            }
        }
        self.paragraphs(&lines[text_from..], depth, &mut blocks);
        blocks
    }

    /// The block that the first line begins, and how many lines it has.
    fn block(&self, lines: &[&str], depth: usize, unclosed: &mut usize) -> Option<(Block, usize)> {
        if depth >= MAX_DEPTH {
            return None;
        }
        let line = *lines.first()?;
        match Begin::of(line)? {
            Begin::Quote => {
                let inner: Vec<&str> = lines.iter().map_while(|line| quoted(line)).collect();
                Some((Block::Quote { of: self.blocks(&inner, 0, depth + 1) }, inner.len()))
            }
            Begin::Heading(level, text) => {
                Some((Block::Heading { level, of: inline::inlines(text, self.find, depth + 1) }, 1))
            }
            Begin::Bullet => {
                let item_of = |line: &'_ str, _| bullet(line).map(|text| line.len() - text.len());
                let (items, length) = self.items(lines, item_of, depth);
                Some((Block::List { start: None, items }, length))
            }
            Begin::First => {
                // Other numbers may follow without a gap between them: then it is no list, and none of them is lost.
                let (count, end) = counted(lines);
                if count < 2 || lines.get(end).is_some_and(|line| number(line).is_some()) {
                    return None;
                }
                let item_of = |line: &'_ str, at| {
                    number(line).filter(|(n, _)| *n == at + 1).map(|(_, text)| line.len() - text.len())
                };
                let (items, length) = self.items(lines, item_of, depth);
                Some((Block::List { start: Some(1), items }, length))
            }
            Begin::Fence(ticks, lang) => {
                if ticks >= *unclosed {
                    return None;
                }
                let Some(end) = lines.iter().skip(1).position(|line| closes(line, ticks)) else {
                    *unclosed = ticks;
                    return None;
                };
                let text = lines[1..=end].join("\n");
                Some((Block::Code { lang: lang.to_owned(), text, marks: Vec::new() }, end + 2))
            }
        }
    }

    /// The items of a list, and how many lines it has. `item_of` has the length of what marks a line as the item of that
    /// index.
    fn items(
        &self,
        lines: &[&str],
        item_of: impl Fn(&str, usize) -> Option<usize>,
        depth: usize,
    ) -> (Vec<Vec<Block>>, usize) {
        let (mut items, mut at) = (Vec::new(), 0);
        while let Some(mark) = lines.get(at).and_then(|line| item_of(line, items.len())) {
            let below = below(&lines[at + 1..]);
            let indent = lines.get(at + 1).map_or(0, |line| indent(line));
            let rest = lines[at + 1..][..below].iter().map(|line| without_indent(line, indent));
            let inner: Vec<&str> = std::iter::once(&lines[at][mark..]).chain(rest).collect();
            items.push(self.blocks(&inner, 1, depth + 1));
            at += 1 + below;
        }
        (items, at)
    }

    /// Lines without blocks, in paragraphs.
    fn paragraphs(&self, lines: &[&str], depth: usize, into: &mut Vec<Block>) {
        for lines in lines.split(|line| line.trim().is_empty()).filter(|lines| !lines.is_empty()) {
            let lines: Vec<&str> = lines.iter().map(|line| unescaped(line)).collect();
            into.push(Block::Paragraph { of: inline::inlines(&lines.join("\n"), self.find, depth + 1) });
        }
    }
}

/// What a line begins.
enum Begin<'t> {
    Quote,
    Heading(u8, &'t str),
    Bullet,
    /// The first item of a numbered list.
    First,
    /// So many backticks, and the language.
    Fence(usize, &'t str),
}

impl<'t> Begin<'t> {
    fn of(line: &'t str) -> Option<Self> {
        match line.as_bytes().first()? {
            b'>' => line.strip_prefix("> ").filter(|text| is_quotable(text)).map(|_| Self::Quote),
            b'#' => {
                let level = line.len() - line.trim_start_matches('#').len();
                let text = line[level..].strip_prefix(' ').map(str::trim).filter(|text| !text.is_empty())?;
                (level <= 3).then_some(Self::Heading(level as u8, text))
            }
            b'-' | b'*' => bullet(line).map(|_| Self::Bullet),
            b'1' => number(line).filter(|(number, _)| *number == 1).map(|_| Self::First),
            b'`' => {
                let info = line.trim_start_matches('`');
                let ticks = line.len() - info.len();
                let lang = info.split_whitespace().next().unwrap_or_default();
                (ticks >= 3 && !info.contains('`')).then_some(Self::Fence(ticks, lang))
            }
            _ => None,
        }
    }
}

/// A line of a quotation, without its sign.
fn quoted(line: &str) -> Option<&str> {
    line.strip_prefix("> ").or_else(|| (line == ">").then_some(""))
}

/// The text of an item of a list with bullets.
fn bullet(line: &str) -> Option<&str> {
    let text = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "))?;
    // Stars and lines in a row are drawings.
    let is_said = |c: char| !c.is_whitespace() && !"*-_".contains(c);
    text.contains(is_said).then_some(text)
}

/// Whether a quotation may begin with a text: `> <` is a face.
fn is_quotable(text: &str) -> bool {
    !text.trim().is_empty() && (!text.starts_with('<') || text.contains(char::is_alphanumeric))
}

/// Number and text of an item of a numbered list. Nobody writes `01. ` for an item.
fn number(line: &str) -> Option<(usize, &str)> {
    let (number, text) = line.split_once(". ")?;
    let is_number =
        (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()) && !number.starts_with('0');
    (is_number && !text.trim().is_empty()).then(|| Some((number.parse().ok()?, text)))?
}

/// How many items count from 1 without a gap, and the line after them.
fn counted(lines: &[&str]) -> (usize, usize) {
    let (mut count, mut at) = (0, 0);
    while lines.get(at).and_then(|line| number(line)).is_some_and(|(number, _)| number == count + 1) {
        count += 1;
        at += 1 + below(&lines[at + 1..]);
    }
    (count, at)
}

/// How many lines belong to the item above them.
fn below(lines: &[&str]) -> usize {
    lines.iter().take_while(|line| indent(line) >= 2 && !line.trim().is_empty()).count()
}

/// Blanks that a line begins with; a tab counts for four.
fn indent(line: &str) -> usize {
    line.bytes()
        .map_while(|b| match b {
            b' ' => Some(1),
            b'\t' => Some(4),
            _ => None,
        })
        .sum()
}

fn without_indent(line: &str, most: usize) -> &str {
    let mut left = most;
    line.trim_start_matches(|c| {
        let width = if c == '\t' { 4 } else { 1 };
        let goes = (c == ' ' || c == '\t') && left > 0;
        left = left.saturating_sub(width);
        goes
    })
}

fn closes(line: &str, ticks: usize) -> bool {
    let line = line.trim_end();
    line.len() >= ticks && line.bytes().all(|b| b == b'`')
}

/// Without the backslash that prevents a block.
fn unescaped(line: &str) -> &str {
    let is_block = |rest: &&str| matches!(Begin::of(rest), Some(Begin::Quote | Begin::Heading(..) | Begin::Bullet));
    line.strip_prefix('\\').filter(is_block).unwrap_or(line)
}

/// Whether some blocks hold nothing but this text as it is.
pub fn are_only(blocks: &[Block], text: &str) -> bool {
    let mut rest = text.chars().filter(|c| !c.is_whitespace());
    let mut is_text = |inline: &Inline| match inline {
        Inline::Text { text } => text.chars().filter(|c| !c.is_whitespace()).all(|c| rest.next() == Some(c)),
        Inline::Break => true,
        _ => false,
    };
    blocks.iter().all(|block| matches!(block, Block::Paragraph { of } if of.iter().all(&mut is_text)))
}

#[cfg(test)]
mod tests;
