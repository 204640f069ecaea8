//! What a browser shows while nothing works, and what programs read.

use super::{behind_a_proxy, in_time};
use crate::support::person::Answer;
use crate::support::{Person, start, start_with};

async fn page(person: &Person, path: &str) -> Answer {
    let request = person.http.get(format!("{}{path}", person.origin));
    Answer::of(request.header("Accept", "text/html").header("Accept-Language", "ko")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_a_page_tries_again_and_a_form_keeps_its_text() {
    let (app, proxy, _database) = behind_a_proxy().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await.to_string();
    proxy.freeze();
    let text = "한글 <b>&\"'\r\n  second line";
    let form = [("room", &*room), ("body", text), ("nonce", "n1"), ("next", "/rooms/1")];
    let secret = [("username", "alice"), ("password", "correct horse")];
    let room_page = format!("/rooms/{room}");
    let (shown, sent, signed, told) = in_time(async {
        tokio::join!(
            page(&alice, &room_page),
            alice.submit("post_message", &form),
            alice.submit("login", &secret),
            alice.post("post_message", &form),
        )
    })
    .await;
    for answer in [&shown, &sent, &signed, &told] {
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{answer:?}");
    }
    assert!(shown.text.contains("<html lang=\"ko\"") && shown.text.contains("http-equiv=\"refresh\""), "{shown:?}");
    assert_eq!(told.json()["code"], "unavailable");
    assert!(!sent.text.contains("http-equiv=\"refresh\""));
    assert!(sent.text.contains("action=\"/api/post_message\"") && !sent.text.contains("<b>"), "{}", sent.text);
    assert!(sent.text.contains("한글 &lt;b&gt;&amp;&quot;'&#13;\n  second line</textarea>"), "{}", sent.text);
    assert!(sent.text.contains("name=\"nonce\" value=\"n1\""), "{}", sent.text);
    assert!(!signed.text.contains("correct horse") && signed.text.contains("type=\"password\""), "{}", signed.text);
    proxy.thaw();
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_layer_answers_a_browser_with_nothing_or_a_program_with_raw_text() {
    let (app, _database) = start().await;
    let visitor = app.visitor();
    let at = |path: &str| format!("{}{path}", visitor.origin);
    let own = |request: reqwest::RequestBuilder| request.header("Origin", visitor.origin.clone());
    for (request, status, code) in [
        (own(visitor.http.post(at("/"))), 405, "malformed"),
        (own(visitor.http.post(at("/healthz"))), 405, "malformed"),
        (own(visitor.http.post(at("/rooms/1/feed.atom"))), 405, "malformed"),
        (visitor.http.get(at("/tags/%FF/feed.atom")), 400, "malformed"),
        (visitor.http.get(at("/pkg/nothing.js")), 404, "not_found"),
        (visitor.http.get(at("/ws")), 426, "malformed"),
        (visitor.http.get(at("/api/rooms")), 403, "forbidden"),
        (own(visitor.http.post(at("/api/nothing"))), 404, "not_found"),
    ] {
        let other = request.try_clone().expect("a request without a stream");
        let told = Answer::of(request).await;
        assert_eq!((told.status, told.json()["code"].as_str()), (status, Some(code)), "{told:?}");
        let shown = Answer::of(other.header("Accept", "text/html,*/*;q=0.8")).await;
        assert_eq!(shown.status, status, "{shown:?}");
        assert!(shown.header("content-type").starts_with("text/html") && shown.text.contains("</h1>"), "{shown:?}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_from_an_address_that_is_not_ours_leads_to_the_one_that_is() {
    let (app, _database) = start_with(&[("CHAT_PUBLIC_URL", "https://chat.example")]).await;
    let visitor = app.visitor();
    let fields = [("username", "alice"), ("password", "correct horse"), ("next", "/rooms/7")];
    let shown = visitor.submit("login", &fields).await.expect_status(403);
    assert!(shown.header("content-type").starts_with("text/html"), "{shown:?}");
    assert!(shown.text.contains("href=\"https://chat.example/login?next="), "{shown:?}");
    assert!(!shown.text.contains("<form") && !shown.text.contains("correct horse"), "{shown:?}");
    // Another site learns nothing of addresses, and puts no words of its own on our page.
    let foreign = visitor.request("login").header("Origin", "https://evil.example").header("Accept", "text/html");
    let shown = Answer::of(foreign.form(&fields)).await.expect_status(403);
    assert!(!shown.text.contains("chat.example") && !shown.text.contains("alice"), "{shown:?}");
    let program = visitor.post("login", &fields).await.expect_status(403);
    assert_eq!(program.json()["code"], "forbidden");
    app.stop().await;
}
