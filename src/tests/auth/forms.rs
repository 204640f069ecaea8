//! Forms without script and who sends them: somebody who is somebody else by now, or whose browser keeps no cookies.

use serde_json::json;

use super::PASSWORD;
use super::sessions::sign_in;
use crate::support::html::{Element, Html};
use crate::support::person::Answer;
use crate::support::{Person, start};

/// The forms of a page, each with its inputs.
fn forms(page: &Html) -> Vec<(&Element, Vec<&Element>)> {
    let mut forms: Vec<(&Element, Vec<&Element>)> = Vec::new();
    for element in &page.elements {
        match &*element.name {
            "form" => forms.push((element, Vec::new())),
            "input" if !forms.is_empty() => forms.last_mut().unwrap().1.push(element),
            _ => {}
        }
    }
    forms
}

/// Whom the composer of this page was made for.
async fn made_for(person: &Person, path: &str) -> String {
    let page = Html::read(&person.get(path).await.expect_status(200).text);
    let forms = forms(&page);
    let (_, inputs) = forms.iter().find(|(form, _)| form.attribute("data-testid") == Some("composer")).unwrap();
    let field = inputs.iter().find(|input| input.attribute("name") == Some("form_of")).expect("the field");
    field.attribute("value").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_sent_by_who_it_was_made_for_or_comes_back() {
    let (app, _db) = start().await;
    let browser = app.person("alice").await;
    app.person("bob").await;
    let (open, secret) = (browser.room("Tea", "public").await, browser.room("Secret", "private").await);
    let alice = made_for(&browser, &format!("/rooms/{open}")).await;
    // In another tab.
    sign_in(&browser, "bob").await;
    let said = "what alice said <b>";
    for room in [open, secret] {
        let id = room.to_string();
        let fields = [("room", &*id), ("body", said), ("nonce", "n"), ("form_of", &*alice)];
        let refused = browser.submit("post_message", &fields).await.expect_status(409);
        let page = Html::read(&refused.text);
        page.expect_harmless(refused.nonce());
        assert!(page.all("textarea").any(|field| field.text == said), "the text is lost: {}", refused.text);
        let alert = page.all("p").find(|line| line.attribute("role") == Some("alert")).expect("a word");
        assert!(alert.text.contains("You are bob here now"), "{alert:?}");
        let json = browser.post("post_message", &fields).await.expect_status(409).json();
        assert_eq!(json["code"], "conflict");
    }
    let history = browser.post("history", &[("room", &*open.to_string())]).await.expect_status(200).json();
    assert_eq!(history["messages"], json!([]));
    // Sent again from the page that came back, it is bob's.
    let bob = made_for(&browser, &format!("/rooms/{open}")).await;
    assert_ne!(alice, bob);
    let id = open.to_string();
    browser.submit("post_message", &[("room", &*id), ("body", said), ("form_of", &*bob)]).await.expect_status(303);
    let history = browser.post("history", &[("room", &*id)]).await.expect_status(200).json();
    assert_eq!(history["messages"][0]["author"]["username"], "bob");
    // Out is out, whoever presses it.
    browser.submit("logout", &[("form_of", &*alice)]).await.expect_status(303);
    browser.submit("post_message", &[("room", &*id), ("body", said), ("form_of", &*bob)]).await.expect_status(401);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_that_writes_says_for_whom_it_was_made() {
    let (app, db) = start().await;
    let alice = app.person("alice").await;
    db.run("UPDATE users SET admin = TRUE").await;
    let room = alice.room("Tea", "public").await;
    alice.say_much(room, 1).await;
    app.person("bob").await.post("join_room", &[("room", &*room.to_string())]).await.expect_status(200);
    let mut seen = std::collections::BTreeSet::new();
    let paths = ["", "/members", "/settings", "/pins", "/messages/1", "/messages/1/edit"];
    let paths = paths.iter().map(|rest| format!("/rooms/{room}{rest}"));
    let own = ["/", "/rooms/new", "/settings", "/unread", "/admin", "/users/bob"].map(str::to_owned);
    for path in paths.chain(own) {
        let page = Html::read(&alice.get(&path).await.expect_status(200).text);
        for (form, inputs) in forms(&page) {
            let class = form.attribute("class").unwrap_or_default();
            let action = form.attribute("action").unwrap_or_default();
            // How a page looks is no text of anybody's, and out is out.
            if form.attribute("method") != Some("post") || class.starts_with("looks") || action == "/api/logout" {
                continue;
            }
            let says = inputs.iter().any(|input| input.is("input", "name", "form_of"));
            assert!(says, "{path}: {form:?}");
            seen.insert(action.to_owned());
        }
    }
    assert!(seen.len() > 10, "{seen:?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_keeps_no_cookies_is_told_so() {
    let (app, _db) = start().await;
    app.person("alice").await;
    for name in ["login", "register"] {
        let fields = [("username", "alice"), ("password", PASSWORD), ("cookies", "on"), ("next", "/rooms/new")];
        let visitor = app.visitor();
        let page = Html::read(&visitor.get(&format!("/{name}")).await.expect_status(200).text);
        assert_eq!(page.only("input", "name", "cookies").attribute("value"), Some("on"));
        // Sends none of the cookies that it got.
        let request = reqwest::Client::new().post(app.url(&format!("/api/{name}")));
        let request = request.header("Origin", app.origin()).header("Accept", "text/html").form(&fields);
        let refused = Answer::of(request).await.expect_status(422);
        assert!(refused.text.contains("blocks cookies"), "{}", refused.text);
        let page = Html::read(&refused.text);
        assert_eq!(page.only("input", "name", "username").attribute("value"), Some("alice"));
        assert!(!refused.header("set-cookie").contains("chat="), "no session that nobody can use");
        // The browser whose cookies work, by the same form.
        let username = if name == "login" { "alice" } else { "carol" };
        let fields = [("username", username), ("password", PASSWORD), ("cookies", "on")];
        visitor.submit(name, &fields).await.expect_status(303);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_either_form_the_way_back_is_kept() {
    let (app, _db) = start().await;
    let visitor = app.visitor();
    let next = "/rooms/7-%EC%B0%A8?before=3&chain=2";
    let page = Html::read(&visitor.get(next).await.text);
    let login = page.all("a").filter_map(|link| link.attribute("href")).find(|href| href.starts_with("/login"));
    let login = login.expect("the way in").to_owned();
    let form = Html::read(&visitor.get(&login).await.expect_status(200).text);
    let ways: Vec<&str> =
        form.all("a").filter_map(|link| link.attribute("href")).filter(|href| href.contains("register")).collect();
    assert!(ways.len() >= 2, "in the sidebar, and below the form: {ways:?}");
    for way in ways {
        let way = format!("/{}", way.trim_start_matches('/'));
        let page = Html::read(&visitor.get(&way).await.expect_status(200).text);
        let forms = forms(&page);
        let (_, inputs) = forms.iter().find(|(form, _)| form.is("form", "action", "/api/register")).expect("a form");
        let carried = inputs.iter().find(|input| input.attribute("name") == Some("next")).expect("a way back");
        assert_eq!(carried.attribute("value"), Some(next), "{way}");
    }
    app.stop().await;
}
