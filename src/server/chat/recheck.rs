//! Looks after live connections whose right to be there may have ended without their node being told.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::error::Result;
use crate::model::ids::{RoomId, UserId};
use crate::model::room::Visibility;
use crate::server::app::App;
use crate::server::revocations;

/// A revocation reaches every node through the bus within a second; while that is dead, within this.
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
    let rooms = app.chat.hub.rooms();
    let visibilities = app.chat.db.visibilities(&rooms).await?;
    let mut closed: HashMap<RoomId, HashSet<UserId>> = HashMap::new();
    for (room, user) in app.chat.db.members_of(&private(&visibilities)).await? {
        closed.entry(room).or_default().insert(user);
    }
    let mut banned: HashMap<RoomId, HashSet<UserId>> = HashMap::new();
    for (room, user) in app.chat.db.banned_from(&rooms).await? {
        banned.entry(room).or_default().insert(user);
    }
    for room in rooms {
        let is_out = |reader: Option<UserId>| match visibilities.get(&room) {
            Some(Visibility::Private) => {
                !reader.is_some_and(|reader| closed.get(&room).is_some_and(|members| members.contains(&reader)))
            }
            Some(_) => reader.is_some_and(|reader| banned.get(&room).is_some_and(|banned| banned.contains(&reader))),
            None => true,
        };
        let put_out = app.chat.hub.evict(room, &is_out);
        metrics::counter!("chat_revocations_total").increment(put_out as u64);
    }
    Ok(())
}

fn private(visibilities: &HashMap<RoomId, Visibility>) -> Vec<RoomId> {
    let is_private = |visibility: &Visibility| *visibility == Visibility::Private;
    visibilities.iter().filter(|(_, visibility)| is_private(visibility)).map(|(room, _)| *room).collect()
}
