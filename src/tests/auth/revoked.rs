//! What ends a session ends all of it: however its cookie is spelt, whichever process ended it, whatever is under way.

use chat_chat::server::ids;
use chat_chat::server::sessions::{id_hash, parse_id};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::PASSWORD;
use super::sessions::{expect_dead, name_shown, session_of, sign_in};
use crate::support::person::Answer;
use crate::support::{Database, Person, Socket, TestApp, start, start_on, start_with};

const HOUR: i64 = 60 * 60 * 1000;

/// Ways to send a session's cookie that some parser takes for it, and some other does not.
fn spellings(session: &str) -> Vec<String> {
    let encoded: String = session.bytes().map(|byte| format!("%{byte:02X}")).collect();
    vec![
        format!("chat=x; chat={session}"),
        format!("chat={session}; chat=x"),
        format!("chat=; chat={session}"),
        format!("chat={session}; chat="),
        format!("chat=\"{session}\""),
        format!("chat={encoded}"),
        format!("%63hat={session}"),
        format!("chat = {session}"),
        format!("chat=\t{session} ;"),
        format!(" ; chat={session}"),
        format!("CHAT={session}"),
        format!("chat={session}=="),
    ]
}

/// Who the server takes the bearer for on a socket: a name, nobody, or somebody who has to sign in again.
async fn greeted(socket: &mut Socket) -> Result<Option<String>, u16> {
    // A socket that is refused closes instead of taking this.
    let _ = futures_util::SinkExt::send(&mut socket.0, json!({"t": "hello", "v": 1}).to_string().into()).await;
    let frame = socket.next().await;
    match frame["t"].as_str() {
        Some("welcome") => Ok(frame["user"]["username"].as_str().map(str::to_owned)),
        _ => Err(frame.as_u64().and_then(|code| u16::try_from(code).ok()).expect("a close code")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_spelling_of_the_cookie_is_the_same_session_or_none() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Secret", "private").await;
    for number in 0..spellings("").len() {
        sign_in(&alice, "alice").await;
        let session = session_of(&alice);
        let spelling = spellings(&session).swap_remove(number);
        let mut request = Socket::upgrade(&app.origin(), "");
        let value = tokio_tungstenite::tungstenite::http::HeaderValue::from_bytes(spelling.as_bytes()).unwrap();
        request.headers_mut().insert("Cookie", value);
        let mut socket = Socket::try_open(request).await.expect("an upgrade");
        let who = greeted(&mut socket).await;
        assert_eq!(who.clone().unwrap_or_default(), name_shown(&app, &spelling).await, "{spelling}");
        let hash = id_hash(&parse_id(&session).unwrap());
        let known = app.app.connections.identities().iter().filter(|identity| identity.session() == hash).count();
        match who {
            Ok(Some(_)) => {
                assert_eq!(known, 1, "{spelling}: not counted");
                alice.post("logout", &[]).await.expect_status(200);
                socket.send_text(&send(room)).await;
                assert_eq!(socket.next().await, 4403, "{spelling}");
                expect_dead(&app, &session).await;
            }
            Ok(None) | Err(4401) => assert_eq!(known, 0, "{spelling}"),
            Err(code) => panic!("{spelling}: {code}"),
        }
    }
    app.stop().await;
}

fn send(room: i64) -> String {
    json!({"t": "send", "id": 1, "room": room, "nonce": "late", "body": "late"}).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_opens_while_its_session_ends_is_closed() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let mut closed = Vec::new();
    for _ in 0..20 {
        sign_in(&alice, "alice").await;
        let (cookies, origin) = (alice.cookies(), app.origin());
        let (mut socket, answer) = tokio::join!(Socket::open(&origin, &cookies), alice.post("logout", &[]));
        answer.expect_status(200);
        closed.push(socket.close_code().await);
    }
    assert!(closed.iter().all(|code| [4401, 4403].contains(code)), "{closed:?}");
    app.stop().await;
}

/// Changes alice's password as a command beside the server does, and checks that she is put out at once.
async fn reset_beside(app: &TestApp, database: &Database) {
    let alice = app.person("alice").await;
    let room = alice.room("Secret", "private").await;
    let elsewhere = app.visitor();
    sign_in(&elsewhere, "alice").await;
    let bob = app.person("bob").await;
    let mut others = bob.live(json!([])).await;
    let mut sockets = [alice.live(json!([{ "room": room }])).await, elsewhere.live(json!([])).await];
    let sessions = [session_of(&alice), session_of(&elsewhere)];
    let db = chat_chat::server::opening::open_database(&database.url).await.unwrap();
    let user = db.user_named("alice").await.unwrap().unwrap();
    let ended = db.set_password(user.raw_id(), &user.password, "another hash").await.unwrap().unwrap();
    assert_eq!(ended.len(), 2, "every session, in the same transaction");
    db.close().await;
    for socket in &mut sockets {
        assert_eq!(socket.close_code().await, 4403);
    }
    for session in sessions {
        expect_dead(app, &session).await;
    }
    let room = bob.room("Tea", "public").await;
    assert_eq!(others.say(room, "n", "not me").await["t"], "ack");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_set_beside_the_server_closes_its_sockets() {
    let sqlite = Database::sqlite();
    let app = start_on(&sqlite, &[]).await;
    reset_beside(&app, &sqlite).await;
    app.stop().await;
    // Nobody listens on this port: Redis is "down".
    let postgres = Database::postgres().await;
    let app = start_on(&postgres, &[("REDIS_URL", "redis://127.0.0.1:1")]).await;
    reset_beside(&app, &postgres).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_on_one_node_closes_the_sockets_on_the_other_also_without_a_bus() {
    let db = Database::postgres().await;
    let dead = [("REDIS_URL", "redis://127.0.0.1:1")];
    let (one, two) = (start_on(&db, &dead).await, start_on(&db, &dead).await);
    let alice = one.person("alice").await;
    let mut there = alice.on(&two).live(json!([])).await;
    alice.post("logout", &[]).await.expect_status(200);
    assert_eq!(there.close_code().await, 4403);
    one.stop().await;
    two.stop().await;
}

/// The session's 30 days are to begin again with the next request.
async fn make_due(app: &TestApp, session: &str) -> Vec<u8> {
    let hash = id_hash(&parse_id(session).unwrap());
    assert!(app.app.chat.db.touch_session(&hash, ids::now() + HOUR).await.unwrap());
    hash
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_used_lives_on() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    assert_eq!(alice.get("/").await.header("set-cookie"), "", "it is fresh");
    let hash = make_due(&app, &session_of(&alice)).await;
    let cookie = alice.get("/").await.header("set-cookie").to_owned();
    let mut parts: Vec<&str> = cookie.split("; ").collect();
    parts.sort_unstable();
    let named = format!("chat={}", session_of(&alice));
    assert_eq!(parts, ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax", &named]);
    let (_, expires) = app.app.chat.db.session(&hash, 0).await.unwrap().unwrap();
    assert!(expires > ids::now() + 29 * 24 * HOUR);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_brings_no_session_back() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let session = session_of(&alice);
    let hash = make_due(&app, &session).await;
    let body = format!("room={room}&body=slow");
    let mut slow = TcpStream::connect(app.address).await.unwrap();
    let head = format!(
        "POST /api/post_message HTTP/1.1\r\nHost: x\r\nOrigin: {}\r\nCookie: chat={session}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        app.origin(),
        body.len(),
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body once it has loaded the session.
    let mut asked = [0; 12];
    slow.read_exact(&mut asked).await.unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100");
    alice.post("logout", &[]).await.expect_status(200);
    slow.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains(" 200 OK"), "it began before: {answer}");
    assert!(!answer.to_ascii_lowercase().contains("set-cookie"), "{answer}");
    assert!(app.app.chat.db.session(&hash, 0).await.unwrap().is_none(), "the session is back");
    expect_dead(&app, &session).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_removed_as_it_was_set_and_the_browser_is_cleared() {
    for (url, name) in [("https://chat.example", "__Host-chat"), ("http://chat.example", "chat")] {
        let (app, _db) = start_with(&[("CHAT_PUBLIC_URL", url)]).await;
        let visitor = app.visitor();
        let call = async |function: &str, cookie: &str, accept: &str, fields: &[(&str, &str)]| {
            let request = visitor.request(function).header("Origin", url).header("Cookie", cookie);
            Answer::of(request.header("Accept", accept).form(fields)).await
        };
        for accept in ["application/json", "text/html"] {
            let fields = [("username", "alice"), ("password", PASSWORD)];
            let function = if accept == "text/html" { "login" } else { "register" };
            let set = call(function, "", accept, &fields).await.set_cookie(name).to_owned();
            let attributes = |cookie: &str| {
                let parts = cookie
                    .split("; ")
                    .filter(|part| !part.contains('=') || part.starts_with("SameSite") || part.starts_with("Path"));
                let mut parts: Vec<String> = parts.map(str::to_owned).collect();
                parts.sort_unstable();
                parts
            };
            let out = call("logout", set.split(';').next().unwrap(), accept, &[]).await;
            let removed = out.header("set-cookie");
            assert!(removed.starts_with(&format!("{name}=;")) && removed.contains("Max-Age=0"), "{removed}");
            assert_eq!(attributes(removed), attributes(&set), "{url} {accept}");
            assert_eq!(out.headers.get_all("set-cookie").iter().count(), 1);
            assert_eq!(out.header("clear-site-data"), r#""cache", "storage""#, "{accept}");
        }
        app.stop().await;
    }
}

async fn change(person: &Person, old: &str, new: &str) -> Answer {
    person.submit("change_password", &[("old", old), ("new", new), ("next", "/settings?saved=change_password")]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_ends_every_session_but_ones_own() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let elsewhere = app.visitor();
    sign_in(&elsewhere, "alice").await;
    let mut sockets = [alice.live(json!([])).await, elsewhere.live(json!([])).await];
    let sessions = [session_of(&alice), session_of(&elsewhere)];
    for (old, new, at) in [
        ("wrong zebra", "another horse", "old"),
        ("", "another horse", "old"),
        (PASSWORD, "short", "new"),
        (PASSWORD, "password1", "new"),
        (PASSWORD, "Alice 123", "new"),
    ] {
        let answer = change(&alice, old, new).await.expect_status(422);
        assert!(!answer.text.contains("zebra") && !answer.text.contains("another horse"), "a password in the page");
        let page = crate::support::html::Html::read(&answer.text);
        let field = page.only("input", "name", at);
        assert_eq!(field.attribute("aria-invalid"), Some("true"), "{old} {new}");
        assert_eq!(alice.post("change_password", &[("old", old), ("new", new)]).await.json()["field"], at);
    }
    assert_eq!(session_of(&alice), sessions[0]);
    app.visitor().post("change_password", &[("old", PASSWORD), ("new", "another horse")]).await.expect_status(401);

    let changed = change(&alice, PASSWORD, "another horse").await.expect_status(303);
    assert_eq!(changed.header("location"), "/settings?saved=change_password");
    assert_ne!(session_of(&alice), sessions[0], "the session has a new id");
    assert_eq!(name_shown(&app, &alice.cookies()).await.as_deref(), Some("alice"));
    assert!(alice.get("/settings?saved=change_password").await.text.contains("Saved."));
    for socket in &mut sockets {
        assert_eq!(socket.close_code().await, 4403);
    }
    for session in sessions {
        expect_dead(&app, &session).await;
    }
    for (password, status) in [(PASSWORD, 401), ("another horse", 200)] {
        app.visitor().post("login", &[("username", "alice"), ("password", password)]).await.expect_status(status);
    }
    app.stop().await;
}
