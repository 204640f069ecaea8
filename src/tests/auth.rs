//! Accounts: making one, signing in with and without script, and what is said when it fails.

mod forms;
mod looks;
mod revoked;
mod sessions;
mod throttle;

use crate::support::html::Html;
use crate::support::person::Answer;
use crate::support::{TestApp, start};

const PASSWORD: &str = "correct horse";
const WRONG: &str = "wrong zebra 77";

/// Addresses that are not on this site, or that some browser or library could take for another's.
const FOREIGN: [&str; 24] = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/%2Fevil.example",
    "/%2f/evil.example",
    "/%5Cevil.example",
    "/%255Cevil.example",
    "/%252Fevil.example",
    "%2F%2Fevil.example",
    "%252F%252Fevil.example",
    "https://evil.example",
    "https:evil.example",
    "hTTps:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " //evil.example",
    "/\t/evil.example",
    "/\r\nLocation: https://evil.example",
    "\u{ff0f}/evil.example",
    "@evil.example",
    ".evil.example",
    "/카페",
];

/// Where a browser on a page of `app` ends up with this `Location`.
fn followed(app: &TestApp, answer: &Answer) -> reqwest::Url {
    let page = reqwest::Url::parse(&app.url("/login")).unwrap();
    page.join(answer.header("location")).expect("an address")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_belongs_to_one_account_however_it_is_typed() {
    let (app, _db) = start().await;
    let elan = app.visitor();
    let fields = |name| [("username", name), ("password", PASSWORD)];
    let made = elan.post("register", &fields("Élan")).await.expect_status(200).json();
    assert_eq!((&made["username"], &made["display_name"]), (&"Élan".into(), &"Élan".into()));
    for same in ["Élan", "élan", "E\u{301}LAN", "  Élan "] {
        let other = app.visitor();
        let refused = other.post("register", &fields(same)).await.expect_status(409);
        assert_eq!(refused.json()["field"], "username", "{same}");
        assert_eq!((refused.json()["code"].as_str(), other.cookies()), (Some("conflict"), String::new()));
        let there = app.visitor().post("login", &fields(same)).await.expect_status(200).json();
        assert_eq!(there["id"], made["id"], "{same}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_name_or_a_password_is_refused_beside_its_field() {
    let (app, _db) = start().await;
    let good = [("username", "alice"), ("password", PASSWORD), ("display_name", "Alice")];
    let (long_name, long_password, long_display) = ("x".repeat(33), "x".repeat(257), "x".repeat(41));
    for (field, value) in [
        ("username", "a"),
        ("username", &*long_name),
        ("username", "a b"),
        ("username", "<b>x</b>"),
        ("username", "a\u{202e}b"),
        ("username", "a\0b"),
        ("username", "@alice"),
        ("password", "1234567"),
        ("password", &*long_password),
        ("display_name", &*long_display),
    ] {
        let fields = good.map(|(name, usual)| (name, if name == field { value } else { usual }));
        let refused = app.visitor().post("register", &fields).await.expect_status(422).json();
        assert_eq!(refused["field"], field, "{value:?}: {refused}");
        assert!(refused["message"].as_str().is_some_and(|message| !message.is_empty()));
    }
    for name in ["register", "login"] {
        for fields in [&good[..1], &good[1..2], &[]] {
            let refused = app.visitor().post(name, fields).await.expect_status(400).json();
            assert_eq!(refused["code"], "malformed", "{name} {fields:?}");
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_counts_to_its_last_character_and_is_stored_as_a_slow_hash() {
    let (app, _db) = start().await;
    let password = format!("{}\u{e9}", "x".repeat(255));
    app.visitor().post("register", &[("username", "alice"), ("password", &password)]).await.expect_status(200);
    let try_ = async |password: &str| {
        app.visitor().post("login", &[("username", "alice"), ("password", password)]).await.status
    };
    assert_eq!(try_(&password).await, 200);
    // The same keys on a system that types accents as separate marks.
    assert_eq!(try_(&password.replace('\u{e9}', "e\u{301}")).await, 200);
    assert_eq!(try_(&password.replace('\u{e9}', "e")).await, 401);
    assert_eq!(try_(&password.replace('\u{e9}', "")).await, 401);
    assert_eq!(try_(&format!("{password}x")).await, 401);
    assert_eq!(try_(&"x".repeat(60_000)).await, 401);
    assert_eq!(try_(&"x".repeat(1024 * 1024)).await, 413);

    let stored = app.app.chat.db.user_named("alice").await.unwrap().expect("an account").password;
    let parts: Vec<&str> = stored.split('$').collect();
    assert_eq!(parts[1..3], ["argon2id", "v=19"], "{stored}");
    let cost = |name: &str| -> u32 {
        let parts = parts[3].split(',').filter_map(|part| part.split_once('='));
        parts.into_iter().find(|(known, _)| *known == name).expect(name).1.parse().expect(name)
    };
    assert!(cost("m") >= 19_456 && cost("t") >= 2 && cost("p") >= 1, "{stored}");
    assert!(parts[4].len() >= 22 && parts[5].len() >= 43, "128 bits of salt, 256 of hash: {stored}");
    let other = app.person("bob").await;
    other.post("login", &[("username", "bob"), ("password", PASSWORD)]).await.expect_status(200);
    app.visitor().post("register", &[("username", "carol"), ("password", PASSWORD)]).await.expect_status(200);
    let hash = async |name: &str| app.app.chat.db.user_named(name).await.unwrap().unwrap().password;
    assert_ne!(hash("bob").await, hash("carol").await, "each has a salt of their own");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_script_each_form_leads_where_it_was_asked_to() {
    let (app, _db) = start().await;
    let alice = app.visitor();
    let fields = [("username", "alice"), ("password", PASSWORD), ("next", "/rooms/new?x=%2F#form")];
    for name in ["register", "login"] {
        let answer = alice.submit(name, &fields).await.expect_status(303);
        assert_eq!((answer.header("location"), &*answer.text), ("/rooms/new?x=%2F#form", ""));
        let page = Html::read(&alice.get("/").await.expect_status(200).text);
        assert_eq!(page.only("a", "data-testid", "me").attribute("href"), Some("/settings"));
        let answer = alice.submit("logout", &[]).await.expect_status(303);
        assert_eq!(answer.header("location"), "/");
        let page = Html::read(&alice.get("/").await.expect_status(200).text);
        assert!(!page.elements.iter().any(|element| element.is("a", "data-testid", "me")));
    }
    for name in ["login", "preferences"] {
        let answer = alice.submit(name, &fields[..2]).await.expect_status(303);
        assert_eq!(answer.header("location"), "/");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_form_leads_to_another_site() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await.to_string();
    for next in FOREIGN {
        for (name, fields) in [
            ("preferences", vec![("lang", "en")]),
            ("login", vec![("username", "alice"), ("password", PASSWORD)]),
            ("post_message", vec![("room", &*room), ("body", "hi")]),
            ("logout", vec![]),
            ("register", vec![("username", "alice"), ("password", WRONG)]),
        ] {
            let fields: Vec<_> = fields.into_iter().chain([("next", next)]).collect();
            let visitor = app.visitor();
            let who = if name == "post_message" { &alice } else { &visitor };
            let answer = who.submit(name, &fields).await;
            if name == "register" {
                // Refused, because the name is taken: the page again.
                assert_eq!((answer.status, answer.header("location")), (409, ""), "{next:?}");
                Html::read(&answer.text).expect_harmless(answer.nonce());
                continue;
            }
            assert_eq!(answer.status, 303, "{name} {next:?}: {}", answer.text);
            let there = followed(&app, &answer);
            assert_eq!(there.origin().ascii_serialization(), app.origin(), "{name} {next:?}");
            assert!(["/".to_owned(), format!("/rooms/{room}")].contains(&there.path().to_owned()), "{name} {next:?}");
        }
        // The pages that carry a `next` on; Leptos decodes a query twice.
        for encoded in [next.to_owned(), reqwest_encoded(next), reqwest_encoded(&reqwest_encoded(next))] {
            let Ok(address) = reqwest::Url::parse(&app.url(&format!("/login?next={encoded}"))) else { continue };
            let page = crate::support::person::Answer::of(app.visitor().http.get(address)).await.expect_status(200);
            Html::read(&page.text).expect_harmless(page.nonce());
        }
    }
    app.stop().await;
}

/// As a value in a query.
fn reqwest_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sign_in_keeps_the_name_and_forgets_the_password() {
    let (app, _db) = start().await;
    app.person("alice").await;
    let fields = [("username", "Alice"), ("password", WRONG), ("next", "/rooms/new")];
    let visitor = app.visitor();
    let answer = visitor.submit("login", &fields).await.expect_status(401);
    assert_eq!(answer.header("location"), "");
    assert!(!answer.header("set-cookie").contains("chat="), "no session");
    assert!(!answer.text.contains(WRONG) && !answer.text.contains("zebra"), "the password is in the page");
    let page = Html::read(&answer.text);
    page.expect_harmless(answer.nonce());
    assert_eq!(page.only("input", "name", "username").attribute("value"), Some("Alice"));
    let form = page.only("form", "action", "/api/login");
    assert!(form.text.contains("Incorrect username or password"), "{form:?}");
    let password = page.only("input", "name", "password");
    assert!(password.attribute("value").is_none_or(str::is_empty), "{password:?}");
    let described: Vec<_> = password.attribute("aria-describedby").unwrap().split(' ').collect();
    let alert = page.only("p", "role", "alert");
    assert!(described.contains(&alert.attribute("id").unwrap()), "{described:?}: {alert:?}");
    let carried = page.elements.iter().filter(|element| element.is("input", "name", "next"));
    assert!(carried.into_iter().any(|element| element.attribute("value") == Some("/rooms/new")), "the way on is lost");

    let json = visitor.post("login", &fields).await.expect_status(401).json();
    assert_eq!((&json["code"], &json["field"]), (&"unauthorized".into(), &"password".into()));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_registration_keeps_everything_but_the_password() {
    let (app, _db) = start().await;
    app.person("alice").await;
    for (username, password, status, at) in [("Alice", WRONG, 409, "username"), ("bob", "zebra77", 422, "password")] {
        let name = "</title></textarea>\"'><b onclick=x>";
        let fields = [("username", username), ("password", password), ("display_name", name)];
        let answer = app.visitor().submit("register", &fields).await.expect_status(status);
        assert!(!answer.text.contains(password), "the password is in the page");
        let page = Html::read(&answer.text);
        page.expect_harmless(answer.nonce());
        assert_eq!(page.only("input", "name", "username").attribute("value"), Some(username));
        assert_eq!(page.only("input", "name", "display_name").attribute("value"), Some(name));
        let described = page.only("input", "name", at).attribute("aria-describedby").unwrap();
        let alert = page.only("p", "role", "alert").attribute("id").unwrap();
        assert!(described.split(' ').any(|id| id == alert), "{described} {alert}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_and_a_wrong_password_are_answered_alike() {
    let (app, _db) = start().await;
    app.person("alice").await;
    // As long as each other, so that nothing but the answer can differ.
    let fields = |name| [("username", name), ("password", WRONG)];
    let headers = |answer: &Answer| {
        let mut headers = answer.headers.clone();
        headers.remove("date");
        headers
    };
    let known = app.visitor().post("login", &fields("alice")).await.expect_status(401);
    for unknown in ["nobody", "a b", "", "\0"] {
        let unknown = app.visitor().post("login", &fields(unknown)).await.expect_status(401);
        assert_eq!((&unknown.text, headers(&unknown)), (&known.text, headers(&known)));
    }
    let known = app.visitor().submit("login", &fields("alice")).await.expect_status(401);
    let unknown = app.visitor().submit("login", &fields("elica")).await.expect_status(401);
    let scrubbed = |answer: &Answer, name| without_ids(&answer.text.replace(answer.nonce(), "").replace(name, ""));
    assert_eq!(scrubbed(&known, "alice"), scrubbed(&unknown, "elica"));
    app.stop().await;
}

/// The text without the random ids of its forms, which are 32 hexadecimal digits, and without its times, which have 13.
fn without_ids(text: &str) -> String {
    let mut left = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_hexdigit() {
            run.push(c);
            continue;
        }
        if run.len() < 13 {
            left.push_str(&run);
        }
        run.clear();
        left.push(c);
    }
    left
}
