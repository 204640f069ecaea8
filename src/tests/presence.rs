//! Who is here and who is writing, on one node and on two.

use serde_json::{Value, json};

use crate::support::{Database, Socket, needed, start, start_on};

/// Waits until `n` people are said to be in the room.
async fn until_here(socket: &mut Socket, n: i64) -> Value {
    loop {
        let presence = socket.find("presence").await;
        if presence["n"] == n {
            return presence;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_who_comes_and_goes() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let mut visitor = app.visitor().live(json!([{"room": room}])).await;
    assert_eq!(visitor.find("presence").await["n"], 0);
    let mut first = alice.live(json!([{"room": room}])).await;
    until_here(&mut visitor, 1).await;
    let second = bob.live(json!([{"room": room}])).await;
    let came = until_here(&mut first, 2).await;
    assert_eq!((&came["join"][0]["username"], &came["leave"]), (&json!("bob"), &json!([])));
    drop(second);
    // Back within the moment of grace: nobody is told that he was away.
    let again = bob.live(json!([{"room": room}])).await;
    let third = app.person("carol").await.live(json!([{"room": room}])).await;
    assert_eq!(first.find("presence").await["join"][0]["username"], "carol");
    drop(again);
    let went = until_here(&mut first, 2).await;
    assert_eq!((&went["leave"][0]["username"], &went["join"]), (&json!("bob"), &json!([])));
    drop(third);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_is_told_once_of_everybody() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let mut visitor = app.visitor().live(json!([{"room": room}])).await;
    let mut first = alice.live(json!([{"room": room}])).await;
    // What others are told of alice, she has been told.
    until_here(&mut visitor, 1).await;
    let second = bob.live(json!([{"room": room}])).await;
    assert_eq!(first.find("presence").await["n"], 1);
    assert_eq!(first.find("presence").await["n"], 2);
    drop(second);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_is_told_to_others_now_and_then() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let mut writer = alice.live(json!([{"room": room}])).await;
    let mut reader = bob.live(json!([{"room": room}])).await;
    reader.expect("sub_ok").await;
    for _ in 0..5 {
        writer.send(json!({"t": "typing", "room": room})).await;
    }
    writer.say(room, "n", "done").await;
    let typing = reader.find("typing").await;
    assert_eq!(typing["users"][0]["username"], "alice");
    // The next thing told of her is the message: four of the five were not passed on.
    assert_eq!(reader.next().await["t"], "ev");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_on_another_node_are_here_too() {
    let db = Database::postgres().await;
    let redis = needed("TEST_REDIS_URL");
    let (one, two) = (start_on(&db, &[("REDIS_URL", &redis)]).await, start_on(&db, &[("REDIS_URL", &redis)]).await);
    while !(one.app.chat.bus.is_up() && two.app.chat.bus.is_up()) {
        tokio::task::yield_now().await;
    }
    let (alice, bob) = (one.person("alice").await, two.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let mut here = alice.live(json!([{"room": room}])).await;
    until_here(&mut here, 1).await;
    let mut there = bob.live(json!([{"room": room}])).await;
    // Each learns of the other: one by the report of who came, one by having asked.
    assert_eq!(until_here(&mut here, 2).await["join"][0]["username"], "bob");
    until_here(&mut there, 2).await;
    there.send(json!({"t": "typing", "room": room})).await;
    assert_eq!(here.find("typing").await["users"][0]["username"], "bob");
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_to_be_seen_is_counted_on_all_nodes() {
    let db = Database::postgres().await;
    let redis = needed("TEST_REDIS_URL");
    let (one, two) = (start_on(&db, &[("REDIS_URL", &redis)]).await, start_on(&db, &[("REDIS_URL", &redis)]).await);
    while !(one.app.chat.bus.is_up() && two.app.chat.bus.is_up()) {
        tokio::task::yield_now().await;
    }
    let (alice, bob) = (one.person("alice").await, two.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let id = room.to_string();
    let hide = async |presence: &str, typing: &str| {
        let fields = [("shows_presence", presence), ("shows_typing", typing)];
        alice.post("update_privacy", &fields).await.expect_status(200)
    };
    assert_eq!(hide("false", "false").await.json()["privacy"]["shows_presence"], false);
    let mut here = alice.live(json!([{"room": room}])).await;
    let mut there = bob.live(json!([{"room": room}])).await;
    let told = until_here(&mut there, 2).await;
    assert!(!told.to_string().contains("alice"), "{told}");
    for person in [&alice, &bob] {
        let present = person.post("present", &[("room", &id)]).await.expect_status(200);
        assert!(!present.text.contains("alice"), "{}", present.text);
    }
    assert_eq!(bob.post("present", &[("room", &id)]).await.json()["n"], 2);
    let page = alice.get(&format!("/rooms/{room}/members")).await.text;
    let (_, main) = page.split_once("<main").expect("a page");
    assert!(!main.contains("here now"), "{main}");
    here.send(json!({"t": "typing", "room": room})).await;
    here.say(room, "n", "said").await;
    loop {
        let frame = there.next_of_all().await;
        assert_ne!(frame["t"], "typing", "{frame}");
        if frame["t"] == "ev" {
            break;
        }
    }
    // Seen again while she is there: the other node is told by the next report.
    hide("true", "true").await;
    loop {
        let told = there.find("presence").await;
        if told["join"].to_string().contains("alice") {
            assert_eq!(told["n"], 2);
            break;
        }
    }
    let present = bob.post("present", &[("room", &id)]).await.json();
    assert_eq!((&present["n"], present["people"].as_array().map(Vec::len)), (&json!(2), Some(2)));
    // Said on a node on which she is not: the one on which she is finds out by looking.
    alice.on(&two).post("update_privacy", &[("shows_presence", "false")]).await.expect_status(200);
    chat_chat::server::chat::recheck::look(&one.app).await.unwrap();
    assert!(!one.visitor().post("present", &[("room", &id)]).await.text.contains("alice"));
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_say_something_is_seen_to_write() {
    let (app, db) = start().await;
    let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
    let room = alice.room("Tea", "public").await;
    let id = room.to_string();
    for person in [&bob, &carol] {
        person.post("join_room", &[("room", &*id)]).await.expect_status(200);
    }
    let mut ears = carol.live(json!([{"room": room}])).await;
    ears.expect("sub_ok").await;
    // Whoever is seen to write, of two who write in this order: the second one always may.
    let mut n = 0;
    let mut seen = async |quiet: &crate::support::Person, loud: &crate::support::Person| {
        let mut names = Vec::new();
        for person in [quiet, loud] {
            let mut socket = person.live(json!([{"room": room}])).await;
            socket.expect("sub_ok").await;
            socket.send(json!({"t": "typing", "room": room})).await;
            // A frame that is answered: the one before it has been worked off by then.
            n += 1;
            socket.send(json!({"t": "sync", "id": n, "room": room, "since": 0})).await;
            socket.expect("evs").await;
        }
        loop {
            let typing = ears.find("typing").await;
            names.push(typing["users"][0]["username"].as_str().unwrap_or_default().to_owned());
            if names.last().is_some_and(|last| last == "alice") {
                return names;
            }
        }
    };
    assert_eq!(seen(&bob, &alice).await, ["bob", "alice"]);
    alice.post("update_room", &[("room", &*id), ("state", "locked")]).await.expect_status(200);
    assert_eq!(seen(&bob, &alice).await, ["alice"], "members may not speak in a locked room");
    alice.post("update_room", &[("room", &*id), ("state", "open")]).await.expect_status(200);
    db.run(&format!("UPDATE members SET muted_until = {} WHERE role = 'member'", i64::MAX)).await;
    assert_eq!(seen(&bob, &alice).await, ["alice"], "nor does one who is not to speak");
    // Archived: the next message brings it back, so that one may write it.
    db.run("UPDATE members SET muted_until = NULL").await;
    db.run("UPDATE rooms SET state = 'archived'").await;
    assert_eq!(seen(&bob, &alice).await, ["bob", "alice"]);
    app.stop().await;
}
