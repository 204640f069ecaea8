//! What was done to a room, as pages of its conversation tell it.

use serde_json::{Value, json};

use crate::support::{Person, TestApp, start};

/// A room with messages and, between them, notices: `m` and `n` in this order, from seq 1 on.
async fn talk(alice: &Person, order: &str) -> i64 {
    let room = alice.room("Tea", "public").await;
    let mut socket = alice.live(json!([])).await;
    for (seq, kind) in order.chars().enumerate() {
        if kind == 'm' {
            assert_eq!(socket.say(room, &format!("n-{seq}"), "tea?").await["t"], "ack");
        } else {
            let id = room.to_string();
            alice.post("update_room", &[("room", &id), ("title", &format!("Tea {seq}"))]).await.expect_status(200);
        }
    }
    room
}

fn seqs(page: &Value, of: &str) -> Vec<i64> {
    page[of].as_array().into_iter().flatten().map(|it| it["seq"].as_i64().unwrap()).collect()
}

/// All pages from one end to the other, in the order of the log: the seqs of messages and of notices.
async fn walk(app: &TestApp, room: i64, cursor: &str, limit: &str) -> (Vec<i64>, Vec<i64>) {
    let (mut messages, mut notices): (Vec<i64>, Vec<i64>) = (vec![], vec![]);
    let mut at = (cursor == "after").then_some(0);
    loop {
        let (room, from) = (room.to_string(), at.unwrap_or_default().to_string());
        let mut fields = vec![("room", &*room), ("limit", limit)];
        fields.extend(at.map(|_| (cursor, &*from)));
        let page = app.visitor().post("history", &fields).await.json();
        let (said, told) = (seqs(&page, "messages"), seqs(&page, "notices"));
        if cursor == "after" {
            at = said.last().copied();
            messages.extend(said);
            notices.extend(told);
        } else {
            at = said.first().copied();
            messages.splice(0..0, said);
            notices.splice(0..0, told);
        }
        if page["more"] != true {
            return (messages, notices);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_follow_on_one_another_have_each_notice_once() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let order = "nmmnnmnmmmnmmnn";
    let room = talk(&alice, order).await;
    let of = |kind| order.chars().zip(1..).filter(|(it, _)| *it == kind).map(|(_, seq)| seq).collect::<Vec<i64>>();
    for limit in ["1", "2", "3", "50"] {
        for cursor in ["before", "after"] {
            assert_eq!(walk(&app, room, cursor, limit).await, (of('m'), of('n')), "{cursor} {limit}");
        }
    }
    let fields = [("room", &*room.to_string()), ("around", "8"), ("limit", "3")];
    let page = app.visitor().post("history", &fields).await.json();
    assert_eq!((seqs(&page, "messages"), seqs(&page, "notices")), (vec![6, 8, 9], vec![7]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_from_later_on_is_told_that_the_room_was_opened_and_nothing_from_before() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let id = alice.room("Tea", "private").await.to_string();
    alice.post("update_room", &[("room", &id), ("title", "Secret")]).await.expect_status(200);
    alice.post("update_room", &[("room", &id), ("visibility", "public")]).await.expect_status(200);
    alice.post("update_room", &[("room", &id), ("title", "Open tea")]).await.expect_status(200);
    let told = |page: &Value| seqs(page, "notices");
    let page = app.visitor().post("history", &[("room", &id)]).await.json();
    assert!(!told(&page).contains(&1) && told(&page).contains(&3), "{page}");
    assert_eq!(told(&alice.post("history", &[("room", &id)]).await.json()), [1, 2, 3]);
    let read = app.visitor().get(&format!("/rooms/{id}")).await.text;
    assert!(read.contains("data-notice=\"3\"") && !read.contains("Secret"), "{read}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_is_never_unread() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = talk(&alice, "m").await;
    let id = room.to_string();
    bob.post("join_room", &[("room", &id)]).await.expect_status(200);
    alice.post("update_room", &[("room", &id), ("state", "resolved")]).await.expect_status(200);
    let mine = bob.post("my_rooms", &[]).await.json();
    assert_eq!((&mine[0]["count"], &mine[0]["mentions"]), (&json!(0), &json!(0)));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn search_engines_are_told_nothing_from_before_they_were_let_in() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let id = alice.room("Tea", "public").await.to_string();
    alice.post("update_room", &[("room", &id), ("title", "Not for engines")]).await.expect_status(200);
    alice.post("update_room", &[("room", &id), ("indexed", "true"), ("title", "Tea")]).await.expect_status(200);
    alice.post("post_message", &[("room", &id), ("body", "for all")]).await.expect_status(200);
    for path in [format!("/rooms/{id}"), format!("/rooms/{id}/messages/3")] {
        let read = app.visitor().get(&path).await.expect_status(200).text;
        assert!(read.contains("data-notice=\"2\"") && !read.contains("Not for engines"), "{path}: {read}");
        let read = alice.get(&path).await.expect_status(200).text;
        assert!(read.contains("Not for engines"), "{path}");
    }
    app.stop().await;
}
