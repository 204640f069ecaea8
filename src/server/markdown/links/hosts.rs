//! Links that name another host than the one they lead to.

use crate::model::text::is_hangul;

/// The host that `href` leads to, if a reader might take it for another one: its text names another, or its letters look
/// like those of another.
pub fn misnamed_host(text: &str, href: &str) -> Option<String> {
    let (_, rest) = href.split_once("://")?;
    let host = host_of(rest);
    let ascii = || idna::domain_to_ascii(&host).unwrap_or_else(|_| host.clone());
    if host.chars().any(is_foreign) {
        return Some(ascii());
    }
    if text == href || href.strip_prefix("http://") == Some(text) {
        return None;
    }
    // What runs backwards or cannot be seen may look like anything.
    let is_hidden = |c: char| matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{AD}');
    let named =
        |word: &str| named_host(word).is_some_and(|named| named != host && !host.ends_with(&format!(".{named}")));
    (text.contains(is_hidden) || text.split(char::is_whitespace).any(named)).then(ascii)
}

/// The host that an address without its scheme begins with, as hosts are compared.
fn host_of(rest: &str) -> String {
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(host, _)| host);
    let host = host.trim_end_matches('.').to_lowercase();
    host.strip_prefix("www.").map(str::to_owned).unwrap_or(host)
}

/// The host that a word seems to name: what stands behind a scheme, or something like `name.kr`.
fn named_host(word: &str) -> Option<String> {
    // Whatever looks like a dot.
    let word = word.replace(['․', '。', '．', '｡', '‧', '∙', '⋅', '·'], ".");
    let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/');
    let (has_scheme, rest) = match word.split_once("//") {
        Some((_, rest)) => (true, rest),
        None => (false, word),
    };
    // What precedes an at sign is no host.
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = host_of(authority.rsplit('@').next().unwrap_or_default());
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '.');
    let top = |host: &str| {
        host.rsplit_once('.').is_some_and(|(name, top)| {
            is_name(name) && top.chars().count() >= 2 && top.chars().all(char::is_alphabetic)
        })
    };
    ((has_scheme && !host.is_empty()) || top(&host)).then_some(host)
}

/// Letters that look like those of another script. Those of Hangul, kana and Han look like no letter of ASCII.
fn is_foreign(c: char) -> bool {
    !c.is_ascii() && !is_hangul(c) && !matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}')
}

#[cfg(test)]
mod tests {
    use super::misnamed_host;

    #[test]
    fn a_link_that_names_another_host_says_its_own() {
        for (text, href, host) in [
            ("https://bank.kr", "https://evil.kr", Some("evil.kr")),
            ("bank.kr", "https://evil.kr/bank.kr", Some("evil.kr")),
            ("Bank: www.bank.kr/login!", "https://evil.kr:8443/?bank.kr", Some("evil.kr")),
            ("https://bank.kr@evil.kr", "https://third.kr", Some("third.kr")),
            ("(BANK.KR)", "http://bank.kr.evil.com", Some("bank.kr.evil.com")),
            ("bank․kr", "https://evil.kr", Some("evil.kr")),
            ("ba\u{200b}nk.kr", "https://evil.kr", Some("evil.kr")),
            ("\u{202e}rk.knab", "https://evil.kr", Some("evil.kr")),
            ("https://b\u{430}nk.kr", "https://bank.kr", Some("bank.kr")),
            ("https://b\u{430}nk.kr", "https://b\u{430}nk.kr", Some("xn--bnk-6cd.kr")),
            ("our bank", "https://b\u{430}nk.kr/x", Some("xn--bnk-6cd.kr")),
            ("https://localhost", "https://evil.kr", Some("evil.kr")),
            ("https://bank.kr/login", "https://bank.kr/other", None),
            ("bank.kr", "https://www.bank.kr", None),
            ("bank.kr", "https://login.bank.kr", None),
            ("www.BANK.kr", "http://bank.kr:80/", None),
            ("our bank, 3.5 % v1.2", "https://evil.kr", None),
            ("https://한글.kr", "https://한글.kr", None),
            ("a@b.kr", "mailto:a@b.kr", None),
        ] {
            assert_eq!(misnamed_host(text, href).as_deref(), host, "{text} {href}");
        }
    }
}
