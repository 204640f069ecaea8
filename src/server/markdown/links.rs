//! Which addresses a text may link to, and where one ends that stands in it without any markup.

mod hosts;

pub use hosts::misnamed_host;

use crate::model::text::is_hangul;

/// What follows a noun without a space, alone or one after the other: case and topic particles, the copula, and the
/// laughter and tears that end a line. Longer ones first, so that 에서 is not read as 에.
/// Source: the particles (조사) of the Standard Korean Language Dictionary that follow names of things.
const PARTICLES: &[&str] = &[
    "이에요",
    "입니다",
    "입니까",
    "이라고",
    "이라는",
    "이었어요",
    "에서는",
    "으로는",
    "이랑",
    "이나",
    "이고",
    "이라",
    "이면",
    "인데",
    "인데요",
    "인지",
    "예요",
    "였어요",
    "에요",
    "에서",
    "에게",
    "에는",
    "에도",
    "으로",
    "라고",
    "라는",
    "라서",
    "까지",
    "부터",
    "처럼",
    "보다",
    "마다",
    "조차",
    "밖에",
    "대로",
    "만큼",
    "하고",
    "한테",
    "께서",
    "은",
    "는",
    "이",
    "가",
    "을",
    "를",
    "의",
    "에",
    "로",
    "와",
    "과",
    "도",
    "만",
    "랑",
    "나",
    "요",
    "야",
    "ㅋ",
    "ㅎ",
    "ㅠ",
    "ㅜ",
];
/// Particles in a row; more are a word. Laughter may be long, but nobody needs all of it to be told from an address.
const ROW: usize = 40;

/// An absolute address with a scheme that runs nothing. Browsers drop tabs and newlines inside a scheme and read `\`
/// as `/`, so an address with either is none; user names before the host disguise it.
pub fn safe_href(url: &str) -> Option<String> {
    if url.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return None;
    }
    let (scheme, rest) = url.split_once(':')?;
    let host = rest.strip_prefix("//").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => host.filter(|host| !host.is_empty() && !host.contains('@')).map(|_| url.to_owned()),
        "mailto" => Some(url.to_owned()),
        _ => None,
    }
}

/// The address that a text begins with, without any markup: where it leads to, and its length in bytes. It leads nowhere
/// if it is none to follow.
pub fn bare(text: &str) -> Option<(Option<String>, usize)> {
    let is_next = |scheme: &&str| text.get(..scheme.len()).is_some_and(|next| next.eq_ignore_ascii_case(scheme));
    let scheme = ["https://", "http://", "www."].into_iter().find(is_next)?;
    if !text[scheme.len()..].starts_with(char::is_alphanumeric) {
        return None;
    }
    let length = end_of(text);
    if scheme == "www." && !text[..length].get(scheme.len()..)?.contains('.') {
        return None;
    }
    let address = &text[..length];
    let href = safe_href(&if scheme == "www." { format!("http://{address}") } else { address.to_owned() });
    let length = if href.is_some() { length } else { unmatched(text).unwrap_or(text.len()) };
    Some((href, length))
}

/// A mail address: letters and digits of ASCII, and a host with a dot.
pub fn mail(text: &str) -> Option<(Option<String>, usize)> {
    let local = text.find(|c: char| !c.is_ascii_alphanumeric() && !"._%+-".contains(c))?;
    let host = text[local..].strip_prefix('@').filter(|_| local > 0)?;
    let host = &host[..host.find(|c: char| !c.is_ascii_alphanumeric() && !".-".contains(c)).unwrap_or(host.len())];
    let host = host.trim_end_matches(['.', '-']);
    let (name, top) = host.rsplit_once('.')?;
    let is_name = name.split('.').all(|label| !label.is_empty() && !label.starts_with('-'));
    if !is_name || top.len() < 2 || !top.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let length = local + 1 + host.len();
    Some((Some(format!("mailto:{}", &text[..length])), length))
}

/// Where an address ends that a text begins with, in bytes: before white space at the latest.
///
/// * Signs that a browser writes in another way, and those of emphasis and code, are in no address.
/// * Typographic quotes, East Asian brackets and punctuation are in no address; nor is a bracket that closes what was
///   opened before it: `(https://a.kr/위키)에서` ends at 키.
/// * Hangul that begins a segment belongs to the address, whatever it is: `https://a.kr/위키에서` is all one.
/// * Hangul that follows a letter or digit of ASCII, and with which the address ends, is a particle if it looks like one:
///   `https://a.kr/docs에서` ends at `docs`, `https://a.kr/rust언어` is all one.
/// * What is percent-encoded belongs to the address, whatever it stands for.
pub fn end_of(address: &str) -> usize {
    let mut end = unmatched(address).unwrap_or(address.len());
    end = trimmed(&address[..end]);
    let tail = address[..end].rfind(|c: char| !is_hangul(c)).map_or(0, |at| at + last_len(&address[..end], at));
    let follows_ascii = address[..tail].ends_with(|c: char| c.is_ascii_alphanumeric());
    if follows_ascii && is_particles(&address[tail..end]) { tail } else { end }
}

