//! Sessions: a new id at every sign-in, and nothing left of the old one, sockets included.

use chat_chat::server::sessions::{id_hash, parse_id};
use serde_json::json;

use super::PASSWORD;
use crate::support::html::Html;
use crate::support::person::Answer;
use crate::support::{Person, Socket, TestApp, start, start_with};

/// A well-formed id that nobody has.
const PLANTED: &str = "AAAAAAAAAAAAAAAAAAAAAA";
const DAY: i64 = 24 * 60 * 60 * 1000;

pub(super) fn session_of(person: &Person) -> String {
    let cookies = person.cookies();
    cookies.split("; ").find_map(|pair| pair.strip_prefix("chat=")).expect("a session").to_owned()
}

/// Who the server takes the bearer of this cookie for.
pub(super) async fn name_shown(app: &TestApp, cookie: &str) -> Option<String> {
    let page =
        Answer::of(app.visitor().http.get(app.url("/")).header("Cookie", cookie.as_bytes())).await.expect_status(200);
    let html = Html::read(&page.text);
    html.elements.iter().find(|element| element.is("a", "data-testid", "me")).map(|element| {
        // The first letter is the avatar.
        element.text.chars().skip(1).collect()
    })
}

pub(super) async fn sign_in(person: &Person, name: &str) {
    person.post("login", &[("username", name), ("password", PASSWORD)]).await.expect_status(200);
}

