//! A message has a page of its own, with its neighbours around it.

use serde_json::json;

use crate::support::html::Html;
use crate::support::person::Answer;
use crate::support::start;

/// The seqs of the messages on a page.
fn seqs(html: &Html) -> Vec<i64> {
    html.all("article").filter_map(|article| article.attribute("data-seq")?.parse().ok()).collect()
}

fn link<'a>(html: &'a Html, rel: &'a str) -> Option<&'a str> {
    html.all("a").find(|link| link.attribute("rel") == Some(rel))?.attribute("href")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_found_by_its_address_with_what_was_said_around_it() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea Time", "public").await;
    alice.say_much(room, 120).await;
    let visitor = app.visitor();
    let path = format!("/rooms/{room}-tea-time");
    for address in [format!("/rooms/{room}/messages/60"), format!("{path}/messages/60")] {
        let page = visitor.get(&address).await.expect_status(200);
        let html = Html::read(&page.text);
        html.expect_harmless(page.nonce());
        let target = html.only("article", "aria-current", "true");
        assert_eq!((target.attribute("id"), target.attribute("data-seq")), (Some("m60"), Some("60")));
        assert!(target.attribute("autofocus").is_some() && target.attribute("tabindex") == Some("-1"));
        assert_eq!(html.all("title").next().unwrap().text, "m60 · Tea Time · Chat Chat");
        assert_eq!(seqs(&html), (35..=84).collect::<Vec<_>>());
        assert_eq!(link(&html, "prev"), Some(&*format!("{path}?before=35")));
        assert_eq!(link(&html, "next"), Some(&*format!("{path}?after=84")));
        assert_eq!(html.only("a", "data-testid", "latest").attribute("href"), Some(&*path));
        let older = Html::read(&visitor.get(link(&html, "prev").unwrap()).await.expect_status(200).text);
        let newer = Html::read(&visitor.get(link(&html, "next").unwrap()).await.expect_status(200).text);
        assert_eq!((seqs(&older).last(), seqs(&newer).first()), (Some(&34), Some(&85)));
    }
    // At either end there is nothing to go on to.
    let html = Html::read(&visitor.get(&format!("{path}/messages/1")).await.expect_status(200).text);
    assert_eq!((seqs(&html)[0], link(&html, "prev")), (1, None));
    let html = Html::read(&visitor.get(&format!("{path}/messages/120")).await.expect_status(200).text);
    assert_eq!((seqs(&html).last(), link(&html, "next")), (Some(&120), None));
    assert_eq!(html.only("a", "data-testid", "latest").attribute("href"), Some(&*path));
    // The time of a message leads there.
    let html = Html::read(&visitor.get(&path).await.expect_status(200).text);
    let href = format!("{path}/messages/120");
    assert_eq!(html.only("a", "href", &href).attribute("class"), Some("at"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_message_is_gone_and_the_way_on_is_shown() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    alice.say_much(room, 4).await;
    let id = room.to_string();
    for target in ["2", "3"] {
        alice.post("delete_message", &[("room", &id), ("target", target)]).await.expect_status(200);
    }
    for person in [&alice, &app.visitor()] {
        let page = person.get(&format!("/rooms/{room}/messages/3")).await.expect_status(410);
        let html = Html::read(&page.text);
        html.expect_harmless(page.nonce());
        assert_eq!(html.all("h1").next().unwrap().text, "This message was deleted.");
        assert_eq!(html.all("article").count(), 0, "it is a plain page");
        let to = |seq| format!("/rooms/{room}-tea/messages/{seq}");
        assert_eq!((link(&html, "prev"), link(&html, "next")), (Some(&*to(1)), Some(&*to(4))));
        // Beside it, the room stands among one's own.
        let to_room = html.all("a").filter(|link| link.attribute("href") == Some(&format!("/rooms/{room}-tea")));
        assert!(to_room.last().is_some_and(|link| link.text == "Tea"));
        assert_eq!((html.meta("robots"), html.meta("og:title")), (Some("noindex"), None));
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_message_there_is_no_page() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await.to_string();
    alice.post("post_message", &[("room", &room), ("body", "one")]).await.expect_status(200);
    alice.post("edit_message", &[("room", &room), ("target", "1"), ("body", "two")]).await.expect_status(200);
    alice.post("react", &[("room", &room), ("target", "1"), ("emoji", "👍"), ("on", "true")]).await.expect_status(200);
    alice.post("post_message", &[("room", &room), ("body", "three")]).await.expect_status(200);
    for (seq, status) in [("1", 200), ("2", 404), ("3", 404), ("4", 200), ("5", 404)] {
        alice.get(&format!("/rooms/{room}/messages/{seq}")).await.expect_status(status);
    }
    for nonsense in ["0", "-1", "x", "1x", "1.5", "9007199254740992", "99999999999999999999", "%20"] {
        app.visitor().get(&format!("/rooms/{room}/messages/{nonsense}")).await.expect_status(404);
    }
    app.stop().await;
}

/// A page without what differs between any two: nonces, the time, and the address by which it was asked for.
fn alike(page: &Answer, room: i64) -> String {
    let html = Html::read(&page.text);
    let nonce = html.all("script").find_map(|script| script.attribute("nonce")).unwrap_or_default();
    let after = |field: &str, end: char| {
        let data = html.scripts.iter().find_map(|script| script.split_once(field));
        data.and_then(|(_, rest)| rest.split(end).next()).filter(|value| !value.is_empty())
    };
    let (form_nonce, now) = (after(r#"form_nonce\":\""#, '\\'), after(r#"now\":"#, ','));
    assert!(!nonce.is_empty() && form_nonce.is_some() && now.is_some(), "{}", page.text);
    let text = page.text.replace(nonce, "N").replace(form_nonce.unwrap_or_default(), "F");
    text.replace(now.unwrap_or_default(), "NOW").replace(&room.to_string(), "ROOM")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_message_is_as_if_it_did_not_exist() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Whisper", "private").await;
    alice.say_much(room, 3).await;
    alice.get(&format!("/rooms/{room}/messages/2")).await.expect_status(200);
    for person in [&bob, &app.visitor()] {
        // The first request renews the session.
        person.get("/").await.expect_status(200);
        for end in ["/messages/2", "/messages/99", "", "?before=2"] {
            let secret = person.get(&format!("/rooms/{room}{end}")).await.expect_status(404);
            let nothing = person.get(&format!("/rooms/4242424242424{end}")).await.expect_status(404);
            assert!(!secret.text.contains("Whisper") && !secret.text.contains(r#"id="m2""#));
            assert_eq!(alike(&secret, room), alike(&nothing, 4_242_424_242_424), "{end}");
            let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
            assert_eq!(names(&secret), names(&nothing));
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_speaks_on_the_page_of_a_message_goes_on_at_the_end_of_the_room() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    alice.say_much(room, 60).await;
    let here = format!("/rooms/{room}-tea/messages/2");
    let html = Html::read(&alice.get(&here).await.expect_status(200).text);
    let form = html.only("form", "data-testid", "composer");
    assert_eq!(form.attribute("action"), Some("/api/post_message"));
    let next = format!("/rooms/{room}-tea");
    assert!(html.elements.iter().any(|e| e.is("input", "name", "next") && e.attribute("value") == Some(&next)));
    let fields = [("room", &*room.to_string()), ("body", "from afar"), ("next", &next)];
    let answer = alice.submit("post_message", &fields).await.expect_status(303);
    assert_eq!(answer.header("location"), next);
    let html = Html::read(&alice.get(&next).await.expect_status(200).text);
    assert_eq!(seqs(&html).last(), Some(&61));

    // Signing in leads back to the message.
    let html = Html::read(&app.visitor().get(&here).await.expect_status(200).text);
    let login = format!("/login?next={}", here.replace('/', "%2F"));
    assert!(html.all("a").filter(|link| link.attribute("href") == Some(&login)).count() >= 2, "{login}");
    let fields = [("username", "alice"), ("password", "correct horse"), ("next", &here)];
    let answer = app.visitor().submit("login", &fields).await.expect_status(303);
    assert_eq!(answer.header("location"), here);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_message_speaks_the_language_of_who_asks() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("차 한 잔", "public").await;
    let mut socket = alice.live(json!([])).await;
    socket.say(room, "n", "따뜻한 **보리차**").await;
    let request = app.visitor().http.get(app.url(&format!("/rooms/{room}/messages/1")));
    let page = Answer::of(request.header("Accept-Language", "ko-KR")).await.expect_status(200);
    let html = Html::read(&page.text);
    assert_eq!(html.all("title").next().unwrap().text, "따뜻한 보리차 · 차 한 잔 · Chat Chat");
    assert_eq!(html.meta("og:locale"), Some("ko_KR"));
    alice.post("delete_message", &[("room", &room.to_string()), ("target", "1")]).await.expect_status(200);
    let request = app.visitor().http.get(app.url(&format!("/rooms/{room}/messages/1")));
    let page = Answer::of(request.header("Accept-Language", "ko-KR")).await.expect_status(410);
    assert!(Html::read(&page.text).shows("삭제된 메시지예요."));
    app.stop().await;
}
