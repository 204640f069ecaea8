//! Writing a post: what is shown before it is stored, and what is suggested meanwhile.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::html::Html;
use crate::support::{Database, Person, TestApp, start, start_on};

const POST: [(&str, &str); 6] = [
    ("title", "제목 </textarea> & more"),
    ("body", "**굵게** <b>bold</b>"),
    ("category", "music"),
    ("tags", "Jazz, 재즈"),
    ("visibility", "unlisted"),
    ("nonce", "the-same"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_stores_nothing_and_loses_nothing() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let answer = alice.submit("preview_post", &POST).await.expect_status(200);
    let page = Html::read(&answer.text);
    page.expect_harmless(answer.nonce());
    let preview = page.only("article", "data-testid", "preview");
    assert!(preview.text.contains("제목 </textarea> & more") && preview.text.contains("굵게"), "{}", preview.text);
    assert!(page.all("strong").any(|strong| strong.text == "굵게"));
    assert!(preview.text.contains("#Jazz") && preview.text.contains("#재즈"));
    assert_eq!(page.only("input", "name", "title").attribute("value"), Some("제목 </textarea> & more"));
    assert_eq!(page.only("textarea", "name", "body").text.trim(), "**굵게** <b>bold</b>");
    assert_eq!(page.only("input", "name", "nonce").attribute("value"), Some("the-same"));
    for chosen in ["music", "unlisted"] {
        let is_on =
            |name| page.elements.iter().any(|one| one.attribute(name).is_some() && one.is(&one.name, "value", chosen));
        assert!(is_on("selected") || is_on("checked"), "{chosen}");
    }
    assert!(
        !page.elements.iter().any(|one| one.attribute("role") == Some("alert") && one.attribute("hidden").is_none())
    );
    assert_eq!(alice.post("rooms", &[]).await.json()["rooms"], json!([]), "nothing was stored");
    assert_eq!(alice.submit("create_room", &POST).await.status, 303);

    // What would be refused is refused here, beside its field; a title may be missing for now.
    let long = "x".repeat(10_001);
    let answer = alice.submit("preview_post", &[("title", ""), ("body", &long)]).await.expect_status(422);
    let page = Html::read(&answer.text);
    assert_eq!(page.only("textarea", "name", "body").attribute("aria-invalid"), Some("true"));
    assert!(!page.elements.iter().any(|one| one.is("article", "data-testid", "preview")));
    alice.submit("preview_post", &[("title", ""), ("body", "x")]).await.expect_status(200);
    let answer = app.visitor().submit("preview_post", &POST).await.expect_status(401);
    assert!(answer.text.contains("Nothing is lost") && answer.text.contains("**굵게**"), "{}", answer.text);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_post_is_previewed_on_its_own_page_again_and_again() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await.to_string();
    let fields = [("room", &*room), ("title", "Other tea"), ("body", "# new"), ("state", "resolved")];
    // The second time, the browser comes from the address of the first answer.
    for referer in [format!("/rooms/{room}/settings"), "/api/preview_post".to_owned()] {
        let request = alice.request("preview_post").header("Origin", &alice.origin).header("Accept", "text/html");
        let request = request.header("Referer", format!("{}{referer}", alice.origin)).form(&fields);
        let answer = crate::support::person::Answer::of(request).await.expect_status(200);
        let page = Html::read(&answer.text);
        assert!(page.only("article", "data-testid", "preview").text.contains("new"));
        assert_eq!(page.only("form", "id", "post-form").attribute("action"), Some("/api/update_room"));
        assert_eq!(page.only("option", "value", "resolved").attribute("selected"), Some(""));
    }
    assert_eq!(alice.post("room", &[("room", &*room)]).await.json()[0]["title"], "Tea");
    // Whose room it is not gets no form, as without a preview.
    let answer = bob.submit("preview_post", &fields).await.expect_status(403);
    assert!(!answer.text.contains("post-form"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_in_use_are_suggested_with_the_form() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let post = |category, tags, visibility| {
        [("title", "x"), ("category", category), ("tags", tags), ("visibility", visibility)]
    };
    for fields in [post("music", "jazz", "public"), post("tech", "rust", "public"), post("tech", "secret", "private")] {
        alice.post("create_room", &fields).await.expect_status(200);
    }
    let suggested = async |category| alice.post("suggested_tags", &[("category", category)]).await.json();
    assert_eq!(suggested("tech").await, json!(["rust", "jazz"]));
    assert_eq!(suggested("music").await, json!(["jazz", "rust"]));
    assert_eq!(suggested("no such").await, json!(["jazz", "rust"]));
    // To others, whose own rooms these are not.
    let page = app.person("bob").await.get("/rooms/new").await;
    assert!(Html::read(&page.text).shows("#jazz") && !page.text.contains("secret"));
    app.stop().await;
}

/// Waits until the index has caught up.
async fn similar(person: &Person, title: &str, count: usize) -> Vec<String> {
    let mut found = Value::Null;
    for _ in 0..100 {
        found = person.post("similar_rooms", &[("title", title)]).await.expect_status(200).json();
        if found.as_array().unwrap().len() == count {
            return found.as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{title}: {found}");
}

async fn rooms_that_may_be_about_the_same_are_shown(app: TestApp) {
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    alice.room("Rust로 게임 서버를 짜는 사람들", "public").await;
    alice.room("게임 추천 받아요", "public").await;
    alice.room("Sourdough bread", "public").await;
    alice.room("게임 서버 비밀 모임", "private").await;
    bob.room("게임 서버 비밀", "private").await;
    let found = similar(&bob, "게임 서버에서 만나요", 2).await;
    assert_eq!(found, ["Rust로 게임 서버를 짜는 사람들", "게임 추천 받아요"]);
    assert_eq!(similar(&bob, "BREAD for beginners", 1).await, ["Sourdough bread"]);
    // Words of the text alone say little.
    for nothing in ["text", "", " ", "을", &"x".repeat(500), "\u{0}"] {
        assert_eq!(similar(&bob, nothing, 0).await, [""; 0], "{nothing}");
    }
    let page = bob.submit("preview_post", &[("title", "게임 서버")]).await.expect_status(200);
    let page = Html::read(&page.text);
    let links = page.all("a").filter(|link| link.is("a", "target", "_blank") && link.text.contains("게임"));
    assert_eq!(links.count(), 2);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_that_may_be_about_the_same_are_shown_on_sqlite() {
    rooms_that_may_be_about_the_same_are_shown(start_on(&Database::sqlite(), &[]).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_that_may_be_about_the_same_are_shown_on_postgres() {
    rooms_that_may_be_about_the_same_are_shown(start_on(&Database::postgres().await, &[]).await).await;
}
