//! Writes what waits for one connection: many frames, one flush.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::SinkExt;

use crate::protocol::close;
use crate::server::hub::{Closing, Item, Outgoing, Wave};
use crate::server::serve::Traffic;

/// A connection that takes not a byte for this long does not read.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Writes and empties `items`, which were taken from `out`, and lets go of `waves` once that was tried. A slow reader is
/// waited for as long as it reads at all.
///
/// # Errors
///
/// Why the connection is to be closed, or `None` if it is gone.
pub async fn write(
    socket: &mut WebSocket,
    items: &mut VecDeque<Item>,
    out: &Outgoing,
    traffic: &Traffic,
    waves: Vec<Arc<Wave>>,
) -> Result<(), Option<Closing>> {
    if items.is_empty() {
        return Ok(());
    }
    let mut events =
        items.iter().filter_map(|item| if let Item::Event(event) = item { Some(event.since) } else { None });
    let oldest = events.next();
    let events = u64::from(oldest.is_some()) + events.count() as u64;
    {
        let writing = async {
            for item in items.drain(..) {
                socket.feed(Message::Text(item.frame(out.reader).clone())).await?;
            }
            socket.flush().await
        };
        let mut writing = std::pin::pin!(writing);
        // One look without a timer, which nearly always is enough.
        let mut done = futures_util::poll!(writing.as_mut());
        let is_stuck = done.is_pending();
        if is_stuck {
            out.set_stuck(true);
        }
        drop(waves);
        loop {
            match done {
                Poll::Ready(Ok(())) => break,
                Poll::Ready(Err(_)) => return Err(None),
                Poll::Pending => {}
            }
            let before = traffic.written();
            match tokio::time::timeout(PATIENCE, writing.as_mut()).await {
                Ok(ended) => done = Poll::Ready(ended),
                Err(_) if traffic.written() > before => {}
                Err(_) => {
                    metrics::counter!("chat_slow_close_total").increment(1);
                    return Err(Some(Closing::new(close::SLOW, "slow")));
                }
            }
        }
        if is_stuck {
            out.set_stuck(false);
        }
    }
    if let Some(oldest) = oldest {
        metrics::counter!("chat_deliveries_total").increment(events);
        // Of the oldest in each flush: the others waited less.
        metrics::histogram!("chat_deliver_seconds").record(oldest.elapsed());
    }
    Ok(())
}
