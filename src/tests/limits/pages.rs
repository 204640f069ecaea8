//! What pages and functions may cost one address, and one request.

use crate::support::person::Answer;
use crate::support::{TestApp, start, start_with};

async fn get(app: &TestApp, address: &str, path: &str, accept: &str) -> Answer {
    let request = app.visitor().http.get(app.url(path)).header("X-Forwarded-For", address);
    Answer::of(request.header("Accept", accept).header("Accept-Language", "ko")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_greedy_are_told_in_their_language_and_nobody_else_is() {
    let settings = [("CHAT_RATE_PAGES", "5/1"), ("CHAT_TRUSTED_PROXIES", "127.0.0.0/8")];
    let (app, _db) = start_with(&settings).await;
    let html = "text/html,*/*;q=0.8";
    let mut served = 0;
    let refused = loop {
        let page = get(&app, "192.0.2.1", "/?sort=new&tag=a", html).await;
        if page.status != 200 {
            break page;
        }
        served += 1;
        assert!(served < 20, "pages cost something");
    };
    assert!(served > 0);
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1));
    assert_eq!(refused.header("content-type"), "text/html; charset=utf-8");
    assert!(
        refused.text.contains("<html lang=\"ko\">") && refused.text.contains("요청이 너무 잦아요"),
        "{}",
        refused.text
    );
    assert!(refused.text.contains("http-equiv=\"refresh\""), "{}", refused.text);
    // A program is told in its form, a feed reader too, and files cost nothing.
    let json = get(&app, "192.0.2.1", "/", "*/*").await.expect_status(429).json();
    assert_eq!(json["code"], "rate_limited");
    assert!(json["retry_ms"].as_u64().is_some());
    get(&app, "192.0.2.1", "/feed.atom", "application/atom+xml").await.expect_status(429);
    for free in ["/healthz", "/readyz", "/robots.txt"] {
        get(&app, "192.0.2.1", free, html).await.expect_status(200);
    }
    get(&app, "192.0.2.2", "/", html).await.expect_status(200);
    get(&app, "2001:db8::1", "/", html).await.expect_status(200);
    while get(&app, "2001:db8::2", "/", html).await.status == 200 {}
    get(&app, "2001:db8::3", "/", html).await.expect_status(429);
    get(&app, "2001:db8:0:1::3", "/", html).await.expect_status(200);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_pages_at_once_are_served_in_turn() {
    let (app, _db) = start_with(&[("CHAT_RATE_PAGES", "3000/100")]).await;
    let http = app.visitor().http;
    let pages = (0..200).map(|_| Answer::of(http.get(app.url("/login"))));
    let statuses: Vec<_> = futures_util::future::join_all(pages).await.iter().map(|page| page.status).collect();
    // On a machine that is too busy some may have waited for too long.
    assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
    assert!(statuses.iter().filter(|status| **status == 200).count() >= 16, "{statuses:?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_long_messages_has_fewer_of_them_and_none_is_left_out() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Long", "public").await;
    let mut socket = alice.live(serde_json::json!([])).await;
    for n in 0..40 {
        assert_eq!(socket.say(room, &n.to_string(), &format!("{n} {}", "x".repeat(3_900))).await["t"], "ack");
    }
    let room = room.to_string();
    let (mut seqs, mut before) = (Vec::new(), String::new());
    loop {
        let fields = [("room", &*room), ("limit", "100"), ("before", &*before)];
        let fields = if before.is_empty() { &fields[..2] } else { &fields };
        let page = alice.post("history", fields).await.expect_status(200);
        assert!(page.text.len() < 160 * 1024, "{} bytes", page.text.len());
        let page = page.json();
        let messages = page["messages"].as_array().unwrap();
        seqs.splice(0..0, messages.iter().map(|message| message["seq"].as_i64().unwrap()));
        if page["older"] != true {
            break;
        }
        before = seqs[0].to_string();
    }
    assert_eq!(seqs, (1..=40).collect::<Vec<i64>>());
    for named in [1, 20, 40] {
        let around = named.to_string();
        let page = alice.post("history", &[("room", &room), ("around", &around), ("limit", "100")]).await.json();
        let messages = page["messages"].as_array().unwrap();
        assert!(messages.iter().any(|message| message["seq"] == named) && messages.len() < 40);
    }
    let _ = socket.0.close(None).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hello_brings_so_much_and_no_more() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let mut socket = alice.live(serde_json::json!([])).await;
    let (mut rooms, mut subs) = (Vec::new(), Vec::new());
    // Of one room nearly half a megabyte is brought, and two in all.
    for count in [40, 40, 40, 40, 40, 1] {
        let room = alice.room("Long", "public").await;
        for n in 0..count {
            let said = socket.say(room, &format!("{room}-{n}"), &"가".repeat(3_900)).await;
            assert_eq!(said["t"], "ack");
        }
        rooms.push(room);
        subs.push(serde_json::json!({"room": room, "since": 0}));
    }
    let mut reader = app.visitor().live(serde_json::Value::from(subs)).await;
    let mut recovered = Vec::new();
    for room in &rooms {
        let answer = reader.expect("sub_ok").await;
        assert_eq!(answer["room"], *room);
        recovered.push(answer["recovered"] == true);
    }
    assert_eq!(recovered, [true, true, true, true, true, false]);
    // Asked for by itself it is there.
    reader.send(serde_json::json!({"t": "sub", "id": 1, "room": rooms[5], "since": 0})).await;
    assert_eq!(reader.expect("sub_ok").await["recovered"], true);
    for mut open in [socket, reader] {
        let _ = open.0.close(None).await;
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_caught_up_with_too_much_may_open_no_socket_for_a_while() {
    let (app, _db) = start_with(&[("CHAT_RATE_PAGES", "20/1")]).await;
    let alice = app.person("alice").await;
    let room = alice.room("Long", "public").await;
    let mut socket = alice.live(serde_json::json!([])).await;
    for n in 0..40 {
        assert_eq!(socket.say(room, &n.to_string(), &"가".repeat(3_900)).await["t"], "ack");
    }
    // Nearly 500 KB, which cost about 29.
    socket.send(serde_json::json!({"t": "sub", "id": 1, "room": room, "since": 0})).await;
    socket.expect("sub_ok").await;
    match crate::support::Socket::try_open(crate::support::Socket::upgrade(&app.origin(), "")).await {
        Err(tokio_tungstenite::tungstenite::Error::Http(refused)) => assert_eq!(refused.status().as_u16(), 429),
        Ok(_) => panic!("a socket"),
        Err(error) => panic!("{error}"),
    }
    let _ = socket.0.close(None).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sitemap_of_many_rooms_has_pages() {
    let (app, database) = start().await;
    app.person("alice").await.room("Tea", "public").await;
    let many = "INSERT INTO rooms (id, author_id, title, body, category, tags, visibility, indexed, state, created_ts,
            last_ts, last_seq, floor_seq, members, messages)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001)
        SELECT 1000 + i, (SELECT author_id FROM rooms), 'Room', '', 'tech', '', 'public', TRUE, 'open', i, i, 0, 1, 1, 0
        FROM n";
    database.run(many).await;
    let visitor = app.visitor();
    let index = visitor.get("/sitemap.xml").await.expect_status(200);
    assert!(index.text.contains("<sitemapindex") && index.text.contains("/sitemap.xml?page=2</loc>"), "{}", index.text);
    let mut rooms = 0;
    for page in 1..=2 {
        let page = visitor.get(&format!("/sitemap.xml?page={page}")).await.expect_status(200);
        rooms += page.text.matches("<url>").count();
    }
    assert_eq!(rooms, 1_001);
    for nowhere in ["3", "0", "-1", "9999999"] {
        visitor.get(&format!("/sitemap.xml?page={nowhere}")).await.expect_status(404);
    }
    app.stop().await;
}
