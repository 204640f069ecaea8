//! One node: sending, receiving, resuming, and what a killed server leaves behind.

use serde_json::{Value, json};

use crate::support::{start, start_on, start_with};

#[tokio::test(flavor = "multi_thread")]
async fn two_people_and_a_visitor_hear_each_message_once_and_in_order() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let mut alice = alice.live(json!([{ "room": room }])).await;
    let mut bob = bob.live(json!([{ "room": room }])).await;
    let mut visitor = app.visitor().live(json!([{ "room": room }])).await;
    for socket in [&mut alice, &mut bob, &mut visitor] {
        assert_eq!(socket.expect("sub_ok").await["head"], 0);
    }
    bob.send(json!({"t": "send", "id": 5, "room": room, "nonce": "b-1", "body": "hi"})).await;
    for socket in [&mut alice, &mut visitor] {
        let event = socket.expect("ev").await;
        assert_eq!((&event["seq"], &event["k"], &event["body"]), (&json!(1), &json!("msg"), &json!("hi")));
        assert_eq!(event["author"]["username"], "bob");
        assert!(event.get("nonce").is_none(), "the nonce is its author's: {event}");
    }
    let (mut own, mut ack) = (bob.next().await, bob.next().await);
    if own["t"] == "ack" {
        std::mem::swap(&mut own, &mut ack);
    }
    assert_eq!((&own["t"], &own["nonce"]), (&json!("ev"), &json!("b-1")));
    assert_eq!((&ack["t"], &ack["id"], &ack["seq"], &ack["dup"]), (&json!("ack"), &json!(5), &json!(1), &json!(false)));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_with_the_same_nonce_is_the_same_message() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let mut socket = alice.live(json!([])).await;
    assert_eq!(socket.say(room, "n", "one").await["dup"], false);
    assert_eq!(socket.say(room, "n", "one").await["dup"], true);
    let form = [("room", &*room.to_string()), ("body", "one"), ("nonce", "n")];
    assert_eq!(alice.post("post_message", &form).await.json()["dup"], true);
    let reused = socket.say(room, "n", "two").await;
    assert_eq!(
        (&reused["t"], &reused["code"], &reused["fatal"]),
        (&json!("err"), &json!("nonce_conflict"), &json!(true))
    );
    let history = alice.post("history", &[("room", &*room.to_string())]).await.json();
    assert_eq!(history["messages"].as_array().map(Vec::len), Some(1));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_brings_exactly_what_was_missed() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let mut socket = alice.live(json!([])).await;
    for n in 1..=5 {
        socket.say(room, &format!("n{n}"), &format!("message {n}")).await;
    }
    let epoch = app.app.chat.epoch.clone();
    let mut back = app.visitor().socket().await;
    back.send(json!({"t": "hello", "v": 1, "epoch": epoch, "subs": [{"room": room, "since": 2}]})).await;
    back.expect("welcome").await;
    let resumed = back.expect("sub_ok").await;
    let seqs: Vec<_> = resumed["events"].as_array().unwrap().iter().map(|event| event["seq"].clone()).collect();
    assert_eq!(
        (&resumed["recovered"], &resumed["head"], seqs),
        (&json!(true), &json!(5), vec![json!(3), json!(4), json!(5)])
    );
    // Somebody is subscribed now, so the next one resumes from the ring instead of the database.
    socket.say(room, "n6", "message 6").await;
    assert_eq!(back.expect("ev").await["seq"], 6);
    let mut ring = app.visitor().live(json!([])).await;
    ring.send(json!({"t": "sub", "id": 9, "room": room, "since": 5})).await;
    let resumed = ring.expect("sub_ok").await;
    assert_eq!((&resumed["id"], &resumed["events"][0]["seq"]), (&json!(9), &json!(6)));

    for (epoch, since) in [(json!("other"), 2), (json!(null), 2), (json!(epoch), 99)] {
        let mut lost = app.visitor().socket().await;
        lost.send(json!({"t": "hello", "v": 1, "epoch": epoch, "subs": [{"room": room, "since": since}]})).await;
        lost.expect("welcome").await;
        let answer = lost.expect("sub_ok").await;
        assert_eq!((&answer["recovered"], &answer["events"]), (&json!(false), &json!([])));
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_long_an_absence_means_a_new_page_never_a_partial_list() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let mut socket = alice.live(json!([])).await;
    for n in 0..501 {
        let frame = json!({"t": "send", "id": n, "room": room, "nonce": format!("n{n}"), "body": "x"});
        socket.send(frame).await;
    }
    for _ in 0..501 {
        socket.expect("ack").await;
    }
    let mut fresh = app.visitor().live(json!([{"room": room, "since": 0}])).await;
    let answer = fresh.expect("sub_ok").await;
    assert_eq!((&answer["recovered"], &answer["events"], &answer["head"]), (&json!(false), &json!([]), &json!(501)));
    fresh.send(json!({"t": "sub", "id": 1, "room": room, "since": 0})).await;
    let mut near = app.visitor().live(json!([{"room": room, "since": 0}])).await;
    near.expect("sub_ok").await;
    let mut within = app.visitor().live(json!([])).await;
    within.send(json!({"t": "sub", "id": 1, "room": room, "since": 1})).await;
    let answer = within.expect("sub_ok").await;
    assert_eq!((&answer["recovered"], answer["events"].as_array().map(Vec::len)), (&json!(true), Some(500)));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_said_is_there_after_a_restart() {
    let (app, db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let mut socket = alice.live(json!([{ "room": room }])).await;
    socket.expect("sub_ok").await;
    socket.say(room, "n1", "kept").await;
    let epoch = app.app.chat.epoch.clone();
    app.stop().await;

    let app = start_on(&db, &[]).await;
    assert_eq!(app.app.chat.epoch, epoch);
    let alice = alice.on(&app);
    let mut socket = alice.socket().await;
    socket.send(json!({"t": "hello", "v": 1, "epoch": epoch, "subs": [{"room": room, "since": 0}]})).await;
    assert_eq!(socket.expect("welcome").await["user"]["username"], "alice");
    assert_eq!(socket.expect("sub_ok").await["events"][0]["body"], "kept");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_are_told_before_the_server_ends() {
    let (app, _db) = start().await;
    let mut socket = app.visitor().live(json!([])).await;
    app.app.shutdown.cancel();
    assert_eq!(socket.expect("bye").await["reason"], "restart");
    assert_eq!(socket.close_code().await, 1012);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_said_is_refused_with_a_reason_and_an_echo() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let (public, private) = (alice.room("Tea", "public").await, alice.room("Secret", "private").await);
    let mut visitor = app.visitor().live(json!([])).await;
    assert_eq!(visitor.say(public, "n", "x").await["code"], "unauthorized");
    let mut bob = bob.live(json!([{ "room": private }])).await;
    let no_room = bob.expect("err").await;
    assert_eq!((&no_room["code"], &no_room["room"]), (&json!("not_found"), &json!(private)));
    assert_eq!(bob.say(private, "n1", "x").await["code"], "not_found");
    assert_eq!(bob.say(4_242, "n2", "x").await["code"], "not_found");
    assert_eq!(bob.say(public, "n3", &"가".repeat(4_001)).await["code"], "too_long");
    assert_eq!(bob.say(public, "n4", " \n ").await["code"], "invalid");
    bob.send(json!({"t": "send", "id": 7, "room": public, "nonce": "n5", "body": "x", "reply_to": 1})).await;
    let refused = bob.expect("err").await;
    assert_eq!((&refused["code"], &refused["id"], &refused["nonce"]), (&json!("invalid"), &json!(7), &json!("n5")));
    bob.send(json!({"t": "send", "id": 8, "room": public, "nonce": "n6", "body": "x", "attachments": []})).await;
    assert_eq!(bob.expect("err").await["code"], "unsupported");
    assert_eq!(bob.say(public, "n7", "fine").await["seq"], 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_speaks_too_fast_is_told_when_to_go_on() {
    let (app, _db) = start_with(&[("CHAT_RATE_SEND", "2/1")]).await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let mut socket = alice.live(json!([])).await;
    assert_eq!(socket.say(room, "n1", "x").await["t"], "ack");
    assert_eq!(socket.say(room, "n2", "x").await["t"], "ack");
    let refused = socket.say(room, "n3", "x").await;
    assert_eq!((&refused["code"], &refused["fatal"]), (&json!("rate_limited"), &json!(false)));
    assert!(refused["retry_ms"].as_u64().is_some_and(|ms| ms > 0), "{refused}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_frames_ends_the_connection() {
    let (app, _db) = start_with(&[("CHAT_RATE_FRAMES", "5/1")]).await;
    let mut socket = app.visitor().live(json!([])).await;
    for _ in 0..20 {
        socket.send(json!({"t": "unsub", "room": 1})).await;
    }
    assert_eq!(socket.close_code().await, 4429);
    // Answers to heartbeats that there were none of.
    let mut socket = app.visitor().live(json!([])).await;
    for _ in 0..20 {
        socket.send(json!({"t": "pong", "n": 1})).await;
    }
    assert_eq!(socket.close_code().await, 4429);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hello_comes_first_and_once_and_speaks_our_version() {
    let (app, _db) = start().await;
    let mut early = app.visitor().socket().await;
    early.send(json!({"t": "sub", "id": 1, "room": 1})).await;
    assert_eq!(early.close_code().await, 4400);
    let mut twice = app.visitor().live(json!([])).await;
    twice.send(json!({"t": "hello", "v": 1, "subs": []})).await;
    assert_eq!(twice.close_code().await, 4405);
    let mut later = app.visitor().socket().await;
    later.send(json!({"t": "hello", "v": 2, "subs": []})).await;
    assert_eq!(later.close_code().await, 4404);
    let mut nonsense = app.visitor().live(json!([])).await;
    nonsense.send_text("hello?").await;
    assert_eq!(nonsense.close_code().await, 4400);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_mentioned_wherever_a_text_is_read() {
    let (app, _db) = start().await;
    let (alice, _jimin) = (app.person("alice").await, app.person("지민").await);
    let room = alice.room("Tea", "public").await;
    let id = room.to_string();
    let mut watcher = app.visitor().live(json!([{ "room": room }])).await;
    watcher.expect("sub_ok").await;
    let body = "@지민님, https://tea.example/docs에서 `@alice` 확인\n```rust\nlet tea = \"@지민\";\n```";
    alice.post("post_message", &[("room", &*id), ("body", body)]).await.expect_status(200);
    let heard = watcher.expect("ev").await;
    let paragraph = &heard["doc"][0]["of"];
    assert_eq!(paragraph[0], json!({"i": "mention", "username": "지민", "text": "@지민"}), "{heard}");
    assert_eq!((&paragraph[1]["text"], &paragraph[2]["href"]), (&json!("님, "), &json!("https://tea.example/docs")));
    assert_eq!(paragraph[3]["text"], "에서 ");
    assert_eq!(heard["doc"].to_string().matches("mention").count(), 1, "not in code");
    assert!(heard["doc"][1]["marks"].as_array().is_some_and(|marks| marks.len() > 3), "{heard}");
    // From a page, and from the log of a node that did not hear it.
    let page = app.visitor().post("history", &[("room", &*id)]).await.json();
    assert_eq!(page["messages"][0]["doc"], heard["doc"]);
    let late = app.visitor().post("events", &[("room", &*id), ("since", "0")]).await.json();
    assert_eq!(late["events"][0]["doc"], heard["doc"]);
    let html = app.visitor().get(&format!("/rooms/{room}")).await.expect_status(200);
    let html = crate::support::html::Html::read(&html.text);
    assert_eq!(html.only("a", "class", "mention").attribute("href"), Some("/users/%EC%A7%80%EB%AF%BC"));
    assert!(html.all("span").any(|span| span.attribute("class") == Some("kw") && span.text == "let "));
    // An edit mentions others.
    alice.post("edit_message", &[("room", &*id), ("target", "1"), ("body", "@alice @nobody")]).await.expect_status(200);
    assert_eq!(watcher.expect("ev").await["doc"][0]["of"][0]["username"], "alice");
    let log = app.app.chat.db.names_in(room.try_into().unwrap(), &[1]).await.unwrap();
    assert_eq!(log, [(1, "alice".to_owned(), "alice".to_owned())]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_written_is_there_on_another_device() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let id = alice.room("Tea", "public").await.to_string();
    bob.post("post_message", &[("room", &id), ("body", "well?")]).await.expect_status(200);
    let draft = async || alice.post("open_room", &[("room", &*id)]).await.expect_status(200).json()["draft"].clone();
    assert_eq!(draft().await, Value::Null);
    let fields = [("room", &*id), ("body", "well\0, "), ("reply_to", "1")];
    let ts = alice.post("save_draft", &fields).await.expect_status(200).json();
    let kept = draft().await;
    assert_eq!((&kept["body"], &kept["ts"]), (&json!("well, "), &ts));
    assert_eq!((&kept["reply_to"]["seq"], &kept["reply_to"]["excerpt"]), (&json!(1), &json!("well?")));
    // Nobody else's, and of nothing that is not there.
    assert_eq!(bob.post("open_room", &[("room", &*id)]).await.json()["draft"], Value::Null);
    alice.post("save_draft", &[("room", &*id), ("body", "x"), ("reply_to", "9")]).await.expect_status(200);
    assert_eq!((&draft().await["body"], draft().await.get("reply_to")), (&json!("x"), None));
    // What is about to be sent in pieces is longer than a message, but not without end.
    for (text, status) in [("가".repeat(20_000), 200), ("가".repeat(20_001), 422)] {
        let answer = alice.post("save_draft", &[("room", &*id), ("body", &text)]).await.expect_status(status);
        assert!(status == 200 || answer.json()["field"] == "body", "{}", answer.text);
    }
    // Who may not speak saves nothing, and can still take back what there is.
    bob.post("save_draft", &[("room", &*id), ("body", "but")]).await.expect_status(200);
    alice.post("update_room", &[("room", &*id), ("state", "locked")]).await.expect_status(200);
    let refused = bob.post("save_draft", &[("room", &*id), ("body", "but then")]).await.expect_status(422).json();
    assert_eq!(refused["code"], "locked");
    assert_eq!(bob.post("open_room", &[("room", &*id)]).await.json()["draft"]["body"], "but");
    bob.post("save_draft", &[("room", &*id)]).await.expect_status(200);
    assert_eq!(bob.post("open_room", &[("room", &*id)]).await.json()["draft"], Value::Null);
    assert_eq!(alice.post("save_draft", &[("room", &*id)]).await.expect_status(200).json(), json!(0));
    assert_eq!(draft().await, Value::Null);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_shows_nothing_is_not_said() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let id = alice.room("Tea", "public").await.to_string();
    let fields = |body| [("room", &*id), ("target", "1"), ("body", body)];
    alice.post("post_message", &fields("here")).await.expect_status(200);
    let blank =
        ["```\n```", "`\u{3164}`", "`\u{200b}`", "- \u{200b}", "> \u{3164}", "```\n\u{3164}\n```", "> - `\u{200b}`"];
    for blank in blank {
        for name in ["post_message", "edit_message"] {
            let refused = alice.post(name, &fields(blank)).await.expect_status(422).json();
            assert_eq!((&refused["problem"], &refused["field"]), (&json!("empty"), &json!("body")), "{blank:?}");
        }
    }
    // A link is its address, if nothing else; and code is code, however little.
    for shown in ["[\u{200b}](https://a.kr)", "`.`", "```\n}\n```", "- -", "1. \u{200b}\n2. \u{200b}"] {
        alice.post("post_message", &fields(shown)).await.expect_status(200);
    }
    app.stop().await;
}
