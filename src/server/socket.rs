//! The WebSocket at `/ws`: who may open one, and what one connection does from `hello` to its close code.

mod conversation;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use axum::extract::{ConnectInfo, Extension, State, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use self::conversation::Conversation;
use super::app::{AddressPlace, App, UserPlace};
use super::auth::AuthSession;
use super::forms::Refusal;
use super::hub::{Closing, Outgoing};
use super::request::{client_ip, cookie, language};
use super::security::{Provenance, complain_of_address, provenance};
use super::serve::Written;
use super::sessions;
use crate::error::{AppError, Problem};
use crate::i18n::Lang;
use crate::model::user::Author;
use crate::protocol::{MAX_FRAME, close};

/// tungstenite allocates its read buffer for every socket, and clears it before each look at what has come; its default
/// would be 128 KiB each. Most frames are smaller than this; larger ones take another read.
const READ_BUFFER: usize = 1024;
/// Written at once; [`Outgoing`] bounds what waits.
const WRITE_BUFFER: usize = 16 * 1024;
const MAX_WRITE_BUFFER: usize = 1024 * 1024;

/// Who opened a socket.
pub struct Visitor {
    pub user: Option<Author>,
    pub lang: Lang,
    /// The hash of the session's id.
    session: Option<Vec<u8>>,
    /// A cookie was sent that opens no session.
    stale: bool,
}

/// Answers the upgrade. A refused upgrade is just "1006" to a browser's script, so that what a page should know is
/// said by accepting and closing with a code.
pub async fn upgrade(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(written): Extension<Written>,
    headers: HeaderMap,
    auth: AuthSession,
    upgrade: WebSocketUpgrade,
) -> Response {
    let lang = language(&headers, auth.user.as_ref().and_then(|user| user.lang()));
    if provenance(&headers, &app.origins) != Provenance::Own {
        complain_of_address(&app, &headers);
        return Refusal(Problem::ForeignOrigin.into(), lang).into_response();
    }
    if app.shutdown.is_cancelled() || app.health.sheds() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let Some(place) = app.connections.admit(client_ip(&app, peer, &headers)) else {
        return Refusal(AppError::from(Problem::TooFast).retry_after(10_000), lang).into_response();
    };
    let sent = cookie(&headers, sessions::cookie_name(app.config.is_https()));
    let user = auth.user.as_ref().and_then(|user| user.author().ok());
    let visitor = Visitor {
        stale: sent.is_some_and(|value| !value.is_empty()) && user.is_none(),
        session: user.is_some().then(|| sent.and_then(sessions::parse_id).map(|id| sessions::id_hash(&id))).flatten(),
        user,
        lang,
    };
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
        .on_upgrade(move |socket| {
            let tasks = app.tasks.clone();
            // Tracked, because a graceful shutdown forgets upgraded connections.
            tasks.track_future(serve(app, socket, visitor, written, place))
        })
}

async fn serve(app: App, mut socket: WebSocket, visitor: Visitor, written: Written, _place: AddressPlace) {
    if visitor.stale {
        return refuse(&mut socket, Closing::new(close::UNAUTHENTICATED, "sign in again")).await;
    }
    let out = Arc::new(Outgoing::new(visitor.user.as_ref().map(|user| user.id)));
    let _entry = match enter(&app, &visitor, &out) {
        Ok(entry) => entry,
        Err(closing) => return refuse(&mut socket, closing).await,
    };
    Conversation::new(app, visitor, out, written).run(socket).await;
}

fn enter(app: &App, visitor: &Visitor, out: &Arc<Outgoing>) -> Result<Option<UserPlace>, Closing> {
    let (Some(user), Some(session)) = (&visitor.user, &visitor.session) else { return Ok(None) };
    app.connections
        .enter(user.id, session.clone(), Arc::clone(out))
        .map(Some)
        .ok_or(Closing::new(close::TOO_MANY, "too many connections"))
}

async fn refuse(socket: &mut WebSocket, closing: Closing) {
    let _ = socket.send(close_message(closing)).await;
}

fn close_message(closing: Closing) -> Message {
    Message::Close(Some(CloseFrame { code: closing.code, reason: closing.reason.into() }))
}
