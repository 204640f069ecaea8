//! The headers that tell a browser to be careful: on every kind of answer, whatever made it.

use std::collections::HashSet;

use reqwest::{Client, RequestBuilder};

use crate::support::html::Html;
use crate::support::person::Answer;
use crate::support::site::Site;
use crate::support::start;

/// One request for each kind of answer, with the status that it gets.
fn requests(site: &Site) -> Vec<(RequestBuilder, u16)> {
    let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let get = |path: &str| http.get(format!("{}{path}", site.origin));
    let post = |name: &str| http.post(format!("{}/api/{name}", site.origin)).header("Origin", &site.public);
    let html = |request: RequestBuilder| request.header("Accept", "text/html");
    let user = [("username", "alice"), ("password", "correct horse")];
    let wrong = [("username", "alice"), ("password", "wrong zebra")];
    vec![
        (get("/"), 200),
        (get("/login"), 200),
        (get("/nowhere"), 404),
        (get("/rooms/4242"), 404),
        (get("/?sort=worst"), 422),
        (get("/favicon.svg"), 200),
        (get("/favicon.svg").header("Range", "bytes=0-3"), 206),
        (http.head(format!("{}/favicon.svg", site.origin)), 200),
        (get("/pkg/chat-chat.js"), 200),
        (get("/pkg/nothing.js"), 404),
        (http.head(format!("{}/", site.origin)), 200),
        (get("/robots.txt"), 200),
        (get("/sitemap.xml"), 200),
        (get("/feed.atom"), 200),
        (get("/feed.atom").header("If-None-Match", "*"), 304),
        (get("/tags/tea/feed.atom"), 200),
        (get("/tags/%FF/feed.atom"), 400),
        (get("/rooms/4242/feed.atom"), 404),
        (get("/rooms/4242/messages/1"), 404),
        (get("/rooms/4242/messages/1/"), 308),
        (get("/healthz"), 200),
        (get("/readyz"), 200),
        (http.post(format!("{}/healthz", site.origin)), 405),
        (post("register").form(&user), 200),
        (post("login").form(&wrong), 401),
        (html(post("login").form(&wrong)), 401),
        (html(post("login").form(&user)), 303),
        (post("history").form(&[("room", "x")]), 400),
        (post("nothing"), 404),
        (post("login").body(vec![b'x'; 65 * 1024]), 413),
        (post("create_room").body(vec![b'x'; 257 * 1024]), 413),
        (http.post(format!("{}/api/login", site.origin)), 403),
        (get("/api/rooms"), 403),
        (get("/ws"), 426),
        (upgrade(get("/ws")), 403),
        (upgrade(get("/ws")).header("Origin", "https://evil.example"), 403),
    ]
}

fn upgrade(request: RequestBuilder) -> RequestBuilder {
    request
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")
}

/// A policy as its directives.
fn directives(policy: &str) -> Vec<(&str, Vec<&str>)> {
    policy
        .split(';')
        .filter_map(|part| {
            let mut words = part.split_whitespace();
            Some((words.next()?, words.collect()))
        })
        .collect()
}

fn expect_policy(answer: &Answer, what: &str) {
    let policy = directives(answer.header("content-security-policy"));
    let of = |name: &str| policy.iter().find(|(known, _)| *known == name).map(|(_, sources)| sources.clone());
    for name in ["frame-ancestors", "base-uri"] {
        assert_eq!(of(name), Some(vec!["'none'"]), "{what}");
    }
    let is_page = answer.header("content-type").starts_with("text/html");
    if !is_page {
        assert_eq!(of("default-src"), Some(vec!["'none'"]), "{what}");
        return;
    }
    assert_eq!((of("default-src"), of("object-src")), (Some(vec!["'self'"]), Some(vec!["'none'"])), "{what}");
    assert_eq!(of("form-action"), Some(vec!["'self'"]), "{what}");
    let nonce = format!("'nonce-{}'", answer.nonce());
    assert_eq!(of("script-src"), Some(vec![&*nonce, "'strict-dynamic'", "'wasm-unsafe-eval'"]), "{what}");
    assert_eq!(of("style-src"), Some(vec!["'self'", &*nonce]), "{what}");
    assert_eq!(of("img-src"), Some(vec!["'self'", "data:", "blob:"]), "{what}");
    assert_eq!(of("connect-src").and_then(|sources| sources.first().copied()), Some("'self'"), "{what}");
    assert!(!answer.header("content-security-policy").contains("unsafe-inline"), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_them() {
    for public in [None, Some("https://chat.example")] {
        let site = Site::start(public).await;
        for (request, status) in requests(&site) {
            let what = format!("{request:?}");
            let answer = Answer::of(request).await;
            assert_eq!(answer.status, status, "{what}: {}", answer.text);
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "same-origin"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
            ] {
                assert_eq!(answer.header(name), value, "{name} of {what}");
            }
            let hsts = answer.header("strict-transport-security");
            let age = hsts.split_once("max-age=").and_then(|(_, age)| age.split(';').next()?.parse::<u64>().ok());
            assert_eq!(age.is_some_and(|seconds| seconds >= 31_536_000), public.is_some(), "{hsts:?} of {what}");
            assert!(!hsts.contains("includeSubDomains"), "other programs' names are not ours to speak for: {hsts:?}");
            assert_eq!(answer.header("server"), "", "{what}");
            assert!(answer.header("vary").contains("Accept-Encoding"), "{what}");
            assert!(answer.headers.contains_key("cache-control"), "{what}");
            expect_policy(&answer, &what);
        }
        site.app.shutdown.cancel();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_cached_for_ever_and_pages_by_nobody_else() {
    let site = Site::start(None).await;
    let get = async |path: &str| Answer::of(Client::new().get(format!("{}{path}", site.origin))).await;
    let script = get("/pkg/chat-chat.js").await.expect_status(200);
    assert_eq!(script.header("cache-control"), "public, max-age=31536000, immutable");
    for path in ["/", "/login", "/nowhere"] {
        let page = get(path).await;
        let caching = page.header("cache-control");
        assert!(caching.starts_with("private") || caching.contains("no-store"), "{path}: {caching}");
        assert!(!caching.contains("max-age") && page.header("etag").is_empty(), "a nonce is for once: {caching}");
        assert!(page.header("vary").contains("Cookie"), "{path}");
    }
    for path in
        ["/secret", "/pkg/../../secret", "/pkg/%2e%2e/%2e%2e/secret", "/pkg/..%2f..%2fsecret", "/pkg//../../secret"]
    {
        let answer = get(path).await;
        assert!(answer.status >= 400 && answer.text != "secret", "{path}: {}", answer.status);
    }
    site.app.shutdown.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_page_has_a_nonce_of_its_own_that_nobody_can_guess() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let mut seen = HashSet::new();
    for n in 0..100 {
        let path = ["/", "/login", "/rooms/new", "/settings", "/nowhere"][n % 5];
        let page =
            if n % 10 == 9 { alice.submit("preferences", &[("lang", "xx")]).await } else { alice.get(path).await };
        let nonce = page.nonce().to_owned();
        // Six bits for each character of Base64.
        assert!(nonce.len() * 6 >= 128, "{nonce}");
        assert!(nonce.chars().all(|c| c.is_ascii_alphanumeric() || "+/-_=".contains(c)), "{nonce}");
        let html = Html::read(&page.text);
        assert!(html.all("script").count() >= 2);
        html.expect_harmless(&nonce);
        assert!(seen.insert(nonce), "the same nonce twice");
    }
    app.stop().await;
}
