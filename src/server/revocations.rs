//! Closes the sockets of sessions that have ended, whichever node or command ended them.
//!
//! A node that ends a session tells the others through the bus, if there is one. The truth is in the database: a mark
//! there changes with every end, so that a node without a bus, and a command beside the server, are noticed as well.

use std::collections::HashMap;
use std::time::Duration;

use super::app::App;
use super::identity::Identity;
use super::ids;
use super::store::Result;

/// How often the mark is looked at: often enough that a socket is closed within a second.
const EVERY: Duration = Duration::from_millis(500);

/// Runs until the app ends.
pub async fn watch(app: App) {
    let mut seen = None;
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        // A database that does not answer is complained about elsewhere, and asked again.
        if let Err(error) = look_at_mark(&app, &mut seen).await {
            tracing::debug!(%error, "it is not known whether sessions have ended");
        }
    }
}

/// The mark is read before the sessions: what ends in between changes it again.
async fn look_at_mark(app: &App, seen: &mut Option<String>) -> Result<()> {
    let mark = app.chat.db.revocation_mark().await?;
    if mark != *seen {
        look(app).await?;
        *seen = mark;
    }
    Ok(())
}

/// Looks at all sessions that have sockets here, and closes those that are not what they were.
///
/// # Errors
///
/// The database could not be read; nobody is put out then.
pub async fn look(app: &App) -> Result<()> {
    let open = app.connections.identities();
    let sessions: Vec<Vec<u8>> = open.iter().map(|identity| identity.session().to_vec()).collect();
    let living = app.chat.db.living_sessions(&sessions, ids::now()).await?;
    let living: HashMap<&[u8], _> = living.iter().map(|living| (living.id_hash.as_slice(), living)).collect();
    for identity in &open {
        if !living.get(identity.session()).is_some_and(|living| identity.is(living)) {
            app.connections.revoke(identity.session());
        }
    }
    Ok(())
}

/// Whether a session is still what it was when it was loaded.
///
/// # Errors
///
/// The database could not be read.
pub async fn is_living(app: &App, identity: &Identity) -> Result<bool> {
    let living = app.chat.db.living_sessions(&[identity.session().to_vec()], ids::now()).await?;
    Ok(living.iter().any(|living| identity.is(living)))
}

/// Sessions have been ended in the database: closes their sockets, here and on the other nodes.
pub fn ended(app: &App, sessions: &[Vec<u8>]) {
    for session in sessions {
        app.connections.revoke(session);
        app.chat.bus.revoke(session);
    }
}
