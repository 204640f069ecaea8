//! Guessing passwords and making accounts in bulk: slowed down by account and by address, never locked out.

use super::{PASSWORD, WRONG};
use crate::support::person::Answer;
use crate::support::{Socket, TestApp, start_with};

const TRUSTING: [(&str, &str); 2] = [("CHAT_RATE_AUTH", "on"), ("CHAT_TRUSTED_PROXIES", "127.0.0.0/8")];

/// A call as it comes through a proxy.
async fn from(app: &TestApp, forwarded_for: &str, name: &str, username: &str, password: &str) -> Answer {
    let request = app.visitor().request(name).header("Origin", app.origin()).header("X-Forwarded-For", forwarded_for);
    Answer::of(request.form(&[("username", username), ("password", password)])).await
}

#[track_caller]
fn expect_later(refused: &Answer) {
    assert_eq!(refused.json()["code"], "rate_limited");
    let seconds: u64 = refused.header("retry-after").parse().expect("Retry-After in seconds");
    assert!((1..=60).contains(&seconds), "never a lock-out: {seconds}");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_one_account_from_many_addresses_is_slowed_down() {
    let (app, _db) = start_with(&TRUSTING).await;
    for name in ["alice", "bob"] {
        from(&app, "198.51.100.1", "register", name, PASSWORD).await.expect_status(200);
    }
    // An unknown account is slowed down just the same, or the difference would tell.
    for name in ["alice", "nobody"] {
        let mut allowed = 0;
        let refused = loop {
            let address = format!("192.0.2.{}", allowed % 20);
            let answer = from(&app, &address, "login", name, WRONG).await;
            if answer.status == 429 {
                break answer;
            }
            answer.expect_status(401);
            allowed += 1;
            assert!(allowed < 20, "{allowed} guesses for {name}");
        };
        assert!(allowed >= 3, "people mistype");
        expect_later(&refused);
        let spelt = name.to_uppercase();
        assert_eq!(from(&app, "203.0.113.1", "login", &spelt, WRONG).await.status, 429, "another spelling");
    }
    from(&app, "192.0.2.1", "login", "bob", PASSWORD).await.expect_status(200);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_form_is_shown_again_with_its_status() {
    let (app, _db) = start_with(&[("CHAT_RATE_AUTH", "on")]).await;
    let fields = [("username", "alice"), ("password", WRONG)];
    let mut tries = 0;
    let refused = loop {
        let answer = app.visitor().submit("login", &fields).await;
        if answer.status == 429 {
            break answer;
        }
        tries += 1;
        assert!(tries < 20, "{tries} guesses");
    };
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1));
    assert!(!refused.text.contains(WRONG));
    let page = crate::support::html::Html::read(&refused.text);
    page.only("p", "role", "alert");
    assert_eq!(page.only("input", "name", "username").attribute("value"), Some("alice"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_what_a_trusted_proxy_says_and_nobody_else() {
    for (settings, trusted) in [(&TRUSTING[..], true), (&TRUSTING[..1], false)] {
        let (app, _db) = start_with(settings).await;
        let mut made = 0;
        let refused = loop {
            // The left of the list is what the client itself claims.
            let claimed = format!("10.9.8.{made}, 198.51.100.{made}");
            let answer = from(&app, &claimed, "register", &format!("user{made}"), PASSWORD).await;
            if answer.status == 429 {
                break Some(answer);
            }
            answer.expect_status(200);
            made += 1;
            if made == 20 {
                break None;
            }
        };
        match refused {
            Some(refused) => {
                assert!(!trusted, "{made} addresses");
                assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1));
            }
            None => assert!(trusted, "one address made {made} accounts"),
        }
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claimed_address_does_not_change_whose_one_it_is() {
    let (app, _db) = start_with(&TRUSTING).await;
    let mut made = 0;
    // The same client behind the proxy, with a new claim each time.
    while from(&app, &format!("10.9.8.{made}, 198.51.100.1"), "register", &format!("user{made}"), PASSWORD).await.status
        == 200
    {
        made += 1;
        assert!(made < 20, "{made} accounts");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_are_counted_by_the_true_address() {
    for (proxies, second) in [("", 429), ("127.0.0.0/8", 101)] {
        let (app, _db) = start_with(&[("CHAT_CONNECTIONS_PER_IP", "1"), ("CHAT_TRUSTED_PROXIES", proxies)]).await;
        let open = async |address: &'static str| {
            let mut request = Socket::upgrade(&app.origin(), "");
            request.headers_mut().insert("X-Forwarded-For", address.parse().unwrap());
            match tokio_tungstenite::connect_async(request).await {
                Ok((stream, response)) => (response.status().as_u16(), String::new(), Some(stream)),
                Err(tokio_tungstenite::tungstenite::Error::Http(refused)) => {
                    let retry = refused.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
                    (refused.status().as_u16(), retry.unwrap_or_default(), None)
                }
                Err(other) => panic!("{other}"),
            }
        };
        let (status, _, _first) = open("192.0.2.1").await;
        assert_eq!(status, 101);
        let (status, retry, _second) = open("192.0.2.2").await;
        assert_eq!(status, second);
        assert!(status == 101 || retry.parse::<u64>().is_ok_and(|seconds| seconds >= 1), "Retry-After: {retry:?}");
        assert_eq!(open("192.0.2.1").await.0, 429);
        app.stop().await;
    }
}