fn last_len(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(0, char::len_utf8)
}

/// The first sign that cannot belong to the address.
fn unmatched(address: &str) -> Option<usize> {
    let mut open = [0_u32; 3];
    for (at, sign) in address.char_indices() {
        let pair = match sign {
            '(' | ')' => 0,
            '[' | ']' => 1,
            '{' | '}' => 2,
            '<'
            | '>'
            | '`'
            | '"'
            | '“'
            | '”'
            | '‘'
            | '’'
            | '…'
            | '\u{3000}'..='\u{3011}'
            | '\u{FF01}'
            | '\u{FF08}'
            | '\u{FF09}'
            | '，'
            | '？' => {
                return Some(at);
            }
            '*' | '~' if address[at + 1..].starts_with(sign) => return Some(at),
            c if c.is_whitespace() => return Some(at),
            _ => continue,
        };
        if matches!(sign, '(' | '[' | '{') {
            open[pair] += 1;
        } else if open[pair] == 0 {
            return Some(at);
        } else {
            open[pair] -= 1;
        }
    }
    None
}

/// Without the punctuation that ends a sentence.
fn trimmed(address: &str) -> usize {
    address.trim_end_matches(['?', '!', '.', ',', ':', ';', '*', '_', '~', '\'']).len()
}

fn is_particles(mut tail: &str) -> bool {
    if tail.is_empty() {
        return false;
    }
    for _ in 0..ROW {
        match PARTICLES.iter().find_map(|particle| tail.strip_prefix(particle)) {
            Some("") => return true,
            Some(rest) => tail = rest,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_ends_before_a_particle() {
        for (text, address) in [
            ("https://example.com/docs에서", "https://example.com/docs"),
            ("https://example.com에서는", "https://example.com"),
            ("https://a.kr/rust언어", "https://a.kr/rust언어"),
            ("https://a.kr/위키", "https://a.kr/위키"),
            ("https://a.kr/위키)", "https://a.kr/위키"),
            ("https://a.kr/위키)에서", "https://a.kr/위키"),
            ("https://a.kr/위키에서", "https://a.kr/위키에서"),
            ("https://a.kr/위키/Rust까지도요", "https://a.kr/위키/Rust"),
            ("https://a.kr/wiki/Rust_(언어)", "https://a.kr/wiki/Rust_(언어)"),
            ("https://a.kr/%EC%9C%84%ED%82%A4", "https://a.kr/%EC%9C%84%ED%82%A4"),
            ("https://a.kr/%EC%9C%84%ED%82%A4에", "https://a.kr/%EC%9C%84%ED%82%A4"),
            ("https://한글.kr입니다.", "https://한글.kr"),
            ("https://a.kr/x”라고", "https://a.kr/x"),
            ("https://a.kr/x\"라고", "https://a.kr/x"),
            ("https://a.kr/xㅋㅋㅋㅋ", "https://a.kr/x"),
            ("https://a.kr/?q=차&n=1을", "https://a.kr/?q=차&n=1"),
            ("https://a.kr/docs에서/더", "https://a.kr/docs에서/더"),
        ] {
            assert_eq!(&text[..end_of(text)], address, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_particle_after_ascii_is_cut_and_nothing_else_is(
            path in "(/[a-z0-9가-힣%-]{0,6}){0,3}/[가-힣]{0,4}-?[a-z0-9]{1,8}",
            at in 0..PARTICLES.len(),
        ) {
            let address = format!("https://a.kr{path}");
            prop_assert_eq!(end_of(&address), address.len());
            let said = format!("{address}{}", PARTICLES[at]);
            prop_assert_eq!(end_of(&said), address.len());
            let bracketed = format!("{said})");
            prop_assert_eq!(end_of(&bracketed), address.len());
        }

        #[test]
        fn hangul_that_begins_a_segment_stays(path in "(/[가-힣]{1,8}){1,4}", end in "[).,!?\"]{0,3}") {
            let address = format!("https://a.kr{path}");
            prop_assert_eq!(end_of(&format!("{address}{end}")), address.len());
        }

        #[test]
        fn an_end_is_in_any_text(text in "\\PC{0,40}") {
            prop_assert!(text.is_char_boundary(end_of(&text)));
        }
    }
}
