//! A response's body that holds on to something until it has been handed over, in small pieces.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

/// hyper asks for the next piece only once it has room for it. Of one large piece it would take all at once, and nothing
/// would be held for those who do not read.
const PIECE: usize = 32 * 1024;

/// What is held, and dropped with the body.
pub trait Hold: Send + Unpin + 'static {
    /// So many bytes are handed over.
    fn passes(&mut self, _bytes: usize) {}
}

struct Held<H> {
    body: Body,
    /// Of the last piece of `body`.
    rest: Bytes,
    hold: H,
}

/// The same body; `hold` is dropped once it is at its end, or nobody wants it any more.
pub fn hold(body: Body, hold: impl Hold) -> Body {
    Body::new(Held { body, rest: Bytes::new(), hold })
}

impl<H: Hold> HttpBody for Held<H> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                other => return Poll::Ready(other),
            }
        }
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        self.hold.passes(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (body, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower() + rest);
        if let Some(upper) = body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http_body_util::BodyExt;

    use super::*;

    struct Count(Arc<AtomicUsize>);

    impl Hold for Count {
        fn passes(&mut self, bytes: usize) {
            self.0.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    #[tokio::test]
    async fn a_body_is_handed_over_in_pieces_and_what_it_holds_is_dropped_with_it() {
        let whole = vec![7_u8; 3 * PIECE + 1];
        let passed = Arc::new(AtomicUsize::new(0));
        let mut body = hold(Body::from(whole.clone()), Count(Arc::clone(&passed)));
        assert_eq!(body.size_hint().exact(), Some(whole.len() as u64));
        let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!((first.len(), passed.load(Ordering::Relaxed)), (PIECE, PIECE));
        assert_eq!(body.size_hint().exact(), Some((whole.len() - PIECE) as u64));
        let rest = body.collect().await.unwrap().to_bytes();
        assert_eq!([first, rest].concat(), whole);
        assert_eq!(Arc::strong_count(&passed), 1);
    }
}
