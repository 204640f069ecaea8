//! Nobody goes by a name that is taken for somebody else's; on both databases.

use serde_json::json;

use crate::support::{Database, Person, TestApp, start, start_on};

macro_rules! on_both {
    ($($contract:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $contract() {
                super::$contract(super::Database::sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $contract() {
                super::$contract(super::Database::postgres().await).await;
            })+
        }
    };
}

on_both!(
    a_name_that_looks_like_another_is_refused,
    a_display_name_of_anothers_shows_the_username,
    older_accounts_keep_their_names,
    older_reactions_become_one_group,
);

const PASSWORD: (&str, &str) = ("password", "correct horse");

/// The status, and the field that is at fault.
async fn registering(app: &TestApp, name: &str) -> (u16, String) {
    let answer = app.visitor().post("register", &[("username", name), PASSWORD]).await;
    let field =
        if answer.status == 200 { String::new() } else { answer.json()["field"].as_str().unwrap_or("").to_owned() };
    (answer.status, field)
}

async fn a_name_that_looks_like_another_is_refused(database: Database) {
    let app = start_on(&database, &[]).await;
    for name in ["alice", "지민", "하늘님"] {
        assert_eq!(registering(&app, name).await.0, 200);
    }
    assert_eq!(registering(&app, "ALICE").await, (409, "username".to_owned()));
    let twins = [
        "alice\u{FE0F}",
        "a\u{34F}lice",
        "alice\u{3164}",
        "alice\u{17B4}",
        "\u{430}lice",
        "ａｌｉｃｅ",
        "ⓐlice",
        "a1ice",
        "aIice",
        "_alice",
        "alice.",
        "alice님",
        "alice가",
        "지민님",
        "지민씨",
        "지민님이",
        "지민이",
        "하늘",
    ];
    let invisible = ["\u{3164}\u{3164}", "\u{115F}\u{1160}", "\u{2800}\u{2800}", "\u{17B4}\u{17B5}", "ab\u{202E}"];
    let reserved = [
        "admin",
        "Administrator",
        "root",
        "system",
        "moderator",
        "everyone",
        "관리자",
        "운영자",
        "관리자님",
        "챗챗",
        "chat-chat",
    ];
    for name in twins.iter().chain(&invisible).chain(&reserved) {
        assert_eq!(registering(&app, name).await, (422, "username".to_owned()), "{name:?}");
    }
    for name in ["alicia", "지민수", "하늘이네", "adminton"] {
        assert_eq!(registering(&app, name).await.0, 200, "{name}");
    }
    app.stop().await;
}

/// How somebody is called beside what they say.
async fn shown(person: &Person, room: &str) -> String {
    let said = [("room", room), ("body", "hi")];
    person.post("post_message", &said).await.expect_status(200);
    let page = person.post("history", &[("room", room)]).await.json();
    let last = page["messages"].as_array().and_then(|messages| messages.last()).cloned().unwrap_or_default();
    last["author"]["display_name"].as_str().unwrap_or_default().to_owned()
}

async fn a_display_name_of_anothers_shows_the_username(database: Database) {
    let app = start_on(&database, &[]).await;
    let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
    let room = alice.room("Tea", "public").await.to_string();
    let calls = async |person: &Person, name: &str| {
        let account = person.post("update_profile", &[("display_name", name)]).await.expect_status(200).json();
        assert_eq!(account["display_name"], name, "one's own form has what one typed");
        shown(person, &room).await
    };
    for name in ["Alice", "аlice", "alice님", "★ alice ★", "a\u{2800}lice"] {
        let account = bob.post("update_profile", &[("display_name", name)]).await.expect_status(200).json();
        let shown = shown(&bob, &room).await;
        assert_eq!(shown, format!("{} (@bob)", account["display_name"].as_str().unwrap()), "{name:?}");
    }
    assert_eq!(calls(&alice, "Alice").await, "Alice", "it is hers");
    assert_eq!(calls(&alice, "지민").await, "지민");
    assert_eq!(calls(&bob, "지민 ♥").await, "지민 ♥ (@bob)");
    assert_eq!(calls(&carol, "지민").await, "지민 (@carol)");
    assert_eq!(calls(&alice, "Alice").await, "Alice");
    assert_eq!(calls(&carol, "지민").await, "지민", "nobody else has it any more");
    // Whoever takes it for a username has it, and whoever only showed it says who they are.
    let jimin = app.person("지민").await;
    assert_eq!((shown(&jimin, &room).await, shown(&carol, &room).await), ("지민".into(), "지민 (@carol)".into()));

    for (name, why) in [
        ("관리자", "name_reserved"),
        ("★Admin★", "name_reserved"),
        ("A (@alice)", "display_name_handle"),
        ("@alice", "display_name_handle"),
    ] {
        let refused = bob.post("update_profile", &[("display_name", name)]).await.expect_status(422).json();
        assert_eq!((&refused["field"], &refused["problem"]), (&json!("display_name"), &json!(why)), "{name}");
    }
    assert_eq!(calls(&bob, "밥@서울").await, "밥@서울");
    let account = bob.post("update_profile", &[("display_name", "\u{3164}")]).await.expect_status(200).json();
    assert_eq!(account["display_name"], "bob", "what cannot be seen is no name");
    let fields = [("username", "dave"), PASSWORD, ("display_name", "ALICE")];
    let made = app.visitor().post("register", &fields).await.expect_status(200).json();
    assert_eq!(made["display_name"], "ALICE (@dave)");
    app.stop().await;
}

async fn older_accounts_keep_their_names(database: Database) {
    let app = start_on(&database, &[]).await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await.to_string();
    app.stop().await;
    // As they were made by an older program, which knew no skeletons.
    for (after, name) in [(1, "alice."), (2, "alice\u{FE0F}"), (3, "관리자")] {
        database
            .run(&format!(
                "INSERT INTO users (id, username, username_key, display_name, display_key, password, admin, created_ts)
                 SELECT id + {after}, '{name}', '{name}', 'Alice', 'alice', password, admin, created_ts + {after}
                 FROM users WHERE username = 'alice'"
            ))
            .await;
    }
    database.run("DELETE FROM meta WHERE name = 'unicode'").await;
    let app = start_on(&database, &[]).await;
    let mut ids = Vec::new();
    for name in ["alice.", "alice\u{FE0F}", "관리자", "alice"] {
        let person = app.visitor();
        let me = person.post("login", &[("username", name), PASSWORD]).await.expect_status(200).json();
        assert_eq!(me["username"], name);
        let mark = if name == "alice" { "alice".to_owned() } else { format!("Alice (@{name})") };
        assert_eq!(me["display_name"], mark.as_str());
        ids.push(person);
    }
    // A sentence ends behind a name, and an address may end in a full stop.
    let said = [("room", &*room), ("body", "thanks @alice. and @alice\u{FE0F}!")];
    ids[2].post("post_message", &said).await.expect_status(200);
    let page = ids[2].post("history", &[("room", &room)]).await.json();
    let doc = page["messages"][0]["doc"].to_string();
    assert!(doc.contains("\"alice\"") && !doc.contains("\"alice.\""), "{doc}");
    assert_eq!(registering(&app, "аlice").await.0, 422);
    assert_eq!(registering(&app, "alice-").await.0, 422);
    app.stop().await;
}

async fn older_reactions_become_one_group(database: Database) {
    let app = start_on(&database, &[]).await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await.to_string();
    alice.post("post_message", &[("room", &room), ("body", "hi")]).await.expect_status(200);
    for person in [&alice, &bob] {
        let like = [("room", &*room), ("target", "1"), ("emoji", "❤"), ("on", "true")];
        person.post("react", &like).await.expect_status(200);
    }
    app.stop().await;
    database.run("UPDATE reactions SET emoji = '❤' WHERE seq = 2").await;
    database.run("DELETE FROM meta WHERE name = 'unicode'").await;
    let app = start_on(&database, &[]).await;
    let page = app.visitor().post("history", &[("room", &room)]).await.json();
    assert_eq!(page["messages"][0]["reactions"], json!([{"emoji": "❤\u{FE0F}", "count": 2, "mine": false}]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_pasted_is_kept_without_what_nobody_can_remove() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let fields = [
        ("title", "a\u{b}b\0 \u{1b}[1mc"),
        ("body", "\u{1b}[32mok\u{1b}[0m\0"),
        ("category", "tech"),
        ("tags", "x\0y"),
        ("visibility", "public"),
    ];
    let made = alice.post("create_room", &fields).await.expect_status(200).json();
    assert_eq!((&made["title"], &made["body"], &made["tags"]), (&json!("a b c"), &json!("ok"), &json!(["xy"])));
    let room = made["id"].to_string();
    let pasted = [("room", &*room), ("body", "one\u{c}two\u{1b}[1;31m red\u{1b}[0m\0\u{7f}")];
    alice.post("post_message", &pasted).await.expect_status(200);
    let page = alice.post("history", &[("room", &room)]).await.json();
    assert_eq!(page["messages"][0]["body"], "one\ntwo red");
    for nothing in ["\u{3164}", "\u{2800}", "\0\u{1b}[0m"] {
        let refused = alice.post("post_message", &[("room", &room), ("body", nothing)]).await.expect_status(422).json();
        assert_eq!((&refused["field"], &refused["problem"]), (&json!("body"), &json!("empty")), "{nothing:?}");
        let untitled = [("title", nothing), ("body", ""), ("category", "tech"), ("visibility", "public")];
        assert_eq!(alice.post("create_room", &untitled).await.expect_status(422).json()["field"], "title");
        let search = alice.post("search", &[("q", nothing)]).await.expect_status(422).json();
        assert_eq!(search["problem"], "empty");
    }
    app.stop().await;
}
