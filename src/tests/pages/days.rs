//! Every day of a room is a page, a year is a calendar, and a chain of replies is a lens on the conversation.

use serde_json::{Value, json};

use crate::support::html::Html;
use crate::support::{Database, Person, start, start_on};

const DAY: i64 = 86_400_000;

/// A room in which three things were said on 2026-03-01, two on 2026-03-04 (one of them was deleted), and one in 2027.
async fn diary(database: &Database, alice: &Person) -> i64 {
    let room = alice.room("Diary", "public").await;
    alice.say_much(room, 6).await;
    let id = room.to_string();
    alice.post("delete_message", &[("room", &id), ("target", "4")]).await.expect_status(200);
    // 2026-03-01 is the 20 513th day.
    let at = |day: i64| 20_513 * DAY + day * DAY;
    database.run(&format!("UPDATE events SET ts = {} + seq WHERE room_id = {room}", at(0))).await;
    database.run(&format!("UPDATE events SET ts = {} + seq WHERE room_id = {room} AND seq >= 4", at(4) - 8)).await;
    database.run(&format!("UPDATE events SET ts = {} + seq WHERE room_id = {room} AND seq >= 6", at(400))).await;
    database.run(&format!("UPDATE rooms SET created_ts = {}, last_ts = {} WHERE id = {room}", at(-400), at(401))).await;
    room
}

fn seqs(page: &Value) -> Vec<i64> {
    let messages = page["history"]["messages"].as_array().expect("messages");
    messages.iter().map(|message| message["seq"].as_i64().unwrap()).collect()
}

