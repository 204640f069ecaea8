//! Browser sessions in our own database. Deleting one closes its sockets, wherever they are.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;
use axum_login::tower_sessions::cookie::SameSite;
use axum_login::tower_sessions::session::{Id, Record};
use axum_login::tower_sessions::session_store::{Error, Result};
use axum_login::tower_sessions::{Expiry, SessionManagerLayer, SessionStore};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use super::app::Connections;
use super::bus::Bus;
use super::ids;
use super::store::Db;
use crate::error::AppError;

/// How long a session lives after its last use.
const LIFETIME: Duration = Duration::days(30);

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

/// By way of [`AppError`], which looks at what the database said.
fn backend(error: impl Into<AppError>) -> Error {
    Error::Backend(error.into().to_string())
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        while !self.db.add_session(&id_hash(&record.id), &data, millis(record.expiry_date)).await.map_err(backend)? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        self.db.save_session(&id_hash(&record.id), &data, millis(record.expiry_date)).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some((data, expires)) = self.db.session(&id_hash(id), ids::now()).await.map_err(backend)? else {
            return Ok(None);
        };
        let data: HashMap<String, serde_json::Value> =
            serde_json::from_str(&data).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(expires) * 1_000_000)
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let hash = id_hash(id);
        self.db.delete_session(&hash).await.map_err(backend)?;
        self.connections.revoke(&hash);
        self.bus.revoke(&hash);
        Ok(())
    }
}
