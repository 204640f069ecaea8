//! The WebSocket at `/ws`: who may open one, and what one connection does from `hello` to its close code.

mod conversation;
mod handshake;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use axum::extract::{ConnectInfo, Extension, State, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use self::conversation::Conversation;
use super::address::counted;
use super::app::App;
use super::auth::AuthSession;
use super::connections::{AddressPlace, UserPlace};
use super::forms::Refusal;
use super::hub::{Closing, Outgoing};
use super::identity::Identity;
use super::request::{client_ip, cookies, language};
use super::security::{Provenance, complain_of_address, provenance};
use super::serve::Traffic;
use super::{audit, revocations, sessions};
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
    identity: Option<Arc<Identity>>,
    /// What limits count them by.
    address: IpAddr,
    pub lang: Lang,
    /// A cookie was sent that opens no session.
    stale: bool,
}

impl Visitor {
    /// Who is signed in.
    pub fn author(&self) -> Option<&Author> {
        self.identity.as_ref().map(|identity| identity.author())
    }
}

/// Answers the upgrade. A refused upgrade is just "1006" to a browser's script, so that what a page should know is
/// said by accepting and closing with a code.
pub async fn upgrade(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(traffic): Extension<Traffic>,
    headers: HeaderMap,
    auth: AuthSession,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return handshake::refused(rejection, peer, &headers),
    };
    let lang = language(&headers, auth.user.as_ref().and_then(|user| user.lang()));
    if provenance(&headers, &app.origins) != Provenance::Own {
        complain_of_address(&app, &headers);
        audit::foreign_origin("/ws");
        return Refusal(Problem::ForeignOrigin.into(), lang).into_response();
    }
    if !handshake::has_key(&headers) {
        return Refusal(Problem::Malformed.into(), lang).into_response();
    }
    if app.shutdown.is_cancelled() || app.health.sheds() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let address = counted(client_ip(&app, peer, &headers));
    if let Err(error) = app.fair.take(address) {
        return Refusal(error, lang).into_response();
    }
    let Some(place) = app.connections.admit(address) else {
        return Refusal(AppError::from(Problem::TooFast).retry_after(10_000), lang).into_response();
    };
    let name = sessions::cookie_name(app.config.is_https());
    let identity = Identity::of(&auth).unwrap_or_default();
    let stale = identity.is_none() && cookies(&headers, name).any(|value| !value.is_empty());
    let visitor = Visitor { identity, address, lang, stale };
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
        .on_upgrade(move |socket| {
            let tasks = app.tasks.clone();
            // Tracked, because a graceful shutdown forgets upgraded connections.
            tasks.track_future(serve(app, socket, visitor, traffic, place))
        })
}

async fn serve(app: App, mut socket: WebSocket, visitor: Visitor, traffic: Traffic, _place: AddressPlace) {
    if visitor.stale {
        return refuse(&mut socket, Closing::new(close::UNAUTHENTICATED, "sign in again")).await;
    }
    let out = Arc::new(Outgoing::new(visitor.author().map(|user| user.id)));
    let _entry = match enter(&app, &visitor, &out).await {
        Ok(entry) => entry,
        Err(closing) => return refuse(&mut socket, closing).await,
    };
    Conversation::new(app, visitor, out, traffic).run(socket).await;
}

/// Registers whoever is signed in, and looks once more: a session that ended after it was loaded, and before it had a
/// socket that could be closed, would be nobody's to close.
async fn enter(app: &App, visitor: &Visitor, out: &Arc<Outgoing>) -> Result<Option<UserPlace>, Closing> {
    let Some(identity) = &visitor.identity else { return Ok(None) };
    let place = app.connections.enter(identity, Arc::clone(out));
    let place = place.ok_or(Closing::new(close::TOO_MANY, "too many connections"))?;
    match revocations::is_living(app, identity).await {
        Ok(true) => Ok(Some(place)),
        Ok(false) => Err(Closing::new(close::REVOKED, "signed out")),
        Err(_) => Err(Closing::new(close::TRY_LATER, "no database")),
    }
}

async fn refuse(socket: &mut WebSocket, closing: Closing) {
    let _ = socket.send(close_message(closing)).await;
}

fn close_message(closing: Closing) -> Message {
    Message::Close(Some(CloseFrame { code: closing.code, reason: closing.reason.into() }))
}
