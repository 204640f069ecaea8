//! A private room that is opened takes nothing along for people who come later: every way of reading, by every kind of person.

use serde_json::{Value, json};

use crate::support::{Database, Person, TestApp, start_on};

/// The last of what was said while the room was closed. What is closed has "secret hush" in it, and nothing else has.
const CLOSED: i64 = 8;

struct Stage {
    app: TestApp,
    room: i64,
    owner: Person,
}

impl Stage {
    /// Calls a function about the room.
    async fn by(&self, person: &Person, name: &str, fields: &[(&str, &str)]) -> crate::support::person::Answer {
        let room = self.room.to_string();
        let fields: Vec<_> = [("room", &*room)].into_iter().chain(fields.iter().copied()).collect();
        person.post(name, &fields).await
    }

    async fn say(&self, person: &Person, body: &str) {
        self.by(person, "post_message", &[("body", body)]).await.expect_status(200);
    }

    async fn open_to(&self, visibility: &str) {
        self.by(&self.owner, "update_room", &[("visibility", visibility)]).await.expect_status(200);
    }

    /// A room with eight secrets, in which somebody is put out and somebody else banned.
    async fn new(database: &Database) -> Self {
        let app = start_on(database, &[]).await;
        let owner = app.person("owner").await;
        let room = owner.room("Diary", "private").await;
        Self { app, room, owner }
    }
}

/// All that somebody is told of the room, whichever way they ask: the way, and what they were told.
async fn told(stage: &Stage, person: &Person) -> Vec<(String, String)> {
    let mut told = Vec::new();
    let today = civil_today(stage).await;
    let asked: Vec<(&str, Vec<(&str, &str)>)> = vec![
        ("history", vec![]),
        ("history", vec![("before", "9")]),
        ("history", vec![("after", "0")]),
        ("history", vec![("around", "2")]),
        ("events", vec![("since", "0")]),
        ("events", vec![("since", "8")]),
        ("open_room", vec![]),
        ("open_room", vec![("before", "9")]),
        ("open_room", vec![("around", "1")]),
        ("open_room", vec![("day", &today)]),
        ("open_room", vec![("chain", "1")]),
        ("open_room", vec![("chain", "2")]),
        ("quote", vec![("seq", "1")]),
        ("pins", vec![]),
        ("reactors", vec![("target", "1")]),
        ("revisions", vec![("target", "3")]),
        ("search", vec![("q", "secret")]),
        ("unread", vec![]),
        ("my_rooms", vec![]),
        ("rooms", vec![]),
        ("rooms", vec![("q", "secret")]),
        ("room", vec![]),
        ("present", vec![]),
    ];
    for (name, fields) in asked {
        told.push((format!("{name} {fields:?}"), stage.by(person, name, &fields).await.text));
    }
    let everywhere = person.post("search", &[("q", "secret")]).await;
    told.push(("search everywhere".into(), everywhere.text));
    let room = stage.room;
    for path in [
        format!("/rooms/{room}"),
        format!("/rooms/{room}?before=9"),
        format!("/rooms/{room}?after=0"),
        format!("/rooms/{room}?chain=1"),
        format!("/rooms/{room}/messages/1"),
        format!("/rooms/{room}/messages/3/history"),
        format!("/rooms/{room}/messages/3/edit"),
        format!("/rooms/{room}/days/{today}"),
        format!("/rooms/{room}/days"),
        format!("/rooms/{room}/pins"),
        format!("/rooms/{room}/members"),
        format!("/rooms/{room}/feed.atom"),
        format!("/search?q=secret&room={room}"),
        "/unread".to_owned(),
        "/".to_owned(),
    ] {
        let text = person.get(&path).await.text;
        told.push((path, text));
    }
    for since in [Value::Null, json!(0), json!(3), json!(CLOSED)] {
        let mut socket = person.live(json!([])).await;
        socket.send(json!({"t": "sub", "id": 1, "room": room, "since": since})).await;
        told.push((format!("sub {since}"), socket.next().await.to_string()));
        socket.send(json!({"t": "sync", "id": 2, "room": room, "since": since, "limit": 500})).await;
        told.push((format!("sync {since}"), socket.next().await.to_string()));
    }
    told
}

