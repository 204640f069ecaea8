//! Answers that say by a tag what they hold, so that who has them already is told so and no more.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Anybody may keep it, but has to ask each time: a room may be closed, a message deleted.
const CACHING: &str = "public, no-cache";

pub fn answer(headers: &HeaderMap, content_type: &'static str, body: String) -> Response {
    let digest: [u8; 32] = Sha256::digest(body.as_bytes()).into();
    // Weak: the answer may be compressed on its way, and is the same all the same.
    let tag = format!("W/\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&digest[..16]));
    let about: [(HeaderName, HeaderValue); 2] = [
        (header::ETAG, HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("W/\"\""))),
        (header::CACHE_CONTROL, HeaderValue::from_static(CACHING)),
    ];
    if is_known(headers, &tag) {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    let content_type = format!("{content_type}; charset=utf-8");
    (about, [(header::CONTENT_TYPE, content_type)], body).into_response()
}

/// Whether `If-None-Match` names the tag, weak or strong (RFC 9110, 13.1.2).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim_start_matches("W/").to_owned();
    let tag = opaque(tag);
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).any(|known| known == "*" || opaque(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_it_is_told_so() {
        let first = answer(&HeaderMap::new(), "text/plain", "a".to_owned());
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        let asked = |said: &str| {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_str(said).unwrap())]);
            answer(&headers, "text/plain", "a".to_owned()).status().as_u16()
        };
        let strong = tag.trim_start_matches("W/");
        assert_eq!((asked(&tag), asked(&format!("\"x\", {strong}")), asked("*")), (304, 304, 304));
        assert_eq!((asked("\"x\""), asked(strong.trim_matches('"')), asked("")), (200, 200, 200));
        let other = answer(&HeaderMap::new(), "text/plain", "b".to_owned());
        assert_ne!(other.headers()[header::ETAG].to_str().unwrap(), tag);
    }
}
