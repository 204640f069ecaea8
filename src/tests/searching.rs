//! Search: what is found, by whom, and how soon; on both databases.

use std::time::{Duration, Instant};

use chat_chat::server::search::{Query, indexer, posts};
use serde_json::Value;

use crate::support::{Database, Person, TestApp, start_on};

/// Makes one test per database of each.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::run(crate::support::Database::sqlite(), super::$test).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::run(crate::support::Database::postgres().await, super::$test).await;
            })+
        }
    };
}

on_both!(
    korean_search_finds_it,
    what_changes_is_found_as_it_is_within_a_second,
    posts_are_found_by_title_body_and_tags,
    titles_are_found_by_their_first_consonants,
    only_what_one_may_read_is_found,
    pages_neither_skip_nor_repeat,
    an_index_that_is_gone_is_made_again,
    what_cannot_be_searched_for_is_said_clearly,
);

async fn run(database: Database, test: impl AsyncFn(&TestApp, &Database)) {
    let app = start_on(&database, &[]).await;
    test(&app, &database).await;
    app.stop().await;
}

async fn say(person: &Person, room: i64, body: &str) -> i64 {
    let fields = [("room", &*room.to_string()), ("body", body)];
    person.post("post_message", &fields).await.expect_status(200).json()["seq"].as_i64().unwrap()
}

async fn hits(person: &Person, fields: &[(&str, &str)]) -> Vec<Value> {
    let found = person.post("search", fields).await.expect_status(200).json();
    found["hits"].as_array().unwrap().clone()
}

/// The snippet as it is read, with what is marked in brackets.
fn snippet(hit: &Value) -> String {
    let pieces = hit["snippet"].as_array().unwrap().iter();
    pieces
        .map(|piece| {
            let text = piece["text"].as_str().unwrap();
            if piece["mark"] == true { format!("[{text}]") } else { text.to_owned() }
        })
        .collect()
}

async fn snippets(person: &Person, q: &str) -> Vec<String> {
    hits(person, &[("q", q)]).await.iter().map(snippet).collect()
}

async fn indexed(app: &TestApp) {
    indexer::catch_up(&app.app.chat.db).await.unwrap();
}

/// Runs SQL on whichever database it is.
async fn sql(database: &Database, statement: String) {
    let statement = sqlx::AssertSqlSafe(statement);
    if database.url.starts_with("sqlite:") {
        let pool = sqlx::SqlitePool::connect(&database.url).await.unwrap();
        sqlx::raw_sql(statement).execute(&pool).await.unwrap();
        pool.close().await;
    } else {
        let pool = sqlx::PgPool::connect(&database.url).await.unwrap();
        sqlx::raw_sql(statement).execute(&pool).await.unwrap();
        pool.close().await;
    }
}

async fn korean_search_finds_it(app: &TestApp, _: &Database) {
    let alice = app.person("alice").await;
    let room = alice.room("Words", "public").await;
    for body in [
        "대한민국 만세",
        "채팅방에서 만나요",
        "역사를 배우자",
        "ＡＢＣ",
        "Café",
        "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}",
        "quick 수정 ok",
        "quick",
        "ok 👍 100% a_b \"c\" x*y n:m",
    ] {
        say(&alice, room, body).await;
    }
    indexed(app).await;
    let visitor = app.visitor();
    for (q, found) in [
        ("민국", &["대한[민국] 만세"] as &[_]),
        ("역사", &["[역사]를 배우자"]),
        ("방에서", &["채팅[방에서] 만나요"]),
        ("한글", &["[한글]"]),
        ("abc", &["[ＡＢＣ]"]),
        ("cafe\u{301}", &["[Café]"]),
        ("QUICK Ok", &["[quick] 수정 [ok]"]),
        ("quick", &["[quick]", "[quick] 수정 ok"]),
        ("방", &["채팅[방]에서 만나요"]),
        ("요", &["채팅방에서 만나[요]"]),
        ("자 역", &["[역]사를 배우[자]"]),
        ("\"에서 만\"", &["채팅방[에서 만]나요"]),
        ("\"만나 요\"", &[]),
        ("만나 요", &["채팅방에서 [만나][요]"]),
        ("👍", &["ok [👍] 100% a_b \"c\" x*y n:m"]),
        ("%", &["ok 👍 100[%] a_b \"c\" x*y n:m"]),
        ("_", &["ok 👍 100% a[_]b \"c\" x*y n:m"]),
        ("*", &["ok 👍 100% a_b \"c\" x[*]y n:m"]),
        (":", &["ok 👍 100% a_b \"c\" x*y n[:]m"]),
        ("\"", &["ok 👍 100% a_b [\"]c[\"] x*y n:m"]),
        ("0% a_b", &["ok 👍 10[0%] [a_b] \"c\" x*y n:m"]),
        ("국만", &[]),
        ("만나 역", &[]),
        ("a%b", &[]),
        ("qu*", &[]),
        ("수정 OR 역사", &[]),
    ] {
        let expected: Vec<String> = found.iter().map(|found| found.replace("][", "")).collect();
        assert_eq!(snippets(&visitor, q).await, expected, "{q}");
    }
}