/// The cookie opens no session any more: pages are a visitor's, and a socket is told to sign in again.
pub(super) async fn expect_dead(app: &TestApp, session: &str) {
    let cookie = format!("chat={session}");
    assert_eq!(name_shown(app, &cookie).await, None);
    assert_eq!(Socket::open(&app.origin(), &cookie).await.close_code().await, 4401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_for_this_host_and_for_no_script() {
    let (app, _db) = start().await;
    let answer = app.visitor().post("register", &[("username", "alice"), ("password", PASSWORD)]).await;
    let cookie = answer.set_cookie("chat");
    let mut parts: Vec<&str> = cookie.split("; ").skip(1).collect();
    parts.sort_unstable();
    assert_eq!(parts, ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax"]);
    assert_eq!(answer.header("strict-transport-security"), "");
    assert!(parse_id(cookie[5..].split(';').next().unwrap()).is_some(), "128 random bits: {cookie}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_the_cookie_is_bound_to_the_host() {
    let (app, _db) = start_with(&[("CHAT_PUBLIC_URL", "https://chat.example")]).await;
    let visitor = app.visitor();
    let from = |name: &str| visitor.request(name).header("Origin", "https://chat.example");
    let register = from("register").form(&[("username", "alice"), ("password", PASSWORD)]);
    let answer = Answer::of(register).await.expect_status(200);
    let cookie = answer.set_cookie("__Host-chat");
    let mut parts: Vec<&str> = cookie.split("; ").skip(1).collect();
    parts.sort_unstable();
    assert_eq!(parts, ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax", "Secure"]);
    let session = cookie.split(';').next().unwrap().strip_prefix("__Host-chat=").unwrap();
    assert_eq!(name_shown(&app, &format!("__Host-chat={session}")).await.as_deref(), Some("alice"));
    // What a subdomain or plain HTTP could set opens nothing.
    assert_eq!(name_shown(&app, &format!("chat={session}")).await, None);
    let stranger = app.visitor();
    let choose = stranger.request("preferences").header("Origin", "https://chat.example");
    let chosen = Answer::of(choose.form(&[("theme", "dark")])).await.expect_status(200);
    assert!(chosen.header("set-cookie").ends_with("; Secure"), "{}", chosen.header("set-cookie"));
    for path in ["/", "/healthz", "/nowhere"] {
        let answer = visitor.get(path).await;
        assert!(answer.header("strict-transport-security").contains("max-age="), "{path}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_somebody_planted_dies_at_sign_in() {
    let (app, _db) = start().await;
    app.person("alice").await;
    let hash = id_hash(&parse_id(PLANTED).unwrap());
    let expires = chat_chat::server::ids::now() + DAY;
    for (name, fields) in [
        ("login", vec![("username", "alice"), ("password", PASSWORD)]),
        ("register", vec![("username", "mallory"), ("password", PASSWORD)]),
    ] {
        let db = &app.app.chat.db;
        assert!(db.add_session(&hash, None, r#"{"touched":1}"#, expires).await.unwrap().is_some());
        let victim = app.visitor();
        victim.jar.add_cookie_str(&format!("chat={PLANTED}"), &app.origin().parse().unwrap());
        victim.post(name, &fields).await.expect_status(200);
        assert_ne!(session_of(&victim), PLANTED);
        assert_eq!(name_shown(&app, &victim.cookies()).await.as_deref(), Some(fields[0].1));
        assert!(db.session(&hash, 0).await.unwrap().is_none(), "{name} left the planted session");
        expect_dead(&app, PLANTED).await;
    }
    // An id that the server never gave out is not taken either.
    let victim = app.visitor();
    victim.jar.add_cookie_str(&format!("chat={PLANTED}"), &app.origin().parse().unwrap());
    sign_in(&victim, "alice").await;
    assert_ne!(session_of(&victim), PLANTED);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_at_the_same_browser_gets_a_new_session_and_the_old_sockets_close() {
    let (app, _db) = start().await;
    let browser = app.person("alice").await;
    app.person("bob").await;
    let room = browser.room("Tea", "public").await;
    let first = session_of(&browser);
    let mut tabs = [browser.live(json!([{ "room": room }])).await, browser.live(json!([])).await];
    sign_in(&browser, "bob").await;
    let second = session_of(&browser);
    assert_ne!(first, second);
    for tab in &mut tabs {
        assert_eq!(tab.close_code().await, 4403);
    }
    expect_dead(&app, &first).await;
    let mut socket = browser.socket().await;
    socket.send(json!({"t": "hello", "v": 1})).await;
    assert_eq!(socket.expect("welcome").await["user"]["username"], "bob");
    // The same person once more is a new session, too.
    sign_in(&browser, "bob").await;
    assert_ne!(session_of(&browser), second);
    assert_eq!(socket.close_code().await, 4403);
    expect_dead(&app, &second).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_this_session_everywhere_and_no_other() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let elsewhere = app.visitor();
    sign_in(&elsewhere, "alice").await;
    let mut here = [alice.live(json!([{ "room": room }])).await, alice.live(json!([])).await];
    let mut there = elsewhere.live(json!([])).await;
    let session = session_of(&alice);
    let answer = alice.submit("logout", &[]).await.expect_status(303);
    assert!(answer.header("set-cookie").starts_with("chat=;"), "{}", answer.header("set-cookie"));
    for socket in &mut here {
        assert_eq!(socket.close_code().await, 4403);
    }
    expect_dead(&app, &session).await;
    assert_eq!(there.say(room, "n", "still here").await["t"], "ack");
    assert_eq!(name_shown(&app, &elsewhere.cookies()).await.as_deref(), Some("alice"));
    let cookie = format!("chat={session}");
    let form = [("room", room.to_string()), ("body", "forged".into())];
    let late = alice.request("post_message").header("Origin", app.origin()).header("Cookie", cookie).form(&form);
    Answer::of(late).await.expect_status(401);
    // Signing out without a session is no failure.
    app.visitor().post("logout", &[]).await.expect_status(200);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_without_a_session_reads_and_one_with_a_dead_session_is_told_so() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let mut visitor = app.visitor().socket().await;
    visitor.send(json!({"t": "hello", "v": 1, "subs": [{ "room": room }]})).await;
    assert!(visitor.expect("welcome").await["user"].is_null());
    visitor.expect("sub_ok").await;
    assert_eq!(visitor.say(room, "n", "x").await["code"], "unauthorized");

    for garbage in ["x", PLANTED, "%00", "../../etc/passwd", "\"\"", &"A".repeat(4_000)] {
        expect_dead(&app, garbage).await;
    }
    let session = session_of(&alice);
    let (db, hash) = (&app.app.chat.db, id_hash(&parse_id(&session).unwrap()));
    let (data, _) = db.session(&hash, 0).await.unwrap().expect("a session");
    assert!(!data.contains(&session), "the id itself is nowhere in the database");
    assert!(db.touch_session(&hash, chat_chat::server::ids::now() - 1).await.unwrap());
    expect_dead(&app, &session).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_the_sessions_that_the_old_one_opened() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let session = session_of(&alice);
    let db = &app.app.chat.db;
    let user = db.user_named("alice").await.unwrap().unwrap();
    let hash = app.app.passwords.hash("another horse".into()).await.unwrap();
    assert_eq!(db.set_password(user.raw_id(), &user.password, &hash).await.unwrap().unwrap().len(), 1);
    expect_dead(&app, &session).await;
    let fields = [("username", "alice"), ("password", PASSWORD)];
    app.visitor().post("login", &fields).await.expect_status(401);
    app.stop().await;
}
