//! A room that was opened to more people does not take along what was said before: in no way of reading it.

use serde_json::{Value, json};

use crate::support::html::Html;
use crate::support::{Database, Person, start_on};

/// A room in which six things were said, the last three of them in the open; `secret` was edited after that.
async fn opened(database: &Database, alice: &Person) -> i64 {
    let room = alice.room("Diary", "public").await;
    let mut socket = alice.live(json!([])).await;
    for n in 1..=3 {
        socket.say(room, &format!("s{n}"), &format!("secret {n}")).await;
    }
    for n in 4..=6 {
        socket.say(room, &format!("o{n}"), &format!("open {n}")).await;
    }
    database.run(&format!("UPDATE rooms SET open_from = 4 WHERE id = {room}")).await;
    let id = room.to_string();
    alice.post("edit_message", &[("room", &id), ("target", "2"), ("body", "secret again")]).await.expect_status(200);
    alice.post("edit_message", &[("room", &id), ("target", "5"), ("body", "open again")]).await.expect_status(200);
    room
}

fn seqs(answer: &Value, list: &str) -> Vec<i64> {
    answer[list].as_array().unwrap().iter().map(|item| item["seq"].as_i64().unwrap()).collect()
}

async fn only_what_was_said_in_the_open_is_read(database: Database) {
    let app = start_on(&database, &[]).await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = opened(&database, &alice).await;
    let id = room.to_string();
    for person in [&bob, &app.visitor()] {
        for cursor in [None, Some(("before", "6")), Some(("after", "0")), Some(("around", "1")), Some(("around", "5"))]
        {
            let fields: Vec<_> = cursor.into_iter().chain([("room", &*id)]).collect();
            let page = person.post("history", &fields).await.expect_status(200);
            assert!(!page.text.contains("secret"), "{cursor:?}: {}", page.text);
            let page = page.json();
            assert_eq!(seqs(&page, "messages")[0], 4, "{cursor:?}");
            assert_eq!(page["floor"], 4);
            assert_eq!(page["more"], false, "{cursor:?}");
        }
        let early = person.post("events", &[("room", &id), ("since", "0")]).await.expect_status(200).json();
        assert_eq!((&early["recovered"], early["events"].as_array().map(Vec::len)), (&json!(false), Some(0)));
        let log = person.post("events", &[("room", &id), ("since", "3")]).await.expect_status(200);
        assert!(!log.text.contains("secret"), "{}", log.text);
        let log = log.json();
        assert_eq!(seqs(&log, "events"), [4, 5, 6, 7, 8], "the log has no holes");
        assert_eq!((&log["events"][3]["k"], &log["events"][4]["k"]), (&json!("skip"), &json!("edit")));
        for (seq, status) in [(3, 404), (4, 200), (7, 404)] {
            let page = person.get(&format!("/rooms/{room}/messages/{seq}")).await.expect_status(status);
            assert!(!page.text.contains("secret"), "{seq}");
        }
        assert!(!person.get(&format!("/rooms/{room}")).await.expect_status(200).text.contains("secret"));
        assert!(!person.get(&format!("/rooms/{room}?before=4")).await.expect_status(200).text.contains("secret"));

        // On the socket, whichever way it is asked.
        for resume in [0, 2, 3] {
            let mut socket = person.live(json!([{ "room": room, "since": resume }])).await;
            let joined = socket.expect("sub_ok").await;
            assert_eq!((&joined["recovered"], &joined["floor"]), (&json!(false), &json!(4)), "an epoch is missing");
            socket.send(json!({"t": "sub", "id": 1, "room": room, "since": resume})).await;
            let joined = socket.expect("sub_ok").await;
            assert_eq!(joined["recovered"], resume == 3, "{joined}");
            assert!(!joined.to_string().contains("secret"), "{joined}");
            socket.send(json!({"t": "sync", "id": 2, "room": room, "since": resume, "limit": 500})).await;
            let synced = socket.next().await;
            assert_eq!(synced["t"], if resume == 3 { "evs" } else { "reset" });
            assert!(!synced.to_string().contains("secret"), "{synced}");
        }
    }
    // Who belongs to the room reads everything.
    let all = alice.post("history", &[("room", &id)]).await.json();
    assert_eq!((seqs(&all, "messages")[0], &all["floor"]), (1, &json!(1)));
    let log = alice.post("events", &[("room", &id), ("since", "0")]).await.json();
    assert_eq!((&log["recovered"], seqs(&log, "events")), (&json!(true), (1..=8).collect()));
    assert!(alice.get(&format!("/rooms/{room}/messages/3")).await.expect_status(200).text.contains("secret 3"));

    // What is said about it now is heard by those who may know what it is about.
    let mut visitor = app.visitor().live(json!([{ "room": room }])).await;
    visitor.expect("sub_ok").await;
    let mut member = alice.live(json!([{ "room": room }])).await;
    member.expect("sub_ok").await;
    alice.post("edit_message", &[("room", &id), ("target", "1"), ("body", "secret news")]).await.expect_status(200);
    assert_eq!(member.expect("ev").await["body"], "secret news");
    let heard = visitor.expect("ev").await;
    assert_eq!((&heard["k"], &heard["seq"], heard.get("body")), (&json!("skip"), &json!(9), None), "{heard}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_said_in_the_open_is_read_on_sqlite() {
    only_what_was_said_in_the_open_is_read(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_said_in_the_open_is_read_on_postgres() {
    only_what_was_said_in_the_open_is_read(Database::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_said_before_is_told_to_other_sites() {
    let database = Database::sqlite();
    let app = start_on(&database, &[]).await;
    let alice = app.person("alice").await;
    let room = opened(&database, &alice).await;
    let feed = app.visitor().get(&format!("/rooms/{room}/feed.atom")).await.expect_status(200);
    assert!(feed.text.contains("open again") && !feed.text.contains("secret"), "{}", feed.text);
    // Not even where a member looks at it.
    let html = Html::read(&alice.get(&format!("/rooms/{room}/messages/3")).await.expect_status(200).text);
    assert_eq!((html.meta("og:description"), html.canonical(), html.meta("robots")), (None, None, Some("noindex")));
    let html = Html::read(&alice.get(&format!("/rooms/{room}/messages/4")).await.expect_status(200).text);
    assert_eq!(html.meta("og:description"), Some("alice: open 4"));
    app.stop().await;
}
