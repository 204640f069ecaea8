//! Feeds, the sitemap and what robots are told.

use crate::support::person::Answer;
use crate::support::start;

/// The elements of an XML document as (name, attributes, text), after making sure that it is one.
#[track_caller]
fn read(xml: &str) -> Vec<(String, String, String)> {
    let forbidden = |c: char| c < ' ' && !"\t\n\r".contains(c) || matches!(c, '\u{fffe}' | '\u{ffff}');
    assert!(!xml.contains(forbidden), "{xml:?}");
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n").expect("a declaration");
    let (mut found, mut open): (Vec<(String, String, String)>, Vec<usize>) = (Vec::new(), Vec::new());
    while let Some(at) = rest.find('<') {
        let text = decoded(&rest[..at]);
        open.iter().for_each(|index| found[*index].2.push_str(&text));
        let (tag, after) = rest[at + 1..].split_once('>').expect("a whole tag");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let opened = open.pop().map(|index| &*found[index].0);
            assert_eq!(opened, Some(name));
            continue;
        }
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "<{name}>");
        assert_eq!(attributes.matches('"').count() % 2, 0, "{attributes}");
        found.push((name.to_owned(), decoded(attributes), String::new()));
        if !is_empty {
            open.push(found.len() - 1);
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{rest}");
    found
}

#[track_caller]
fn decoded(text: &str) -> String {
    let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&#13;"];
    let left = known.iter().fold(text.to_owned(), |left, reference| left.replace(reference, ""));
    assert!(!left.contains('&'), "{text}");
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#13;", "\r"), ("&amp;", "&")];
    plain.iter().fold(text.to_owned(), |text, (reference, sign)| text.replace(reference, sign))
}