async fn civil_today(stage: &Stage) -> String {
    let calendar = stage.by(&stage.owner, "days", &[]).await.expect_status(200).json();
    calendar["days"]
        .as_array()
        .and_then(|days| days.last())
        .map_or_else(String::new, |day| day[0].as_str().unwrap().into())
}

/// Whatever has a word of what is closed in it: not the one that was looked for, which pages say again.
fn leaks(told: &[(String, String)]) -> Vec<&str> {
    let is_leak = |text: &str| text.contains("hush") || text.contains("🤫");
    told.iter().filter(|(_, text)| is_leak(text)).map(|(way, _)| way.as_str()).collect()
}

/// What is answered to attempts on a message, without the number that differs.
async fn attempts(stage: &Stage, person: &Person, seq: &str) -> Vec<(u16, String)> {
    let mut answers = Vec::new();
    let asked: [(&str, &[(&str, &str)]); 9] = [
        ("post_message", &[("body", "x"), ("reply_to", seq)]),
        ("edit_message", &[("target", seq), ("body", "x")]),
        ("delete_message", &[("target", seq)]),
        ("react", &[("target", seq), ("emoji", "👍"), ("on", "true")]),
        ("pin_message", &[("target", seq), ("on", "true")]),
        ("quote", &[("seq", seq)]),
        ("reactors", &[("target", seq)]),
        ("revisions", &[("target", seq)]),
        ("open_room", &[("around", seq)]),
    ];
    for (name, fields) in asked {
        let answer = stage.by(person, name, fields).await;
        answers.push((answer.status, if answer.status == 200 { String::new() } else { answer.text }));
    }
    let page = person.get(&format!("/rooms/{}/messages/{seq}", stage.room)).await;
    answers.push((page.status, String::new()));
    answers
}

async fn expect_closed(stage: &Stage, who: &str, person: &Person) {
    let told = told(stage, person).await;
    assert_eq!(leaks(&told), [""; 0], "{who}: {told:?}");
    // A message and a reaction.
    let missing = attempts(stage, person, "999").await;
    for seq in ["1", "6"] {
        assert_eq!(attempts(stage, person, seq).await, missing, "{who}: {seq} is as if it were not there");
    }
}

