//! Language and theme: a visitor's in cookies, a member's with the account.

use crate::support::html::Html;
use crate::support::{Person, start};

/// `lang` and `data-theme` of the page that somebody sees.
async fn looks(person: &Person) -> (String, Option<String>) {
    let page = Html::read(&person.get("/").await.expect_status(200).text);
    let html = page.all("html").next().expect("a document");
    (html.attribute("lang").unwrap_or_default().to_owned(), html.attribute("data-theme").map(str::to_owned))
}

fn seen(lang: &str, theme: Option<&str>) -> (String, Option<String>) {
    (lang.to_owned(), theme.map(str::to_owned))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_keeps_them_in_cookies() {
    let (app, _db) = start().await;
    let visitor = app.visitor();
    assert_eq!(looks(&visitor).await, seen("en", None));
    visitor.post("preferences", &[("lang", "ko")]).await.expect_status(200);
    assert_eq!(looks(&visitor).await, seen("ko", None));
    let answer = visitor.submit("preferences", &[("theme", "dark"), ("next", "/settings")]).await.expect_status(303);
    assert_eq!(answer.header("location"), "/settings");
    for part in ["theme=dark", "Path=/", "HttpOnly", "SameSite=Lax", "Max-Age="] {
        assert!(answer.header("set-cookie").contains(part), "{}", answer.header("set-cookie"));
    }
    assert_eq!(looks(&visitor).await, seen("ko", Some("dark")));
    visitor.post("preferences", &[("lang", ""), ("theme", "")]).await.expect_status(200);
    assert_eq!(looks(&visitor).await, seen("en", None));
    assert_eq!(looks(&app.visitor()).await, seen("en", None), "nobody else's");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_keeps_them_with_the_account() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let session = alice.cookies();
    alice.post("preferences", &[("lang", "ko"), ("theme", "light")]).await.expect_status(200);
    assert_eq!(alice.cookies(), session, "no cookie is needed");
    let elsewhere = app.visitor();
    elsewhere.post("preferences", &[("theme", "dark")]).await.expect_status(200);
    let fields = [("username", "alice"), ("password", super::PASSWORD)];
    elsewhere.post("login", &fields).await.expect_status(200);
    assert_eq!(looks(&elsewhere).await, seen("ko", Some("light")), "the account comes before the cookie");
    alice.post("preferences", &[("theme", "dark")]).await.expect_status(200);
    assert_eq!(looks(&elsewhere).await, seen("ko", Some("dark")), "what is left out stays");
    // What Enter does is kept there too, and there only.
    alice.submit("preferences", &[("enter_sends", "false"), ("next", "/settings")]).await.expect_status(303);
    let settings = Html::read(&elsewhere.get("/settings").await.expect_status(200).text);
    let chosen = settings.all("option").find(|option| option.attribute("value") == Some("false"));
    assert!(chosen.is_some_and(|option| option.attribute("selected").is_some()), "on every device");
    alice.post("preferences", &[("enter_sends", "perhaps")]).await.expect_status(400);
    app.visitor().post("preferences", &[("enter_sends", "false"), ("lang", "ko")]).await.expect_status(401);
    // Messages of refusals are in the member's language.
    let refused =
        elsewhere.post("create_room", &[("title", " "), ("category", "tech"), ("visibility", "public")]).await;
    assert!(!refused.expect_status(422).json()["message"].as_str().unwrap().is_ascii());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_choice_is_refused_and_changes_nothing() {
    let (app, _db) = start().await;
    let (alice, visitor) = (app.person("alice").await, app.visitor());
    for person in [&alice, &visitor] {
        let cookies = person.cookies();
        for (field, value) in [("lang", "xx"), ("lang", "EN"), ("theme", "blue"), ("theme", "dark; Domain=evil")] {
            let refused = person.post("preferences", &[(field, value)]).await.expect_status(422).json();
            assert_eq!((&refused["field"], &refused["code"]), (&field.into(), &"invalid".into()), "{value}");
        }
        assert_eq!((looks(person).await, person.cookies()), (seen("en", None), cookies));
    }
    // Both or none.
    alice.post("preferences", &[("lang", "ko"), ("theme", "blue")]).await.expect_status(422);
    assert_eq!(looks(&alice).await, seen("en", None));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_cookie_is_no_choice() {
    let (app, _db) = start().await;
    let visitor = app.visitor();
    let cookies = "lang=\"><script>alert(1)</script>; theme=x onload=alert(1); lang=ko";
    let page = crate::support::person::Answer::of(visitor.http.get(app.url("/")).header("Cookie", cookies)).await;
    let html = Html::read(&page.text);
    html.expect_harmless(page.nonce());
    assert_eq!(html.all("html").next().unwrap().attribute("lang"), Some("en"));
    app.stop().await;
}
