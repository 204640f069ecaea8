//! Who may do what where: every role, every server function and every kind of room against one table.
//!
//! A function without a row in the table fails the test, so that a new one cannot be forgotten.

use std::collections::BTreeSet;

use leptos::server_fn::axum::server_fn_paths;
use serde_json::{Value, json};

use crate::support::{Person, TestApp, start};

// The roles, in the order of the table: visitor, stranger, member, moderator, owner, banned.
const VISITOR: usize = 0;
const STRANGER: usize = 1;
const OWNER: usize = 4;
const BANNED: usize = 5;

/// A function, its fields besides the room, and its answers by role.
type Row = (&'static str, &'static [(&'static str, &'static str)], [u16; 6]);

/// What a server function answers in a room that one may know of, by role in the order above. In a private room the
/// visitor and the stranger are answered as if there were none: 404, or 401 where one has to be signed in anyway.
const TABLE: [Row; 40] = [
    ("history", &[], [200, 200, 200, 200, 200, 404]),
    ("events", &[("since", "0")], [200, 200, 200, 200, 200, 404]),
    ("quote", &[("seq", "1")], [200, 200, 200, 200, 200, 404]),
    ("open_room", &[], [200, 200, 200, 200, 200, 404]),
    ("open_room", &[("day", "2026-11-21")], [200, 200, 200, 200, 200, 404]),
    ("open_room", &[("chain", "1")], [200, 200, 200, 200, 200, 404]),
    ("days", &[], [200, 200, 200, 200, 200, 404]),
    ("room", &[], [200, 200, 200, 200, 200, 404]),
    ("present", &[], [200, 200, 200, 200, 200, 404]),
    ("members", &[], [200, 200, 200, 200, 200, 404]),
    ("search", &[("q", "secret")], [200, 200, 200, 200, 200, 404]),
    ("post_message", &[("body", "x")], [401, 200, 200, 200, 200, 404]),
    ("edit_message", &[("target", "1"), ("body", "x")], [401, 403, 403, 403, 200, 404]),
    ("delete_message", &[("target", "1")], [401, 403, 403, 200, 200, 404]),
    ("react", &[("target", "1"), ("emoji", "👍"), ("on", "true")], [401, 200, 200, 200, 200, 404]),
    ("pin_message", &[("target", "1"), ("on", "true")], [401, 403, 403, 200, 200, 404]),
    ("pin_message", &[("target", "1"), ("on", "false")], [401, 403, 403, 200, 200, 404]),
    ("pins", &[], [200, 200, 200, 200, 200, 404]),
    ("revisions", &[("target", "1")], [404, 404, 404, 200, 200, 404]),
    ("reactors", &[("target", "1")], [200, 200, 200, 200, 200, 404]),
    ("mention_candidates", &[("prefix", "m")], [200, 200, 200, 200, 200, 404]),
    ("mention_candidates", &[], [200, 200, 200, 200, 200, 404]),
    ("join_room", &[], [401, 200, 200, 200, 200, 404]),
    ("leave_room", &[], [401, 200, 200, 200, 200, 404]),
    ("set_level", &[("level", "none")], [401, 403, 200, 200, 200, 404]),
    ("save_draft", &[("body", "not yet")], [401, 200, 200, 200, 200, 404]),
    ("mute_room", &[("minutes", "60")], [401, 403, 200, 200, 200, 404]),
    ("mark_read", &[("seq", "1")], [401, 403, 200, 200, 200, 404]),
    ("mark_unread", &[("seq", "1")], [401, 403, 200, 200, 200, 404]),
    ("update_room", &[("state", "resolved")], [401, 403, 403, 200, 200, 404]),
    ("update_room", &[("title", "Other")], [401, 403, 403, 403, 200, 404]),
    ("update_room", &[("indexed", "true"), ("body", "other")], [401, 403, 403, 403, 200, 404]),
    ("add_member", &[("username", "guest")], [401, 403, 403, 200, 200, 404]),
    ("accept_invitation", &[], [401, 404, 404, 404, 404, 404]),
    ("decline_invitation", &[], [401, 404, 404, 404, 404, 404]),
    ("remove_member", &[("username", "guest")], [401, 403, 403, 200, 200, 404]),
    ("remove_member", &[("username", "guest"), ("ban", "true")], [401, 403, 403, 200, 200, 404]),
    ("set_role", &[("username", "member"), ("role", "moderator")], [401, 403, 403, 403, 200, 404]),
    ("set_role", &[("username", "helper"), ("role", "member")], [401, 403, 403, 403, 200, 404]),
    ("set_role", &[("username", "member"), ("role", "owner")], [401, 403, 403, 403, 200, 404]),
];
/// Functions that are about no room, or about all that one may see.
const WITHOUT_ROOM: [&str; 18] = [
    "register",
    "login",
    "change_password",
    "logout",
    "preferences",
    "create_room",
    "rooms",
    "my_rooms",
    "unread",
    "invitations",
    "emoji_candidates",
    "mark_all_read",
    "undo_mark_all_read",
    "user",
    "account",
    "update_profile",
    "update_privacy",
    "report_fault",
];

