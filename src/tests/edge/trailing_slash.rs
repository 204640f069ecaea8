//! A slash behind the address of a page is no other page.

use crate::support::start;

#[tokio::test(flavor = "multi_thread")]
async fn a_slash_at_the_end_leads_to_the_page() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let id = alice.room("Tea", "public").await;
    alice.say_much(id, 1).await;
    let room = alice.post("room", &[("room", &id.to_string())]).await.expect_status(200).json();
    let room = format!("/rooms/{id}-{}", room[0]["slug"].as_str().unwrap());
    let mut pages: Vec<String> = ["", "/days", "/messages/1", "/members", "/pins", "/settings", "/feed.atom"]
        .iter()
        .map(|part| format!("{room}{part}"))
        .collect();
    let others =
        ["/login?next=%2F", "/register", "/settings", "/search?q=tea", "/unread", "/rooms/new", "/users/alice"];
    pages.extend(others.map(str::to_owned));
    pages.extend(["/feed.atom", "/sitemap.xml", "/tags/a%2Fb/feed.atom", "/nowhere"].map(str::to_owned));
    for page in pages {
        let (path, query) =
            page.split_once('?').map_or((&*page, String::new()), |(path, query)| (path, format!("?{query}")));
        for slashes in ["/", "//"] {
            let moved = alice.get(&format!("{path}{slashes}{query}")).await.expect_status(308);
            assert_eq!(moved.header("location"), page);
            assert!(!moved.header("cache-control").contains("max-age"), "a page may move elsewhere another day");
        }
        let status = alice.get(&page).await.status;
        assert!(
            status == 200 || page == "/nowhere" || page.starts_with("/login") || page == "/register",
            "{page}: {status}"
        );
    }
    for (path, status) in [("/", 200), ("//evil.example/", 404), ("/%5Cevil.example/", 308)] {
        let answer = alice.get(path).await.expect_status(status);
        assert!(
            !answer.header("location").starts_with("//") && !answer.header("location").starts_with("/\\"),
            "{path}"
        );
    }
    // What is sent goes where it was sent to.
    alice.post("rooms/", &[]).await.expect_status(404);
    app.stop().await;
}
