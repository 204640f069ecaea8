//! Every page has one address: another spelling of it leads there.

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Leads who asks for a page with a slash behind its address to the page, for good.
pub async fn redirect(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    match shorter(request.uri()).filter(|_| reads) {
        Some(location) => (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response(),
        None => next.run(request).await,
    }
}

/// The address without the slashes at its end, if it has any.
fn shorter(uri: &Uri) -> Option<HeaderValue> {
    let path = uri.path().strip_suffix('/')?.trim_end_matches('/');
    // These are for programs, which take an address as it is.
    if path == "/ws" || path.starts_with("/api/") {
        return None;
    }
    // What begins with two slashes names another site; browsers take a backslash for a slash.
    let is_own = path.starts_with('/') && !matches!(path.as_bytes().get(1), Some(b'/' | b'\\'));
    if !is_own {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    HeaderValue::from_str(&format!("{path}{query}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_own_address_gets_shorter() {
        let shorter = |uri: &str| shorter(&uri.parse().unwrap()).map(|to| to.to_str().unwrap().to_owned());
        assert_eq!(shorter("/rooms/1/days/2026-11-30/?a=/&b").as_deref(), Some("/rooms/1/days/2026-11-30?a=/&b"));
        assert_eq!(shorter("/users/%EC%B0%A8//").as_deref(), Some("/users/%EC%B0%A8"));
        for uri in ["/", "//", "/ws/", "/api/rooms/", "/rooms/1", "//evil.example/", "///evil.example/"] {
            assert_eq!(shorter(uri), None, "{uri}");
        }
    }
}
