//! Who is asking: what server functions and pages learn about the request they answer.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use leptos::prelude::use_context;

use super::app::App;
use super::auth::AuthSession;
use super::ids;
use crate::error::{Problem, Result};
use crate::i18n::Lang;
use crate::model::ids::UserId;
use crate::model::user::{Author, Theme, Viewer};

/// How often the use of a session is written down, in milliseconds.
const TOUCH_EVERY: i64 = 10 * 60 * 1000;

/// The request that is being answered.
#[derive(Clone)]
pub struct Request {
    pub app: App,
    pub auth: AuthSession,
    pub viewer: Viewer,
    pub ip: IpAddr,
    pub https: bool,
}

impl Request {
    pub fn user_id(&self) -> Option<UserId> {
        self.viewer.me.as_ref().map(|me| me.id)
    }

    pub fn is_admin(&self) -> bool {
        self.auth.user.as_ref().is_some_and(|user| user.admin)
    }

    /// Whoever is signed in.
    pub fn author(&self) -> Result<&Author> {
        self.viewer.me.as_ref().ok_or_else(|| Problem::SignInFirst.into())
    }
}

/// The request of the server function or page that calls this.
pub fn current() -> Result<Request> {
    let parts = use_context::<Parts>().ok_or(Problem::Internal)?;
    parts.extensions.get::<Request>().cloned().ok_or_else(|| Problem::Internal.into())
}

/// The value of one cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(known, value)| (known == name).then_some(value))
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
    let forwarded =
        headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
    app.config.client_ip(peer.ip(), &forwarded)
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
    let viewer = Viewer {
        me: user.map(|user| user.author()).transpose().map_err(|error| refused(error.into()))?,
        lang: language(&parts.headers, user.and_then(|user| user.lang())),
        theme: match user {
            Some(user) => user.theme(),
            None => cookie(&parts.headers, "theme").and_then(Theme::parse),
        },
        enter_sends: user.is_none_or(|user| user.enter_sends),
    };
    if viewer.me.is_some() {
        touch(&auth).await;
    }
    let ip = client_ip(&app, peer, &parts.headers);
    let https = app.config.is_https();
    parts.extensions.insert(Request { app, auth, viewer, ip, https });
    Ok(next.run(axum::extract::Request::from_parts(parts, body)).await)
}

/// Makes the session's 30 days begin again. Failing to is no reason to refuse the request.
async fn touch(auth: &AuthSession) {
    const KEY: &str = "touched";
    let now = ids::now();
    if let Ok(touched) = auth.session.get::<i64>(KEY).await
        && touched.is_none_or(|at| now - at > TOUCH_EVERY)
    {
        let _ = auth.session.insert(KEY, now).await;
    }
}
