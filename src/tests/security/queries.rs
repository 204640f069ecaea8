//! Signs that mean something to databases and search engines mean nothing here, in whatever field they stand.

use crate::support::person::Answer;
use crate::support::{Database, Person, TestApp, start, start_on};

const SIGNS: [&str; 36] = [
    "'",
    "''",
    "\"",
    "`",
    "\\",
    "\\'",
    ";",
    "--",
    "' OR '1'='1",
    "' OR 1=1 --",
    "1 OR 1=1",
    "1; DROP TABLE users; --",
    "'; DROP TABLE users; --",
    "\"; DROP TABLE users; --",
    "' UNION SELECT id, password FROM users --",
    "1' AND (SELECT count(*) FROM users) > 0 --",
    "x'||(SELECT password FROM users LIMIT 1)||'",
    "$1",
    ":id",
    "?",
    "{}",
    "{\"$gt\":\"\"}",
    "%",
    "%%",
    "_",
    "*",
    "a*",
    "^a",
    "\"unbalanced",
    "NEAR(a b, 5)",
    "a AND NOT b",
    "title:a",
    "-a",
    "\0",
    "a\0b",
    "\u{ffff}\u{10ffff}",
];

/// Calls of every server function with one field replaced by `sign`.
fn calls(room: &str, sign: &str) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let usual: [(&str, &[(&str, &str)]); 9] = [
        ("rooms", &[("sort", "new"), ("category", "tech"), ("tag", "tea"), ("before", "1.1")]),
        ("open_room", &[("room", room), ("before", "1"), ("after", "1"), ("around", "1")]),
        ("history", &[("room", room), ("before", "1"), ("after", "1"), ("around", "1"), ("limit", "5")]),
        (
            "create_room",
            &[
                ("title", "T"),
                ("body", "b"),
                ("category", "tech"),
                ("tags", "a"),
                ("visibility", "unlisted"),
                ("indexed", "false"),
                ("nonce", "n"),
                ("next", "/"),
            ],
        ),
        ("post_message", &[("room", room), ("body", "hi"), ("nonce", ""), ("reply_to", "1"), ("next", "/")]),
        ("preferences", &[("lang", "en"), ("theme", "dark"), ("enter_sends", "true")]),
        ("search", &[("q", "tea"), ("room", room), ("before", "1")]),
        ("login", &[("username", "nobody"), ("password", "wrong zebra")]),
        ("register", &[("username", "x"), ("password", "short"), ("display_name", "x")]),
    ];
    let mut calls = Vec::new();
    for (name, usual) in usual {
        for (hostile, _) in usual {
            let value = |field: &str, value: &str| if field == *hostile { sign.to_owned() } else { value.to_owned() };
            // Cursors exclude each other.
            let fits =
                |field: &str| field == *hostile || !["before", "after", "around"].contains(&field) || name == "rooms";
            let fields = usual.iter().filter(|(field, _)| fits(field)).map(|(field, v)| (*field, value(field, v)));
            calls.push((name, fields.collect()));
        }
    }
    calls
}

async fn try_every_field(app: &TestApp, alice: &Person) {
    let room = alice.room("Tea", "public").await.to_string();
    alice.post("post_message", &[("room", &room), ("body", "first")]).await.expect_status(200);
    for sign in SIGNS {
        for (name, fields) in calls(&room, sign) {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let visitor = app.visitor();
            let person = if ["login", "register"].contains(&name) { &visitor } else { alice };
            let answer = person.post(name, &fields).await;
            assert!((200..500).contains(&answer.status), "{name} {fields:?}: {} {}", answer.status, answer.text);
        }
        for path in [
            "/?sort={}",
            "/?category={}",
            "/?tag={}",
            "/?before={}",
            "/?match={}",
            "/?q={}",
            "/rooms/{}",
            "/users/{}",
            "/search?q={}",
            "/login?next={}",
            "/tags/{}/feed.atom",
            "/rooms/{}/feed.atom",
            "/rooms/{}/messages/1",
            "/rooms/1/messages/{}",
            "/{}",
        ] {
            let encoded: String = sign.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let answer = app.visitor().get(&path.replace("{}", &encoded)).await;
            assert!((200..500).contains(&answer.status), "{path} {sign:?}: {}", answer.status);
        }
        let answer = app.visitor().get(&format!("/rooms/{room}?before={}", sign.len())).await;
        assert_eq!(answer.status, 200);
        let cookie = format!("chat={}; lang={0}; theme={0}", sign.replace(char::is_control, ""));
        let answer = Answer::of(app.visitor().http.get(app.url("/")).header("Cookie", cookie)).await;
        assert_eq!(answer.status, 200, "{sign:?} in a cookie: {}", answer.text);
    }
    // Bytes that are no text at all.
    for body in
        ["tag=%FF%FE", "tag=%C0%80", "tag=%ED%A0%80", "tag=%", "tag=%zz", "tag[]=1", "tag[a][b]=1", "=", "&&&", "%"]
    {
        for name in ["rooms", "login", "history", "create_room"] {
            let request = alice.request(name).header("Origin", app.origin());
            let request = request.header("Content-Type", "application/x-www-form-urlencoded").body(body);
            let answer = Answer::of(request).await;
            assert!((200..500).contains(&answer.status), "{name} {body:?}: {} {}", answer.status, answer.text);
        }
    }
    for path in ["/?tag=%FF", "/rooms/%FF", "/%FF", "/?%FF=%FF", "/rooms/1%00", "/login?next=%FF"] {
        let answer = app.visitor().get(path).await;
        assert!((200..500).contains(&answer.status), "{path}: {}", answer.status);
    }
}

/// What was stored is what was typed, and a filter finds that and nothing like it.
async fn every_sign_is_itself(app: &TestApp, alice: &Person) {
    let tags = ["a%", "ab", "a_", "a*", "a\"", "a'", "a\\", "%", "_", "*"];
    for tag in tags {
        let fields = [("title", tag), ("category", "tech"), ("tags", tag), ("visibility", "public")];
        alice.post("create_room", &fields).await.expect_status(200);
    }
    for tag in tags {
        let list = app.visitor().post("rooms", &[("tag", tag)]).await.expect_status(200).json();
        let titles: Vec<_> = list["rooms"].as_array().unwrap().iter().map(|room| room["title"].clone()).collect();
        assert_eq!(titles, [tag], "{tag}");
    }
    let room = alice.room("Talk", "public").await.to_string();
    for (n, sign) in SIGNS.iter().filter(|sign| !sign.contains('\0')).enumerate() {
        alice.post("post_message", &[("room", &room), ("body", sign)]).await.expect_status(200);
        let after = n.to_string();
        let page = alice.post("history", &[("room", &room), ("after", &after)]).await.expect_status(200).json();
        assert_eq!(page["messages"][0]["body"], *sign);
    }
    let again = [("username", "alice"), ("password", "correct horse")];
    app.visitor().post("login", &again).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_sign_is_an_operator_on_sqlite() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    try_every_field(&app, &alice).await;
    every_sign_is_itself(&app, &alice).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_sign_is_an_operator_on_postgres() {
    let database = Database::postgres().await;
    let app = start_on(&database, &[]).await;
    let alice = app.person("alice").await;
    try_every_field(&app, &alice).await;
    every_sign_is_itself(&app, &alice).await;
    app.stop().await;
}
