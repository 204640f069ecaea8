//! Errors of every layer as people and programs can read them: a page for a browser, JSON for everything else.
//!
//! What pages and forms find wrong they say themselves. Here is what comes from below and around them, and often without
//! a word: no session can be loaded, an answer takes too long, something panics, an address or a method is unknown. The page
//! needs no database, no script and no file; a form comes back with what was typed.

use std::fmt::Write;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::forms::{self, Refusal};
use super::request::{cookie, language};
use super::security::{Provenance, provenance};
use super::{ids, security};
use crate::error::{AppError, Code, Problem};
use crate::i18n::Lang;
use crate::model::user::Theme;

/// Seconds after which a page that could not be made is asked for again, at the earliest.
const AGAIN: u64 = 5;

/// Turns what fails without a word, or with one for programs only, into an answer for whoever asked.
pub async fn show(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut asked = Asked::of(&request);
    let request = if asked.form.is_some() {
        let (parts, body) = request.into_parts();
        let body = match forms::received(body).await {
            Ok(body) => body,
            Err(status) => {
                let error = AppError::from(problem_of(status)).in_language(asked.lang);
                let mut page = asked.page(&app, &error);
                *page.status_mut() = status;
                return page;
            }
        };
        asked.form = Some(forms::fields(&body));
        Request::from_parts(parts, Body::from(body))
    } else {
        request
    };
    let mut response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().entry(header::RETRY_AFTER).or_insert(HeaderValue::from_static("1"));
    }
    let said = response.extensions_mut().remove::<AppError>();
    let is_said = said.is_some();
    let Some(error) = said.or_else(|| unsaid(&response)) else { return response };
    let error = error.in_language(asked.lang);
    let answer = match asked.wants_page {
        true => asked.page(&app, &error),
        false if is_said => return response,
        false => Refusal(error.clone(), asked.lang).into_response(),
    };
    let (mut head, _) = response.into_parts();
    // Sessions fail as if it were the program's fault.
    if error.code == Code::Unavailable {
        head.status = StatusCode::SERVICE_UNAVAILABLE;
    }
    head.headers.remove(header::CONTENT_LENGTH);
    let (new, body) = answer.into_parts();
    head.headers.extend(new.headers);
    Response::from_parts(head, body)
}

/// What a failure means of which nothing is said but the status. `None` if something is said.
fn unsaid(response: &Response) -> Option<AppError> {
    let is_empty = response.body().size_hint().exact() == Some(0);
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_raw = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !is_empty && !is_raw {
        return None;
    }
    let problem = match response.status() {
        // The layers around the handlers answer so when the database does not.
        StatusCode::INTERNAL_SERVER_ERROR if is_empty => Problem::Unavailable,
        // Its header says which parts of the file there are.
        StatusCode::RANGE_NOT_SATISFIABLE => return None,
        status => problem_of(status),
    };
    let error = AppError::from(problem);
    Some(if error.code == Code::Unavailable { error.retry_after(1_000) } else { error })
}

fn problem_of(status: StatusCode) -> Problem {
    match status {
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => Problem::Unavailable,
        status if status.is_server_error() => Problem::Internal,
        StatusCode::UNAUTHORIZED => Problem::SignInFirst,
        StatusCode::FORBIDDEN => Problem::NotAllowed,
        StatusCode::NOT_FOUND => Problem::NotFound,
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::URI_TOO_LONG => Problem::TooLarge,
        StatusCode::TOO_MANY_REQUESTS => Problem::TooFast,
        _ => Problem::Malformed,
    }
}

