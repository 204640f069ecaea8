//! Pages as whole documents: what Leptos appends to one belongs into it.

use axum::body::{Body, to_bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

const END: &[u8] = b"</body></html>";

/// Moves what stands behind the end of a page, the data that its program begins with, in front of that. Nothing waits
/// for it: a page is rendered as a whole before its first byte.
pub async fn end(response: Response) -> Response {
    let is_page =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return response;
    }
    let (parts, body) = response.into_parts();
    // It has been made here, however long it is.
    let Ok(page) = to_bytes(body, usize::MAX).await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let page = match page.windows(END.len()).position(|here| here == END) {
        Some(at) => [&page[..at], &page[at + END.len()..], END].concat(),
        None => page.to_vec(),
    };
    Response::from_parts(parts, Body::from(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ended(kind: &'static str, page: &'static str) -> String {
        let response = end(([(header::CONTENT_TYPE, kind)], page).into_response()).await;
        String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn nothing_follows_the_end_of_a_page() {
        let page = "<html><body>a</body></html><script>b</script>";
        assert_eq!(ended("text/html; charset=utf-8", page).await, "<html><body>a<script>b</script></body></html>");
        assert_eq!(ended("text/plain", page).await, page);
        assert_eq!(ended("text/html", "a").await, "a");
    }
}
