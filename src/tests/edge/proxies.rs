//! Real proxies in front, set up as the recipes in `docs/deploy` say, and as nobody should.

mod client;
mod program;

use serde_json::json;
use tokio_tungstenite::tungstenite::Error;

use self::client::Client;
use self::program::Proxy;
use crate::starting::program::Operator;
use crate::support::{Person, Socket, TestApp, start_with};

/// The name in the recipes.
pub const NAME: &str = "chat.example.org";
const PUBLIC: &str = "https://chat.example.org";

async fn behind_a_proxy() -> (TestApp, crate::support::Database) {
    start_with(&[("CHAT_PUBLIC_URL", PUBLIC), ("CHAT_TRUSTED_PROXIES", "127.0.0.1"), ("CHAT_CONNECTIONS_PER_IP", "1")])
        .await
}

/// Two people at two addresses do everything that a proxy can spoil.
async fn talk_through(proxy: &Proxy) {
    let mut alice = Client::new(proxy, "127.0.0.2").await;
    let mut bob = Client::new(proxy, "127.0.0.3").await;
    let page = alice.get("/").await;
    assert_eq!((page.status, page.header("content-encoding")), (200, "br"));
    assert!(page.header("strict-transport-security").contains("max-age"));
    for (person, name) in [(&mut alice, "alice"), (&mut bob, "bob")] {
        person.post("register", &[("username", name), ("password", "correct horse")]).await.expect_status(200);
        assert!(person.cookies.contains("__Host-chat="), "{}", person.cookies);
    }
    let fields = [("title", "Tea"), ("category", "tech"), ("visibility", "public")];
    let room = alice.post("create_room", &fields).await.expect_status(200).json()["id"].as_i64().unwrap();

    let (mut hers, mut his) = (alice.socket("").await.expect("an upgrade"), bob.socket("").await.expect("an upgrade"));
    for socket in [&mut hers, &mut his] {
        socket.send(json!({"t": "hello", "v": 1, "subs": [{ "room": room, "since": 0 }]})).await;
        assert!(socket.expect("welcome").await["user"].is_object());
        socket.expect("sub_ok").await;
    }
    assert_eq!(hers.say(room, "n1", "through the proxy").await["t"], "ack");
    assert_eq!(his.expect("ev").await["body"], "through the proxy");

    // Each address may have one socket: the server knows them apart, whatever they say of themselves.
    for forged in ["", "203.0.113.9", "127.0.0.1, 203.0.113.9"] {
        match alice.socket(forged).await {
            Err(Error::Http(response)) => assert_eq!(response.status().as_u16(), 429, "{forged:?}"),
            other => panic!("{forged:?}: {:?}", other.map(|_| "a second socket")),
        }
    }
    drop(his);
    Client::new(proxy, "127.0.0.4").await.socket("").await.expect("an upgrade for somebody else");

    alice.ask_over_one_connection(5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_as_the_recipe_says() {
    let (app, _db) = behind_a_proxy().await;
    let proxy = Proxy::nginx(include_str!("../../../docs/deploy/nginx.conf"), app.address).await;
    talk_through(&proxy).await;
    let plain =
        Person::at(format!("http://{}", proxy.plain)).http.get(format!("http://{}/users/alice?a=b", proxy.plain));
    let moved = crate::support::person::Answer::of(plain.header("Host", NAME)).await.expect_status(301);
    assert_eq!(moved.header("location"), "https://chat.example.org/users/alice?a=b");
    proxy.stop().await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn caddy_as_the_recipe_says() {
    let (app, _db) = behind_a_proxy().await;
    let proxy = Proxy::caddy(include_str!("../../../docs/deploy/Caddyfile"), app.address).await;
    talk_through(&proxy).await;
    proxy.stop().await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_lets_no_upgrade_through_is_named_once() {
    let operator = Operator::new();
    let port = program::free_port();
    let public = format!("http://127.0.0.1:{port}");
    let serving = operator.serve(&[("CHAT_PUBLIC_URL", &public), ("CHAT_RATE_AUTH", "off")]).await;
    let server = serving.origin.trim_start_matches("http://").parse().expect("an address");
    let proxy = Proxy::naive(port, server).await;
    let alice = Person::at(public.clone());
    alice.post("register", &[("username", "alice"), ("password", "correct horse")]).await.expect_status(200);
    let room = alice.room("Tea", "public").await;
    for _ in 0..3 {
        match Socket::try_open(Socket::upgrade(&public, &alice.cookies())).await {
            Err(Error::Http(response)) => {
                assert_eq!(
                    (response.status().as_u16(), &response.headers()["upgrade"]),
                    (426, &"websocket".parse().unwrap())
                );
            }
            other => panic!("{:?}", other.map(|_| "a socket")),
        }
    }
    // Forms go through all the same.
    alice.submit("post_message", &[("room", &room.to_string()), ("body", "by form")]).await.expect_status(303);
    assert!(alice.get(&format!("/rooms/{room}")).await.expect_status(200).text.contains("by form"));
    // Another name than the one that was configured.
    for _ in 0..2 {
        alice.request("logout").header("Origin", "http://other.example").send().await.expect("an answer");
    }
    proxy.stop().await;
    let (code, log) = serving.terminate().await;
    assert_eq!(code, Some(0));
    for told in ["docs/deploy/nginx.conf", "http://other.example"] {
        assert_eq!(log.lines().filter(|line| line.contains(told)).count(), 1, "{told} in {log}");
    }
    let named = log.lines().find(|line| line.contains("http://other.example")).unwrap();
    assert!(named.contains("CHAT_PUBLIC_URL") && named.contains(&public), "{named}");
}
