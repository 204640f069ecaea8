//! Whether this process serves, whether it is ready for people, and sending them away if it is not for long.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;

use super::app::App;
use super::hub::Closing;
use crate::protocol::close;

/// How often the database is asked whether it is there, and takes writes.
const EVERY: Duration = Duration::from_secs(1);
/// A node that has been without its database for so long is of no use to anybody; another one may be.
const SHED_AFTER: Duration = Duration::from_secs(15);

/// What the last look at the database has shown.
pub struct Health {
    database: AtomicBool,
    sheds: AtomicBool,
}

impl Default for Health {
    fn default() -> Self {
        Self { database: AtomicBool::new(true), sheds: AtomicBool::new(false) }
    }
}

impl Health {
    /// Whether people had better try another node.
    pub fn sheds(&self) -> bool {
        self.sheds.load(Ordering::Relaxed)
    }
}

/// Looks at the database until the app ends.
pub async fn watch(app: App) {
    let mut answered = Instant::now();
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let answer = app.chat.db.probe().await;
        let is_up = answer.is_ok();
        if app.health.database.swap(is_up, Ordering::Relaxed) != is_up {
            match answer {
                Ok(()) => tracing::info!("the database takes writes again"),
                Err(error) => tracing::error!(%error, "the database takes no writes"),
            }
        }
        if is_up {
            answered = Instant::now();
        }
        // An only node has nowhere to send people.
        let sheds = app.chat.db.is_shared() && answered.elapsed() >= SHED_AFTER;
        let shed = app.health.sheds.swap(sheds, Ordering::Relaxed);
        if sheds {
            app.chat.hub.close_all(Closing::new(close::TRY_LATER, "no database"));
        }
        if sheds != shed {
            tracing::warn!(sheds, "without a database for long, this node sends people away");
        }
    }
}

/// 200 while the process serves.
pub async fn healthz() -> &'static str {
    "ok"
}

/// 200, or 503 if the database takes no writes or the process is ending. A dead bus only degrades: messages still
/// reach other nodes, a second later. Why it is dead is said in a word; the log has the sentence.
pub async fn readyz(State(app): State<App>) -> impl IntoResponse {
    let database = app.chat.db.probe().await.is_ok() && app.health.database.load(Ordering::Relaxed);
    let draining = app.shutdown.is_cancelled();
    let status = if database && !draining { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let said = json!({
        "database": if database { "up" } else { "down" },
        "bus": if app.chat.bus.is_up() { "up" } else { "degraded" },
        "bus_trouble": app.chat.bus.trouble(),
        "draining": draining,
    });
    (status, Json(said))
}
