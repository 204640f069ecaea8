//! A cache that many people share, such as a proxy in front of the server: it keeps whatever it is not forbidden to keep.

use std::collections::HashMap;

use crate::Result;
use crate::http::{self, Answer, Door};

/// Statuses that may be kept without being told so (RFC 9110, 15.1).
const KEEPABLE: [u16; 9] = [200, 203, 204, 300, 301, 308, 404, 410, 414];

/// An answer, and the request headers on which it depends, as they were.
struct Kept {
    depends_on: Vec<(String, Option<String>)>,
    answer: Answer,
}

/// Greedy: what may be kept is kept for ever, and is asked about again only where the server insists.
#[derive(Default)]
pub struct SharedCache {
    by_path: HashMap<String, Vec<Kept>>,
    pub hits: u32,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Server,
    Cache,
}

impl SharedCache {
    /// `GET path` with these headers, through the cache.
    pub async fn get(&mut self, door: Door, path: &str, headers: &[String]) -> Result<(Answer, Source)> {
        let kept = self.by_path.entry(path.to_owned()).or_default();
        let known = kept.iter().position(|kept| kept.depends_on.iter().all(|(name, was)| field(headers, name) == *was));
        let mut asked = headers.to_vec();
        if let Some(known) = known {
            let answer = &kept[known].answer;
            if !directives(answer).any(|said| said == "no-cache" || said == "max-age=0") {
                self.hits += 1;
                return Ok((answer.clone(), Source::Cache));
            }
            // It has to ask whether that is still so.
            for (condition, validator) in [("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")] {
                asked.extend(answer.header(validator).map(|value| format!("{condition}: {value}")));
            }
        }
        let answer = http::request(door, &format!("GET {path}"), &asked, "").await?;
        if answer.status == 304
            && let Some(known) = known
        {
            self.hits += 1;
            return Ok((kept[known].answer.clone(), Source::Cache));
        }
        if let Some(depends_on) = may_be_kept(&answer) {
            let depends_on =
                depends_on.into_iter().map(|name| (field(headers, &name), name)).map(|(was, name)| (name, was));
            kept.push(Kept { depends_on: depends_on.collect(), answer: answer.clone() });
        }
        Ok((answer, Source::Server))
    }
}

/// The request headers that an answer depends on, if it may be kept for others at all.
fn may_be_kept(answer: &Answer) -> Option<Vec<String>> {
    let varies: Vec<String> = lists(answer, "vary").map(str::to_ascii_lowercase).collect();
    let is_forbidden =
        directives(answer).any(|said| said == "private" || said == "no-store") || varies.contains(&"*".into());
    (KEEPABLE.contains(&answer.status) && !is_forbidden).then_some(varies)
}

fn directives(answer: &Answer) -> impl Iterator<Item = &str> {
    lists(answer, "cache-control")
}

fn lists<'a>(answer: &'a Answer, name: &'a str) -> impl Iterator<Item = &'a str> {
    let values = answer.headers.iter().filter(move |(known, _)| known == name);
    values.flat_map(|(_, value)| value.split(',')).map(str::trim)
}

fn field(headers: &[String], name: &str) -> Option<String> {
    let (_, value) =
        headers.iter().filter_map(|line| line.split_once(':')).find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&str, &str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Answer { status: 200, headers, body: Vec::new() }
    }

    #[test]
    fn it_keeps_what_it_is_not_forbidden_to_keep() {
        assert_eq!(may_be_kept(&answer(&[])), Some(vec![]));
        assert_eq!(
            may_be_kept(&answer(&[("cache-control", "no-cache"), ("vary", "Cookie")])),
            Some(vec!["cookie".into()])
        );
        for forbidden in [("cache-control", "no-cache, private"), ("cache-control", "no-store"), ("vary", "*")] {
            assert_eq!(may_be_kept(&answer(&[forbidden])), None, "{forbidden:?}");
        }
        assert_eq!(field(&["Cookie: a=b".into()], "cookie").as_deref(), Some("a=b"));
    }
}