/// What has to be known of a request after it was handed on.
struct Asked {
    wants_page: bool,
    reads: bool,
    path: String,
    lang: Lang,
    theme: Option<Theme>,
    headers: HeaderMap,
    /// The fields of a form that a browser sends by itself.
    form: Option<Vec<(String, String)>>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let headers = request.headers();
        let wants_page = forms::accepts_html(headers);
        let kind = headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        let path = request.uri().path();
        let is_form = request.method() == Method::POST && path.starts_with("/api/") && kind.starts_with(forms::FORM);
        Self {
            wants_page,
            reads: matches!(*request.method(), Method::GET | Method::HEAD),
            path: path.to_owned(),
            lang: language(headers, None),
            theme: cookie(headers, "theme").and_then(Theme::parse),
            headers: if wants_page { headers.clone() } else { HeaderMap::new() },
            form: (wants_page && is_form).then(Vec::new),
        }
    }

    fn page(&self, app: &App, error: &AppError) -> Response {
        let nonce = ids::nonce();
        let policy = security::failure_page_policy(&nonce);
        let html = self.html(app, error, &nonce);
        let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::response::Html(html)).into_response();
        let headers = response.headers_mut();
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        if let Some(ms) = error.retry_ms {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1_000)));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    fn html(&self, app: &App, error: &AppError, nonce: &str) -> String {
        let (texts, plain) = (self.lang.texts(), self.lang.plain_texts());
        let comes_back = self.reads && error.code.is_transient();
        let title = match error.code {
            Code::NotFound => texts.not_found,
            code if code.is_transient() => plain.failure_later,
            _ => texts.trouble,
        };
        let mut body = format!("<h1>{}</h1><p role=\"alert\">{}</p>", escaped(title), escaped(&error.message));
        if comes_back {
            let _ = write!(body, "<p>{}</p>", escaped(plain.failure_comes_back));
        }
        if error.problem == Problem::ForeignOrigin && self.is_of_this_server() {
            let page = if self.reads { self.path.clone() } else { self.form_page() };
            let address = escaped(&format!("{}{}", app.site(), forms::percent_encoded(&page)));
            let _ = write!(
                body,
                "<p>{}</p><p><a href=\"{address}\">{address}</a></p>",
                escaped(plain.failure_other_address)
            );
        } else {
            if error.problem != Problem::ForeignOrigin {
                body.push_str(&self.form_again(app));
            }
            let _ = write!(body, "<p><a href=\"/\">{}</a></p>", escaped(texts.lobby));
        }
        let lang = self.lang.as_str();
        let theme = self.theme.map_or_else(String::new, |theme| format!(" data-theme=\"{}\"", theme.as_str()));
        let scheme = self.theme.map_or("light dark", Theme::as_str);
        let again = error.retry_ms.map_or(AGAIN, |ms| ms.div_ceil(1_000).max(AGAIN));
        let refresh =
            if comes_back { format!("<meta http-equiv=\"refresh\" content=\"{again}\">") } else { String::new() };
        let title = escaped(title);
        format!(
            "<!DOCTYPE html><html lang=\"{lang}\"{theme}><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"{scheme}\"><meta name=\"robots\" content=\"noindex\">{refresh}\
             <title>{title} · Chat Chat</title><style nonce=\"{nonce}\">{STYLE}</style></head>\
             <body><main>{body}</main></body></html>"
        )
    }

    /// Whether a browser sends this from a page of this very server, which it reached by another name than its own.
    fn is_of_this_server(&self) -> bool {
        let text = |name| self.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let origin = text(header::ORIGIN).and_then(|origin| Some(origin.split_once("://")?.1));
        origin.is_some() && origin == text(header::HOST)
    }

    /// The page on which the form stands.
    fn form_page(&self) -> String {
        let name = self.path.trim_start_matches("/api/");
        forms::page_of(name, &self.headers, self.form.as_deref().unwrap_or_default())
    }

    /// The form with what was typed, to be sent again. Never one that another site has filled in.
    fn form_again(&self, app: &App) -> String {
        let is_own = provenance(&self.headers, &app.origins) != Provenance::Foreign;
        let Some(fields) = self.form.as_ref().filter(|fields| !fields.is_empty() && is_own) else {
            return String::new();
        };
        let (texts, plain) = (self.lang.texts(), self.lang.plain_texts());
        let mut form =
            format!("<p>{}</p><form method=\"post\" action=\"{}\">", escaped(plain.failure_kept), escaped(&self.path));
        for (name, value) in fields {
            let (name, value) = (escaped(name), escaped(value));
            // Writing to a String cannot fail. The first line feed of a textarea is not part of its text.
            let _ = match &*name {
                "body" => write!(
                    form,
                    "<label>{}<textarea name=\"body\" rows=\"8\">\n{value}</textarea></label>",
                    escaped(plain.failure_text)
                ),
                "title" => {
                    write!(form, "<label>{}<input name=\"title\" value=\"{value}\"></label>", escaped(texts.title))
                }
                "password" => write!(
                    form,
                    "<label>{}<input type=\"password\" name=\"password\" required></label>",
                    escaped(plain.password)
                ),
                _ => write!(form, "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"),
            };
        }
        let _ = write!(form, "<button>{}</button></form>", escaped(plain.failure_again));
        form
    }
}

/// Text for HTML, within quotes too.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // As it is, it would be read as a line feed.
            '\r' => escaped.push_str("&#13;"),
            c => escaped.push(c),
        }
        escaped
    })
}

/// The colours of the pages, which may be out of reach with everything else.
const STYLE: &str = "\
    :root{--page:#faf9f7;--text:#22201c;--line:#8a857b;--link:#1f5fae}\
    :root[data-theme=dark]{--page:#1c1b18;--text:#ece9e2;--line:#8f8a80;--link:#8ab8f2}\
    @media (prefers-color-scheme:dark){:root:not([data-theme=light])\
    {--page:#1c1b18;--text:#ece9e2;--line:#8f8a80;--link:#8ab8f2}}\
    body{margin:0;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}\
    main{max-width:40rem;margin:0 auto;padding:2rem 1rem}\
    a{color:var(--link)}\
    h1{font-size:1.4rem}\
    label,input,textarea{display:block;box-sizing:border-box;width:100%;margin:.25rem 0 .75rem}\
    input,textarea,button{font:inherit;color:inherit;background:transparent;border:1px solid var(--line);\
    border-radius:.4rem;padding:.5rem .75rem;min-height:2.75rem}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_without_a_word_gets_the_one_of_its_status() {
        let empty = |status: u16| Response::builder().status(status).body(Body::empty()).unwrap();
        let raw = |status: u16| (StatusCode::from_u16(status).unwrap(), "raw").into_response();
        for (response, problem) in [
            (empty(500), Problem::Unavailable),
            (raw(500), Problem::Internal),
            (empty(503), Problem::Unavailable),
            (empty(404), Problem::NotFound),
            (empty(405), Problem::Malformed),
            (raw(400), Problem::Malformed),
            (raw(429), Problem::TooFast),
            (raw(413), Problem::TooLarge),
        ] {
            assert_eq!(unsaid(&response).map(|error| error.problem), Some(problem));
        }
        assert!(unsaid(&empty(416)).is_none());
        let json = (StatusCode::SERVICE_UNAVAILABLE, axum::Json("down")).into_response();
        assert!(unsaid(&json).is_none());
    }

    #[test]
    fn no_text_is_markup() {
        assert_eq!(escaped("</p>\"&\r\n"), "&lt;/p&gt;&quot;&amp;&#13;\n");
    }
}
