//! Whether this process serves, and whether it is ready for people.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;

use super::app::App;

/// 200 while the process serves.
pub async fn healthz() -> &'static str {
    "ok"
}

/// 200, or 503 if the database does not answer or the process is ending. A dead bus only degrades: messages still
/// reach other nodes, a second later.
pub async fn readyz(State(app): State<App>) -> impl IntoResponse {
    let database = app.chat.db.ping().await.is_ok();
    let draining = app.shutdown.is_cancelled();
    let status = if database && !draining { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let said = json!({
        "database": if database { "up" } else { "down" },
        "bus": if app.chat.bus.is_up() { "up" } else { "degraded" },
        "draining": draining,
    });
    (status, Json(said))
}
