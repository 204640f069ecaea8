//! Answers that are made for each request, compressed on their way. Files were compressed when they were built.
//!
//! A page that holds both a secret and words of a stranger tells by its compressed size how much of the one is in the
//! other (BREACH). It takes a stranger's page that makes a reader's browser ask again and again, with its cookies, and
//! somebody who sees the sizes. Browsers say which requests another site has caused, and the answers to those are sent
//! as they are. Nonces are new in each answer, and no answer holds a session's id.

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

/// Below so many bytes, an answer fits into a packet or two as it is.
const SMALL: u16 = 1_024;
/// Two or three milliseconds of one core for a long page, in either encoding; higher levels take twice as long to save
/// a twentieth.
const LEVEL: CompressionLevel = CompressionLevel::Precise(4);

/// Compresses by Brotli or gzip what is worth it.
pub fn layer() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new().quality(LEVEL).compress_when(SizeAbove::new(SMALL).and(NotForContentType::IMAGES))
}

/// Has nothing compressed that another site has made a reader's browser ask for.
pub async fn withhold(mut request: Request, next: Next) -> Response {
    if is_led_here(request.headers()) {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    next.run(request).await
}

/// Whether a page of another origin caused the request, and the reader's cookies came with it.
fn is_led_here(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    headers.contains_key(header::COOKIE) && matches!(site, Some(b"cross-site" | b"same-site"))
}
