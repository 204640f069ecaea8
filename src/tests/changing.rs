//! Messages change and people are put out, while others watch.

use serde_json::{Value, json};

use crate::support::html::Html;
use crate::support::{Database, Socket, start, start_on};

/// The next event, dropping answers.
async fn event(socket: &mut Socket) -> Value {
    loop {
        let frame = socket.next().await;
        match frame["t"].as_str() {
            Some("ev") => return frame,
            Some("ack" | "sub_ok" | "welcome") => {}
            _ => panic!("{frame}"),
        }
    }
}

/// The answer to a write.
async fn answer(socket: &mut Socket, frame: Value) -> Value {
    socket.send(frame).await;
    loop {
        let frame = socket.next().await;
        if matches!(frame["t"].as_str(), Some("ack" | "err")) {
            return frame;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_text_is_in_no_resume_page_or_log() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let mut watcher = bob.live(json!([{"room": room, "since": 0}])).await;
    let mut alice_socket = alice.live(json!([])).await;
    alice_socket.say(room, "n1", "top secret").await;
    let edit = json!({"t": "edit", "id": 2, "room": room, "nonce": "n2", "target": 1, "body": "still secret"});
    assert_eq!(answer(&mut alice_socket, edit).await["seq"], 2);
    let react = json!({"t": "react", "id": 3, "room": room, "nonce": "n3", "target": 1, "emoji": "👍", "on": true});
    assert_eq!(answer(&mut alice_socket, react).await["seq"], 3);
    let del = json!({"t": "del", "id": 4, "room": room, "nonce": "n4", "target": 1});
    assert_eq!(answer(&mut alice_socket, del).await["seq"], 4);
    let heard =
        [event(&mut watcher).await, event(&mut watcher).await, event(&mut watcher).await, event(&mut watcher).await];
    let kinds: Vec<_> = heard.iter().map(|event| event["k"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["msg", "edit", "react", "del"]);
    assert_eq!((&heard[1]["body"], &heard[1]["target"]), (&json!("still secret"), &json!(1)));
    assert_eq!((&heard[2]["emoji"], &heard[2]["on"]), (&json!("👍"), &json!(true)));

    // From the ring, from the log, and from the page.
    let mut late = app.visitor().live(json!([{"room": room, "since": 0}])).await;
    let ring = late.expect("sub_ok").await;
    assert_eq!((&ring["recovered"], ring["events"].as_array().unwrap().len()), (&json!(true), 4));
    let fields = [("room", &*room.to_string()), ("since", "0")];
    let log = app.visitor().post("events", &fields).await.expect_status(200).json();
    assert_eq!((&log["recovered"], log["events"].as_array().unwrap().len()), (&json!(true), 4));
    let page = app.visitor().post("history", &[("room", &*room.to_string())]).await.json();
    assert_eq!((&page["messages"][0]["deleted"], &page["messages"][0]["rev"]), (&json!(true), &json!(4)));
    for told in [&ring, &log, &page] {
        assert!(!told.to_string().contains("secret"), "{told}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_author_edits_and_an_emoji_is_no_word() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let mut alice = alice.live(json!([])).await;
    let mut bob = bob.live(json!([])).await;
    alice.say(room, "n", "mine").await;
    let edit =
        |target: i64| json!({"t": "edit", "id": 1, "room": room, "nonce": "e", "target": target, "body": "yours"});
    assert_eq!(answer(&mut bob, edit(1)).await["code"], "forbidden");
    assert_eq!(answer(&mut bob, edit(7)).await["code"], "not_found");
    let react = |emoji: &str| json!({"t": "react", "id": 1, "room": room, "nonce": "r", "target": 1, "emoji": emoji, "on": true});
    assert_eq!(answer(&mut bob, react("like")).await["code"], "invalid");
    assert_eq!(
        answer(&mut bob, json!({"t": "del", "id": 1, "room": room, "nonce": "d", "target": 1})).await["code"],
        "forbidden"
    );
    let mut visitor = app.visitor().live(json!([])).await;
    assert_eq!(answer(&mut visitor, react("👍")).await["code"], "unauthorized");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_put_out_hears_nothing_more() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Secret", "private").await;
    let id = room.to_string();
    alice.post("add_member", &[("room", &*id), ("username", "bob")]).await.expect_status(200);
    let mut inside = bob.live(json!([{"room": room}])).await;
    inside.expect("sub_ok").await;
    let mut speaker = alice.live(json!([])).await;
    speaker.say(room, "n1", "hello").await;
    assert_eq!(inside.expect("ev").await["body"], "hello");
    bob.post("remove_member", &[("room", &*id), ("username", "alice")]).await.expect_status(403);
    alice.post("remove_member", &[("room", &*id), ("username", "bob")]).await.expect_status(200);
    assert_eq!(inside.expect("revoked").await["room"], room);
    speaker.say(room, "n2", "he is gone").await;
    for frame in [
        json!({"t": "sub", "id": 1, "room": room, "since": 1}),
        json!({"t": "sync", "id": 2, "room": room, "since": 1}),
        json!({"t": "send", "id": 3, "room": room, "nonce": "b", "body": "x"}),
    ] {
        inside.send(frame).await;
        assert_eq!(inside.expect("err").await["code"], "not_found");
    }
    for name in ["history", "events", "open_room"] {
        bob.post(name, &[("room", &*id), ("since", "0")]).await.expect_status(404);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_message_follows_the_ban_of_its_author() {
    const UNDER_WAY: usize = 100;
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let mut sender = bob.live(json!([])).await;
    sender.say(room, "first", "x").await;
    let ban = tokio::spawn(async move {
        let fields = [("room", &*room.to_string()), ("username", "bob"), ("ban", "true")];
        alice.post("remove_member", &fields).await.expect_status(200).json()["seq"].as_i64().unwrap()
    });
    let (mut acked, mut refused) = (Vec::new(), 0);
    for n in 0..1_000 + UNDER_WAY {
        if n < 1_000 {
            let frame = json!({"t": "send", "id": n, "room": room, "nonce": format!("n{n}"), "body": "x"});
            sender.send(frame).await;
        }
        // Whoever reads nothing is closed as too slow.
        while n >= UNDER_WAY && acked.len() + refused <= n - UNDER_WAY {
            let frame = sender.next().await;
            match frame["t"].as_str() {
                Some("ack") => acked.push(frame["seq"].as_i64().unwrap()),
                Some("err") => refused += 1,
                _ => {}
            }
        }
    }
    let banned_at = ban.await.unwrap();
    assert!(acked.iter().all(|seq| *seq < banned_at), "{banned_at}: {acked:?}");
    let acked = acked.len();
    let head = app.app.chat.db.head(room.try_into().unwrap()).await.unwrap().unwrap();
    assert_eq!(head, banned_at, "{acked} before, {refused} after");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_brings_a_piece_of_the_log() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let mut socket = alice.live(json!([])).await;
    for n in 1..=5 {
        socket.say(room, &format!("n{n}"), "x").await;
    }
    socket.send(json!({"t": "sync", "id": 7, "room": room, "since": 1, "limit": 3})).await;
    let evs = socket.expect("evs").await;
    let seqs: Vec<_> = evs["events"].as_array().unwrap().iter().map(|event| event["seq"].as_i64().unwrap()).collect();
    assert_eq!((&evs["id"], &evs["from"], &evs["to"], seqs), (&json!(7), &json!(2), &json!(4), vec![2, 3, 4]));
    socket.send(json!({"t": "sync", "id": 8, "room": room, "since": 5})).await;
    assert_eq!(socket.expect("evs").await["events"], json!([]));
    socket.send(json!({"t": "sync", "id": 9, "room": room, "since": 6})).await;
    assert_eq!(socket.expect("reset").await["room"], room);
    for (since, limit) in [(-1, 5), (0, 0), (0, 501), (0, -1)] {
        socket.send(json!({"t": "sync", "id": 10, "room": room, "since": since, "limit": limit})).await;
        assert_eq!(socket.expect("err").await["code"], "bad_frame");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ended_elsewhere_is_found_by_the_recheck() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Secret", "private").await;
    let mut socket = alice.live(json!([{"room": room}])).await;
    socket.expect("sub_ok").await;
    chat_chat::server::chat::recheck::look(&app.app).await.unwrap();
    // As another process would: nobody tells this one.
    let id = alice.cookies().split_once('=').unwrap().1.to_owned();
    let hash = chat_chat::server::sessions::id_hash(&chat_chat::server::sessions::parse_id(&id).unwrap());
    app.app.chat.db.delete_session(&hash).await.unwrap();
    socket.say(room, "n", "still here").await;
    chat_chat::server::chat::recheck::look(&app.app).await.unwrap();
    assert_eq!(socket.close_code().await, 4403);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_is_told_listed_and_never_unread() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let id = room.to_string();
    bob.post("post_message", &[("room", &*id), ("body", "**keep** this")]).await.expect_status(200);
    let mut watcher = app.visitor().live(json!([{"room": room, "since": 0}])).await;
    let mut alice_socket = alice.live(json!([])).await;
    let pin = |on: bool, nonce: &str| json!({"t": "pin", "id": 1, "room": room, "nonce": nonce, "target": 1, "on": on});
    assert_eq!(answer(&mut alice_socket, pin(true, "p1")).await["seq"], 2);
    let heard = event(&mut watcher).await;
    assert_eq!((&heard["k"], &heard["target"], &heard["on"]), (&json!("pin"), &json!(1), &json!(true)));
    assert_eq!(answer(&mut alice_socket, pin(true, "p1")).await["dup"], true);
    let unread = bob.post("mark_read", &[("room", &*id), ("seq", "1")]).await.expect_status(200).json();
    assert_eq!((&unread["count"], &unread["mentions"]), (&json!(0), &json!(0)));

    let pins = app.visitor().post("pins", &[("room", &*id)]).await.expect_status(200).json();
    assert_eq!((&pins[0]["seq"], &pins[0]["pinned"]), (&json!(1), &json!(true)));
    let page = app.visitor().post("history", &[("room", &*id)]).await.json();
    assert_eq!(page["messages"][0]["pinned"], true);
    let page = app.visitor().get(&format!("/rooms/{room}/pins")).await.expect_status(200);
    let html = Html::read(&page.text);
    html.expect_harmless(page.nonce());
    assert_eq!(html.meta("robots"), Some("noindex"));
    let item = html.only("li", "data-testid", "pin");
    assert!(item.attribute("data-seq") == Some("1") && item.text.contains("keep this"), "{}", item.text);
    let may_unpin = |html: &Html| html.all("form").any(|form| form.attribute("action") == Some("/api/pin_message"));
    assert!(!may_unpin(&html));
    assert!(may_unpin(&Html::read(&alice.get(&format!("/rooms/{room}/pins")).await.text)));

    let next = format!("/rooms/{room}/pins");
    let fields = [("room", &*id), ("target", "1"), ("on", "false"), ("next", &next)];
    assert_eq!(alice.submit("pin_message", &fields).await.expect_status(303).header("location"), next);
    assert_eq!(app.visitor().post("pins", &[("room", &*id)]).await.json(), json!([]));
    assert!(Html::read(&app.visitor().get(&next).await.text).shows("Nothing is pinned yet"));
    app.visitor().get("/rooms/4242/pins").await.expect_status(404);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_pinned_before_the_room_was_open_is_not_listed() {
    let database = Database::sqlite();
    let app = start_on(&database, &[]).await;
    let alice = app.person("alice").await;
    let room = alice.room("Diary", "public").await;
    let id = room.to_string();
    for body in ["secret", "open"] {
        alice.post("post_message", &[("room", &*id), ("body", body)]).await.expect_status(200);
    }
    database.run(&format!("UPDATE rooms SET open_from = 2 WHERE id = {room}")).await;
    for target in ["1", "2"] {
        alice.post("pin_message", &[("room", &*id), ("target", target), ("on", "true")]).await.expect_status(200);
    }
    let pins = app.visitor().post("pins", &[("room", &*id)]).await.expect_status(200);
    assert!(pins.text.contains("open") && !pins.text.contains("secret"), "{}", pins.text);
    assert_eq!(alice.post("pins", &[("room", &*id)]).await.json().as_array().map(Vec::len), Some(2));
    let log = app.visitor().post("events", &[("room", &*id), ("since", "2")]).await.expect_status(200).json();
    assert_eq!((&log["events"][0]["k"], &log["events"][1]["k"]), (&json!("skip"), &json!("pin")), "{log}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_message_was_is_for_its_author_and_moderators() {
    let (app, _db) = start().await;
    let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
    let room = alice.room("Tea", "public").await;
    let id = room.to_string();
    for person in [&bob, &carol] {
        person.post("post_message", &[("room", &*id), ("body", "first *text*")]).await.expect_status(200);
    }
    bob.post("edit_message", &[("room", &*id), ("target", "1"), ("body", "second")]).await.expect_status(200);
    let asked = [("room", &*id), ("target", "1")];
    let page = format!("/rooms/{room}/messages/1/history");
    for person in [&alice, &bob] {
        let told = person.post("revisions", &asked).await.expect_status(200).json();
        let texts: Vec<_> = told.as_array().unwrap().iter().map(|text| text["body"].as_str().unwrap()).collect();
        assert_eq!(texts, ["second", "first *text*"]);
        assert!(told[0]["ts"].as_i64() >= told[1]["ts"].as_i64() && told[1]["doc"].is_array(), "{told}");
        let answer = person.get(&page).await.expect_status(200);
        let html = Html::read(&answer.text);
        html.expect_harmless(answer.nonce());
        let shown: Vec<_> = html.all("li").filter(|li| li.attribute("data-testid") == Some("revision")).collect();
        assert!(shown.len() == 2 && shown[0].text.contains("second") && shown[1].text.contains("first text"));
        assert_eq!(html.meta("robots"), Some("noindex"));
    }
    for person in [&carol, &app.visitor()] {
        person.post("revisions", &asked).await.expect_status(404);
        let answer = person.get(&page).await.expect_status(404);
        assert!(!answer.text.contains("first") && !answer.text.contains("second"));
    }
    for none in ["0", "3", "99", "-9223372036854775808"] {
        alice.post("revisions", &[("room", &*id), ("target", none)]).await.expect_status(404);
    }
    assert_eq!(
        carol.post("revisions", &[("room", &*id), ("target", "2")]).await.json().as_array().map(Vec::len),
        Some(1)
    );
    bob.post("delete_message", &asked).await.expect_status(200);
    alice.post("revisions", &asked).await.expect_status(404);
    app.stop().await;
}
