//! What stands within the lines of a message.
//!
//! * Emphasis: see `signs`. Code between backticks, as many at its end as at its beginning.
//! * Links: `[text](https://…)`, `<https://…>`, and addresses that stand in the text; see `links`. Anything else in
//!   brackets, parentheses or angles is text: `[a]`, `[x](/path)`, `![alt](…)` but for its link, `<b>`, `Kim <kim@a.kr>`.
//! * A backslash vanishes where the sign behind it would be markup, and only there: `¯\_(ツ)_/¯`, `C:\*.txt` and `\d` stay.
//! * References such as `&lt;` are text.

use super::super::links;
use super::super::mentioned;
use super::emphasis::{Role, Sign, pair};
use super::signs::{Kind, is_jamo};
use crate::model::doc::Inline;
use crate::server::markdown::{Find, MAX_DEPTH};

/// The inlines of some lines.
pub fn inlines(text: &str, find: Find<'_>, depth: usize) -> Vec<Inline> {
    let mut lexer =
        Lexer { text, at: 0, from: 0, words: 0, tokens: Vec::new(), brackets: Vec::new(), ends: ends_of_code(text) };
    lexer.read();
    built(lexer.tokens, Some(find), depth)
}

enum Token<'t> {
    Text(&'t str),
    Break,
    Sign(Sign<'t>),
    /// `[`, perhaps with a backslash in front of it.
    Bracket(&'t str),
    Code(&'t str),
    /// An address that is its own text.
    Address {
        href: String,
        text: &'t str,
    },
    Link {
        href: String,
        of: Vec<Token<'t>>,
    },
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    /// Where the text begins that is no token yet.
    from: usize,
    /// Letters and digits so far.
    words: usize,
    tokens: Vec<Token<'t>>,
    /// Of the brackets that may begin a link.
    brackets: Vec<usize>,
    /// Of the runs of backticks in the text, the last one first: where it begins, and where the next one as long begins.
    ends: Vec<(usize, Option<usize>)>,
}

impl<'t> Lexer<'t> {
    fn read(&mut self) {
        while let Some(c) = self.text[self.at..].chars().next() {
            let length = match c {
                '\n' => {
                    self.push(1, Token::Break);
                    continue;
                }
                '\\' if self.text[self.at + 1..].starts_with('\\') => 2,
                '\\' => match self.sign(1) {
                    true => continue,
                    false => {
                        1 + self.text[self.at + 1..].chars().next().map_or(0, |sign| match sign {
                            '*' | '_' | '~' | '`' => run(&self.text[self.at + 1..], sign),
                            _ => 0,
                        })
                    }
                },
                '*' | '_' | '~' | '`' | '[' | ']' | '<' => match self.sign(0) {
                    true => continue,
                    false if "[]<".contains(c) => 1,
                    // A run that is nothing is so as a whole.
                    false => run(&self.text[self.at..], c),
                },
                c if c.is_ascii_alphanumeric() => match self.address() {
                    true => continue,
                    false => c.len_utf8(),
                },
                c => c.len_utf8(),
            };
            self.words += usize::from(c.is_alphanumeric() && !is_jamo(c));
            self.at += length;
        }
        self.push_text();
    }

    fn push_text(&mut self) {
        if self.from < self.at {
            self.tokens.push(Token::Text(&self.text[self.from..self.at]));
        }
        self.from = self.at;
    }

    fn push(&mut self, length: usize, token: Token<'t>) {
        self.push_text();
        self.tokens.push(token);
        self.at += length;
        self.from = self.at;
    }

    fn before(&self) -> Option<char> {
        self.text[..self.at].chars().next_back()
    }

    /// Takes what begins with the sign here, which so many backslashes precede.
    fn sign(&mut self, escaped: usize) -> bool {
        let here = &self.text[self.at + escaped..];
        let Some(sign) = here.chars().next() else { return false };
        match sign {
            '*' | '_' | '~' => self.emphasis(sign, escaped),
            '`' => self.code(escaped),
            '[' => {
                self.push_text();
                self.brackets.push(self.tokens.len());
                self.push(1 + escaped, Token::Bracket(&self.text[self.at..self.at + 1 + escaped]));
                true
            }
            ']' if escaped == 0 => self.link(),
            '<' => {
                let inner = here[1..].split(['>', '<', '\n', ' ']).next().unwrap_or_default();
                let is_whole = here[1 + inner.len()..].starts_with('>');
                let Some(href) = links::safe_href(inner).filter(|_| is_whole) else { return false };
                self.words += 1;
                if escaped > 0 {
                    self.drop_backslash();
                } else {
                    self.push(inner.len() + 2, Token::Address { href, text: inner });
                }
                true
            }
            _ => false,
        }
    }

    /// Passes over a backslash that prevents something, and takes the sign behind it as text.
    fn drop_backslash(&mut self) {
        self.push_text();
        self.from = self.at + 1;
        self.at = self.from + run(&self.text[self.from..], self.text[self.from..].chars().next().unwrap_or_default());
    }

    fn emphasis(&mut self, sign: char, escaped: usize) -> bool {
        let begin = self.at + escaped;
        let count = run(&self.text[begin..], sign);
        let Some(kind) = Kind::of(sign, count) else { return false };
        let rest = &self.text[begin + count..];
        let before = self.before();
        let (opens, closes) = (kind.opens(before, rest.chars().next()), kind.closes(before, rest));
        if !opens && !closes {
            return false;
        }
        let (text, words) = (&self.text[self.at..begin + count], self.words);
        let role = Role::default();
        self.push(text.len(), Token::Sign(Sign { text, kind, opens, closes, escaped: escaped > 0, words, role }));
        true
    }

    fn code(&mut self, escaped: usize) -> bool {
        let begin = self.at + escaped;
        while self.ends.last().is_some_and(|(at, _)| *at < begin) {
            self.ends.pop();
        }
        let Some(&(_, Some(end))) = self.ends.last().filter(|(at, _)| *at == begin) else { return false };
        let ticks = run(&self.text[begin..], '`');
        let code = &self.text[begin + ticks..end];
        // A face has a cheek, and no code begins so: (´・ω・`)
        if code.starts_with(')') {
            return false;
        }
        self.words += 1;
        if escaped > 0 {
            self.drop_backslash();
            return true;
        }
        let is_padded = code.starts_with(' ') && code.ends_with(' ') && !code.trim().is_empty();
        let code = if is_padded { &code[1..code.len() - 1] } else { code };
        self.push(end + ticks - self.at, Token::Code(code));
        true
    }

    /// A link that the bracket here closes.
    fn link(&mut self) -> bool {
        let Some(open) = self.brackets.pop() else { return false };
        let Some(target) = self.text[self.at + 1..].strip_prefix('(').and_then(target) else { return false };
        let Some(href) = links::safe_href(target) else { return false };
        self.push_text();
        if self.tokens.len() == open + 1 {
            return false;
        }
        if let Some(Token::Bracket(bracket)) = self.tokens.get_mut(open)
            && let Some(prevented) = bracket.strip_prefix('\\')
        {
            *bracket = prevented;
            return false;
        }
        let of = self.tokens.split_off(open + 1);
        self.tokens.pop();
        self.push(target.len() + 3, Token::Link { href, of });
        // There are no links in links.
        self.brackets.clear();
        true
    }

    /// An address that stands here without any markup.
    fn address(&mut self) -> bool {
        let (here, before) = (&self.text[self.at..], self.before());
        if before.is_some_and(|c| c.is_ascii_alphanumeric()) {
            return false;
        }
        let mail = || if before.is_some_and(|c| "._%+-".contains(c)) { None } else { links::mail(here) };
        let Some((href, length)) = links::bare(here).or_else(mail) else { return false };
        match href {
            Some(href) => self.push(length, Token::Address { href, text: &here[..length] }),
            // It pretends to lead elsewhere, and so does no part of it lead anywhere.
            None => self.at += length,
        }
        self.words += 1;
        true
    }
}

/// What stands in the parentheses of a link, up to the one that closes them.
fn target(rest: &str) -> Option<&str> {
    const DEEPEST: usize = 8;
    let mut depth = 0;
    for (at, c) in rest.char_indices() {
        match c {
            '(' if depth == DEEPEST => return None,
            '(' => depth += 1,
            ')' if depth == 0 => return Some(&rest[..at]),
            ')' => depth -= 1,
            '<' | '[' => return None,
            c if c.is_whitespace() => return None,
            _ => {}
        }
    }
    None
}

/// How many of a sign a text begins with.
fn run(text: &str, sign: char) -> usize {
    text.len() - text.trim_start_matches(sign).len()
}

/// Each run of backticks and the next one that is as long, the last one first.
fn ends_of_code(text: &str) -> Vec<(usize, Option<usize>)> {
    let mut runs = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find('`') {
        let length = run(&text[at + next..], '`');
        runs.push((at + next, length));
        at += next + length;
    }
    let mut last = std::collections::HashMap::new();
    runs.into_iter().rev().map(|(at, length)| (at, last.insert(length, at))).collect()
}

/// Tokens as inlines. In the text of a link, where `find` is missing, nothing leads elsewhere and nobody is called.
fn built(mut tokens: Vec<Token<'_>>, find: Option<Find<'_>>, depth: usize) -> Vec<Inline> {
    let mut signs: Vec<&mut Sign> = tokens
        .iter_mut()
        .filter_map(|token| match token {
            Token::Sign(sign) => Some(sign),
            _ => None,
        })
        .collect();
    pair(&mut signs);
    let mut building = Building { find, depth, text: String::new(), of: Vec::new(), outer: Vec::new() };
    for token in tokens {
        match token {
            Token::Text(text) | Token::Bracket(text) => building.text.push_str(text),
            Token::Address { text, .. } if find.is_none() => building.text.push_str(text),
            Token::Break => building.push(Inline::Break),
            Token::Code(text) => building.push(Inline::Code { text: text.to_owned() }),
            Token::Address { href, text } => {
                building.push(Inline::Link { href, of: vec![Inline::Text { text: text.to_owned() }] });
            }
            Token::Link { href, of } => {
                let depth = depth + building.outer.len() + 1;
                building.push(Inline::Link { href, of: built(of, None, depth) });
            }
            Token::Sign(sign) => building.sign(sign),
        }
    }
    building.flush();
    building.of
}

struct Building<'f> {
    find: Option<Find<'f>>,
    depth: usize,
    /// What is to become text.
    text: String,
    of: Vec<Inline>,
    /// What stands around the innermost emphasis.
    outer: Vec<Vec<Inline>>,
}

impl Building<'_> {
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        match self.find {
            Some(find) => mentioned(&text, find, &mut self.of),
            None if text.is_empty() => {}
            None => self.of.push(Inline::Text { text }),
        }
    }

    fn push(&mut self, inline: Inline) {
        self.flush();
        self.of.push(inline);
    }

    fn sign(&mut self, sign: Sign<'_>) {
        match sign.role {
            Role::Text => self.text.push_str(sign.text),
            Role::Prevented => self.text.push_str(&sign.text[1..]),
            Role::Opens => {
                self.flush();
                self.outer.push(std::mem::take(&mut self.of));
            }
            Role::Closes(kinds) => {
                let stars: usize = kinds.iter().map(|kind| kind.stars()).sum();
                kinds.into_iter().for_each(|kind| self.close(kind));
                self.text.push_str(&sign.text[..sign.kind.stars() - stars]);
            }
        }
    }

    fn close(&mut self, kind: Kind) {
        self.flush();
        let of = std::mem::replace(&mut self.of, self.outer.pop().unwrap_or_default());
        if self.depth + self.outer.len() > MAX_DEPTH {
            self.of.extend(of);
            return;
        }
        self.of.push(match kind {
            Kind::Star | Kind::Underscore => Inline::Emphasis { of },
            Kind::Stars => Inline::Strong { of },
            Kind::ThreeStars => Inline::Emphasis { of: vec![Inline::Strong { of }] },
            Kind::Tildes => Inline::Strike { of },
        });
    }
}
