//! Requests that a page of another site made: refused before anything happens, whatever they look like.

use leptos::server_fn::axum::server_fn_paths;
use reqwest::Method;
use serde_json::json;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Error;

use crate::support::html::Html;
use crate::support::person::Answer;
use crate::support::{Person, Socket, TestApp, start, start_with};

const OWN: &str = "https://chat.example";

/// The status of an upgrade with these headers.
async fn upgrade(app: &TestApp, headers: &[(&'static str, &str)]) -> u16 {
    let mut request = Socket::upgrade(&app.origin(), "");
    request.headers_mut().remove("origin");
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().expect("a header"));
    }
    match connect_async(request).await {
        Ok((_, response)) => response.status().as_u16(),
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("{headers:?}: {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_opens_for_our_own_pages_only() {
    let (app, _db) = start_with(&[("CHAT_PUBLIC_URL", OWN)]).await;
    assert_eq!(upgrade(&app, &[("Origin", OWN)]).await, 101);
    for origin in [
        "null",
        "",
        "https://evil",
        "https://chat.example.evil",
        "https://evil.chat.example",
        "https://evilchat.example",
        "http://chat.example",
        "wss://chat.example",
        "https://chat.example:8443",
        "https://chat.example:443",
        "https://CHAT.example",
        "HTTPS://chat.example",
        "https://chat.example/",
        "https://chat.example.",
        "https://user@chat.example",
        "https://chat.example, https://evil",
        "chat.example",
        "*",
    ] {
        assert_eq!(upgrade(&app, &[("Origin", origin)]).await, 403, "{origin:?}");
    }
    // The address that it really has is not the one that people type.
    assert_eq!(upgrade(&app, &[("Origin", &app.origin())]).await, 403);
    assert_eq!(upgrade(&app, &[("Origin", OWN), ("Origin", OWN)]).await, 403);
    assert_eq!(upgrade(&app, &[("Origin", OWN), ("Origin", "https://evil")]).await, 403);
    assert_eq!(upgrade(&app, &[("Origin", "https://evil"), ("Origin", OWN)]).await, 403);
    assert_eq!(upgrade(&app, &[]).await, 403);
    assert_eq!(upgrade(&app, &[("Sec-Fetch-Site", "same-origin")]).await, 403, "a socket needs an Origin");
    app.stop().await;
}

/// Fields with which any server function would do something.
fn fields(room: i64) -> Vec<(&'static str, String)> {
    let fields = [
        ("username", "mallory"),
        ("password", "correct horse"),
        ("title", "Forged"),
        ("body", "forged"),
        ("category", "tech"),
        ("visibility", "public"),
        ("lang", "ko"),
        ("theme", "dark"),
        ("target", "1"),
        ("seq", "1"),
        ("since", "0"),
        ("emoji", "👍"),
        ("on", "true"),
        ("state", "locked"),
        ("level", "none"),
        ("q", "tea"),
    ];
    let room = ("room", room.to_string());
    fields.into_iter().map(|(name, value)| (name, value.to_owned())).chain([room]).collect()
}

struct Attack {
    method: Method,
    headers: Vec<(&'static str, String)>,
    /// `None` sends the fields in the query.
    body: Option<&'static str>,
    /// Whether it is its method alone that is wrong.
    own: bool,
}

fn attacks(own: &str) -> Vec<Attack> {
    let form = "application/x-www-form-urlencoded";
    let evil = ("Origin", "https://evil.example".to_owned());
    let site = |value: &str| ("Sec-Fetch-Site", value.to_owned());
    let mut attacks = Vec::new();
    let mut post = |body, headers: Vec<(&'static str, String)>| {
        attacks.push(Attack { method: Method::POST, headers, body: Some(body), own: false });
    };
    for body in [form, "text/plain", "application/json", "multipart/form-data; boundary=x"] {
        post(body, vec![evil.clone()]);
        post(body, vec![]);
        post(body, vec![site("cross-site")]);
        post(body, vec![site("same-site")]);
    }
    post(form, vec![site("none")]);
    post(form, vec![site("")]);
    post(form, vec![site("Same-Origin")]);
    post(form, vec![("Origin", "null".to_owned())]);
    post(form, vec![("Origin", format!("{own}.evil.example"))]);
    post(form, vec![("Origin", "http://127.0.0.1:1".to_owned())]);
    post(form, vec![("Origin", own.to_owned()), ("Origin", own.to_owned())]);
    post(form, vec![evil.clone(), site("same-origin")]);
    post(form, vec![("Origin", String::new()), site("same-origin")]);
    post(form, vec![("Referer", format!("{own}/settings"))]);
    post(form, vec![("X-Requested-With", "XMLHttpRequest".to_owned())]);
    let reads = [Method::GET, Method::HEAD, Method::OPTIONS];
    for method in reads.into_iter().chain([Method::PUT, Method::DELETE, Method::PATCH]) {
        for headers in [vec![evil.clone()], vec![], vec![site("cross-site")], vec![site("none")]] {
            attacks.push(Attack { method: method.clone(), headers, body: None, own: false });
        }
        let override_ = ("X-HTTP-Method-Override", "POST".to_owned());
        let headers = vec![("Origin", own.to_owned()), override_, site("same-origin")];
        attacks.push(Attack { method: method.clone(), headers, body: None, own: true });
    }
    attacks
}

/// Everything that the attacks could change, as the victim sees it.
async fn world(victim: &Person, room: i64) -> String {
    let id = room.to_string();
    let mut seen = String::new();
    for (name, fields) in [("rooms", vec![]), ("open_room", vec![("room", &*id)]), ("history", vec![("room", &*id)])] {
        seen += &victim.post(name, &fields).await.expect_status(200).text;
    }
    let page = Html::read(&victim.get("/").await.text);
    let html = page.all("html").next().unwrap();
    let me = &page.only("a", "data-testid", "me").text;
    format!("{seen}{:?}{:?}{me}", html.attribute("lang"), html.attribute("data-theme"))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_server_function_obeys_another_sites_page() {
    let (app, _db) = start().await;
    let victim = app.person("victim").await;
    let room = victim.room("Tea", "public").await;
    let mut socket = victim.live(json!([])).await;
    assert_eq!(socket.say(room, "n", "mine").await["seq"], 1);
    let (cookies, before) = (victim.cookies(), world(&victim, room).await);
    let fields = fields(room);
    let paths: Vec<&str> = server_fn_paths().map(|(path, _)| path).collect();
    assert!(["/api/login", "/api/logout", "/api/create_room"].iter().all(|path| paths.contains(path)), "{paths:?}");

    let query = {
        let mut address = reqwest::Url::parse("http://x").unwrap();
        address.query_pairs_mut().extend_pairs(&fields);
        address.query().unwrap().to_owned()
    };
    for path in &paths {
        for Attack { method, headers, body, own } in attacks(&app.origin()) {
            for accept in ["application/json", "text/html"] {
                let address =
                    if body.is_some() { app.url(path) } else { app.url(&format!("{path}?{query}&_method=POST")) };
                let mut request = victim.http.request(method.clone(), address).header("Accept", accept);
                for (name, value) in &headers {
                    request = request.header(*name, value);
                }
                if let Some(kind) = body {
                    request = request.header("Content-Type", kind).body(query.clone());
                }
                let answer = Answer::of(request).await;
                let refused = if own { [404, 405].contains(&answer.status) } else { answer.status == 403 };
                assert!(refused, "{method} {path} {headers:?} {body:?}: {} {}", answer.status, answer.text);
                assert_eq!(answer.header("set-cookie"), "", "{method} {path} {headers:?}");
                assert_eq!(answer.header("access-control-allow-origin"), "", "{method} {path} {headers:?}");
            }
        }
    }
    assert_eq!((victim.cookies(), world(&victim, room).await), (cookies, before));
    assert_eq!(socket.say(room, "n2", "still here").await["seq"], 2);
    let mallory = [("username", "mallory"), ("password", "correct horse")];
    app.visitor().post("login", &mallory).await.expect_status(401);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_server_function_obeys_our_own_page() {
    let (app, _db) = start().await;
    let owner = app.person("owner").await;
    let room = owner.room("Tea", "public").await;
    app.person("mallory").await;
    for (n, (path, _)) in server_fn_paths().enumerate() {
        let person = app.person(&format!("person{n}")).await;
        for (name, value) in [("Origin", &*app.origin()), ("Sec-Fetch-Site", "same-origin")] {
            let answer = Answer::of(person.http.post(app.url(path)).header(name, value).form(&fields(room))).await;
            assert!(![405, 500, 503].contains(&answer.status), "{path}: {} {}", answer.status, answer.text);
            assert!(!answer.text.contains("foreign_origin"), "{path}: {}", answer.text);
            if ["login", "logout", "preferences", "create_room", "rooms", "history"].contains(&&path[5..]) {
                assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            }
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_read_from_anywhere_and_written_from_nowhere() {
    let (app, _db) = start().await;
    for path in ["/", "/rooms/new", "/login", "/nowhere"] {
        for origin in ["https://evil.example", "null"] {
            // Somebody followed a link.
            let read = app.visitor().http.get(app.url(path)).header("Origin", origin);
            assert!([200, 404].contains(&Answer::of(read).await.status));
            let write = app.visitor().http.post(app.url(path)).header("Origin", origin).body("");
            assert_eq!(Answer::of(write).await.status, 403, "{path}");
        }
    }
    // Another spelling of an address leads to no function either.
    for path in ["/api/%6cogin", "//api/login", "/api//login", "/API/login", "/api/./login", "/api/login/"] {
        let request = app.visitor().http.post(app.url(path)).header("Origin", "https://evil.example").body("");
        assert_eq!(Answer::of(request).await.status, 403, "{path}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_referer_leads_nowhere_and_learns_nothing() {
    let (app, _db) = start().await;
    app.person("alice").await;
    let own = app.origin();
    let room = app.person("bob").await.room("Tea", "public").await.to_string();
    for referer in [
        "https://evil.example/x",
        "https://evil.example//evil.example/x",
        "https://evil.example/\\evil.example",
        "https://evil.example/%2Fevil.example",
        "https://evil.example",
        "//evil.example/",
        "javascript:alert('evil.example')",
        "data:text/html,evil.example",
        "http://127.0.0.1@evil.example/",
        "evil.example",
    ] {
        for (name, fields) in [
            ("preferences", vec![("lang", "en")]),
            ("preferences", vec![("lang", "xx")]),
            ("login", vec![("username", "alice"), ("password", "wrong zebra")]),
            ("login", vec![("username", "alice"), ("password", "correct horse")]),
            ("register", vec![("username", "alice"), ("password", "correct horse")]),
            ("create_room", vec![("title", "")]),
            ("post_message", vec![("room", &*room), ("body", "")]),
            ("logout", vec![]),
            ("nothing", vec![]),
        ] {
            let request = app.visitor().request(name).header("Accept", "text/html").header("Referer", referer);
            let answer = Answer::of(request.header("Origin", &own).form(&fields)).await;
            let there = format!("{name} {fields:?} from {referer}: {} {:?}", answer.status, answer.headers);
            assert!((200..500).contains(&answer.status), "{there}");
            assert!(!answer.text.contains("evil.example"), "{there}");
            for header in ["location", "refresh", "content-location", "link"] {
                assert!(!answer.header(header).contains("evil.example"), "{there}");
            }
            let location = answer.header("location");
            if !location.is_empty() {
                let page = reqwest::Url::parse(&app.url("/")).unwrap().join(location).unwrap();
                assert_eq!(page.origin().ascii_serialization(), own, "{there}");
                assert!(!location.contains('?'), "nothing of an error: {there}");
            }
        }
    }
    app.stop().await;
}
