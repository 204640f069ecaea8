//! Posts that change: their text, their state, and who may read them.

use serde_json::{Value, json};

use crate::support::html::Html;
use crate::support::{Database, Socket, TestApp, needed, start, start_on};

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_changes_the_post_and_a_moderator_its_state() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let id = room.to_string();
    let mut watcher = bob.live(json!([{"room": room}])).await;
    watcher.expect("sub_ok").await;
    bob.post("update_room", &[("room", &*id), ("title", "Mine")]).await.expect_status(403);
    app.visitor().post("update_room", &[("room", &*id), ("title", "Mine")]).await.expect_status(401);
    let fields = [("room", &*id), ("title", "Green tea"), ("body", ""), ("tags", "tea, 차"), ("state", "resolved")];
    let changed = alice.post("update_room", &fields).await.expect_status(200).json();
    assert_eq!(
        (&changed["title"], &changed["body"], &changed["state"]),
        (&json!("Green tea"), &json!(""), &json!("resolved"))
    );
    assert_eq!((&changed["tags"], &changed["category"]), (&json!(["tea", "차"]), &json!("tech")));
    assert!(changed["edited_ts"].is_i64());
    let event = watcher.expect("ev").await;
    assert_eq!(
        (&event["k"], &event["changed"]["title"], &event["seq"]),
        (&json!("room"), &json!("Green tea"), &json!(1))
    );
    let again = alice.post("update_room", &fields).await.expect_status(200).json();
    assert_eq!(again["head"], 1, "what changes nothing is no event");
    for (field, value, status) in [
        ("title", "", 422),
        ("state", "gone", 422),
        ("visibility", "secret", 422),
        ("category", "x", 422),
        ("tags", "1,2,3,4,5,6", 422),
        ("indexed", "maybe", 400),
    ] {
        let refused = alice.post("update_room", &[("room", &*id), (field, value)]).await.expect_status(status).json();
        assert!(status == 400 || refused["field"] == field, "{refused}");
    }
    // The form that comes back from an error holds what was typed.
    let page = alice.submit("update_room", &[("room", &*id), ("title", "Half"), ("state", "x")]).await;
    assert_eq!(page.status, 422);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_a_room_puts_out_whoever_is_no_member() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let id = room.to_string();
    let mut guest = app.visitor().live(json!([{"room": room}])).await;
    let mut outsider = bob.live(json!([{"room": room}])).await;
    let mut owner = alice.live(json!([{"room": room}])).await;
    for socket in [&mut guest, &mut outsider, &mut owner] {
        socket.expect("sub_ok").await;
    }
    alice.post("update_room", &[("room", &*id), ("visibility", "private")]).await.expect_status(200);
    guest.find("revoked").await;
    outsider.find("revoked").await;
    assert_eq!(owner.say(room, "1", "among us").await["t"], "ack");
    bob.post("history", &[("room", &*id)]).await.expect_status(404);
    let listed = bob.post("rooms", &[]).await.expect_status(200).json();
    assert_eq!(listed["rooms"], json!([]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lobby_is_filtered_by_everything_and_says_what_it_does_not_know() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    for (title, tags) in [("One", "a, b"), ("Two", "b"), ("Three", "c")] {
        let fields = [("title", title), ("category", "music"), ("tags", tags), ("visibility", "public")];
        alice.post("create_room", &fields).await.expect_status(200);
    }
    let titles = async |fields: &[(&str, &str)]| {
        let found = alice.post("rooms", fields).await.expect_status(200).json();
        let titles = found["rooms"].as_array().unwrap().iter().map(|room| room["title"].as_str().unwrap().to_owned());
        let mut titles: Vec<String> = titles.collect();
        titles.sort();
        titles
    };
    assert_eq!(titles(&[("tag", "a"), ("tag", "c")]).await, ["One", "Three"]);
    assert_eq!(titles(&[("tag", "a,b"), ("match", "all")]).await, ["One"]);
    assert_eq!(titles(&[("state", "locked")]).await, [""; 0]);
    for bad in
        [("state", "x"), ("match", "x"), ("sort", "x"), ("category", "x"), ("before", "x"), ("tag", "1,2,3,4,5,6")]
    {
        let status = alice.post("rooms", &[bad]).await.status;
        assert!([400, 422].contains(&status), "{bad:?}: {status}");
        let page = alice.get(&format!("/?{}={}", bad.0, bad.1)).await;
        assert!(page.status < 500 && Html::read(&page.text).all("h1").count() > 0, "{bad:?}");
    }
    let card = alice.post("rooms", &[("tag", "c")]).await.json()["rooms"][0].clone();
    assert_eq!((&card["count"], &card["mentions"], &card["read_seq"]), (&json!(0), &json!(0), &json!(0)));
    let page = Html::read(&alice.get("/?tag=a&tag=b&match=all").await.text);
    assert_eq!(page.all("article").count(), 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_on_the_screen_follow_what_happens() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let (tea, secret) = (alice.room("Tea", "public").await, alice.room("Secret", "private").await);
    let mut visitor = app.visitor().live(json!([])).await;
    visitor.send(json!({"t": "lobby", "on": true, "filter": {"rooms": [tea, secret]}})).await;
    assert_eq!(visitor.find("card").await["room"], tea);
    let mut speaker = bob.live(json!([])).await;
    speaker.say(tea, "1", "hi").await;
    loop {
        let card = visitor.find("card").await;
        assert_eq!(card["room"], tea, "the other one is nobody's business");
        if card["messages"] == 1 && card["members"] == 2 {
            break;
        }
    }
    assert!(visitor.find("lobby").await["latest"].is_i64());
    let many: Vec<Value> = (1..=65).map(Value::from).collect();
    visitor.send(json!({"t": "lobby", "on": true, "filter": {"rooms": many}})).await;
    assert_eq!(visitor.find("err").await["code"], "bad_frame");
    app.stop().await;
}

async fn cards_of_closed_rooms_are_their_members(one: &TestApp, two: &TestApp) {
    let (alice, bob) = (one.person("alice").await, one.person("bob").await);
    let (tea, diary) = (alice.room("Tea", "public").await, alice.room("Diary", "public").await);
    let secret = alice.room("Secret", "private").await;
    let ids = [tea.to_string(), diary.to_string(), secret.to_string()];
    let rooms = json!({"t": "lobby", "on": true, "filter": {"rooms": [tea, diary, secret]}});
    let (mut visitor, mut stranger) = (two.visitor().live(json!([])).await, bob.on(two).live(json!([])).await);
    let mut owner = alice.on(two).live(json!([])).await;
    for socket in [&mut visitor, &mut stranger, &mut owner] {
        socket.send(rooms.clone()).await;
        while socket.find("card").await["room"] != diary {}
    }
    alice.post("update_room", &[("room", &*ids[1]), ("visibility", "private")]).await.expect_status(200);
    alice.post("update_room", &[("room", &*ids[1]), ("title", "New secret")]).await.expect_status(200);
    while owner.find("card").await["title"] != "New secret" {}
    // Ever new pages: what was looked up for one of them says nothing of the next one.
    let mut speaker = alice.live(json!([])).await;
    for n in 0..4 {
        speaker.say(secret, &format!("s{n}"), "more to tell").await;
        loop {
            for socket in [&mut visitor, &mut stranger] {
                for _ in 0..20 {
                    socket.send(rooms.clone()).await;
                }
                let told = cards_until_answered(socket, tea).await;
                assert!(told.iter().all(|card| card["room"] == tea), "{told:?}");
            }
            // Whoever may know is told: somebody has looked.
            let told = cards_until_answered(&mut owner, tea).await;
            if told.iter().any(|card| card["room"] == secret && card["messages"].as_i64() > Some(n)) {
                break;
            }
        }
    }
}

/// The cards that a connection is told of before it is answered.
async fn cards_until_answered(socket: &mut Socket, room: i64) -> Vec<Value> {
    socket.send(json!({"t": "sync", "id": 1, "room": room, "since": 0})).await;
    let mut cards = Vec::new();
    loop {
        let frame = socket.next_of_all().await;
        match frame["t"].as_str() {
            Some("card") => cards.push(frame),
            Some("evs") => return cards,
            Some(_) => {}
            None => panic!("{frame}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_of_closed_rooms_are_their_members_on_one_node() {
    let (app, _db) = start().await;
    cards_of_closed_rooms_are_their_members(&app, &app).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_of_closed_rooms_are_their_members_on_two_nodes() {
    let db = Database::postgres().await;
    let redis = needed("TEST_REDIS_URL");
    let (one, two) = (start_on(&db, &[("REDIS_URL", &redis)]).await, start_on(&db, &[("REDIS_URL", &redis)]).await);
    cards_of_closed_rooms_are_their_members(&one, &two).await;
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_a_room_are_for_those_they_concern() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let secret = alice.room("Secret", "private").await;
    assert_eq!(alice.get(&format!("/rooms/{room}/settings")).await.status, 200);
    assert_eq!(bob.get(&format!("/rooms/{room}/settings")).await.status, 403);
    assert_eq!(bob.get(&format!("/rooms/{room}/members")).await.status, 200);
    for page in ["settings", "members"] {
        assert_eq!(bob.get(&format!("/rooms/{secret}/{page}")).await.status, 404);
        assert_eq!(bob.get(&format!("/rooms/x/{page}")).await.status, 404);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_outlives_the_session_of_who_wrote_it() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await.to_string();
    alice.post("logout", &[]).await.expect_status(200);
    let post = [("title", "A long title"), ("body", "a long text"), ("category", "tech"), ("visibility", "public")];
    let page = alice.submit("create_room", &post).await.expect_status(401);
    assert!(page.text.contains("a long text") && page.text.contains("Nothing is lost"), "{}", page.text);
    let page = alice.submit("post_message", &[("room", &*room), ("body", "half a thought")]).await.expect_status(401);
    assert!(page.text.contains("half a thought") && page.text.contains("Nothing is lost"), "{}", page.text);
    // Signed in elsewhere meanwhile, the same form goes through.
    alice.post("login", &[("username", "alice"), ("password", "correct horse")]).await.expect_status(200);
    assert_eq!(alice.submit("create_room", &post).await.status, 303);
    app.stop().await;
}