async fn nothing_said_before_is_told(database: Database) {
    let stage = Stage::new(&database).await;
    let app = &stage.app;
    let mut people = Vec::new();
    for name in ["old", "left", "put", "banned", "joiner", "poster", "added", "helper", "guest", "late", "stranger"] {
        people.push((name, app.person(name).await));
    }
    let visitor = app.visitor();
    let person = |wanted: &str| &people.iter().find(|(name, _)| *name == wanted).expect("somebody").1;
    let owner = &stage.owner;
    let by = async |who: &Person, name: &str, fields: &[(&str, &str)]| {
        stage.by(who, name, fields).await.expect_status(200);
    };

    // 1 and 2: who may read them is added after that, and finds them. 3 was edited by 4; 5 pins, 6 reacts; 7 and 8 answer.
    stage.say(owner, "secret hush one for @joiner and @poster").await;
    stage.say(owner, "secret hush two").await;
    stage.say(owner, "secret hush three").await;
    by(owner, "edit_message", &[("target", "3"), ("body", "secret hush three again")]).await;
    by(owner, "pin_message", &[("target", "1"), ("on", "true")]).await;
    by(owner, "react", &[("target", "1"), ("emoji", "🤫"), ("on", "true")]).await;
    by(owner, "post_message", &[("body", "secret hush answer"), ("reply_to", "1")]).await;
    by(owner, "post_message", &[("body", "secret hush last"), ("reply_to", "7")]).await;
    for name in ["old", "left", "put"] {
        by(owner, "add_member", &[("username", name)]).await;
    }
    by(person("left"), "leave_room", &[]).await;
    by(owner, "remove_member", &[("username", "put")]).await;
    by(owner, "remove_member", &[("username", "banned"), ("ban", "true")]).await;
    stage.open_to("public").await;

    // What is done now to what was said then is as closed as that.
    by(owner, "post_message", &[("body", "open one"), ("reply_to", "1")]).await;
    by(owner, "edit_message", &[("target", "2"), ("body", "secret hush two again @joiner")]).await;
    by(owner, "react", &[("target", "2"), ("emoji", "🤫"), ("on", "true")]).await;
    for name in ["joiner", "left", "put", "helper"] {
        by(person(name), "join_room", &[]).await;
    }
    stage.say(person("poster"), "open two").await;
    by(owner, "add_member", &[("username", "added")]).await;
    by(owner, "add_member", &[("username", "banned")]).await;
    by(owner, "set_role", &[("username", "helper"), ("role", "moderator")]).await;
    stage.say(owner, "open three for @joiner").await;
    while stage.by(owner, "search", &[("q", "three")]).await.json()["hits"].as_array().map(Vec::len) != Some(2) {
        tokio::task::yield_now().await;
    }

    let old = told(&stage, person("old")).await;
    assert!(leaks(&old).len() > 20, "who was let in reads everything: {:?}", leaks(&old));
    assert!(leaks(&told(&stage, owner).await).len() > 20);
    // Back to before the beginning: nothing of that is to be read, counted or quoted.
    for name in ["joiner", "poster"] {
        by(person(name), "mark_unread", &[("seq", "1")]).await;
        let mut socket = person(name).live(json!([])).await;
        socket.send(json!({"t": "unread_from", "room": stage.room, "seq": 1})).await;
    }
    let mine = person("joiner").post("my_rooms", &[]).await.json();
    assert_eq!((&mine[0]["count"], &mine[0]["mentions"]), (&json!(3), &json!(1)), "{mine}");
    for name in ["joiner", "left", "put", "poster", "added", "banned", "helper", "stranger"] {
        expect_closed(&stage, name, person(name)).await;
    }
    assert_eq!(leaks(&told(&stage, &visitor).await), [""; 0]);

    // Live, too: what is done to what was said then is a place in the log.
    let mut ears = person("joiner").live(json!([{"room": stage.room}])).await;
    ears.expect("sub_ok").await;
    by(owner, "edit_message", &[("target", "2"), ("body", "secret hush news")]).await;
    by(owner, "post_message", &[("body", "open answer"), ("reply_to", "2")]).await;
    let hidden = ears.expect("ev").await;
    let of_nobody = (&json!("skip"), &json!(""));
    assert_eq!((&hidden["k"], &hidden["author"]["username"]), of_nobody, "who changes it is not told: {hidden}");
    let seq = hidden["seq"].as_i64().unwrap();
    let log =
        stage.by(person("joiner"), "events", &[("since", &(seq - 1).to_string())]).await.expect_status(200).json();
    assert_eq!((&log["events"][0]["k"], &log["events"][0]["author"]["username"]), of_nobody, "{log}");
    let heard = ears.expect("ev").await;
    assert_eq!((&heard["body"], heard.get("reply_to")), (&json!("open answer"), None), "{heard}");

    // Closed once more: who is let in reads as far back as those who let them in.
    stage.open_to("private").await;
    stage.say(owner, "between us").await;
    by(person("helper"), "add_member", &[("username", "guest")]).await;
    expect_closed(&stage, "guest", person("guest")).await;
    by(owner, "remove_member", &[("username", "guest")]).await;
    by(owner, "add_member", &[("username", "guest")]).await;
    assert!(leaks(&told(&stage, person("guest")).await).len() > 20);
    stage.by(person("stranger"), "history", &[]).await.expect_status(404);

    // And opened once more: they begin at that, while who stayed keeps what they had.
    stage.open_to("unlisted").await;
    by(person("late"), "join_room", &[]).await;
    let late = stage.by(person("late"), "history", &[]).await.expect_status(200).text;
    assert!(!late.contains("between us") && !late.contains("open one"), "{late}");
    let joiner = stage.by(person("joiner"), "history", &[]).await.expect_status(200).text;
    assert!(joiner.contains("between us") && joiner.contains("open one") && !joiner.contains("hush"), "{joiner}");
    // Whoever gives up their place has one like everybody else's when they come back.
    let mut socket = person("old").live(json!([{"room": stage.room}])).await;
    socket.expect("sub_ok").await;
    by(person("old"), "leave_room", &[]).await;
    socket.find("revoked").await;
    by(person("old"), "join_room", &[]).await;
    expect_closed(&stage, "old", person("old")).await;
    stage.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_said_before_is_told_on_sqlite() {
    nothing_said_before_is_told(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_said_before_is_told_on_postgres() {
    nothing_said_before_is_told(Database::postgres().await).await;
}
