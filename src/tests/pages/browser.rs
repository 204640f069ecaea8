//! What pages give the browser that is no text: the start of its program, and for how long it may keep them.

use chat_chat::ui;

use crate::support::html::Html;
use crate::support::start;

/// The shape that a page says it has.
fn shape(page: &str) -> Option<&str> {
    Some(page.split_once("<meta name=\"shape\" content=\"")?.1.split_once('"')?.0)
}

#[tokio::test]
async fn a_page_that_starts_the_program_says_its_own_shape() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let path = format!("/rooms/{room}");
    let mut seen = Vec::new();
    for path in ["/", &path, "/nowhere"] {
        let page = alice.get(path).await;
        let shape = shape(&page.text).unwrap_or_else(|| panic!("{path}: {}", page.text)).to_owned();
        assert!(shape.len() == 8 && shape != ui::SHAPE && u32::from_str_radix(&shape, 16).is_ok(), "{path}: {shape}");
        // The browser is told what to fetch in the way in which the script fetches it.
        let html = Html::read(&page.text);
        let links =
            || html.all("link").filter(|link| link.attribute("href").is_some_and(|href| href.starts_with("/pkg/")));
        assert!(
            links()
                .any(|link| link.attribute("rel") == Some("modulepreload") && link.attribute("crossorigin").is_none()),
            "{path}"
        );
        assert!(links().any(|link| link.attribute("as") == Some("fetch") && link.attribute("crossorigin") == Some("anonymous")), "{path}");
        seen.push(shape);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 3);
    // A form that comes back is a page like any other.
    let refused = alice.submit("post_message", &[("room", &room.to_string()), ("body", "")]).await.expect_status(422);
    assert!(shape(&refused.text).is_some_and(|shape| shape != ui::SHAPE));
    assert_eq!(shape(&alice.get("/settings").await.text), None, "no program, no shape");
    app.stop().await;
}

#[tokio::test]
async fn no_browser_keeps_what_somebody_saw_signed_in() {
    let (app, _db) = start().await;
    let (alice, visitor) = (app.person("alice").await, app.visitor());
    let room = alice.room("Secret tea", "private").await;
    for path in ["/", &format!("/rooms/{room}"), &format!("/rooms/{room}/members"), "/settings", "/unread", "/nowhere"]
    {
        let page = alice.get(path).await;
        assert_eq!(page.header("cache-control"), "private, no-store", "{path}");
        assert!(page.header("vary").contains("Cookie"), "{path}");
    }
    let refused = alice.submit("create_room", &[("title", "")]).await;
    assert_eq!(refused.header("cache-control"), "private, no-store", "{}", refused.status);
    assert_eq!(visitor.get("/").await.header("cache-control"), "private, no-cache");
    app.stop().await;
}

#[tokio::test]
async fn a_failed_page_may_say_so_but_not_fill_the_log() {
    let (app, _db) = start().await;
    let visitor = app.visitor();
    let report =
        async |kind: &str, place: &str| visitor.post("report_fault", &[("kind", kind), ("place", place)]).await;
    report("changed", "").await.expect_status(200);
    report("stopped", "src/ui/room.rs:12:5").await.expect_status(200);
    report("stopped", &"long\n".repeat(1_000)).await.expect_status(200);
    let wrong = report("hello", "").await.expect_status(422).json();
    assert_eq!(wrong["field"], "kind");
    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.push(report("changed", "").await.status);
    }
    assert!(answers.contains(&200) && answers.ends_with(&[429; 5]), "{answers:?}");
    app.stop().await;
}
