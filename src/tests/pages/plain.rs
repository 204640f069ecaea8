//! Pages of forms and lists bring no program.

use crate::support::html::Html;
use crate::support::start;

#[tokio::test(flavor = "multi_thread")]
async fn only_pages_to_talk_on_load_a_program() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let loads = async |path: &str| {
        let page = alice.get(path).await;
        let html = Html::read(&page.text);
        let is_live = html.all("html").next().unwrap().attribute("data-hydrated") == Some("true");
        let has_program = html.all("link").any(|link| link.is("link", "rel", "modulepreload"));
        assert_ne!(is_live, has_program, "{path}");
        has_program
    };
    for path in ["/", &format!("/rooms/{room}"), "/nowhere"] {
        assert!(loads(path).await, "{path}");
    }
    for path in ["/login", "/register?next=%2F", "/settings", "/rooms/new", "/search?q=tea", "/users/alice"] {
        assert!(!loads(path).await, "{path}");
    }
    for page in ["days", "members", "messages/1/history", "pins", "settings"] {
        assert!(!loads(&format!("/rooms/{room}/{page}")).await, "{page}");
    }
    // A refused form is answered in its page's place.
    let refused = alice.submit("login", &[("username", "alice"), ("password", "wrong")]).await;
    assert!(!refused.text.contains("modulepreload"));
    app.stop().await;
}
