//! Room posts: writing, listing, reading, and who may.

use serde_json::json;

use crate::support::html::Html;
use crate::support::start;

#[tokio::test(flavor = "multi_thread")]
async fn a_post_is_found_in_the_lobby_newest_activity_first() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let (first, second) = (alice.room("First", "public").await, alice.room("Second", "public").await);
    let titles = async |fields: &[(&str, &str)]| {
        let list = app.visitor().post("rooms", fields).await.expect_status(200).json();
        let rooms = list["rooms"].as_array().unwrap().iter().map(|room| room["title"].as_str().unwrap().to_owned());
        rooms.collect::<Vec<_>>()
    };
    alice.post("post_message", &[("room", &first.to_string()), ("body", "news")]).await.expect_status(200);
    assert_eq!(titles(&[]).await, ["First", "Second"]);
    assert_eq!(titles(&[("sort", "new")]).await, ["Second", "First"]);
    assert_eq!(titles(&[("category", "games")]).await, Vec::<String>::new());
    let page = app.visitor().get("/").await.expect_status(200);
    assert!(page.text.find("First") < page.text.find("Second"), "both are on the page, in order");
    assert!(page.text.contains(&format!("/rooms/{second}-second")));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_lobby_neither_skip_nor_repeat() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    for n in 0..65 {
        alice.room(&format!("Room {n}"), "public").await;
    }
    for sort in ["active", "new", "popular"] {
        let (mut seen, mut before) = (Vec::new(), String::new());
        loop {
            let list = alice.post("rooms", &[("sort", sort), ("before", &before)]).await.expect_status(200).json();
            seen.extend(list["rooms"].as_array().unwrap().iter().map(|room| room["id"].as_i64().unwrap()));
            match list["before"].as_str() {
                Some(cursor) => before = cursor.to_owned(),
                None => break,
            }
        }
        assert_eq!(seen.len(), 65, "{sort}");
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 65, "{sort}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_room_does_not_exist_for_others() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Whisper", "private").await;
    assert!(alice.get("/").await.text.contains("Whisper"));
    alice.get(&format!("/rooms/{room}")).await.expect_status(200);
    for person in [&bob, &app.visitor()] {
        assert!(!person.get("/").await.text.contains("Whisper"));
        let id = room.to_string();
        for (name, fields) in [("open_room", vec![("room", &*id)]), ("history", vec![("room", &*id)])] {
            let secret = person.post(name, &fields).await.expect_status(404);
            let nothing = person.post(name, &[("room", "4242")]).await.expect_status(404);
            assert_eq!(secret.text, nothing.text);
        }
        let page = person.get(&format!("/rooms/{room}")).await.expect_status(404);
        assert!(!page.text.contains("Whisper"));
    }
    let refused = bob.post("post_message", &[("room", &room.to_string()), ("body", "x")]).await;
    refused.expect_status(404);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlisted_room_is_found_by_its_address_only() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Backyard", "unlisted").await;
    assert!(!app.visitor().get("/").await.text.contains("Backyard"));
    let page = app.visitor().get(&format!("/rooms/{room}")).await.expect_status(200);
    assert!(page.text.contains("Backyard"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_twice_is_one_post() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let form = [
        ("title", "Tea"),
        ("body", "b"),
        ("category", "tech"),
        ("tags", "Green, black"),
        ("visibility", "public"),
        ("nonce", "once"),
    ];
    let with = |field: &'static str, value: &'static str| {
        form.map(|(name, was)| (name, if name == field { value } else { was }))
    };
    let first = alice.post("create_room", &form).await.expect_status(200).json();
    let again = alice.post("create_room", &form).await.expect_status(200).json();
    assert_eq!(first["id"], again["id"]);
    let others =
        [("title", "Coffee"), ("body", "c"), ("category", "games"), ("tags", "Green"), ("visibility", "private")];
    for (field, value) in others {
        let refused = alice.post("create_room", &with(field, value)).await.expect_status(409).json();
        assert_eq!(refused["code"], "nonce_conflict", "{field}");
    }
    // A page left open may be used for another post: it comes back with what was typed, and opens another room then.
    let page = alice.submit("create_room", &with("title", "Coffee")).await.expect_status(409);
    assert!(page.text.contains("You have opened another room"), "{}", page.text);
    let page = Html::read(&page.text);
    assert_eq!(page.only("input", "name", "title").attribute("value"), Some("Coffee"));
    let nonce = page.only("input", "name", "nonce").attribute("value").unwrap_or_default().to_owned();
    assert!(!nonce.is_empty() && nonce != "once");
    let again = with("title", "Coffee").map(|(name, value)| (name, if name == "nonce" { &*nonce } else { value }));
    let other = alice.post("create_room", &again).await.expect_status(200).json();
    assert_ne!(first["id"], other["id"]);
    assert_eq!(alice.post("rooms", &[]).await.json()["rooms"].as_array().map(Vec::len), Some(2));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_fields_are_named() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let good = [("title", "T"), ("body", "b"), ("category", "tech"), ("tags", "a"), ("visibility", "public")];
    let long_title = "x".repeat(121);
    let long_body = "x".repeat(10_001);
    for (field, value, status) in [
        ("title", "  ", 422),
        ("title", &*long_title, 422),
        ("title", "\u{3164}", 422),
        ("body", &*long_body, 422),
        ("category", "nope", 422),
        ("tags", "a,b,c,d,e,f", 422),
        ("visibility", "secret", 422),
    ] {
        let fields = good.map(|(name, usual)| (name, if name == field { value } else { usual }));
        let refused = alice.post("create_room", &fields).await.expect_status(status).json();
        assert_eq!(refused["field"], field, "{refused}");
        assert!(refused["message"].as_str().is_some_and(|message| !message.is_empty()));
    }
    for (name, value) in [("before", "x"), ("before", "1.x"), ("sort", "worst"), ("category", "nope")] {
        let refused = alice.post("rooms", &[(name, value)]).await;
        assert!(matches!(refused.status, 400 | 422), "{name}={value}: {}", refused.text);
        let page = alice.get(&format!("/?{name}={value}")).await;
        assert_eq!(page.status, refused.status, "{name}={value}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_pages_both_ways_without_gaps() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let mut socket = alice.live(json!([])).await;
    for n in 1..=120 {
        socket
            .send(json!({"t": "send", "id": n, "room": room, "nonce": format!("n{n}"), "body": format!("m{n}")}))
            .await;
    }
    for _ in 0..120 {
        socket.expect("ack").await;
    }
    let id = room.to_string();
    let seqs = async |fields: &[(&str, &str)]| {
        let fields: Vec<_> = fields.iter().copied().chain([("room", &*id)]).collect();
        let page = app.visitor().post("history", &fields).await.expect_status(200).json();
        let seqs: Vec<i64> =
            page["messages"].as_array().unwrap().iter().map(|message| message["seq"].as_i64().unwrap()).collect();
        (seqs, page["more"].as_bool().unwrap())
    };
    assert_eq!(seqs(&[]).await, ((71..=120).collect(), true));
    assert_eq!(seqs(&[("before", "71")]).await, ((21..=70).collect(), true));
    assert_eq!(seqs(&[("before", "21")]).await, ((1..=20).collect(), false));
    assert_eq!(seqs(&[("after", "100")]).await, ((101..=120).collect(), false));
    assert_eq!(seqs(&[("after", "20"), ("limit", "5")]).await, ((21..=25).collect(), true));
    assert_eq!(seqs(&[("around", "60"), ("limit", "10")]).await.0, (55..=64).collect::<Vec<_>>());
    for (name, value) in
        [("limit", "0"), ("limit", "101"), ("limit", "x"), ("before", "-1"), ("after", "9007199254740992")]
    {
        app.visitor().post("history", &[("room", &id), (name, value)]).await.expect_status(400);
    }
    app.stop().await;
}
