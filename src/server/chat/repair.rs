//! Anti-entropy: compares what this node's rooms show with the database, and fills what the bus lost.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Chat;

/// A publisher may die between commit and publication, so heads are compared even while all is well.
const EVERY: Duration = Duration::from_secs(2);
/// Without the bus this comparison is what carries messages between nodes.
const EVERY_WHILE_BUS_IS_DOWN: Duration = Duration::from_millis(500);

/// Runs until `stop`; compares at once when `nudge` is notified.
pub async fn run(chat: Arc<Chat>, nudge: Arc<Notify>, stop: CancellationToken) {
    if !chat.bus.has_other_nodes() {
        return;
    }
    loop {
        let pause = if chat.bus.is_up() { EVERY } else { EVERY_WHILE_BUS_IS_DOWN };
        tokio::select! {
            () = stop.cancelled() => return,
            () = nudge.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
        let shown = chat.hub.heads();
        let rooms: Vec<_> = shown.iter().map(|(room, _)| *room).collect();
        match chat.db.heads(&rooms).await {
            Ok(stored) => {
                for (room, head) in shown {
                    if stored.get(&room).is_some_and(|stored| *stored > head) {
                        metrics::counter!("chat_anti_entropy_repairs_total").increment(1);
                        chat.hub.fill(room).await;
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "heads could not be compared"),
        }
    }
}