type SiteRow = (&'static str, &'static [(&'static str, &'static str)], [u16; 3]);

/// The same for functions of the whole site, by visitor, somebody and administrator.
const SITE: [SiteRow; 8] = [
    ("preview_post", &[("body", "x")], [401, 200, 200]),
    ("similar_rooms", &[("title", "x")], [401, 200, 200]),
    ("suggested_tags", &[("category", "tech")], [401, 200, 200]),
    ("categories", &[], [404, 404, 200]),
    ("add_category", &[("name_en", "Food")], [401, 403, 200]),
    ("rename_category", &[("key", "music"), ("name_en", "Songs")], [401, 403, 200]),
    ("move_category", &[("key", "music"), ("up", "true")], [401, 403, 200]),
    ("remove_category", &[("key", "games")], [401, 403, 200]),
];

/// One person of each role, by role.
struct Cast {
    people: Vec<Person>,
}

impl Cast {
    async fn of(app: &TestApp) -> Self {
        let mut people = vec![app.visitor()];
        for name in ["stranger", "member", "helper", "owner", "banned"] {
            people.push(app.person(name).await);
        }
        app.person("guest").await;
        Self { people }
    }

    /// A room with a message, in which everybody has their place.
    async fn room(&self, visibility: &str) -> String {
        let owner = &self.people[OWNER];
        let room = owner.room("Secret tea", visibility).await;
        let id = room.to_string();
        owner.post("post_message", &[("room", &*id), ("body", "a secret word")]).await.expect_status(200);
        for name in ["member", "helper"] {
            owner.post("add_member", &[("room", &*id), ("username", name)]).await.expect_status(200);
        }
        let ban = [("room", &*id), ("username", "banned"), ("ban", "true")];
        owner.post("remove_member", &ban).await.expect_status(200);
        let promoted = [("room", &*id), ("username", "helper"), ("role", "moderator")];
        owner.post("set_role", &promoted).await.expect_status(200);
        id
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_function_is_for_whom_the_table_says() {
    let paths: BTreeSet<&str> = server_fn_paths().filter_map(|(path, _)| path.strip_prefix("/api/")).collect();
    let of_site = SITE.iter().map(|(name, ..)| *name);
    let known: BTreeSet<&str> = TABLE.iter().map(|(name, ..)| *name).chain(of_site).chain(WITHOUT_ROOM).collect();
    assert_eq!(paths, known, "each function has its row");

    let (app, _db) = start().await;
    let cast = Cast::of(&app).await;
    for visibility in ["public", "unlisted", "private"] {
        for (name, fields, expected) in TABLE {
            for (role, person) in cast.people.iter().enumerate() {
                let room = cast.room(visibility).await;
                let hidden = visibility == "private" && [VISITOR, STRANGER].contains(&role);
                let expected = if hidden && expected[role] != 401 { 404 } else { expected[role] };
                let fields: Vec<(&str, &str)> = [("room", &*room)].into_iter().chain(fields.iter().copied()).collect();
                let answer = person.post(name, &fields).await;
                assert_eq!(answer.status, expected, "{name} {fields:?} by {role} in {visibility}: {}", answer.text);
                if expected == 404 {
                    let nowhere: Vec<(&str, &str)> =
                        [("room", "77")].into_iter().chain(fields[1..].iter().copied()).collect();
                    assert_eq!(answer.text, person.post(name, &nowhere).await.text, "{name} by {role}");
                }
            }
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_function_of_the_site_is_for_whom_the_table_says() {
    let (app, database) = start().await;
    let people = [app.visitor(), app.person("somebody").await, app.person("boss").await];
    database.run("UPDATE users SET admin = TRUE WHERE username = 'boss'").await;
    for (name, fields, expected) in SITE {
        for (role, person) in people.iter().enumerate() {
            let answer = person.post(name, fields).await;
            assert_eq!(answer.status, expected[role], "{name} {fields:?} by {role}: {}", answer.text);
        }
    }
    for person in &people[..2] {
        let (page, nowhere) = (person.get("/admin").await, person.get("/nowhere").await);
        assert_eq!((page.status, nowhere.status), (404, 404));
        assert!(!page.text.contains("/api/add_category"));
    }
    people[2].get("/admin").await.expect_status(200);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_frame_is_for_whom_the_table_says() {
    let (app, _db) = start().await;
    let cast = Cast::of(&app).await;
    let readers = [true, true, true, true, true, false];
    for visibility in ["public", "unlisted", "private"] {
        for (role, person) in cast.people.iter().enumerate() {
            let room: i64 = cast.room(visibility).await.parse().unwrap();
            let may_read = readers[role] && (visibility != "private" || ![VISITOR, STRANGER].contains(&role));
            let mut socket = person.live(json!([])).await;
            let ask = async |socket: &mut crate::support::Socket, frame: Value| {
                socket.send(frame).await;
                socket.next().await
            };
            let subscribed = ask(&mut socket, json!({"t": "sub", "id": 1, "room": room})).await;
            assert_eq!(subscribed["t"] == "sub_ok", may_read, "{role} in {visibility}: {subscribed}");
            let synced = ask(&mut socket, json!({"t": "sync", "id": 2, "room": room, "since": 0})).await;
            assert_eq!(synced["t"] == "evs", may_read, "{role} in {visibility}: {synced}");
            socket.send(json!({"t": "unsub", "room": room})).await;
            for (frame, by) in [
                (json!({"t": "send", "body": "x"}), [false, true, true, true, true, false]),
                (json!({"t": "edit", "target": 1, "body": "x"}), [false, false, false, false, true, false]),
                (json!({"t": "react", "target": 1, "emoji": "👍", "on": true}), [false, true, true, true, true, false]),
                (json!({"t": "pin", "target": 1, "on": true}), [false, false, false, true, true, false]),
                (json!({"t": "del", "target": 1}), [false, false, false, true, true, false]),
            ] {
                let mut whole = frame.clone();
                (whole["id"], whole["room"]) = (json!(3), json!(room));
                whole["nonce"] = json!(format!("{room}-{}", frame["t"].as_str().unwrap()));
                let said = ask(&mut socket, whole).await;
                let may = by[role] && may_read;
                assert_eq!(said["t"] == "ack", may, "{frame} by {role} in {visibility}: {said}");
                if role == BANNED || (visibility == "private" && role == STRANGER) {
                    assert_eq!(said["code"], "not_found", "{frame} by {role}");
                }
            }
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_room_is_not_heard_of_outside() {
    let (app, _db) = start().await;
    let cast = Cast::of(&app).await;
    let room = cast.room("private").await;
    let id: i64 = room.parse().unwrap();
    let owner = &cast.people[OWNER];
    let mut listening = Vec::new();
    for role in [VISITOR, STRANGER, BANNED] {
        let mut socket = cast.people[role].live(json!([{"room": id}])).await;
        socket.send(json!({"t": "lobby", "on": true, "filter": {"rooms": [id]}})).await;
        socket.send(json!({"t": "typing", "room": id})).await;
        socket.send(json!({"t": "read", "room": id, "seq": 1})).await;
        assert_eq!(socket.expect("err").await["code"], "not_found");
        listening.push((role, socket));
    }
    for n in 0..5 {
        owner.post("post_message", &[("room", &*room), ("body", &*format!("@stranger secret {n}"))]).await;
        owner.post("react", &[("room", &*room), ("target", "1"), ("emoji", "👍"), ("on", "true")]).await;
    }
    owner.post("update_room", &[("room", &*room), ("title", "Other secret")]).await.expect_status(200);
    owner.post("add_member", &[("room", &*room), ("username", "guest")]).await.expect_status(200);
    let mut inside = owner.live(json!([{"room": id}])).await;
    inside.expect("sub_ok").await;
    inside.send(json!({"t": "typing", "room": id})).await;
    // Another page of the lobby, after somebody has looked: as many as it takes until the members are told.
    inside.send(json!({"t": "lobby", "on": true, "filter": {"rooms": [id]}})).await;
    while inside.find("card").await["title"] != "Other secret" {
        for (_, socket) in &mut listening {
            socket.send(json!({"t": "lobby", "on": true, "filter": {"rooms": [id]}})).await;
        }
    }
    let open = cast.people[OWNER].room("Open", "public").await;
    for (role, mut socket) in listening {
        // A room that all may read marks the end of what there was to hear.
        socket.send(json!({"t": "sub", "id": 9, "room": open})).await;
        loop {
            let frame = socket.next_of_all().await;
            if frame["t"] == "sub_ok" {
                break;
            }
            let text = frame.to_string().to_lowercase();
            let is_own = frame["t"] == "err" && frame["code"] == "unauthorized";
            assert!(is_own || (!text.contains(&room) && !text.contains("secret")), "{role}: {text}");
        }
        for path in ["/", "/feed.atom", "/sitemap.xml", "/search?q=secret"] {
            let page = cast.people[role].get(path).await;
            assert!(!page.text.contains(&room) && !page.text.contains("Other secret"), "{role}: {path}");
        }
        let mine = cast.people[role].post("my_rooms", &[]).await;
        assert!(!mine.text.contains(&room));
    }
    app.stop().await;
}
