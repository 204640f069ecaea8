//! What an upgrade at `/ws` has to be, and what is said to a request that is none.

use std::net::SocketAddr;
use std::sync::Once;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Says which protocol this address speaks, and tells the log, once, of a proxy that does not let it through.
pub fn refused(rejection: WebSocketUpgradeRejection, peer: SocketAddr, headers: &HeaderMap) -> Response {
    use WebSocketUpgradeRejection::{
        ConnectionNotUpgradable, InvalidConnectionHeader, InvalidUpgradeHeader, InvalidWebSocketVersionHeader,
    };
    static TOLD: Once = Once::new();
    let asks_for_none =
        matches!(rejection, ConnectionNotUpgradable(_) | InvalidConnectionHeader(_) | InvalidUpgradeHeader(_));
    // RFC 6455, section 4.4: the client may try again with the version that is spoken here.
    if matches!(rejection, InvalidWebSocketVersionHeader(_)) {
        let version = [(header::SEC_WEBSOCKET_VERSION, "13")];
        return (StatusCode::UPGRADE_REQUIRED, version, rejection.body_text()).into_response();
    }
    if !asks_for_none {
        return rejection.into_response();
    }
    // A browser sends this with the headers of the upgrade. They are for one hop, and end at a proxy that is not told
    // to pass them on; this one goes through.
    if headers.contains_key(header::SEC_WEBSOCKET_KEY) {
        TOLD.call_once(|| {
            tracing::warn!(
                proxy = %peer.ip(),
                "a proxy takes the Upgrade and Connection headers away from /ws, so that no page is live: have it pass \
                 them on, for nginx as in docs/deploy/nginx.conf"
            );
        });
    }
    let how = [(header::UPGRADE, "websocket"), (header::CONNECTION, "upgrade")];
    (StatusCode::UPGRADE_REQUIRED, how, rejection.body_text()).into_response()
}

/// Whether there is one key, of 16 bytes in base64 (RFC 6455, section 4.2.1).
pub fn has_key(headers: &HeaderMap) -> bool {
    let mut keys = headers.get_all(header::SEC_WEBSOCKET_KEY).iter();
    let (Some(key), None) = (keys.next(), keys.next()) else { return false };
    STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16)
}
