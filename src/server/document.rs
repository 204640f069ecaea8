//! Pages as whole documents: what Leptos appends to one belongs into it.

use axum::body::{Body, to_bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

const BODY: &[u8] = b"</body>";
const HTML: &[u8] = b"</html>";

/// Moves what stands behind the end of a page's body, the data that its program begins with and Leptos' marks, in front of
/// that. Nothing waits for it: a page is rendered as a whole before its first byte.
pub async fn end(response: Response) -> Response {
    let is_page =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return response;
    }
    let (parts, body) = response.into_parts();
    // It has been made here, however long it is.
    let Ok(page) = to_bytes(body, usize::MAX).await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let page = ended(&page).unwrap_or_else(|| page.to_vec());
    Response::from_parts(parts, Body::from(page))
}

/// `None` if the page has no end. The last one is looked for: no text behind it, being data, has a bare `<`.
fn ended(page: &[u8]) -> Option<Vec<u8>> {
    let (inside, behind) = parted(page, BODY)?;
    let (marks, data) = parted(behind, HTML)?;
    Some([inside, marks, data, BODY, HTML].concat())
}

/// What stands before the last `end`, and behind it.
fn parted<'p>(page: &'p [u8], end: &[u8]) -> Option<(&'p [u8], &'p [u8])> {
    let at = page.windows(end.len()).rposition(|here| here == end)?;
    Some((&page[..at], &page[at + end.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sent(kind: &'static str, page: &'static str) -> String {
        let response = end(([(header::CONTENT_TYPE, kind)], page).into_response()).await;
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
}
