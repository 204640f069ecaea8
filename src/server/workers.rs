//! What runs beside the answers: everything that begins with the program and ends when it is shut down.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use leptos::config::LeptosOptions;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;

use super::app::App;
use super::bus::{Announcement, Arrival};
use super::cards;
use super::chat::{members, recheck, repair};
use super::config::{Config, ConfigError};
use super::health;
use super::ids;
use super::people;
use super::presence;
use super::revocations;
use super::search::indexer;
use super::store::{self, Db};
use super::unread;
use crate::model::ids::Millis;

/// Between two turns of upkeep.
const UPKEEP_EVERY: Duration = Duration::from_secs(60 * 60);
/// A room in which nothing has been said for so long is archived: 30 days.
const IDLE: Millis = 30 * 24 * 60 * 60 * 1000;

/// The program around an open, migrated database, with all that runs beside its answers. `bound` is the address that people
/// reach.
///
/// # Errors
///
/// The database cannot be read, or what the configuration says of the bus is wrong.
pub async fn start(config: Config, leptos: LeptosOptions, db: Db, bound: SocketAddr) -> Result<App, ConfigError> {
    let (app, arriving) = App::new(config, leptos, db, bound).await?;
    let nudge = Arc::new(Notify::new());
    tokio::spawn(receive(app.clone(), arriving, Arc::clone(&nudge)));
    tokio::spawn(repair::run(Arc::clone(&app.chat), nudge, app.shutdown.clone()));
    tokio::spawn(recheck::run(app.clone()));
    tokio::spawn(revocations::watch(app.clone()));
    tokio::spawn(presence::run(app.clone()));
    tokio::spawn(unread::run(app.clone()));
    tokio::spawn(cards::run(app.clone()));
    tokio::spawn(health::watch(app.clone()));
    tokio::spawn(indexer::run(app.clone()));
    tokio::spawn(keep_log_small(app.clone()));
    let sweep = |db: Db| async move { db.delete_expired_sessions(ids::now()).await.map(drop) };
    tokio::spawn(look_after(app.clone(), "expired sessions could not be deleted", sweep));
    // Lets a later start tell this database from a copy of it that was made before.
    let mark = |db: Db| async move { db.mark().await.map(drop) };
    tokio::spawn(look_after(app.clone(), "a copy of the database that is put back could not be told from it", mark));
    // Posts in which nobody says anything any more are put by; the next message brings one back.
    let archive = |db: Db| async move { db.archive_idle(ids::now() - IDLE).await.map(drop) };
    tokio::spawn(look_after(app.clone(), "idle rooms could not be archived", archive));
    Ok(app)
}

/// Does `work` now and every hour; `failed` is logged where it cannot be done.
async fn look_after<W>(app: App, failed: &'static str, work: impl Fn(Db) -> W)
where
    W: Future<Output = store::Result<()>>,
{
    loop {
        if let Err(error) = work(app.chat.db.clone()).await {
            tracing::warn!(%error, "{failed}");
        }
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = tokio::time::sleep(UPKEEP_EVERY) => {}
        }
    }
}

async fn keep_log_small(app: App) {
    tokio::select! {
        () = app.shutdown.cancelled() => {}
        () = app.chat.db.keep_log_small() => {}
    }
}

/// Hands on what comes from other nodes.
async fn receive(app: App, mut arriving: UnboundedReceiver<Arrival>, nudge: Arc<Notify>) {
    while let Some(arrival) = arriving.recv().await {
        match arrival {
            Arrival::Event(event) => {
                let closes = event.closes;
                app.chat.hub.deliver(event.room, vec![event]);
                if closes {
                    tokio::spawn(recheck::now(app.clone()));
                }
            }
            Arrival::Passing { node, room, passing } => presence::receive(&app, node, room, passing),
            Arrival::Announced(announcement) => {
                tokio::spawn(announced(app.clone(), announcement));
            }
            Arrival::Revoked(session) => app.connections.revoke(&session),
            Arrival::Reconnected => {
                nudge.notify_one();
                app.unread.refresh();
                app.connections.anybody_renamed();
            }
        }
    }
}

/// What another node has done that concerns this one.
async fn announced(app: App, announcement: Announcement) {
    let done = match announcement {
        Announcement::Belongs { user, room } => members::moved(&app, room, user).await,
        Announcement::Renamed { user } => people::renamed(&app, user).await,
        Announcement::Categories => app.categories.reload(&app.chat.db).await.map_err(Into::into),
    };
    if let Err(error) = done {
        tracing::warn!(%error, "what another node did shows here only later");
    }
}
