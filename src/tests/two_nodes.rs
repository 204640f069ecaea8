//! Two nodes on one PostgreSQL and one Redis: people on different nodes talk in one room.

use std::time::Duration;

use serde_json::json;

use crate::support::{Database, needed, start_on};

#[tokio::test(flavor = "multi_thread")]
async fn people_on_different_nodes_talk_in_one_room() {
    let db = Database::postgres().await;
    let redis = needed("TEST_REDIS_URL");
    let (one, two) = (start_on(&db, &[("REDIS_URL", &redis)]).await, start_on(&db, &[("REDIS_URL", &redis)]).await);
    let (alice, bob) = (one.person("alice").await, two.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let mut alice = alice.live(json!([{"room": room, "since": 0}])).await;
    let mut bob = bob.live(json!([{"room": room, "since": 0}])).await;
    alice.expect("sub_ok").await;
    bob.expect("sub_ok").await;
    for n in 1..=20 {
        let (speaker, name) = if n % 2 == 0 { (&mut alice, "a") } else { (&mut bob, "b") };
        let frame = json!({"t": "send", "id": n, "room": room, "nonce": format!("{name}{n}"), "body": format!("{n}")});
        speaker.send(frame).await;
    }
    let mut heard = Vec::new();
    for socket in [&mut alice, &mut bob] {
        let (mut seqs, mut bodies) = (Vec::new(), Vec::new());
        while seqs.len() < 20 {
            let frame = socket.next().await;
            if frame["t"] == "ev" {
                seqs.push(frame["seq"].as_i64().unwrap());
                bodies.push(frame["body"].clone());
            }
        }
        assert_eq!(seqs, (1..=20).collect::<Vec<_>>());
        heard.push(bodies);
    }
    assert_eq!(heard[0], heard[1]);
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bus_the_nodes_still_hear_each_other() {
    let db = Database::postgres().await;
    // Nobody listens on this port: Redis is "down" for both nodes.
    let dead = [("REDIS_URL", "redis://127.0.0.1:1")];
    let (one, two) = (start_on(&db, &dead).await, start_on(&db, &dead).await);
    let (alice, bob) = (one.person("alice").await, two.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let mut alice = alice.live(json!([])).await;
    let mut bob = bob.live(json!([{"room": room, "since": 0}])).await;
    bob.expect("sub_ok").await;
    assert_eq!(alice.say(room, "n1", "hello over there").await["t"], "ack");
    assert_eq!(bob.expect("ev").await["body"], "hello over there");
    let ready = one.visitor().get("/readyz").await.expect_status(200).json();
    assert_eq!(ready["bus"], "degraded");
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_on_one_node_closes_the_sockets_on_the_other() {
    let db = Database::postgres().await;
    let redis = needed("TEST_REDIS_URL");
    let (one, two) = (start_on(&db, &[("REDIS_URL", &redis)]).await, start_on(&db, &[("REDIS_URL", &redis)]).await);
    let alice = one.person("alice").await;
    let room = alice.room("Tea", "public").await;
    // A message from node to node shows that the bus is up: a revocation has no second way yet.
    let mut there = alice.on(&two).live(json!([{"room": room, "since": 0}])).await;
    there.expect("sub_ok").await;
    let mut here = alice.live(json!([])).await;
    while !(one.app.chat.bus.is_up() && two.app.chat.bus.is_up()) {
        tokio::task::yield_now().await;
    }
    here.say(room, "n1", "x").await;
    there.expect("ev").await;
    alice.post("logout", &[]).await.expect_status(200);
    assert_eq!(here.close_code().await, 4403);
    assert_eq!(there.close_code().await, 4403);
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_message_through_both_nodes_is_one() {
    let db = Database::postgres().await;
    let redis = needed("TEST_REDIS_URL");
    let (one, two) = (start_on(&db, &[("REDIS_URL", &redis)]).await, start_on(&db, &[("REDIS_URL", &redis)]).await);
    let alice = one.person("alice").await;
    let room = alice.room("Tea", "public").await.to_string();
    let there = alice.on(&two);
    let form = [("room", &*room), ("body", "once"), ("nonce", "n")];
    let answers = futures_util::future::join_all((0..20).map(|n| {
        let person = if n % 2 == 0 { &alice } else { &there };
        async move { person.post("post_message", &form).await.expect_status(200).json() }
    }))
    .await;
    assert!(answers.iter().all(|answer| answer["seq"] == 1), "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer["dup"] == false).count(), 1, "{answers:?}");
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_belongs_to_a_room_is_known_on_both_nodes_at_once() {
    let db = Database::postgres().await;
    let redis = needed("TEST_REDIS_URL");
    let (one, two) = (start_on(&db, &[("REDIS_URL", &redis)]).await, start_on(&db, &[("REDIS_URL", &redis)]).await);
    let (alice, bob) = (one.person("alice").await, one.person("bob").await);
    let (tea, secret) = (alice.room("Tea", "public").await, alice.room("Secret", "private").await);
    let (tea_id, secret_id) = (tea.to_string(), secret.to_string());
    while !(one.app.chat.bus.is_up() && two.app.chat.bus.is_up()) {
        tokio::task::yield_now().await;
    }
    // On the other node nobody listens to either room; the first count says that the desk knows this socket.
    let own = bob.room("Own", "public").await;
    let mut there = bob.on(&two).live(json!([])).await;
    let mut told_of = async |room: i64| {
        loop {
            if there.find("unread").await["room"] == room {
                return;
            }
        }
    };
    told_of(own).await;
    bob.post("join_room", &[("room", &*tea_id)]).await.expect_status(200);
    told_of(tea).await;
    alice.post("add_member", &[("room", &*secret_id), ("username", "bob")]).await.expect_status(200);
    told_of(secret).await;

    // Who leaves a private room here is put out there.
    there.send(json!({"t": "sub", "id": 1, "room": secret})).await;
    there.expect("sub_ok").await;
    bob.post("leave_room", &[("room", &*secret_id)]).await.expect_status(200);
    assert_eq!(there.find("revoked").await["room"], secret);

    // Whoever posts in a public room belongs to it.
    let cake = alice.room("Cake", "public").await;
    bob.post("post_message", &[("room", &*cake.to_string()), ("body", "yum")]).await.expect_status(200);
    while there.find("unread").await["room"] != cake {}
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_that_is_renamed_on_one_node_is_on_the_other() {
    let db = Database::postgres().await;
    let redis = needed("TEST_REDIS_URL");
    let (one, two) = (start_on(&db, &[("REDIS_URL", &redis)]).await, start_on(&db, &[("REDIS_URL", &redis)]).await);
    let root = one.person("boss").await;
    db.run("UPDATE users SET admin = TRUE WHERE username = 'boss'").await;
    while !(one.app.chat.bus.is_up() && two.app.chat.bus.is_up()) {
        tokio::task::yield_now().await;
    }
    root.post("rename_category", &[("key", "music"), ("name_en", "Songs")]).await.expect_status(200);
    assert!(one.visitor().get("/").await.text.contains("Songs"));
    let shown = async { while !two.visitor().get("/").await.text.contains("Songs") {} };
    // Sooner than by the look that every node has at everything now and then.
    tokio::time::timeout(Duration::from_secs(20), shown).await.expect("the new name");
    one.stop().await;
    two.stop().await;
}
