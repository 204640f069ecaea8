//! Reactions: emoji and nothing else, and so many kinds of them; on both databases.

use serde_json::{Value, json};

use crate::support::html::Html;
use crate::support::{Database, Person, start_on};

async fn react(person: &Person, room: &str, emoji: &str, on: bool) -> u16 {
    let on = if on { "true" } else { "false" };
    person.post("react", &[("room", room), ("target", "1"), ("emoji", emoji), ("on", on)]).await.status
}

async fn groups(person: &Person, room: &str) -> Vec<Value> {
    let page = person.post("history", &[("room", room)]).await.json();
    page["messages"][0]["reactions"].as_array().cloned().unwrap_or_default()
}

async fn one_emoji_is_one_group_and_there_are_so_many(database: Database) {
    let app = start_on(&database, &[]).await;
    let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
    let room = alice.room("Tea", "public").await.to_string();
    alice.post("post_message", &[("room", &room), ("body", "hi")]).await.expect_status(200);
    for (person, heart) in [(&alice, "❤"), (&bob, "❤\u{FE0F}"), (&carol, "❤\u{FE0E}")] {
        assert_eq!(react(person, &room, heart, true).await, 200);
    }
    assert_eq!(groups(&alice, &room).await, [json!({"emoji": "❤\u{FE0F}", "count": 3, "mine": true})]);
    for nothing in ["\u{301}", "\u{E000}", "\u{3164}", "\u{2800}", "a", "👍👍"] {
        assert_eq!(react(&alice, &room, nothing, true).await, 422, "{nothing:?}");
    }

    let emoji: Vec<String> = ('\u{1F600}'..='\u{1F64F}').map(String::from).collect();
    for (count, one) in emoji[..20].iter().enumerate() {
        assert_eq!(react(&alice, &room, one, true).await, if count < 19 { 200 } else { 422 }, "{count}");
    }
    assert_eq!(react(&alice, &room, "❤", true).await, 200, "it is given already");
    assert_eq!(react(&alice, &room, "❤", false).await, 200);
    assert_eq!(react(&alice, &room, &emoji[19], true).await, 200, "in place of what was taken back");
    // Twenty and the heart are there.
    for (person, from, to) in [(&bob, 20, 39), (&carol, 39, 49)] {
        for one in &emoji[from..to] {
            assert_eq!(react(person, &room, one, true).await, 200);
        }
    }
    assert_eq!(groups(&alice, &room).await.len(), 50);
    assert_eq!(react(&carol, &room, &emoji[49], true).await, 422, "fifty are there");
    assert_eq!(react(&carol, &room, &emoji[0], true).await, 200, "one may join in");

    let page = Html::read(&app.visitor().get(&format!("/rooms/{room}")).await.expect_status(200).text);
    assert_eq!(
        page.elements
            .iter()
            .filter(|e| e.attribute("data-act") == Some("react") && e.attribute("data-emoji").is_some())
            .count(),
        50
    );
    assert_eq!(page.all("summary").filter(|summary| summary.text == "+38").count(), 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_emoji_is_one_group_and_there_are_so_many_on_sqlite() {
    one_emoji_is_one_group_and_there_are_so_many(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_emoji_is_one_group_and_there_are_so_many_on_postgres() {
    one_emoji_is_one_group_and_there_are_so_many(Database::postgres().await).await;
}