fn texts(elements: &[(String, String, String)], name: &str) -> Vec<String> {
    elements.iter().filter(|(known, ..)| known == name).map(|(.., text)| text.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_hold_what_anybody_may_read_newest_first() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let post = async |title: &str, tags: &str, visibility: &str| {
        let fields =
            [("title", title), ("body", "**b**"), ("category", "tech"), ("tags", tags), ("visibility", visibility)];
        alice.post("create_room", &fields).await.expect_status(200).json()["id"].as_i64().unwrap()
    };
    let (tea, coffee) = (post("Tea", "hot,차", "public").await, post("Coffee", "hot", "public").await);
    let (hidden, secret) = (post("Hidden", "hot", "unlisted").await, post("Secret", "hot,whispered", "private").await);
    for person in [&app.visitor(), &alice] {
        for (path, titles) in [
            ("/feed.atom", vec!["Chat Chat", "Coffee", "Tea"]),
            ("/tags/HOT/feed.atom", vec!["#HOT · Chat Chat", "Coffee", "Tea"]),
            ("/tags/%EC%B0%A8/feed.atom", vec!["#차 · Chat Chat", "Tea"]),
            ("/tags/whispered/feed.atom", vec!["#whispered · Chat Chat"]),
            ("/tags/nothing/feed.atom", vec!["#nothing · Chat Chat"]),
        ] {
            let feed = person.get(path).await.expect_status(200);
            assert_eq!(feed.header("content-type"), "application/atom+xml; charset=utf-8");
            let feed = read(&feed.text);
            assert_eq!(texts(&feed, "title"), titles, "{path}");
            let site = format!("http://localhost:{}", app.address.port());
            assert!(texts(&feed, "id").iter().all(|id| id.starts_with(&site)), "{feed:?}");
            assert!(
                feed.iter().any(|(name, said, _)| name == "link" && said.contains(&format!("href=\"{site}{path}\"")))
            );
        }
    }
    let feed = read(&app.visitor().get("/feed.atom").await.text);
    assert_eq!(
        (texts(&feed, "content"), texts(&feed, "name")),
        (vec!["<p><strong>b</strong></p>".to_owned(); 2], vec!["alice".to_owned(); 2])
    );
    assert!(feed.iter().any(|(name, said, _)| name == "content" && said == "type=\"html\""));
    assert_eq!(app.visitor().get("/feed.atom").await.header("vary"), "Accept-Encoding, accept-language, cookie");
    assert_eq!(texts(&feed, "updated")[0], texts(&feed, "updated")[1], "it changed when its newest entry did");

    alice.say_much(tea, 3).await;
    let id = tea.to_string();
    alice.post("delete_message", &[("room", &id), ("target", "2")]).await.expect_status(200);
    for name in [format!("{tea}"), format!("{tea}-whatever")] {
        let feed = read(&app.visitor().get(&format!("/rooms/{name}/feed.atom")).await.expect_status(200).text);
        assert_eq!(texts(&feed, "title"), ["Tea · Chat Chat", "m3", "m1"]);
        assert!(texts(&feed, "id")[1].ends_with(&format!("/rooms/{tea}/messages/3")), "{feed:?}");
    }
    app.visitor().get(&format!("/rooms/{hidden}/feed.atom")).await.expect_status(200);
    // Who may not read a room is told that there is none, and so is everybody whom a feed reader asks for.
    for person in [&app.visitor(), &alice] {
        let answer = person.get(&format!("/rooms/{secret}/feed.atom")).await.expect_status(404);
        for nowhere in ["4242", "x", "new"] {
            let nothing = person.get(&format!("/rooms/{nowhere}/feed.atom")).await.expect_status(404);
            assert_eq!(answer.text, nothing.text);
        }
    }
    assert_eq!(texts(&read(&app.visitor().get(&format!("/rooms/{coffee}/feed.atom")).await.text), "entry").len(), 0);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_feed_already_is_told_so() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    for path in ["/feed.atom".to_owned(), format!("/rooms/{room}/feed.atom"), "/sitemap.xml".to_owned()] {
        let first = app.visitor().get(&path).await.expect_status(200);
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\"") && tag.len() > 10, "{tag}");
        assert_eq!(first.header("cache-control"), "public, no-cache");
        let again = async || Answer::of(app.visitor().http.get(app.url(&path)).header("If-None-Match", &tag)).await;
        let known = again().await.expect_status(304);
        assert_eq!((known.text.as_str(), known.header("etag")), ("", &*tag));
        alice.say_much(room, 1).await;
        let fields = [("title", "More"), ("category", "tech"), ("visibility", "public"), ("indexed", "true")];
        alice.post("create_room", &fields).await.expect_status(200);
        again().await.expect_status(200);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_is_markup_in_a_feed() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    for hostile in ["</title><entry>&amp;\"'", "]]><![CDATA[<b>", "<?xml?>&#0;&bogus;", "a\u{fffe}\u{ffff}b"] {
        let fields = [("title", hostile), ("body", hostile), ("category", "tech"), ("visibility", "public")];
        let fields = [&fields[..], &[("tags", "a&<b>\""), ("indexed", "true")]].concat();
        let made = alice.post("create_room", &fields).await;
        let id = made.expect_status(200).json()["id"].to_string();
        alice.post("post_message", &[("room", &id), ("body", hostile)]).await.expect_status(200);
        for path in ["/feed.atom", "/tags/a&<b>\"/feed.atom", &format!("/rooms/{id}/feed.atom"), "/sitemap.xml"] {
            let feed = read(&app.visitor().get(path).await.expect_status(200).text);
            assert!(texts(&feed, "entry").len() + texts(&feed, "url").len() >= 1, "{path}: {feed:?}");
            assert!(feed.iter().all(|(name, ..)| name != "b"));
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn robots_find_the_rooms_that_opted_in() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    for (title, visibility, indexed) in [
        ("찻집", "public", "true"),
        ("Not listed", "public", "false"),
        ("Unlisted", "unlisted", "true"),
        ("Private", "private", "true"),
    ] {
        let fields = [("title", title), ("category", "tech"), ("visibility", visibility), ("indexed", indexed)];
        alice.post("create_room", &fields).await.expect_status(200);
    }
    let robots = app.visitor().get("/robots.txt").await.expect_status(200);
    assert_eq!(robots.header("content-type"), "text/plain; charset=utf-8");
    let site = format!("http://localhost:{}", app.address.port());
    for line in [
        "User-agent: *",
        "Disallow: /api/",
        "Disallow: /ws",
        "Disallow: /settings",
        &format!("Sitemap: {site}/sitemap.xml"),
    ] {
        assert!(robots.text.lines().any(|known| known == line), "{line}: {}", robots.text);
    }
    let map = app.visitor().get("/sitemap.xml").await.expect_status(200);
    assert_eq!(map.header("content-type"), "application/xml; charset=utf-8");
    let map = read(&map.text);
    let pages = texts(&map, "loc");
    assert_eq!(pages.len(), 1, "{pages:?}");
    assert!(pages[0].starts_with(&format!("{site}/rooms/")) && pages[0].ends_with("-%EC%B0%BB%EC%A7%91"), "{pages:?}");
    assert!(texts(&map, "lastmod")[0].ends_with('Z'));
    let page = app.visitor().get(pages[0].strip_prefix(&site).unwrap()).await.expect_status(200);
    assert!(page.text.contains("찻집"));
    app.stop().await;
}
