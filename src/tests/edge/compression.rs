//! Answers that are made for each request come compressed where that is worth it and harmless.

use serde_json::json;

use crate::support::person::{Answer, Person};
use crate::support::{Socket, TestApp, start};

/// Bytes of an answer to somebody who accepts `encodings`, and in which of them it came.
async fn got(person: &Person, path: &str, encodings: &str) -> (usize, String) {
    let request = person.http.get(format!("{}{path}", person.origin)).header("Accept-Encoding", encodings);
    let response = request.send().await.expect("an answer");
    let encoding = response.headers().get("content-encoding").map_or("", |value| value.to_str().unwrap()).to_owned();
    (response.bytes().await.expect("a body").len(), encoding)
}

async fn talk() -> (TestApp, crate::support::Database, Person, i64) {
    let (app, db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    alice.say_much(room, 60).await;
    (app, db, alice, room)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_long_comes_compressed() {
    let (app, _db, alice, room) = talk().await;
    for path in ["/".to_owned(), format!("/rooms/{room}"), format!("/rooms/{room}/feed.atom"), "/nowhere".to_owned()] {
        let (plain, none) = got(&alice, &path, "identity").await;
        assert_eq!(none, "");
        for encoding in ["br", "gzip"] {
            let (bytes, named) = got(&alice, &path, encoding).await;
            assert_eq!(named, encoding, "{path}");
            assert!(bytes * 2 < plain, "{path}: {bytes} of {plain} bytes");
        }
        assert_eq!(got(&alice, &path, "gzip, deflate, br, zstd").await.1, "br", "{path}");
        assert_eq!(got(&alice, &path, "zstd").await.1, "", "{path}");
    }
    let history = alice.request("history").header("Origin", &alice.origin).header("Accept-Encoding", "gzip");
    let history = history.form(&[("room", room.to_string())]).send().await.unwrap();
    assert_eq!(history.headers()["content-encoding"], "gzip");
    // What fits into a packet as it is.
    for path in ["/healthz", "/robots.txt"] {
        assert_eq!(got(&alice, path, "br, gzip").await.1, "", "{path}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_compressed_answer_is_told_so() {
    let (app, _db, alice, room) = talk().await;
    let path = app.url(&format!("/rooms/{room}/feed.atom"));
    let get = || alice.http.get(&path).header("Accept-Encoding", "br");
    let first = get().send().await.unwrap();
    assert_eq!((first.status().as_u16(), &first.headers()["content-encoding"]), (200, &"br".parse().unwrap()));
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    assert!(tag.starts_with("W/"), "the same in another encoding: {tag}");
    for known in [tag.clone(), tag.trim_start_matches("W/").to_owned()] {
        let again = Answer::of(get().header("If-None-Match", known)).await.expect_status(304);
        assert_eq!((again.text.as_str(), again.header("content-encoding")), ("", ""));
        assert!(again.header("vary").contains("Accept-Encoding"));
    }
    let head = alice.http.head(&path).header("Accept-Encoding", "br").send().await.unwrap();
    assert_eq!((head.status().as_u16(), head.bytes().await.unwrap().len()), (200, 0));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_size_of_a_page_tells_another_site_nothing() {
    let (app, _db, alice, room) = talk().await;
    let get = async |person: &Person, site: &str| {
        let request = person.http.get(app.url(&format!("/rooms/{room}"))).header("Accept-Encoding", "br, gzip");
        let response = request.header("Sec-Fetch-Site", site).send().await.unwrap();
        response.headers().contains_key("content-encoding")
    };
    for (site, is_compressed) in [("none", true), ("same-origin", true), ("cross-site", false), ("same-site", false)] {
        assert_eq!(get(&alice, site).await, is_compressed, "{site}");
        assert!(get(&app.visitor(), site).await, "a visitor's page holds nothing that is not public");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_is_left_alone() {
    let (app, _db, alice, room) = talk().await;
    let mut request = Socket::upgrade(&alice.origin, &alice.cookies());
    request.headers_mut().insert("Accept-Encoding", "gzip, br".parse().unwrap());
    let mut socket = Socket::try_open(request).await.expect("an upgrade");
    socket.send(json!({"t": "hello", "v": 1, "subs": [{ "room": room, "since": 0 }]})).await;
    socket.expect("welcome").await;
    assert_eq!(socket.expect("sub_ok").await["events"].as_array().unwrap().len(), 60);
    app.stop().await;
}
