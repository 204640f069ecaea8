//! Browsers in which somebody has signed in to an account before: those who guess at it elsewhere do not make them wait.
//!
//! The cookie tells nothing to whoever finds it, neither an account nor that somebody is signed in, and opens nothing.

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use sha2::Sha256;

use super::ids;
use super::request::{Request, cookie};
use crate::model::text::fold;

const COOKIE: &str = "browser";
const LIFETIME_SECONDS: u64 = 365 * 24 * 60 * 60;
/// Characters of the random half of the cookie.
const NONCE: usize = 64;

/// Makes and checks the cookies. All nodes share its key, by way of their database.
pub struct Mark(Hmac<Sha256>);

impl Mark {
    pub fn new(key: &str) -> Self {
        Self(Hmac::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length"))
    }

    fn tag(&self, nonce: &str, account: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(format!("browser {nonce} {}", fold(account)).as_bytes());
        mac
    }

    fn make(&self, account: &str) -> String {
        let nonce = ids::nonce();
        let tag = BASE64.encode(self.tag(&nonce, account).finalize().into_bytes());
        format!("{nonce}.{tag}")
    }

    /// The browser, if somebody has signed in to `account` in it.
    pub fn of<'h>(&self, headers: &'h HeaderMap, account: &str) -> Option<&'h str> {
        let known = cookie(headers, COOKIE)?;
        let (nonce, tag) = known.split_once('.').filter(|(nonce, _)| nonce.len() <= NONCE)?;
        self.tag(nonce, account).verify_slice(&BASE64.decode(tag).ok()?).ok()?;
        Some(known)
    }
}

/// The browser that asks, if somebody has signed in to `account` in it.
pub fn current(request: &Request, account: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    request.app.browsers.of(&parts.headers, account).map(str::to_owned)
}

/// Lets the browser that asks be known for an account from now on.
pub fn remember(request: &Request, account: &str) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    if current(request, account).is_some() {
        return;
    }
    let secure = if request.https { "; Secure" } else { "" };
    let mark = request.app.browsers.make(account);
    let cookie = format!("{COOKIE}={mark}; Path=/api; Max-Age={LIFETIME_SECONDS}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.append_header(header::SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        let value = HeaderValue::from_str(&format!("lang=ko; {COOKIE}={cookie}")).unwrap();
        HeaderMap::from_iter([(header::COOKIE, value)])
    }

    #[test]
    fn a_browser_is_known_for_the_account_that_signed_in_there() {
        let mark = Mark::new("a key");
        let made = mark.make("Alice");
        assert_eq!(mark.of(&headers(&made), "alice"), Some(&*made));
        assert!(mark.of(&headers(&made), "bob").is_none());
        assert!(Mark::new("another key").of(&headers(&made), "alice").is_none());
        for forged in ["", ".", "x.00", &made[1..], &format!("{made}0"), &format!("{}.00", "x".repeat(9_000))] {
            assert!(mark.of(&headers(forged), "alice").is_none(), "{forged}");
        }
    }
}
