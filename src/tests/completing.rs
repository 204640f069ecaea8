//! What is offered while somebody types, and who reacted.

use serde_json::{Value, json};

use crate::support::{Database, start, start_on};

fn names(answer: &Value) -> Vec<&str> {
    answer.as_array().expect("people").iter().map(|person| person["username"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_spoke_last_are_offered_first() {
    let database = Database::sqlite();
    let app = start_on(&database, &[]).await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let id = room.to_string();
    for name in ["anna", "Andy", "지민", "bob"] {
        let person = app.person(name).await;
        person.post("post_message", &[("room", &*id), ("body", "hi")]).await.expect_status(200);
    }
    for n in 0..12 {
        app.person(&format!("an{n}")).await.post("join_room", &[("room", &*id)]).await.expect_status(200);
    }
    let offered = async |prefix: &str| {
        alice.post("mention_candidates", &[("room", &*id), ("prefix", prefix)]).await.expect_status(200).json()
    };
    let found = offered("@AN").await;
    assert_eq!(names(&found)[..2], ["Andy", "anna"]);
    assert_eq!(names(&found).len(), 8);
    assert_eq!(names(&offered("\u{110c}\u{1175}").await), ["지민"], "typed letter by letter");
    assert_eq!(names(&offered("").await)[..4], ["bob", "지민", "Andy", "anna"]);
    assert!(!names(&offered("").await).contains(&"alice"), "nobody mentions themselves");
    for none in ["%", "_", "nobody", &"a".repeat(99)] {
        assert_eq!(offered(none).await, json!([]), "{none}");
    }
    // Who spoke before the room was open is known to those who may read it.
    database.run(&format!("UPDATE rooms SET open_from = 4 WHERE id = {room}")).await;
    let visitor = app.visitor().post("mention_candidates", &[("room", &*id), ("prefix", "")]).await.json();
    assert_eq!(names(&visitor)[0], "bob");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn emoji_are_offered_by_name() {
    let (app, _db) = start().await;
    let offered = async |prefix: &str| app.visitor().post("emoji_candidates", &[("prefix", prefix)]).await.json();
    assert_eq!(offered("하트").await[0], json!({"emoji": "❤️", "name": "하트"}));
    assert_eq!(offered(":tada").await[0]["emoji"], "🎉");
    assert_eq!(offered("").await.as_array().map(Vec::len), Some(8));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_told_who_reacted() {
    let database = Database::sqlite();
    let app = start_on(&database, &[]).await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let id = room.to_string();
    alice.say_much(room, 2).await;
    for person in [&bob, &alice] {
        let fields = [("room", &*id), ("target", "1"), ("emoji", "👍"), ("on", "true")];
        person.post("react", &fields).await.expect_status(200);
    }
    let asked = [("room", &*id), ("target", "1")];
    let told = app.visitor().post("reactors", &asked).await.expect_status(200).json();
    assert_eq!((&told[0]["emoji"], names(&told[0]["people"])), (&json!("👍"), vec!["bob", "alice"]));
    assert_eq!(alice.post("reactors", &[("room", &*id), ("target", "2")]).await.json(), json!([]));
    for none in ["0", "3", "99"] {
        alice.post("reactors", &[("room", &*id), ("target", none)]).await.expect_status(404);
    }
    database.run(&format!("UPDATE rooms SET open_from = 2 WHERE id = {room}")).await;
    app.visitor().post("reactors", &asked).await.expect_status(404);
    alice.post("delete_message", &asked).await.expect_status(200);
    alice.post("reactors", &asked).await.expect_status(404);
    app.stop().await;
}
