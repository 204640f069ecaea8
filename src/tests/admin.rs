//! Categories are the administrators', and everything that shows them follows.

use serde_json::json;

use crate::support::html::Html;
use crate::support::{Database, Person, TestApp, start};

async fn administrator(app: &TestApp, database: &Database) -> Person {
    let root = app.person("boss").await;
    database.run("UPDATE users SET admin = TRUE WHERE username = 'boss'").await;
    root
}

/// The categories that the lobby offers.
async fn chips(person: &Person, lang: &str) -> Vec<String> {
    let request = person.http.get(format!("{}/", person.origin)).header("Accept-Language", lang);
    let answer = crate::support::person::Answer::of(request).await;
    let page = Html::read(&answer.text);
    let chips = page.all("a").filter(|link| {
        link.attribute("href").is_some_and(|href| href.starts_with("/?category=")) && link.attribute("class").is_none()
    });
    chips.map(|chip| chip.text.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_shows_categories_follows_their_administrator() {
    let (app, database) = start().await;
    let (root, visitor) = (administrator(&app, &database).await, app.visitor());
    assert_eq!(chips(&visitor, "en").await, ["General", "Tech", "Games", "Music", "Study", "Local", "Life"]);
    assert_eq!(chips(&visitor, "ko").await, ["자유", "기술", "게임", "음악", "공부", "동네", "일상"]);

    let add = [("name_en", "Food & Drink"), ("name_ko", "먹고 마시기"), ("next", "/admin")];
    let answer = root.submit("add_category", &add).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/admin"));
    root.post("rename_category", &[("key", "tech"), ("name_en", "Computers")]).await.expect_status(200);
    for _ in 0..9 {
        root.post("move_category", &[("key", "food-drink"), ("up", "true")]).await.expect_status(200);
    }
    root.post("move_category", &[("key", "general"), ("up", "false")]).await.expect_status(200);
    root.post("remove_category", &[("key", "games")]).await.expect_status(200);
    let shown = ["Food & Drink", "Computers", "General", "Music", "Study", "Local", "Life"];
    assert_eq!(chips(&visitor, "en").await, shown);
    assert_eq!(chips(&visitor, "ko").await[..3], ["먹고 마시기", "기술", "자유"]);

    let post = [
        ("title", "Tea"),
        ("category", "food-drink"),
        ("tags", "green, black"),
        ("visibility", "public"),
        ("indexed", "true"),
    ];
    let room = root.post("create_room", &post).await.expect_status(200).json()["id"].to_string();
    root.post("create_room", &[("category", "games"), post[0], post[3]]).await.expect_status(422);
    let form = root.get("/rooms/new").await;
    let form = Html::read(&form.text);
    assert_eq!(form.only("option", "value", "food-drink").text, "Food & Drink");
    assert_eq!(form.only("option", "value", "food-drink").attribute("selected"), Some(""), "the first one is chosen");
    let lobby = visitor.get("/?category=food-drink").await.expect_status(200);
    assert!(lobby.text.contains("Food &amp; Drink · boss"), "{}", lobby.text);
    let page = visitor.get(&format!("/rooms/{room}")).await;
    assert!(page.text.contains("/?category=food-drink") && page.text.contains("\"articleSection\":\"Food & Drink\""));
    let feed = visitor.get("/feed.atom").await;
    assert!(feed.text.contains("<category term=\"food-drink\" label=\"Food &amp; Drink\"/>"), "{}", feed.text);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_administrator_gets_wrong_is_said_beside_it() {
    let (app, database) = start().await;
    let root = administrator(&app, &database).await;
    let refused = async |name: &str, fields: &[(&str, &str)]| {
        let answer = root.post(name, fields).await;
        let body = answer.json();
        (answer.status, body["field"].as_str().unwrap_or_default().to_owned())
    };
    let long = "x".repeat(41);
    for (name_en, status) in [("", 422), ("!!!", 422), ("Tech", 409), (&*long, 422), ("\u{3164}", 422)] {
        let expected = (status, "name_en".to_owned());
        assert_eq!(refused("add_category", &[("name_en", name_en)]).await, expected, "{name_en}");
    }
    assert_eq!(refused("add_category", &[("name_en", "Food"), ("name_ko", &long)]).await, (422, "name_ko".to_owned()));
    for name in ["rename_category", "move_category"] {
        assert_eq!(refused(name, &[("key", "nope")]).await, (422, "key".to_owned()), "{name}");
    }
    root.room("Tea", "private").await;
    for key in ["tech", "nope"] {
        assert_eq!(refused("remove_category", &[("key", key)]).await, (409, "key".to_owned()), "{key}");
    }
    // On the page: at the row that it is about, with what was typed.
    let fields = [("key", "music"), ("name_en", &*long), ("name_ko", "노래"), ("next", "/admin#category-music")];
    let answer = root.submit("rename_category", &fields).await.expect_status(422);
    let page = Html::read(&answer.text);
    let wrong: Vec<_> = page.all("input").filter(|input| input.attribute("aria-invalid").is_some()).collect();
    assert_eq!(wrong.len(), 1);
    assert_eq!(wrong[0].attribute("value"), Some(&*long));
    assert_eq!(page.only("p", "id", "category-music-error").attribute("role"), Some("alert"));
    let used = root.post("categories", &[]).await.json();
    assert_eq!((&used[1]["category"]["key"], &used[1]["rooms"]), (&json!("tech"), &json!(1)));
    for n in 0..40 {
        root.post("add_category", &[("name_en", &format!("Number {n}"))]).await;
    }
    assert_eq!(root.post("categories", &[]).await.json().as_array().unwrap().len(), 40);
    app.stop().await;
}
