//! The request that is being answered: who asks, by which session, and how pages are to look for them.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use leptos::prelude::use_context;

use super::actor::Actor;
use super::app::App;
use super::auth::AuthSession;
use super::identity::Identity;
use super::sessions;
use crate::error::{Problem, Result};
use crate::i18n::Lang;
use crate::model::user::{Theme, Viewer};

/// The request that is being answered.
#[derive(Clone)]
pub struct Request {
    /// Who asks.
    pub actor: Actor,
    pub auth: AuthSession,
    /// Their session.
    pub identity: Option<Arc<Identity>>,
    pub viewer: Viewer,
    /// Rooms that they are invited to; counted for pages only.
    pub invitations: i64,
    pub https: bool,
}

impl std::ops::Deref for Request {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.actor
    }
}

/// The request of the server function or page that calls this.
pub fn current() -> Result<Request> {
    let parts = use_context::<Parts>().ok_or(Problem::Internal)?;
    parts.extensions.get::<Request>().cloned().ok_or_else(|| Problem::Internal.into())
}

/// The value of one cookie that anybody may set. Never of a session's, which [`Identity`] alone stands for.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    cookies(headers, name).next()
}

/// The values of all cookies of one name.
pub fn cookies<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| std::str::from_utf8(value.as_bytes()).ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.split_once('='))
        .filter_map(move |(known, value)| (known.trim() == name).then_some(value.trim()))
}

/// Account, then cookie, then what the browser asks for.
pub fn language(headers: &HeaderMap, of_account: Option<Lang>) -> Lang {
    of_account
        .or_else(|| cookie(headers, "lang").and_then(Lang::parse))
        .or_else(|| headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok().and_then(Lang::accepted))
        .unwrap_or_default()
}

/// The address that asks, as far as proxies are believed.
pub fn client_ip(app: &App, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
    app.proxies.client(peer.ip(), headers)
}

/// Puts a [`Request`] into the request's extensions, and notes the use of a session now and then.
pub async fn identify(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: axum::extract::Request,
    next: Next,
) -> std::result::Result<Response, super::forms::Refusal> {
    let (mut parts, body) = request.into_parts();
    let lang = language(&parts.headers, None);
    let Ok(auth) = AuthSession::from_request_parts(&mut parts, &app).await else {
        return Err(super::forms::Refusal(Problem::Internal.into(), lang));
    };
    let refused = |error| super::forms::Refusal(error, lang);
    let user = auth.user.as_ref();
    let identity = Identity::of(&auth).map_err(|error| refused(error.into()))?;
    let viewer = Viewer {
        me: identity.as_ref().map(|identity| identity.author().clone()),
        lang: language(&parts.headers, user.and_then(|user| user.lang())),
        theme: match user {
            Some(user) => user.theme(),
            None => cookie(&parts.headers, "theme").and_then(Theme::parse),
        },
        enter_sends: user.is_none_or(|user| user.enter_sends),
    };
    let touch = if identity.is_some() { sessions::due(&auth.session).await } else { None };
    let is_page = parts.method == Method::GET && !parts.uri.path().starts_with("/api/");
    let invitations = match viewer.me.as_ref().filter(|_| is_page) {
        Some(me) => app.chat.db.count_invitations(me.id).await.unwrap_or_default(),
        None => 0,
    };
    let ip = client_ip(&app, peer, &parts.headers);
    let https = app.config.is_https();
    let db = app.chat.db.clone();
    let is_admin = user.is_some_and(|user| user.admin);
    let actor = Actor { app, user: viewer.me.clone(), is_admin, lang: viewer.lang, ip };
    parts.extensions.insert(Request { actor, auth, identity, viewer, invitations, https });
    let mut response = next.run(axum::extract::Request::from_parts(parts, body)).await;
    if let Some(touch) = touch
        && let Some(cookie) = touch.write(&db, https).await
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
