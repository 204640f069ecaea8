//! What protects pages from other pages: the Origin check, and the headers of every response.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::audit;
use super::forms::Refusal;
use super::request::language;
use crate::error::Problem;

/// How often the log is told of a foreign address.
const COMPLAIN_EVERY: Duration = Duration::from_secs(60);

/// Bytes of an address below its origin. The longest of ours searches for 200 characters of Hangul, 1 800 bytes.
const ADDRESS_MAX: usize = 4_096;

/// For answers that are no pages: nothing in them may run, be framed or load anything.
const CSP_WITHOUT_PAGE: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The policy of a page. `'strict-dynamic'` trusts what the nonced scripts load; WASM needs a word of its own.
pub fn content_security_policy(nonce: &str) -> String {
    // The reload socket of `cargo leptos watch` is on another port.
    let development = if cfg!(debug_assertions) { " ws://127.0.0.1:3001" } else { "" };
    format!(
        "default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; connect-src 'self'{development}; \
         object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// The policy of a page that says what failed: its own style, and forms that lead back here.
pub fn failure_page_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
}

/// What an `Origin` header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    Own,
    Foreign,
    /// The browser sent none, as for old-fashioned form posts.
    Unsaid,
}

/// Compares byte by byte with what browsers send: a different spelling is a different origin.
pub fn provenance(headers: &HeaderMap, origins: &[String]) -> Provenance {
    let mut values = headers.get_all(header::ORIGIN).iter();
    match (values.next(), values.next()) {
        (None, _) => Provenance::Unsaid,
        (Some(origin), None) if origins.iter().any(|own| own.as_bytes() == origin.as_bytes()) => Provenance::Own,
        _ => Provenance::Foreign,
    }
}

/// Refuses whatever may change something, and all of `/api`, unless a page of ours sent it.
///
/// Cookies are SameSite=Lax, which stops neither sibling domains nor a signed-out victim's sign-in.
pub async fn check_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads && !request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    let headers = request.headers();
    let own = match provenance(headers, &app.origins) {
        Provenance::Own => true,
        Provenance::Foreign => false,
        Provenance::Unsaid => headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin"),
    };
    if own {
        return next.run(request).await;
    }
    complain_of_address(&app, headers);
    audit::foreign_origin(request.uri().path());
    Refusal(Problem::ForeignOrigin.into(), language(headers, None)).into_response()
}

/// Tells the operator, now and then, of browsers that reach the program by an address that it does not know.
pub fn complain_of_address(app: &App, headers: &HeaderMap) {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(origin) = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok())
        && last.is_none_or(|last| last.elapsed() >= COMPLAIN_EVERY)
    {
        *last = Some(Instant::now());
        let (origin, own) = (origin.chars().take(100).collect::<String>(), app.site());
        tracing::warn!(
            origin,
            own,
            "refused a change from a page of another address; if it is yours, see CHAT_PUBLIC_URL"
        );
    }
}

/// Refuses an address that no page of ours has: pages repeat parts of their own in each of their links.
pub async fn limit_address(request: Request, next: Next) -> Response {
    let query = request.uri().query().map_or(0, str::len);
    if request.uri().path().len() + query > ADDRESS_MAX {
        return StatusCode::URI_TOO_LONG.into_response();
    }
    next.run(request).await
}

/// Adds what every response carries, whatever made it. A page's own policy, which has its nonce, stays.
pub async fn add_headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut default = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    default(header::CONTENT_SECURITY_POLICY, CSP_WITHOUT_PAGE);
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::REFERRER_POLICY, "same-origin");
    default(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    default(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    default(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    default(header::CACHE_CONTROL, "private, no-cache");
    if app.config.is_https() {
        default(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    add_vary(headers);
    response
}

/// Says what an answer depends on, beside what is said already: its encoding, and a page on who asks in which language.
fn add_vary(headers: &mut HeaderMap) {
    let is_private = headers.get(header::CACHE_CONTROL).is_some_and(|value| value.as_bytes().starts_with(b"private"));
    let needed = if is_private { &["Accept-Encoding", "Cookie", "Accept-Language"][..] } else { &["Accept-Encoding"] };
    let said = headers.get_all(header::VARY).iter().filter_map(|value| value.to_str().ok());
    let mut names: Vec<&str> = Vec::new();
    for name in needed.iter().copied().chain(said.flat_map(|value| value.split(',').map(str::trim))) {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name);
        }
    }
    if let Ok(names) = HeaderValue::from_str(&names.join(", ")) {
        headers.insert(header::VARY, names);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_one_of_ours_to_the_letter() {
        let own = ["https://chat.example".to_owned()];
        let said = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::ORIGIN, HeaderValue::from_str(value).unwrap());
            }
            provenance(&headers, &own)
        };
        assert_eq!(said(&[]), Provenance::Unsaid);
        assert_eq!(said(&["https://chat.example"]), Provenance::Own);
        for foreign in [
            "null",
            "https://evil",
            "https://chat.example.evil",
            "http://chat.example",
            "https://chat.example:8443",
            "https://CHAT.example",
            "https://chat.example/",
        ] {
            assert_eq!(said(&[foreign]), Provenance::Foreign, "{foreign}");
        }
        assert_eq!(said(&["https://chat.example", "https://chat.example"]), Provenance::Foreign);
    }
}
