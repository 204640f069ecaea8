//! What replies show of the messages that they answer.

use serde_json::{Value, json};

use crate::support::{Database, Person, start, start_on};

async fn reply(person: &Person, room: &str, to: i64, body: &str) -> i64 {
    let to = to.to_string();
    let fields = [("room", room), ("body", body), ("reply_to", &to)];
    person.post("post_message", &fields).await.expect_status(200).json()["seq"].as_i64().unwrap()
}

fn quoted(page: &Value) -> Vec<i64> {
    let quotes = page["quotes"].as_array().cloned().unwrap_or_default();
    quotes.iter().map(|quote| quote["seq"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_brings_what_its_replies_answer_unless_it_is_there_itself() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let id = room.to_string();
    let long = format!("**Which** [tea](https://tea.example)?\n\n{}", "가".repeat(300));
    bob.post("post_message", &[("room", &*id), ("body", &*long)]).await.expect_status(200);
    alice.say_much(room, 60).await;
    let answer = reply(&alice, &id, 1, "barley").await;
    reply(&bob, &id, answer, "thanks").await;
    reply(&bob, &id, 1, "me too").await;

    let page = app.visitor().post("history", &[("room", &*id)]).await.json();
    assert_eq!(quoted(&page), [1], "once, and not what is on the page: {}", page["quotes"]);
    let quote = &page["quotes"][0];
    assert_eq!((&quote["author"]["username"], quote.get("deleted")), (&json!("bob"), None));
    let excerpt = quote["excerpt"].as_str().unwrap();
    assert!(excerpt.starts_with("Which tea? 가가") && excerpt.ends_with('…'), "{excerpt}");
    assert_eq!(excerpt.chars().count(), 121);
    assert_eq!(app.visitor().post("quote", &[("room", &*id), ("seq", "1")]).await.json(), *quote);
    let open = app.visitor().post("open_room", &[("room", &*id)]).await.json();
    assert_eq!(open["history"]["quotes"], page["quotes"]);
    let first = app.visitor().post("history", &[("room", &*id), ("after", "0")]).await.json();
    assert_eq!(quoted(&first), [0; 0]);

    bob.post("delete_message", &[("room", &*id), ("target", "1")]).await.expect_status(200);
    let page = app.visitor().post("history", &[("room", &*id)]).await.json();
    assert_eq!((&page["quotes"][0]["deleted"], &page["quotes"][0]["excerpt"]), (&json!(true), &json!("")));
    // Where an edit, a deletion or nothing stands there is nothing to quote.
    for nothing in ["0", "-5", "65", "999"] {
        app.visitor().post("quote", &[("room", &*id), ("seq", nothing)]).await.expect_status(404);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_before_the_room_was_open_is_not_quoted() {
    let database = Database::sqlite();
    let app = start_on(&database, &[]).await;
    let alice = app.person("alice").await;
    let room = alice.room("Diary", "public").await;
    let id = room.to_string();
    alice.post("post_message", &[("room", &*id), ("body", "secret")]).await.expect_status(200);
    alice.say_much(room, 60).await;
    reply(&alice, &id, 1, "in the open").await;
    let asked = [("room", &*id)];
    database.run(&format!("UPDATE rooms SET open_from = 2 WHERE id = {room}")).await;
    for function in ["history", "open_room"] {
        assert!(!app.visitor().post(function, &asked).await.expect_status(200).text.contains("secret"), "{function}");
        assert!(alice.post(function, &asked).await.text.contains("secret"), "{function}");
    }
    app.visitor().post("quote", &[("room", &*id), ("seq", "1")]).await.expect_status(404);
    alice.post("quote", &[("room", &*id), ("seq", "1")]).await.expect_status(200);

    // A page that search engines list quotes nothing from before they were let in.
    database.run(&format!("UPDATE rooms SET open_from = 0, indexed = TRUE, indexed_from = 2 WHERE id = {room}")).await;
    assert!(!app.visitor().post("open_room", &asked).await.text.contains("secret"));
    assert!(app.visitor().post("history", &asked).await.text.contains("secret"), "that is no page");
    app.stop().await;
}
