//! Somebody's page, and what they tell of themselves.

use serde_json::json;

use crate::support::html::Html;
use crate::support::{Database, needed, start, start_on};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_a_page_with_what_everybody_may_know() {
    let (app, _db) = start().await;
    let (jimin, bob) = (app.person("지민").await, app.person("bob").await);
    let tea = jimin.room("Tea", "public").await;
    jimin.room("Hidden", "unlisted").await;
    jimin.room("Secret", "private").await;
    let fields = [("display_name", "지민 킴"), ("bio", " 차를 <b>좋아해요</b>\r\n정말로 ")];
    let account = jimin.post("update_profile", &fields).await.expect_status(200).json();
    assert_eq!(
        (&account["display_name"], &account["bio"]),
        (&json!("지민 킴"), &json!("차를 <b>좋아해요</b>\n정말로"))
    );

    let path = "/users/%EC%A7%80%EB%AF%BC";
    for person in [&jimin, &bob, &app.visitor()] {
        let page = person.get(path).await.expect_status(200);
        let html = Html::read(&page.text);
        html.expect_harmless(page.nonce());
        assert_eq!(html.all("h1").next().unwrap().text, "지민 킴");
        assert!(html.elements.iter().any(|e| e.name == "p" && e.text.starts_with("@지민 · ")));
        assert_eq!(html.only("p", "class", "bio").text, "차를 <b>좋아해요</b>\n정말로");
        assert_eq!(html.all("title").next().unwrap().text, "지민 킴 · Chat Chat");
        assert_eq!(html.meta("robots"), Some("noindex"));
        // Their own list of rooms stands elsewhere on the page.
        let (main, _) = page.text.split_once("<main").unwrap().1.split_once("</main>").unwrap();
        assert!(main.contains("Tea") && !main.contains("Hidden") && !main.contains("Secret"), "{main}");
    }
    let told = bob.post("user", &[("username", "지민")]).await.expect_status(200).json();
    assert_eq!((told["rooms"].as_array().map(Vec::len), &told["rooms"][0]["id"]), (Some(1), &json!(tea)));
    assert!(told["since"].as_i64() > Some(0) && told["rooms"][0]["body"] == "");
    // A room from which one is banned does not exist.
    let ban = [("room", &*tea.to_string()), ("username", "bob"), ("ban", "true")];
    jimin.post("remove_member", &ban).await.expect_status(200);
    assert_eq!(bob.post("user", &[("username", "지민")]).await.json()["rooms"], json!([]));
    for nobody in ["nobody", "%00", "a%2Fb", "%20"] {
        let page = app.visitor().get(&format!("/users/{nobody}")).await.expect_status(404);
        Html::read(&page.text);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_tells_of_oneself_is_changed_by_forms() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let page = alice.get("/settings").await.expect_status(200);
    let html = Html::read(&page.text);
    html.expect_harmless(page.nonce());
    assert_eq!(html.only("input", "name", "display_name").attribute("value"), Some("alice"));
    html.only("textarea", "name", "bio");
    let fields = [("bio", "tea"), ("next", "/settings")];
    assert_eq!(alice.submit("update_profile", &fields).await.expect_status(303).header("location"), "/settings");
    let long = "가".repeat(301);
    let refused = alice.submit("update_profile", &[("display_name", "A"), ("bio", &long)]).await.expect_status(422);
    assert!(!refused.text.is_empty());
    let page = alice.get("/settings").await;
    let html = Html::read(&page.text);
    assert!(html.only("textarea", "name", "bio").text.trim() == "tea", "what was refused changed nothing");
    assert_eq!(alice.post("update_profile", &[("bio", &long)]).await.expect_status(422).json()["field"], "bio");
    let account = alice.post("update_profile", &[("display_name", "")]).await.json();
    assert_eq!((&account["display_name"], &account["bio"]), (&json!("alice"), &json!("tea")));

    let next = "/settings?saved=update_privacy#update_privacy";
    let saved = alice.submit("update_privacy", &[("shows_typing", "false"), ("next", next)]).await.expect_status(303);
    assert_eq!(saved.header("location"), next);
    let page = alice.get("/settings?saved=update_privacy").await;
    assert_eq!(page.text.matches("class=\"saved\"").count(), 1, "only what was saved says so");
    assert!(!alice.get("/settings?saved=x").await.text.contains("class=\"saved\""));
    let account = alice.post("account", &[]).await.expect_status(200).json();
    assert_eq!(
        account["privacy"],
        json!({"shows_presence": true, "shows_typing": false, "may_be_listed": true, "may_be_added": true})
    );
    alice.post("update_privacy", &[("shows_typing", "maybe")]).await.expect_status(400);
    for function in ["account", "update_profile", "update_privacy"] {
        app.visitor().post(function, &[]).await.expect_status(401);
    }
    // Who has no account has nothing of this to set.
    let page = app.visitor().get("/settings").await.expect_status(200);
    assert!(!page.text.contains("update_profile"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_name_is_on_whatever_one_does_from_then_on() {
    let db = Database::postgres().await;
    let redis = needed("TEST_REDIS_URL");
    let (one, two) = (start_on(&db, &[("REDIS_URL", &redis)]).await, start_on(&db, &[("REDIS_URL", &redis)]).await);
    while !(one.app.chat.bus.is_up() && two.app.chat.bus.is_up()) {
        tokio::task::yield_now().await;
    }
    let (alice, bob) = (one.person("alice").await, one.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let mut ears = bob.live(json!([{"room": room}])).await;
    ears.expect("sub_ok").await;
    // Connections that are older than the name, to both nodes.
    let mut here = alice.live(json!([{"room": room}])).await;
    let mut there = alice.on(&two).live(json!([{"room": room}])).await;
    for socket in [&mut here, &mut there] {
        socket.expect("sub_ok").await;
    }
    there.say(room, "0", "by the old one").await;
    assert_eq!(ears.expect("ev").await["author"]["display_name"], "alice");
    alice.post("update_profile", &[("display_name", "Alice II")]).await.expect_status(200);
    here.say(room, "1", "by the new one").await;
    assert_eq!(ears.expect("ev").await["author"]["display_name"], "Alice II");
    here.send(json!({"t": "typing", "room": room})).await;
    assert_eq!(ears.find("typing").await["users"][0]["display_name"], "Alice II");
    let present = bob.post("present", &[("room", &room.to_string())]).await.expect_status(200).text;
    assert!(present.contains("Alice II"), "{present}");
    // The other node is told within a moment.
    let mut n = 2;
    loop {
        there.say(room, &n.to_string(), "by either").await;
        if ears.find("ev").await["author"]["display_name"] == "Alice II" {
            break;
        }
        n += 1;
    }
    one.stop().await;
    two.stop().await;
}
