//! What a page tells other sites: previews, its address, and whether search engines may list it.

use serde_json::Value;

use crate::support::html::Html;
use crate::support::{Database, Person, start, start_on};

async fn listed_room(alice: &Person, title: &str, body: &str) -> i64 {
    let fields =
        [("title", title), ("body", body), ("category", "tech"), ("visibility", "public"), ("indexed", "true")];
    alice.post("create_room", &fields).await.expect_status(200).json()["id"].as_i64().unwrap()
}

async fn page(person: &Person, path: &str) -> Html {
    let page = person.get(path).await.expect_status(200);
    let html = Html::read(&page.text);
    html.expect_harmless(page.nonce());
    html
}

/// What the page says of itself in schema.org's words.
fn posting(html: &Html) -> Option<Value> {
    let scripts = html.all("script").zip(&html.scripts);
    let mut found = scripts.filter(|(script, _)| script.attribute("type") == Some("application/ld+json"));
    found.next().map(|(_, json)| serde_json::from_str(json).expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_room_or_a_message_unfolds_into_a_preview() {
    let database = Database::sqlite();
    let app = start_on(&database, &[]).await;
    let alice = app.person("alice").await;
    let fields =
        [("title", "Tea & Time"), ("body", "**All** about\n\n- tea"), ("category", "tech"), ("visibility", "public")];
    let room = alice.post("create_room", &fields).await.expect_status(200).json()["id"].as_i64().unwrap();
    let fields = [("room", &*room.to_string()), ("body", "a `cup`\nof _tea_")];
    alice.post("post_message", &fields).await.expect_status(200);
    app.stop().await;
    let app = start_on(&database, &[("CHAT_PUBLIC_URL", "https://chat.example")]).await;
    let address = format!("https://chat.example/rooms/{room}-tea-time");
    for (path, url, description) in [
        (format!("/rooms/{room}"), address.clone(), "All about tea"),
        (format!("/rooms/{room}?before=2"), format!("{address}?before=2"), "All about tea"),
        (format!("/rooms/{room}/messages/1"), format!("{address}/messages/1"), "alice: a cup of tea"),
    ] {
        let html = page(&app.visitor(), &path).await;
        assert_eq!(html.canonical(), Some(&*url));
        for (name, content) in [
            ("og:url", &*url),
            ("og:image", "https://chat.example/preview.png"),
            ("og:title", "Tea & Time"),
            ("og:description", description),
            ("description", description),
            ("og:type", "article"),
            ("og:site_name", "Chat Chat"),
            ("og:locale", "en_US"),
            ("twitter:card", "summary"),
            ("robots", "noindex"),
        ] {
            assert_eq!(html.meta(name), Some(content), "{name} of {path}");
        }
        assert_eq!(posting(&html), None, "nobody asked for search engines");
        let feed = html.only("link", "type", "application/atom+xml");
        assert_eq!(feed.attribute("href"), Some(&*format!("/rooms/{room}-tea-time/feed.atom")));
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_few_may_read_tells_other_sites_nothing() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Whisper", "private").await;
    alice.say_much(room, 2).await;
    for path in [format!("/rooms/{room}"), format!("/rooms/{room}/messages/1")] {
        let html = page(&alice, &path).await;
        assert_eq!(html.meta("robots"), Some("noindex"));
        assert_eq!((html.canonical(), html.meta("og:title"), html.meta("description")), (None, None, None));
        assert_eq!(posting(&html), None);
        assert_eq!(html.all("link").filter(|link| link.attribute("rel") == Some("alternate")).count(), 0);
    }
    // By its link an unlisted one is anybody's, but engines stay out.
    let room = alice.room("Backyard", "unlisted").await;
    let html = page(&app.visitor(), &format!("/rooms/{room}")).await;
    assert_eq!((html.meta("og:title"), html.meta("robots")), (Some("Backyard"), Some("noindex")));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn search_engines_learn_what_the_room_lets_them() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = listed_room(&alice, "Tea", "about *tea*").await;
    alice.say_much(room, 3).await;
    alice.post("delete_message", &[("room", &room.to_string()), ("target", "2")]).await.expect_status(200);
    let html = page(&app.visitor(), &format!("/rooms/{room}")).await;
    assert_eq!(html.meta("robots"), None);
    let address = format!("http://localhost:{}/rooms/{room}-tea", app.address.port());
    let said = posting(&html).expect("a posting");
    assert_eq!(said["@type"], "DiscussionForumPosting");
    assert_eq!(
        (&said["headline"], &said["text"], &said["url"]),
        (&"Tea".into(), &"about tea".into(), &address.clone().into())
    );
    assert_eq!(said["author"]["name"], "alice");
    assert!(said["datePublished"].as_str().is_some_and(|date| date.ends_with('Z')), "{said}");
    let comments = said["comment"].as_array().unwrap();
    assert_eq!(comments.len(), 2, "deleted is deleted: {said}");
    assert_eq!((&comments[1]["@type"], &comments[1]["text"]), (&"Comment".into(), &"m3".into()));
    assert_eq!(comments[1]["url"], format!("{address}/messages/3"));
    let html = page(&app.visitor(), &format!("/rooms/{room}/messages/3")).await;
    assert_eq!((html.meta("robots"), posting(&html).is_some()), (None, true));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_before_engines_were_let_in_stays_unlisted() {
    let database = Database::sqlite();
    let app = start_on(&database, &[]).await;
    let alice = app.person("alice").await;
    let room = listed_room(&alice, "Tea", "about tea").await;
    alice.say_much(room, 6).await;
    database.run(&format!("UPDATE rooms SET indexed_from = 4 WHERE id = {room}")).await;
    let visitor = app.visitor();
    let early = page(&visitor, &format!("/rooms/{room}/messages/3")).await;
    assert_eq!((early.meta("robots"), posting(&early)), (Some("noindex"), None));
    let late = page(&visitor, &format!("/rooms/{room}/messages/5")).await;
    assert_eq!(late.meta("robots"), None);
    assert!(!late.shows("m3") && late.shows("m4"), "what may be listed is all there is on it");
    assert_eq!(posting(&late).unwrap()["comment"].as_array().map(Vec::len), Some(3));
    assert!(late.all("a").any(|link| link.attribute("href") == Some(&*format!("/rooms/{room}-tea?before=4"))));
    let all = page(&visitor, &format!("/rooms/{room}")).await;
    assert_eq!((all.meta("robots"), all.shows("m3")), (Some("noindex"), true));
    assert!(page(&alice, &format!("/rooms/{room}/messages/5")).await.shows("m3"), "members read everything");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_keeps_out_of_search_engines_is_read_by_people_only() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = listed_room(&alice, "Tea", "about tea").await;
    let id = room.to_string();
    alice.post("post_message", &[("room", &id), ("body", "first")]).await.expect_status(200);
    bob.post("post_message", &[("room", &id), ("body", "**zebra** stripes")]).await.expect_status(200);
    let answer = [("room", &*id), ("body", "an answer"), ("reply_to", "2")];
    alice.post("post_message", &answer).await.expect_status(200);
    let visitor = app.visitor();
    let (all, his) = (format!("/rooms/{id}"), format!("/rooms/{id}/messages/2"));
    let comments = |html: &Html| posting(html).unwrap()["comment"].as_array().map(Vec::len);
    let open = page(&visitor, &all).await;
    assert_eq!((comments(&open), open.shows("zebra")), (Some(3), true));
    assert_eq!(page(&visitor, &his).await.meta("robots"), None);

    bob.post("update_privacy", &[("may_be_listed", "false")]).await.expect_status(200);
    for path in [all.clone(), format!("{all}/messages/3"), format!("{all}?after=1"), format!("{all}?after=2")] {
        let answer = visitor.get(&path).await.expect_status(200);
        let html = Html::read(&answer.text);
        html.expect_harmless(answer.nonce());
        assert!(!answer.text.contains("zebra") && !answer.text.contains("stripes"), "{path}: {}", answer.text);
        assert!(html.shows("an answer") && posting(&html).is_some(), "{path}");
        assert_eq!(html.meta("robots"), None);
        let links =
            html.all("a").filter(|link| link.attribute("href").is_some_and(|href| href.ends_with("/messages/2")));
        let to_read = links.filter(|link| link.attribute("rel") == Some("nofollow")).count();
        assert_eq!(to_read, usize::from(!path.ends_with("after=2")), "{path}");
    }
    assert_eq!(comments(&page(&visitor, &all).await), Some(2));
    // People read it: on its own page, which is not listed, as members, and where nothing is listed.
    let own = page(&visitor, &his).await;
    assert_eq!((own.meta("robots"), own.shows("zebra"), posting(&own)), (Some("noindex"), true, None));
    assert!(page(&alice, &all).await.shows("zebra"));
    let history = visitor.post("history", &[("room", &id)]).await.json();
    assert_eq!(
        history["messages"][1]["body"], "**zebra** stripes",
        "scripts read it where robots.txt keeps engines away"
    );
    let feed = visitor.get(&format!("/rooms/{id}/feed.atom")).await.expect_status(200);
    assert_eq!(feed.header("x-robots-tag"), "noindex");
    assert!(feed.text.contains("zebra stripes"));
    alice.post("update_room", &[("room", &id), ("indexed", "false")]).await.expect_status(200);
    let closed = page(&visitor, &all).await;
    assert_eq!((closed.meta("robots"), closed.shows("zebra")), (Some("noindex"), true));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_gets_out_of_the_head() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    for hostile in [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "\"><meta http-equiv=refresh content=0>",
        "'</title>&lt;b&gt;\\u003c/script>",
        "]]>\u{2028}\u{2029}\u{feff}",
    ] {
        let room = listed_room(&alice, hostile, hostile).await;
        let said = alice.post("post_message", &[("room", &room.to_string()), ("body", hostile)]).await;
        said.expect_status(200);
        for path in [format!("/rooms/{room}"), format!("/rooms/{room}/messages/1")] {
            let html = page(&app.visitor(), &path).await;
            let json = posting(&html).expect("a posting");
            assert_eq!(json["headline"], html.meta("og:title").unwrap(), "{hostile}");
            assert_eq!(html.scripts.iter().filter(|script| script.contains("schema.org")).count(), 1);
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_public_page_says_what_it_is() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    alice.post("update_profile", &[("bio", "Tea,\nmostly")]).await.expect_status(200);
    let site = format!("http://localhost:{}", app.address.port());
    let visitor = app.visitor();
    for (path, canonical, title, og_title, description) in [
        ("/", "/", "All rooms", "Chat Chat", "Rooms are posts: find one by interest, join in, talk live."),
        ("/?sort=new", "/", "All rooms", "Chat Chat", "Rooms are posts: find one by interest, join in, talk live."),
        ("/?tag=rust", "/?tag=rust", "#rust", "#rust", "Rooms to read and to talk in: #rust"),
        (
            "/?category=tech&tag=a&tag=b&match=all&q=x",
            "/?category=tech&tag=a&tag=b&match=all&q=x",
            "Tech · #a #b · x",
            "Tech · #a #b · x",
            "Rooms to read and to talk in: Tech · #a #b · x",
        ),
        ("/users/alice", "/users/alice", "alice", "alice", "Tea, mostly"),
    ] {
        let html = page(&visitor, path).await;
        let shown = html.all("title").next().map(|title| title.text.clone());
        assert_eq!(shown, Some(format!("{title} · Chat Chat")), "{path}");
        assert_eq!(html.canonical(), Some(&*format!("{site}{canonical}")), "{path}");
        assert_eq!((html.meta("og:title"), html.meta("description")), (Some(og_title), Some(description)), "{path}");
        assert_eq!(html.meta("og:description"), Some(description));
    }
    for path in ["/search", "/search?q=tea", "/login", "/register"] {
        let html = page(&visitor, path).await;
        let description = html.meta("description");
        assert!(description.is_some_and(|text| text.starts_with("Rooms are posts")), "{path}: {description:?}");
        assert_eq!(html.canonical(), path.split('?').next());
    }
    assert!(page(&visitor, "/search?q=tea").await.all("title").any(|title| title.text.starts_with("tea · ")));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lobby_names_its_feed() {
    let (app, _db) = start().await;
    for (path, feed) in [("/", "/feed.atom"), ("/?tag=caf%C3%A9", "/tags/caf%C3%A9/feed.atom")] {
        let html = page(&app.visitor(), path).await;
        assert_eq!(html.only("link", "type", "application/atom+xml").attribute("href"), Some(feed));
    }
    app.stop().await;
}
