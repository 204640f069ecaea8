//! Pages as whole documents: what Leptos appends to one belongs into it, and its shape stands in its head.

use axum::body::{Body, to_bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::shape;

const BODY: &str = "</body>";
const HTML: &str = "</html>";

/// Moves what stands behind the end of a page's body, the data that its program begins with and Leptos' marks, in front of
/// that; then puts the shape of the body in place of `shape`, the placeholder in its head, unless no program starts there.
/// Nothing waits for this: a page is rendered as a whole before its first byte.
pub async fn finish(response: Response, shape: Option<&str>) -> Response {
    let (mut head, body) = response.into_parts();
    let is_page = head.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return Response::from_parts(head, body);
    }
    // It has been made here, however long it is.
    let page = to_bytes(body, usize::MAX).await.ok().and_then(|page| String::from_utf8(page.into()).ok());
    let Some(page) = page else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut page = ended(&page).unwrap_or(page);
    if let Some(placeholder) = shape {
        page = page.replacen(placeholder, &format!("{:08x}", shape::of_body(&page)), 1);
    }
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(page))
}

/// `None` if the page has no end. The last one is looked for: no text behind it, being data, has a bare `<`.
fn ended(page: &str) -> Option<String> {
    let (inside, behind) = page.rsplit_once(BODY)?;
    let (marks, data) = behind.rsplit_once(HTML)?;
    Some([inside, marks, data, BODY, HTML].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sent(kind: &'static str, page: &'static str) -> String {
        let response = finish(([(header::CONTENT_TYPE, kind)], page).into_response(), Some("SHAPE")).await;
        String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn nothing_follows_the_end_of_a_page() {
        let page = "<html><body>a</body></html><script>b</script>";
        assert_eq!(sent("text/html; charset=utf-8", page).await, "<html><body>a<script>b</script></body></html>");
        let marked = "<html><body>a<!></body><!><!></html><!><script>b</script>";
        assert_eq!(sent("text/html", marked).await, "<html><body>a<!><!><!><!><script>b</script></body></html>");
        assert_eq!(sent("text/plain", page).await, page);
        assert_eq!(sent("text/html", "a").await, "a");
    }

    #[tokio::test]
    async fn the_shape_is_that_of_the_page_as_it_is_sent() {
        let page = "<html><head><meta content=\"SHAPE\"></head><body></body></html><script>SHAPE</script>";
        let whole = "<html><head></head><body><script></script></body></html>";
        let shape = format!("{:08x}", shape::of_body(whole));
        assert!(sent("text/html", page).await.starts_with(&format!("<html><head><meta content=\"{shape}\">")));
    }
}
