//! The HTTP side of server functions: JSON for programs, and for plain forms a redirect, or the page again.
//!
//! Leptos answers every error with 500, and a form without script with a redirect to whatever the `Referer` says, the
//! error in its query. Here an error gets its own status and its message in the reader's language; a form is shown
//! again in place, with what was typed.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header, request::Parts};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;

use super::{accounts, audit, request};
use crate::api::people::{FORM_OF, RefusedForm};
use crate::error::{AppError, Code, Problem};
use crate::i18n::Lang;
use crate::model::text::own_path;

/// Bytes of a request's body; posts are longer than anything else.
const MAX_BODY: usize = 64 * 1024;
const MAX_POST_BODY: usize = 256 * 1024;
/// How long the body of a request may take to come: less than its answer may.
const BODY_WITHIN: Duration = Duration::from_secs(20);
/// The function that a form of another one may ask for before.
const PREVIEW: &str = "preview_post";
/// The content type of a form.
pub const FORM: &[u8] = b"application/x-www-form-urlencoded";
/// What comes back to nobody, not even to who typed it.
const SECRETS: [&str; 3] = ["password", "old", "new"];
/// The page that shows what was typed where the form's own page is not to be seen any more.
const KEPT: &str = "/kept";
/// Server functions answer small things; a page of history is the largest.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// An error as an HTTP response, in the language of who asked: JSON, and with it the error itself, of which
/// `failure_page` makes a page for a browser that goes there.
pub struct Refusal(pub AppError, pub Lang);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = self.0.in_language(self.1);
        let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = error.retry_ms.map(|ms| HeaderValue::from(ms.div_ceil(1_000)));
        let mut response = (status, axum::Json(&error)).into_response();
        response.extensions_mut().insert(error);
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

/// The whole body of a request.
///
/// # Errors
///
/// The status of the answer, where it is too large, which may be known before it is asked for, or does not come.
pub async fn received(body: Body) -> Result<Bytes, StatusCode> {
    if body.size_hint().lower() > MAX_POST_BODY as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match tokio::time::timeout(BODY_WITHIN, to_bytes(body, MAX_POST_BODY)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// Whether the fields of a body can be read: another kind, or a compressed one, would be taken for no fields.
fn is_form(headers: &HeaderMap, body: &[u8]) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    body.is_empty() || (kind.starts_with(FORM) && !headers.contains_key(header::CONTENT_ENCODING))
}

/// Answers `POST /api/{name}`. `pages` renders a page, for a refused form.
pub async fn answer(pages: axum::Router, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let lang = parts.extensions.get::<request::Request>().map_or_else(Lang::default, |request| request.viewer.lang);
    let name = parts.uri.path().trim_start_matches("/api/").to_owned();
    let is_long = matches!(name.as_str(), "create_room" | "update_room" | "save_draft" | PREVIEW);
    let limit = if is_long { MAX_POST_BODY } else { MAX_BODY };
    let Ok(body) = to_bytes(body, limit).await else {
        return Refusal(Problem::TooLarge.into(), lang).into_response();
    };
    if !is_form(&parts.headers, &body) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let body = if name == "rooms" { joined(&body, "tag").into() } else { body };
    let answer = match admit(&parts, &name, &body) {
        Ok(()) => run(&parts, body.clone()).await,
        Err(error) => Err(error),
    };
    if let Err(error) = &answer {
        note_denial(&parts, &name, error);
    }
    let is_form = accepts_html(&parts.headers);
    match answer {
        // Nothing was done: the form comes back with everything typed, and its page shows what it would look like.
        Ok(_) if is_form && name == PREVIEW => show_again(pages, parts, &name, &body, None).await,
        Ok(response) if is_form => {
            let (head, json) = response.into_parts();
            let json = to_bytes(json, MAX_ANSWER).await.unwrap_or_default();
            let mut redirect = see_other(&destination(&name, &parts.headers, &body, &json));
            for name in [header::SET_COOKIE, HeaderName::from_static("clear-site-data")] {
                for value in head.headers.get_all(&name) {
                    redirect.headers_mut().append(name.clone(), value.clone());
                }
            }
            redirect
        }
        Ok(response) => response,
        Err(error) if is_form => show_again(pages, parts, &name, &body, Some(error.in_language(lang))).await,
        Err(error) => Refusal(error, lang).into_response(),
    }
}

/// Refuses a form whose page was made for somebody else than who is signed in now, or whose browser keeps no cookies.
fn admit(parts: &Parts, name: &str, body: &[u8]) -> Result<(), AppError> {
    let fields = fields(body);
    if matches!(name, "login" | "register") {
        return accounts::needs_cookies(&parts.headers, field(&fields, "cookies"));
    }
    let me = parts.extensions.get::<request::Request>().and_then(|request| request.viewer.me.as_ref());
    match (me, field(&fields, FORM_OF)) {
        // Whoever is signed out is told so, if it takes an account.
        (Some(me), Some(made_for)) if name != "logout" && made_for != me.id.to_string() => {
            Err(Problem::SomebodyElse { name: me.shown_name().to_owned() }.into())
        }
        _ => Ok(()),
    }
}

fn note_denial(parts: &Parts, name: &str, error: &AppError) {
    if let Some(request) = parts.extensions.get::<request::Request>()
        && matches!(error.code, Code::Forbidden | Code::Unauthorized)
        && name != "login"
    {
        audit::denied(request.user_id(), request.ip, name);
    }
}

pub fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
}

