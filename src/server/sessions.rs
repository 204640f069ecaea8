//! Browser sessions in our own database. Deleting one closes its sockets, wherever they are.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use axum_login::tower_sessions::cookie::SameSite;
use axum_login::tower_sessions::session::{Id, Record};
use axum_login::tower_sessions::session_store::{Error, Result};
use axum_login::tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use super::app::App;
use super::bus::Bus;
use super::connections::Connections;
use super::ids;
use super::store::Db;
use crate::error::AppError;

/// How long a session lives after its last use.
const LIFETIME: Duration = Duration::days(30);
/// How often the use of a session is written down.
const TOUCH_EVERY: Duration = Duration::minutes(10);
/// Where axum-login keeps who is signed in.
pub const SIGNED_IN: &str = "axum-login.data";
/// When the session expires, for whoever has loaded it; in the database this is a column.
const EXPIRES: &str = "expires";

/// The cookie's name. Over TLS the prefix makes browsers refuse it from subdomains and over plain HTTP.
pub const fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-chat" } else { "chat" }
}

#[derive(Clone)]
pub struct Sessions {
    pub db: Db,
    pub connections: Arc<Connections>,
    pub bus: Arc<Bus>,
}

impl Sessions {
    /// Closes the sockets of sessions that have ended, on every node.
    fn revoke(&self, ended: &[Vec<u8>]) {
        for hash in ended {
            self.connections.revoke(hash);
            self.bus.revoke(hash);
        }
    }
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions")
    }
}

/// What stands for a session id everywhere but in its cookie.
pub fn id_hash(id: &Id) -> Vec<u8> {
    Sha256::digest(id.to_string()).to_vec()
}

/// The session id in a cookie's value.
pub fn parse_id(value: &str) -> Option<Id> {
    Id::from_str(value).ok()
}

/// The cookie that holds a session id, or for "" the one that makes a browser forget it: both with the same attributes,
/// because a browser takes a `__Host-` cookie with these only.
fn set_cookie(https: bool, value: &str) -> HeaderValue {
    let (name, secure) = (cookie_name(https), if https { "; Secure" } else { "" });
    let age = if value.is_empty() { 0 } else { LIFETIME.whole_seconds() };
    let cookie = format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={age}{secure}");
    HeaderValue::from_str(&cookie).unwrap_or(HeaderValue::from_static(""))
}

/// Puts the session's cookie before others, as the one that programs look for. Completes the one with which tower-sessions
/// tells a browser to forget a session: that says the path, and nothing else.
pub async fn finish_cookie(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if !response.headers().contains_key(header::SET_COOKIE) {
        return response;
    }
    let https = app.config.is_https();
    let (name, removal) = (format!("{}=", cookie_name(https)), format!("{}=;", cookie_name(https)));
    let cookies: Vec<HeaderValue> = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
    let (own, others): (Vec<_>, Vec<_>) =
        cookies.into_iter().partition(|cookie| cookie.as_bytes().starts_with(name.as_bytes()));
    let is_removal = |cookie: &HeaderValue| cookie.as_bytes().starts_with(removal.as_bytes());
    let own = own.into_iter().map(|cookie| if is_removal(&cookie) { set_cookie(https, "") } else { cookie });
    response.headers_mut().remove(header::SET_COOKIE);
    for cookie in own.chain(others) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// A session whose 30 days are to begin again.
pub struct Touch(Id);

/// Whether the use of this session is to be written down.
pub async fn due(session: &Session) -> Option<Touch> {
    let (id, expires) = (session.id()?, session.get::<i64>(EXPIRES).await.ok()??);
    let expected = ids::now() + (LIFETIME - TOUCH_EVERY).whole_milliseconds() as i64;
    (expires < expected).then_some(Touch(id))
}

impl Touch {
    /// The cookie to answer with. None if the session has ended while its request was answered: the browser may have got
    /// another one by then.
    pub async fn write(&self, db: &Db, https: bool) -> Option<HeaderValue> {
        let expires = ids::now() + LIFETIME.whole_milliseconds() as i64;
        // Failing to is no reason to refuse the request.
        let is_living = db.touch_session(&id_hash(&self.0), expires).await.unwrap_or(false);
        is_living.then(|| set_cookie(https, &self.0.to_string()))
    }
}

pub fn layer(sessions: Sessions, https: bool) -> SessionManagerLayer<Sessions> {
    SessionManagerLayer::new(sessions)
        .with_name(cookie_name(https))
        .with_secure(https)
        // Strict would show shared room links signed out; the Origin check stands in for the rest.
        .with_same_site(SameSite::Lax)
        .with_http_only(true)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(LIFETIME))
}

fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// Whose session it is, and what it holds besides what has a column.
fn columns(record: &Record) -> Result<(Option<i64>, String)> {
    let user = record.data.get(SIGNED_IN).and_then(|data| data.get("user_id")?.as_i64());
    let data: HashMap<_, _> = record.data.iter().filter(|(key, _)| *key != EXPIRES).collect();
    Ok((user, serde_json::to_string(&data).map_err(|error| Error::Encode(error.to_string()))?))
}

/// By way of [`AppError`], which looks at what the database said.
fn backend(error: impl Into<AppError>) -> Error {
    Error::Backend(error.into().to_string())
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let (user, data) = columns(record)?;
        let expires = millis(record.expiry_date);
        loop {
            match self.db.add_session(&id_hash(&record.id), user, &data, expires).await.map_err(backend)? {
                Some(ended) => break self.revoke(&ended),
                None => record.id = Id::default(),
            }
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (user, data) = columns(record)?;
        let expires = millis(record.expiry_date);
        match self.db.save_session(&id_hash(&record.id), user, &data, expires).await.map_err(backend)? {
            Some(ended) => {
                self.revoke(&ended);
                Ok(())
            }
            None => Err(Error::Backend("the session has ended".into())),
        }
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some((data, expires)) = self.db.session(&id_hash(id), ids::now()).await.map_err(backend)? else {
            return Ok(None);
        };
        let mut data: HashMap<String, serde_json::Value> =
            serde_json::from_str(&data).map_err(|error| Error::Decode(error.to_string()))?;
        data.insert(EXPIRES.to_owned(), expires.into());
        let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(expires) * 1_000_000)
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let hash = id_hash(id);
        self.db.delete_session(&hash).await.map_err(backend)?;
        self.revoke(&[hash]);
        Ok(())
    }
}
