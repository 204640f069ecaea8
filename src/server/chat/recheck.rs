//! Looks after live connections whose right to be there may have ended without their node being told.

use std::time::Duration;

use crate::error::Result;
use crate::model::ids::{Seq, UserId};
use crate::server::app::App;
use crate::server::revocations;

/// What ends a membership reaches every node through the bus within a second; while that is dead, within this.
const EVERY: Duration = Duration::from_secs(30);

/// Runs until the app ends.
pub async fn run(app: App) {
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        if let Err(error) = look(&app).await {
            tracing::warn!(%error, "sessions and memberships could not be checked");
        }
        if let Err(error) = app.categories.reload(&app.chat.db).await {
            tracing::warn!(%error, "the categories could not be read");
        }
        // Somebody may have joined or left through another node.
        app.unread.refresh();
        // Or have another name there.
        if app.chat.bus.has_other_nodes() && !app.chat.bus.is_up() {
            app.connections.anybody_renamed();
        }
    }
}

/// A look before its time, because a room was closed.
pub async fn now(app: App) {
    if let Err(error) = look(&app).await {
        tracing::warn!(%error, "memberships could not be checked");
    }
}

/// One look at all sessions and all rooms that this node serves, in a few queries however many they are.
///
/// # Errors
///
/// The database could not be read; nobody is put out then.
pub async fn look(app: &App) -> Result<()> {
    revocations::look(app).await?;
    // Somebody may have said on another node what others are to see of them.
    let unseen = app.chat.db.unseen_among(&app.presence.people()).await?;
    app.presence.show_all_but(&unseen);
    app.chat.hub.revoke();
    let rooms = app.chat.hub.rooms();
    let readers = app.chat.db.readers(&rooms).await?;
    for room in rooms {
        // Who may not read as far back as until now comes again, from where they may.
        let is_out = |reader: Option<UserId>, from: Seq| {
            let visible_from = readers.get(&room).and_then(|readers| readers.visible_from(reader));
            visible_from.is_none_or(|visible_from| from < visible_from)
        };
        let put_out = app.chat.hub.evict(room, &is_out);
        metrics::counter!("chat_revocations_total").increment(put_out as u64);
    }
    Ok(())
}