async fn days_are_pages(database: Database) {
    let app = start_on(&database, &[]).await;
    let alice = app.person("alice").await;
    let room = diary(&database, &alice).await;
    let id = room.to_string();
    let visitor = app.visitor();
    let open =
        async |day: &str| visitor.post("open_room", &[("room", &id), ("day", day)]).await.expect_status(200).json();
    let first = open("2026-03-01").await;
    assert_eq!((seqs(&first), &first["history"]["more"]), (vec![1, 2, 3], &json!(false)));
    assert_eq!(first["days"], json!({"day": "2026-03-01", "after": "2026-03-04"}), "nobody hears of the deleted one");
    let empty = open("2026-03-02").await;
    assert_eq!((seqs(&empty), &empty["days"]["before"]), (vec![], &json!("2026-03-01")));
    let second = open("2026-03-04").await;
    assert_eq!((seqs(&second), second["days"]["before"].as_str()), (vec![4, 5], Some("2026-03-01")));
    assert_eq!(second["days"]["after"], "2027-04-05");
    // By the clocks of a reader the same moments are of other days.
    let by = async |day: &str, tz: &str| visitor.post("open_room", &[("room", &id), ("day", day), ("tz", tz)]).await;
    let east = by("2026-03-01", "540").await.expect_status(200).json();
    assert_eq!(
        (seqs(&east), &east["days"]["tz"], &east["days"]["after"]),
        (vec![1, 2, 3], &json!(540), &json!("2026-03-05"))
    );
    let west = by("2026-02-28", "-60").await.expect_status(200).json();
    assert_eq!((seqs(&west), west["days"]["after"].as_str()), (vec![1, 2, 3], Some("2026-03-04")));
    assert_eq!(seqs(&by("2026-03-01", "-60").await.json()), [0; 0]);
    for nowhere in ["1440", "-1440", "9223372036854775807", "-9223372036854775808"] {
        by("2026-03-01", nowhere).await.expect_status(404);
    }
    assert_eq!(seqs(&open("2020-01-01").await), [0; 0]);
    assert_eq!(seqs(&open("2999-01-01").await), [0; 0]);

    let year = async |fields: &[(&str, &str)]| {
        let fields: Vec<_> = fields.iter().copied().chain([("room", &*id)]).collect();
        visitor.post("days", &fields).await
    };
    let latest = year(&[]).await.expect_status(200).json();
    assert_eq!((&latest["year"], &latest["years"]), (&json!(2027), &json!([2025, 2027])));
    assert_eq!(latest["days"], json!([["2027-04-05", 2]]));
    let middle = year(&[("year", "2026")]).await.json();
    assert_eq!(middle["days"], json!([["2026-03-01", 3], ["2026-03-04", 2]]));
    assert_eq!(year(&[("year", "2025")]).await.json()["days"], json!([]));
    for none in ["2024", "2028", "-1", "9223372036854775807"] {
        assert_eq!(year(&[("year", none)]).await.expect_status(404).json()["problem"], "no_such_day");
    }

    // What was said before the room was open is of no day.
    database.run(&format!("UPDATE rooms SET open_from = 3 WHERE id = {room}")).await;
    assert_eq!(seqs(&open("2026-03-01").await), [3]);
    assert_eq!(year(&[("year", "2026")]).await.json()["days"][0], json!(["2026-03-01", 1]));
    database.run(&format!("UPDATE rooms SET open_from = 5 WHERE id = {room}")).await;
    assert_eq!((seqs(&open("2026-03-01").await), &open("2026-03-04").await["days"]["before"]), (vec![], &Value::Null));
    assert_eq!(year(&[("year", "2026")]).await.json()["days"], json!([["2026-03-04", 1]]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_day_is_a_page_on_sqlite() {
    days_are_pages(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_day_is_a_page_on_postgres() {
    days_are_pages(Database::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_and_a_year_have_addresses() {
    let database = Database::sqlite();
    let app = start_on(&database, &[]).await;
    let alice = app.person("alice").await;
    let room = diary(&database, &alice).await;
    database.run(&format!("UPDATE rooms SET indexed = TRUE WHERE id = {room}")).await;
    let visitor = app.visitor();
    let page = visitor.get(&format!("/rooms/{room}-any/days/2026-03-01")).await.expect_status(200);
    let html = Html::read(&page.text);
    html.expect_harmless(page.nonce());
    let shown: Vec<_> = html.all("article").filter_map(|article| article.attribute("data-seq")).collect();
    assert_eq!(shown, ["1", "2", "3"]);
    let canonical = format!("{}/rooms/{room}-diary/days/2026-03-01", app.app.site());
    assert_eq!((html.canonical(), html.meta("robots")), (Some(&*canonical), None));
    let label: Vec<_> =
        html.all("div").filter(|line| line.attribute("class") == Some("day")).map(|line| &*line.text).collect();
    assert_eq!(label, ["2026-03-01 UTC"]);
    let line = html.all("a").find(|link| link.text == "2026-03-01 UTC").and_then(|link| link.attribute("href"));
    assert_eq!(line, Some(&*format!("/rooms/{room}-diary/days/2026-03-01")));
    // The same day by other clocks is a page for those who have them.
    let east = visitor.get(&format!("/rooms/{room}/days/2026-03-01?tz=540")).await.expect_status(200);
    let east = Html::read(&east.text);
    assert!(east.all("title").any(|title| title.text.starts_with("2026-03-01 UTC+9 · ")));
    assert_eq!(east.meta("robots"), Some("noindex"));
    let html = Html::read(&visitor.get(&format!("/rooms/{room}/days/2026-03-02")).await.expect_status(200).text);
    assert_eq!(html.meta("robots"), Some("noindex"), "there are too many days on which nothing was said");
    for nonsense in ["2026-02-30", "x", "2026-3-1", "2026-03-01x", "%00"] {
        let page = visitor.get(&format!("/rooms/{room}/days/{nonsense}")).await.expect_status(404);
        assert!(Html::read(&page.text).shows("There is no such day."), "{nonsense}");
    }

    let page = visitor.get(&format!("/rooms/{room}/days?year=2026")).await.expect_status(200);
    let html = Html::read(&page.text);
    html.expect_harmless(page.nonce());
    let days: Vec<_> =
        html.all("a").filter_map(|link| link.attribute("href")).filter(|to| to.contains("/days/")).collect();
    assert_eq!(days, [format!("/rooms/{room}/days/2026-03-01"), format!("/rooms/{room}/days/2026-03-04")]);
    assert_eq!(html.only("a", "rel", "next").attribute("href"), Some(&*format!("/rooms/{room}/days?year=2027")));
    assert!(html.only("a", "class", "h4").text == "1", "the busiest day");
    assert_eq!(html.meta("robots"), Some("noindex"), "its days are listed themselves");
    visitor.get(&format!("/rooms/{room}/days?year=x")).await.expect_status(404);
    visitor.get("/rooms/4242/days").await.expect_status(404);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_is_what_a_message_answers_and_what_answers_it() {
    let database = Database::sqlite();
    let app = start_on(&database, &[]).await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let id = room.to_string();
    let say = async |to: &str| {
        alice.post("post_message", &[("room", &id), ("body", "x"), ("reply_to", to)]).await.expect_status(200);
    };
    // 1 ← 2 ← 4 ← 5, 1 ← 3, and 6 stands alone.
    alice.say_much(room, 1).await;
    for to in ["1", "1", "2", "4"] {
        say(to).await;
    }
    alice.say_much(room, 1).await;
    let chain = async |person: &Person, seq: &str| {
        let open = person.post("open_room", &[("room", &id), ("chain", seq)]).await.expect_status(200).json();
        assert_eq!((seqs(&open), &open["linked"]["seq"]), ((1..=6).collect(), &json!(seq.parse::<i64>().unwrap())));
        open["chain"].clone()
    };
    assert_eq!(chain(&alice, "1").await, json!([1, 2, 3, 4, 5]));
    assert_eq!(chain(&alice, "2").await, json!([1, 2, 4, 5]));
    assert_eq!(chain(&alice, "5").await, json!([1, 2, 4, 5]));
    assert_eq!(chain(&alice, "6").await, json!([6]));
    for none in ["0", "7"] {
        alice.post("open_room", &[("room", &id), ("chain", none)]).await.expect_status(404);
    }
    alice.get(&format!("/rooms/{room}?chain=2")).await.expect_status(200);
    database.run(&format!("UPDATE rooms SET open_from = 2 WHERE id = {room}")).await;
    let open = app.visitor().post("open_room", &[("room", &id), ("chain", "5")]).await.expect_status(200).json();
    assert_eq!(open["chain"], json!([2, 4, 5]));
    app.visitor().post("open_room", &[("room", &id), ("chain", "1")]).await.expect_status(404);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_chain_keeps_what_is_near() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let mut socket = alice.live(json!([])).await;
    socket.say(room, "n1", "x").await;
    for n in 2..=320 {
        let to = n - 1;
        let frame = json!({"t": "send", "id": n, "room": room, "nonce": format!("n{n}"), "body": "x", "reply_to": to});
        socket.send(frame).await;
        socket.expect("ack").await;
    }
    let open =
        alice.post("open_room", &[("room", &room.to_string()), ("chain", "150")]).await.expect_status(200).json();
    let chain: Vec<_> = open["chain"].as_array().unwrap().iter().filter_map(Value::as_i64).collect();
    assert_eq!(chain, (51..=250).collect::<Vec<_>>());
    app.stop().await;
}