async fn what_changes_is_found_as_it_is_within_a_second(app: &TestApp, _: &Database) {
    let alice = app.person("alice").await;
    let room = alice.room("Words", "public").await.to_string();
    let found_after = async |q: &str, expected: &str| {
        let started = Instant::now();
        while snippets(&alice, q).await != [expected] {
            assert!(started.elapsed() < Duration::from_secs(10), "{q}: {:?}", snippets(&alice, q).await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        started.elapsed()
    };
    let seq = say(&alice, room.parse().unwrap(), "처음에 쓴 말").await.to_string();
    let mut soonest = found_after("처음", "[처음]에 쓴 말").await;
    let about = [("room", &*room), ("target", &*seq)];
    for (old, body, q, found) in [
        ("처음", "다음에 고친 말", "다음에", "[다음에] 고친 말"),
        ("다음에", "나중에 고친 말", "나중에", "[나중에] 고친 말"),
    ] {
        alice.post("edit_message", &[&about[..], &[("body", body)]].concat()).await.expect_status(200);
        assert_eq!(snippets(&alice, old).await, [""; 0], "the old text is gone at once");
        soonest = soonest.min(found_after(q, found).await);
    }
    // The machine may be busy with other tests: once is enough.
    assert!(soonest < Duration::from_secs(1), "{soonest:?}");
    alice.post("delete_message", &about).await.expect_status(200);
    assert_eq!(snippets(&alice, "고친").await, [""; 0], "deleted is gone at once");
    indexed(app).await;
    let grams = Query::parse("고친").unwrap().grams();
    assert_eq!(app.app.chat.db.candidates(&grams, i64::MAX, 9).await.unwrap(), [0; 0], "and from the index too");
}

async fn posts_are_found_by_title_body_and_tags(app: &TestApp, database: &Database) {
    let alice = app.person("alice").await;
    let post = [
        ("title", "Late trains"),
        ("body", "of the **night**"),
        ("category", "local"),
        ("tags", "기차,Rail-Way"),
        ("visibility", "public"),
    ];
    let room = alice.post("create_room", &post).await.expect_status(200).json()["id"].as_i64().unwrap();
    say(&alice, room, "a train of thought").await;
    indexed(app).await;
    let found = hits(&app.visitor(), &[("q", "train")]).await;
    let told: Vec<_> = found.iter().map(|hit| (hit["room"].as_i64(), hit["seq"].as_i64(), snippet(hit))).collect();
    let whole = "Late [train]s of the **night** #기차 #Rail-Way".to_owned();
    assert_eq!(told, [(Some(room), Some(1), "a [train] of thought".to_owned()), (Some(room), None, whole)]);
    assert_eq!((&found[1]["title"], &found[1]["slug"]), (&"Late trains".into(), &"late-trains".into()));
    assert_eq!(found[1]["author"]["username"], "alice");
    for q in ["기차", "#rail", "night late", "\"trains of\"", "**night"] {
        assert_eq!(hits(&app.visitor(), &[("q", q)]).await.len(), 1, "{q}");
    }
    let rooms = async |q: &str| {
        let found = posts(&app.app.chat.db, &Query::parse(q).unwrap(), None).await.unwrap();
        found.into_iter().map(|room| room.get()).collect::<Vec<_>>()
    };
    assert_eq!((rooms("train").await, rooms("thought").await), (vec![room], vec![]), "messages are no posts");

    let edit = "UPDATE rooms SET title = 'Early birds', edited_ts = last_ts + 1, last_ts = last_ts + 1";
    sql(database, edit.into()).await;
    assert_eq!((rooms("late trains").await, rooms("기차").await), (vec![], vec![room]));
    indexed(app).await;
    assert_eq!(rooms("early").await, [room]);
}

async fn only_what_one_may_read_is_found(app: &TestApp, database: &Database) {
    let (alice, bob, visitor) = (app.person("alice").await, app.person("bob").await, app.visitor());
    let mut rooms = Vec::new();
    for visibility in ["public", "unlisted", "private"] {
        let room = alice.room(&format!("Zebra {visibility}"), visibility).await;
        say(&alice, room, &format!("a zebra in a {visibility} room")).await;
        rooms.push(room);
    }
    indexed(app).await;
    let [public, unlisted, private] = rooms[..] else { unreachable!("three rooms were made") };
    let found = async |person: &Person, room: Option<i64>| {
        let room = room.map_or_else(String::new, |room| room.to_string());
        let mut rooms: Vec<_> = hits(person, &[("q", "zebra"), ("room", &room)])
            .await
            .iter()
            .map(|hit| hit["room"].as_i64().unwrap())
            .collect();
        rooms.dedup();
        rooms.reverse();
        rooms
    };
    assert_eq!(found(&alice, None).await, [public, unlisted, private]);
    for stranger in [&bob, &visitor] {
        assert_eq!(found(stranger, None).await, [public]);
        assert_eq!(found(stranger, Some(public)).await, [public]);
        assert_eq!(found(stranger, Some(unlisted)).await, [unlisted], "who has the address may read it");
        let secret =
            stranger.post("search", &[("q", "zebra"), ("room", &private.to_string())]).await.expect_status(404);
        let nothing = stranger.post("search", &[("q", "zebra"), ("room", "4242")]).await.expect_status(404);
        assert_eq!(secret.text, nothing.text);
        assert!(!stranger.get("/search?q=zebra").await.text.contains("private"));
    }
    let member = [("room", &*private.to_string()), ("username", "bob")];
    alice.post("add_member", &member).await.expect_status(200);
    assert_eq!(found(&bob, None).await, [public, private]);
    alice.post("remove_member", &member).await.expect_status(200);
    assert_eq!(found(&bob, None).await, [public]);
    let banned = [("room", &*public.to_string()), ("username", "bob"), ("ban", "true")];
    alice.post("remove_member", &banned).await.expect_status(200);
    assert_eq!(found(&bob, None).await, [0; 0], "a ban is from reading too");

    // Opened later: what was said before is for members.
    sql(database, format!("UPDATE rooms SET visibility = 'public', open_from = 5 WHERE id = {private}")).await;
    say(&alice, private, "a later zebra").await;
    sql(database, format!("UPDATE rooms SET open_from = last_seq WHERE id = {private}")).await;
    indexed(app).await;
    let texts: Vec<_> =
        hits(&visitor, &[("q", "zebra"), ("room", &private.to_string())]).await.iter().map(snippet).collect();
    assert_eq!(texts, ["a later [zebra]", "[Zebra] private text"]);
    assert_eq!(hits(&alice, &[("q", "zebra"), ("room", &private.to_string())]).await.len(), 3);
}

async fn pages_neither_skip_nor_repeat(app: &TestApp, _: &Database) {
    let alice = app.person("alice").await;
    let (tea, milk) = (alice.room("Tea", "public").await, alice.room("Milk", "public").await);
    let mut socket = alice.live(serde_json::json!([])).await;
    for n in 0..150 {
        for room in [tea, milk] {
            let body = if n % 2 == 0 { format!("even cup {n}") } else { format!("odd cup {n}") };
            let nonce = format!("{room}-{n}");
            socket.send(serde_json::json!({"t": "send", "id": n, "room": room, "nonce": nonce, "body": body})).await;
        }
    }
    for _ in 0..300 {
        socket.expect("ack").await;
    }
    indexed(app).await;
    let pages = async |fields: &[(&str, &str)]| {
        let (mut seen, mut before) = (Vec::new(), String::new());
        loop {
            let fields: Vec<_> = fields.iter().copied().chain([("before", &*before)]).collect();
            let found = app.visitor().post("search", &fields).await.expect_status(200).json();
            let page = found["hits"].as_array().unwrap();
            assert!(page.len() <= 20, "{}", page.len());
            let place = |hit: &Value| (hit["ts"].as_i64(), hit["room"].as_i64(), hit["seq"].as_i64());
            seen.extend(page.iter().map(place));
            match found["before"].as_str() {
                Some(cursor) => before = cursor.to_owned(),
                None => return seen,
            }
        }
    };
    let all = pages(&[("q", "cup")]).await;
    assert_eq!(all.len(), 300);
    assert!(all.is_sorted_by(|newer, older| newer.0 >= older.0), "newest first");
    for (fields, count) in [(vec![("q", "odd p")], 150), (vec![("q", "cup"), ("room", &*tea.to_string())], 150)] {
        let some = pages(&fields).await;
        assert_eq!(some.len(), count, "{fields:?}");
        let rest: Vec<_> = all.iter().filter(|place| some.contains(place)).copied().collect();
        assert_eq!(some, rest, "each once, in the same order: {fields:?}");
    }
    let seqs: Vec<_> = all.iter().filter(|place| place.1 == Some(tea)).filter_map(|place| place.2).collect();
    assert_eq!(seqs, (1..=150).rev().collect::<Vec<_>>());
}

async fn an_index_that_is_gone_is_made_again(app: &TestApp, database: &Database) {
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let long = "아주 긴 이야기 ".repeat(400);
    let mut socket = alice.live(serde_json::json!([])).await;
    for n in 0..600 {
        let body = if n % 10 == 0 { &*long } else { "짧은 이야기" };
        let nonce = format!("n{n}");
        socket.send(serde_json::json!({"t": "send", "id": n, "room": room, "nonce": nonce, "body": body})).await;
    }
    for _ in 0..600 {
        socket.expect("ack").await;
    }
    let target = [("room", &*room.to_string()), ("target", "7")];
    alice.post("edit_message", &[&target[..], &[("body", "일곱째")]].concat()).await.expect_status(200);
    alice.post("edit_message", &[&target[..], &[("body", "일곱 번째 이야기")]].concat()).await.expect_status(200);
    alice.post("delete_message", &[target[0], ("target", "8")]).await.expect_status(200);
    indexed(app).await;
    let all = async || {
        let grams = Query::parse("이야기").unwrap().grams();
        app.app.chat.db.candidates(&grams, i64::MAX, 9_999).await.unwrap()
    };
    let known = all().await;
    assert_eq!(known.len(), 599);
    sql(database, "DELETE FROM search_rooms; DELETE FROM search_docs; DELETE FROM search_index".into()).await;
    indexed(app).await;
    assert_eq!(all().await, known, "every text has its place by its time");
    assert_eq!(snippets(&alice, "일곱").await, ["[일곱] 번째 이야기"]);
}

async fn what_cannot_be_searched_for_is_said_clearly(app: &TestApp, _: &Database) {
    let visitor = app.visitor();
    let long = "x".repeat(10_000);
    for (field, value, status) in [
        ("q", "", 422),
        ("q", " \t", 422),
        ("q", &*long, 422),
        ("q", &long[..201], 422),
        ("q", "\u{2800}", 422),
        ("before", "x", 400),
        ("before", "9999999999999999999999", 400),
        ("room", "x", 400),
    ] {
        let usual = [("q", "tea"), ("before", ""), ("room", "")];
        let fields = usual.map(|(name, usual)| (name, if name == field { value } else { usual }));
        let refused = visitor.post("search", &fields).await.expect_status(status).json();
        assert_eq!(refused["field"], field, "{refused}");
        let korean = visitor.request("search").header("Origin", &visitor.origin).header("Accept-Language", "ko");
        let korean = korean.form(&fields).send().await.unwrap().text().await.unwrap();
        let message = serde_json::from_str::<Value>(&korean).unwrap()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(|c| ('가'..='힣').contains(&c)), "{message}");
        let address = reqwest::Url::parse_with_params("http://x/search", fields).unwrap();
        let page = visitor.get(&format!("/search?{}", address.query().unwrap())).await;
        let expected = match value {
            _ if value.trim().is_empty() && field == "q" => 200,
            // No address is so long.
            _ if value == long => 414,
            _ => status,
        };
        assert_eq!(page.status, expected, "{field}={value:.20}");
    }
    visitor.post("search", &[]).await.expect_status(422);
    visitor.get("/search").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_what_was_found_and_leads_there() {
    let database = Database::sqlite();
    let app = start_on(&database, &[]).await;
    let alice = app.person("alice").await;
    let room = alice.room("<b>Tea</b>", "public").await;
    say(&alice, room, "<i>oolong</i> & <script>").await;
    indexed(&app).await;
    let page = app.visitor().get("/search?q=oolong").await.expect_status(200);
    assert!(page.text.contains(&format!("href=\"/rooms/{room}-b-tea-b/messages/1\"")), "{}", page.text);
    assert!(page.text.contains("<mark>oolong</mark>") && !page.text.contains("<i>") && !page.text.contains("<b>"));
    let page = app.visitor().get("/search?q=tea").await.expect_status(200);
    assert!(page.text.contains(&format!("href=\"/rooms/{room}-b-tea-b\"")), "{}", page.text);
    let nothing = app.visitor().get("/search?q=coffee").await.expect_status(200);
    assert!(nothing.text.contains("Nothing found") && nothing.text.contains("value=\"coffee\""));
    app.visitor().get(&format!("/search?q=tea&room={room}-any")).await.expect_status(200);
    app.visitor().get("/search?q=tea&room=4242").await.expect_status(404);
    app.stop().await;
}

async fn titles_are_found_by_their_first_consonants(app: &TestApp, database: &Database) {
    let alice = app.person("alice").await;
    let room = alice.room("채팅방 Rust", "public").await;
    say(&alice, room, "초성 ㅊㅌㅎ").await;
    let seqs = async |q: &str| hits(&alice, &[("q", q)]).await.iter().map(|hit| hit["seq"].clone()).collect::<Vec<_>>();
    let found = async |q: &str| {
        for _ in 0..100 {
            let seqs = seqs(q).await;
            if !seqs.is_empty() {
                return seqs;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{q}")
    };
    assert_eq!(found("ㅊㅌㅂ").await, [Value::Null]);
    assert_eq!(found("ㅌㅂ rust").await, [Value::Null]);
    assert_eq!(found("ㅊㅌㅎ").await, [1], "a message that has just these letters");
    assert_eq!(seqs("ㅂㅌㅊ").await, [Value::Null; 0]);
    let lobby = alice.post("rooms", &[("q", "ㅊㅌㅂ")]).await.expect_status(200).json();
    assert_eq!(lobby["rooms"][0]["id"], room);

    // What was indexed before this was known is indexed anew.
    database.run("UPDATE search_rooms SET edited_ts = -1").await;
    let indexed = async { while seqs("ㅊㅌㅂ").await.len() != 1 {} };
    tokio::time::timeout(Duration::from_secs(20), indexed).await.expect("the index");
}