/// Calls the server function, always as a program would.
async fn run(parts: &Parts, body: Bytes) -> Result<Response, AppError> {
    if !leptos::server_fn::axum::server_fn_paths()
        .any(|(path, method)| path == parts.uri.path() && method == parts.method)
    {
        return Err(Problem::NotFound.into());
    }
    let mut request = Request::from_parts(parts.clone(), Body::from(body));
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let response = leptos_axum::handle_server_fns_with_context(|| {}, request).await.into_response();
    if response.status().is_success() {
        return Ok(response);
    }
    let answer = to_bytes(response.into_body(), MAX_ANSWER).await.unwrap_or_default();
    Err(serde_json::from_slice(&answer).unwrap_or_else(|_| Problem::Internal.into()))
}

pub fn fields(body: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(body).into_owned().collect()
}

/// The body with one `name`, which holds what all of them did, joined by commas: serde_qs takes a field once.
fn joined(body: &[u8], name: &str) -> String {
    let (many, mut others): (Vec<_>, Vec<_>) = fields(body).into_iter().partition(|(known, _)| known == name);
    if !many.is_empty() {
        let values: Vec<String> = many.into_iter().map(|(_, value)| value).collect();
        others.push((name.to_owned(), values.join(",")));
    }
    form_urlencoded::Serializer::new(String::new()).extend_pairs(others).finish()
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn see_other(location: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = HeaderValue::from_str(location).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, location);
    response
}

/// Where a form leads: to its `next`, or to where its result is shown. Always on this site.
fn destination(name: &str, headers: &HeaderMap, body: &[u8], answer: &[u8]) -> String {
    let fields = fields(body);
    let next = field(&fields, "next").and_then(own_path);
    // A page that offers to take it back.
    if name == "mark_all_read"
        && let Ok(read) = serde_json::from_slice::<crate::model::room::ReadAll>(answer)
    {
        let next = next.unwrap_or("/");
        return format!("{next}{}read_all={}", if next.contains('?') { '&' } else { '?' }, read.at);
    }
    if let Some(next) = next {
        return next.to_owned();
    }
    match name {
        "create_room" => serde_json::from_slice::<crate::model::room::Room>(answer)
            .map_or_else(|_| "/".into(), |room| percent_encoded(&room.path())),
        "post_message" => field(&fields, "room").map_or_else(|| "/".into(), |room| format!("/rooms/{room}")),
        "register" | "login" | "logout" | "undo_mark_all_read" => "/".into(),
        _ => own_referer(headers).unwrap_or_else(|| "/".into()),
    }
}

/// A path as a header may hold it.
pub fn percent_encoded(path: &str) -> String {
    use std::fmt::Write;
    path.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_graphic() {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// The path of the page that the form stood on. The Origin check has passed, so its host is ours.
fn own_referer(headers: &HeaderMap) -> Option<String> {
    let referer = headers.get(header::REFERER)?.to_str().ok()?;
    let uri: Uri = referer.parse().ok()?;
    own_path(uri.path_and_query()?.as_str()).filter(|path| !path.starts_with("/api/")).map(str::to_owned)
}

/// The page on which the form `name` stands.
pub fn page_of(name: &str, headers: &HeaderMap, fields: &[(String, String)]) -> String {
    let next = field(fields, "next").and_then(own_path);
    match name {
        "register" | "login" => match next {
            Some(next) => {
                let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
                format!("/{name}?next={next}")
            }
            None => format!("/{name}"),
        },
        "create_room" => "/rooms/new".into(),
        "post_message" => match field(fields, "room").and_then(crate::model::room::room_id_of) {
            Some(room) => format!("/rooms/{room}"),
            None => "/".into(),
        },
        "update_room" => match field(fields, "room").and_then(crate::model::room::room_id_of) {
            Some(room) => format!("/rooms/{room}/settings"),
            None => "/".into(),
        },
        // A page that came in answer to a form has that form's address, and is no place to go back to.
        _ => own_referer(headers).or_else(|| next.map(str::to_owned)).unwrap_or_else(|| "/".into()),
    }
}

/// Renders the form's page with everything typed but passwords, and with the error, if there is one, beside its field.
async fn show_again(pages: axum::Router, parts: Parts, name: &str, body: &[u8], error: Option<AppError>) -> Response {
    let mut typed = fields(body);
    typed.retain(|(field, _)| !SECRETS.contains(&&**field));
    let name = match name {
        PREVIEW if field(&typed, "room").is_some() => "update_room",
        PREVIEW => "create_room",
        name => name,
    };
    let path = page_of(name, &parts.headers, &typed);
    let status = error
        .as_ref()
        .map(|error| StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    let retry_after = error.as_ref().and_then(|error| error.retry_ms).map(|ms| HeaderValue::from(ms.div_ceil(1_000)));
    let form = RefusedForm { name: name.to_owned(), path, error, typed };
    let mut response = render(pages.clone(), &parts, form.clone()).await;
    if response.status().is_client_error() && field(&form.typed, "body").is_some_and(|body| !body.is_empty()) {
        // Who may not see the page any more still gets back what they wrote on it.
        let seen = response.status();
        response = render(pages, &parts, RefusedForm { path: KEPT.to_owned(), ..form }).await;
        *response.status_mut() = seen;
    }
    if let Some(status) = status {
        *response.status_mut() = status;
    }
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// The page of a form, for a request that sent the form.
async fn render(pages: axum::Router, parts: &Parts, form: RefusedForm) -> Response {
    let mut page = Request::builder().method(Method::GET).uri(&form.path).body(Body::empty()).unwrap_or_default();
    *page.headers_mut() = parts.headers.clone();
    page.headers_mut().remove(header::CONTENT_LENGTH);
    page.headers_mut().remove(header::CONTENT_TYPE);
    *page.extensions_mut() = parts.extensions.clone();
    page.extensions_mut().insert(form);
    match pages.oneshot(page).await {
        Ok(response) => response,
        Err(impossible) => match impossible {},
    }
}
