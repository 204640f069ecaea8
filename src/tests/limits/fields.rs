//! Every field filled as far as a request goes: the threads that serve everybody are not held up by any.

use std::collections::BTreeSet;

use chat_chat::model::action::Action;
use futures_util::SinkExt;
use leptos::server_fn::axum::server_fn_paths;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Person, start};

/// CPU time of the thread that serves, for one request, client and server together: generous, as this is a build without
/// optimisation beside other tests. What grows with the square of a field takes minutes.
const MOST_NS: u64 = 2_000_000_000;
/// Bytes of a form, and of one with a post in it.
const FORM: usize = 64 * 1024;
const LONG_FORM: usize = 256 * 1024;
const LONG_FORMS: [&str; 4] = ["create_room", "update_room", "save_draft", "preview_post"];
/// Bytes of an address that the server still reads, less the beginning of the longest one here.
const ADDRESS: usize = 4 * 1024 - 64;
/// Bytes of a page. One that repeats a parameter in each of its links grows with its square.
const MOST_BYTES: usize = 512 * 1024;

/// A function, what it needs besides, and its fields of text. `ROOM` stands for a room of the caller's.
type Row = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

const ROOM: (&str, &str) = ("room", "ROOM");
const TARGET: (&str, &str) = ("target", "1");

const FUNCTIONS: [Row; 57] = [
    ("register", &[("username", "x"), ("password", "short")], &["username", "password", "display_name", "next"]),
    ("login", &[("username", "someone"), ("password", "wrong zebra")], &["username", "password", "next"]),
    ("logout", &[], &[]),
    ("change_password", &[("old", "wrong zebra"), ("new", "another zebra")], &["old", "new"]),
    ("report_fault", &[], &["kind", "place"]),
    ("preferences", &[], &["lang", "theme"]),
    ("user", &[], &["username"]),
    ("account", &[], &[]),
    ("update_profile", &[], &["display_name", "bio"]),
    ("update_privacy", &[], &[]),
    ("rooms", &[], &["sort", "category", "tag", "match", "state", "q", "before"]),
    ("my_rooms", &[], &[]),
    ("unread", &[], &[]),
    ("open_room", &[ROOM], &["day"]),
    ("days", &[ROOM], &[]),
    ("room", &[ROOM], &[]),
    (
        "create_room",
        &[("title", "Tea"), ("category", "tech"), ("visibility", "none")],
        &["title", "body", "category", "tags", "visibility", "nonce", "next"],
    ),
    ("update_room", &[ROOM, ("state", "none")], &["title", "body", "category", "tags", "visibility", "state"]),
    ("join_room", &[ROOM], &[]),
    ("leave_room", &[ROOM], &[]),
    ("set_level", &[ROOM], &["level"]),
    ("mute_room", &[ROOM], &[]),
    ("mark_read", &[ROOM], &[]),
    ("mark_unread", &[ROOM], &[]),
    ("mark_all_read", &[], &[]),
    ("undo_mark_all_read", &[], &[]),
    ("members", &[ROOM], &["after", "q"]),
    ("present", &[ROOM], &[]),
    ("add_member", &[ROOM], &["username"]),
    ("remove_member", &[ROOM], &["username"]),
    ("invitations", &[], &[]),
    ("accept_invitation", &[ROOM], &[]),
    ("decline_invitation", &[ROOM], &[]),
    ("set_role", &[ROOM, ("username", "alice"), ("role", "none")], &["username", "role"]),
    ("post_message", &[ROOM], &["body", "nonce", "next"]),
    ("save_draft", &[ROOM], &["body"]),
    ("edit_message", &[ROOM, TARGET], &["body", "nonce"]),
    ("delete_message", &[ROOM, ("target", "99")], &["nonce"]),
    ("react", &[ROOM, TARGET, ("on", "true")], &["emoji", "nonce"]),
    ("revisions", &[ROOM, TARGET], &[]),
    ("reactors", &[ROOM, TARGET], &[]),
    ("mention_candidates", &[ROOM], &["prefix"]),
    ("emoji_candidates", &[], &["prefix"]),
    ("pin_message", &[ROOM, ("target", "99"), ("on", "true")], &["nonce"]),
    ("pins", &[ROOM], &[]),
    ("history", &[ROOM], &[]),
    ("quote", &[ROOM], &[]),
    ("events", &[ROOM, ("since", "0")], &["epoch"]),
    ("search", &[], &["q", "room", "before"]),
    ("preview_post", &[], &["title", "body", "tags"]),
    ("similar_rooms", &[], &["title"]),
    ("suggested_tags", &[], &["category"]),
    ("categories", &[], &[]),
    ("add_category", &[("name_en", "Food")], &["name_en", "name_ko"]),
    ("rename_category", &[("key", "none")], &["key", "name_en", "name_ko"]),
    ("move_category", &[("key", "none")], &["key"]),
    ("remove_category", &[("key", "none")], &["key"]),
];

/// What a client says, what it needs besides, and its texts and lists of rooms.
const FRAMES: [(&str, &[&str]); 14] = [
    ("hello", &["epoch", "subs"]),
    ("sub", &["id", "since"]),
    ("unsub", &["room"]),
    ("send", &["body", "nonce"]),
    ("edit", &["body", "nonce"]),
    ("del", &["nonce"]),
    ("react", &["emoji", "nonce"]),
    ("pin", &["nonce"]),
    ("sync", &["limit"]),
    ("typing", &["room"]),
    ("read", &["seq"]),
    ("unread_from", &["seq"]),
    ("lobby", &["filter"]),
    ("pong", &["n"]),
];

/// Texts that are hard on one part or another, at most `bytes` long.
fn fillings(bytes: usize) -> Vec<String> {
    let repeated = |piece: &str| piece.repeat(bytes / piece.len());
    let mut numbered = String::with_capacity(bytes);
    for n in 0.. {
        let next = format!("{n:x},");
        if numbered.len() + next.len() > bytes {
            break;
        }
        numbered.push_str(&next);
    }
    let mut fillings = vec![numbered.replace(',', " @"), numbered];
    fillings.iter_mut().for_each(|text| text.truncate(bytes));
    let pieces =
        ["a", " ", ",", "[", "*a_", "> ", "- ", "`", "@ab ", "\u{1112}\u{1161}\u{11ab}", "\u{301}", "👩\u{200D}"];
    fillings.extend(pieces.map(repeated));
    fillings
}

/// The longest beginning of `text` whose form has `bytes` at most.
fn encoded_within(text: &str, bytes: usize) -> &str {
    let cost = |c: char| if c.is_ascii_alphanumeric() || c == ' ' { 1 } else { 3 * c.len_utf8() };
    let mut room = bytes;
    let end = text.char_indices().find(|(_, c)| {
        let fits = cost(*c) <= room;
        room = room.saturating_sub(cost(*c));
        !fits
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// Nanoseconds for which this thread has run; 0 where the system does not tell.
fn ran() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|ran| ran.parse().ok()).unwrap_or_default()
}

/// Runs on one thread, which serves and asks.
async fn stage() -> (crate::support::TestApp, crate::support::Database, Person, String) {
    let (app, database) = start().await;
    let alice = app.person("alice").await;
    database.run("UPDATE users SET admin = TRUE WHERE username = 'alice'").await;
    let room = alice.room("Tea", "public").await.to_string();
    alice.post("post_message", &[("room", &room), ("body", "hello")]).await.expect_status(200);
    (app, database, alice, room)
}

#[tokio::test]
async fn no_field_of_a_function_holds_the_server_up() {
    let paths: BTreeSet<&str> = server_fn_paths().filter_map(|(path, _)| path.strip_prefix("/api/")).collect();
    let known: BTreeSet<&str> = FUNCTIONS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(paths, known, "each function has its row");

    let (app, _db, alice, room) = stage().await;
    for (name, needed, texts) in FUNCTIONS {
        let limit = if LONG_FORMS.contains(&name) { LONG_FORM } else { FORM } - 1_024;
        for text in texts {
            // Too long, and as long as may be: what is refused costs as little as what is taken.
            let lengths = if *text == "body" { &[limit, 10_000, 4_000][..] } else { &[limit, 200] };
            for filling in lengths.iter().flat_map(|length| fillings(*length)) {
                let value = encoded_within(&filling, limit);
                let others = needed.iter().filter(|(known, _)| known != text);
                let mut fields: Vec<_> =
                    others.map(|(key, it)| (*key, if *it == "ROOM" { &*room } else { it })).collect();
                fields.push((text, value));
                let before = ran();
                let answer = alice.post(name, &fields).await;
                let took = ran() - before;
                let what = format!("{name}({text}: {} × {:?})", value.len(), value.chars().take(9).collect::<String>());
                assert!(answer.status < 500 && answer.status != 413, "{what}: {}", answer.text);
                assert!(took < MOST_NS, "{what}: {} ms of CPU time", took / 1_000_000);
            }
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn no_address_holds_the_server_up() {
    let (app, _db, alice, room) = stage().await;
    for begins in [
        "/?q=",
        "/?tag=",
        "/?category=",
        "/?before=",
        "/search?q=",
        &format!("/search?q=tea&room={room}&before="),
        &format!("/rooms/{room}/members?q="),
        &format!("/rooms/{room}/members?after="),
        &format!("/rooms/{room}/days/"),
        "/rooms/",
        "/users/",
        "/tags/",
        "/sitemap.xml?page=",
        "/login?next=",
    ] {
        for filling in [ADDRESS, 200].iter().flat_map(|length| fillings(*length)) {
            let typed = encoded_within(&filling, ADDRESS);
            let address: String =
                [begins].into_iter().chain(form_urlencoded::byte_serialize(typed.as_bytes())).collect();
            expect_cheap(&alice, &address).await;
        }
    }
    for name in ["tag", "q", "category", "sort", "before", "room", "next", "x"] {
        let many: Vec<String> = (0..ADDRESS / 4).map(|n| format!("{name}={n}")).collect();
        let query = many.join("&");
        let query = &query[..query.len().min(ADDRESS)];
        for page in ["/", "/search", "/login", "/new", &format!("/rooms/{room}/members")] {
            expect_cheap(&alice, &format!("{page}?{query}")).await;
        }
    }
    let too_long = alice.get(&format!("/?q={}", "a".repeat(8 * 1024))).await;
    assert_eq!((too_long.status, too_long.text.len() < 16 * 1024), (414, true), "{}", too_long.text);
    app.stop().await;
}

async fn expect_cheap(person: &Person, address: &str) {
    let before = ran();
    let answer = person.get(address).await;
    let (took, bytes) = (ran() - before, answer.text.len());
    let what = address.chars().take(50).collect::<String>();
    assert!(answer.status < 500, "{what}: {} {}", answer.status, answer.text);
    assert!(took < MOST_NS && bytes < MOST_BYTES, "{what}: {} ms of CPU time, {bytes} bytes", took / 1_000_000);
}

#[tokio::test]
async fn no_frame_holds_the_server_up() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/protocol/client.rs");
    let source = std::fs::read_to_string(source).expect("the protocol");
    let arms = source.lines().filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" => serde_json"));
    let spoken: BTreeSet<&str> = arms.map(|(name, _)| name).chain(Action::FRAMES.iter().copied()).collect();
    assert_eq!(spoken, FRAMES.iter().map(|(name, _)| *name).collect(), "each frame has its row");

    let (app, _db, alice, room) = stage().await;
    let room: i64 = room.parse().expect("an id");
    let most = chat_chat::protocol::MAX_FRAME - 512;
    for (t, fields) in FRAMES {
        for field in fields {
            let rooms = |count: usize| (0..count).map(|n| json!({"room": n + 1, "since": 0})).collect::<Vec<_>>();
            let texts = fillings(most).into_iter().map(Value::from);
            let values: Vec<Value> = match *field {
                "subs" => vec![rooms(most / 32).into()],
                "filter" => vec![json!({"rooms": (1..most / 8).collect::<Vec<_>>()})],
                // Numbers of as many digits, as far as JSON goes.
                "id" | "since" | "room" | "limit" | "seq" | "n" => {
                    vec![json!("9".repeat(most)), vec![0; most / 2].into()]
                }
                _ => texts.collect(),
            };
            for value in values {
                let mut frame = json!({
                    "t": t, "v": 1, "id": 1, "room": room, "nonce": "n", "target": 1, "body": "x", "emoji": "👍",
                    "on": true, "since": 0, "seq": 1,
                });
                frame[*field] = value;
                let text = frame.to_string();
                assert!(text.len() <= chat_chat::protocol::MAX_FRAME);
                let mut socket = if t == "hello" { alice.socket().await } else { alice.live(json!([])).await };
                let before = ran();
                socket.send_text(&text).await;
                // Answered after it, or the connection is closed for it.
                if t != "hello" {
                    let last = json!({"t": "sub", "id": 77, "room": room}).to_string();
                    let _ = socket.0.send(Message::text(last)).await;
                }
                loop {
                    let next = socket.next_of_all().await;
                    if !next.is_object() || t == "hello" || next["id"] == 77 {
                        break;
                    }
                }
                let took = ran() - before;
                assert!(took < MOST_NS, "{t}.{field}: {} ms of CPU time", took / 1_000_000);
            }
        }
    }
    app.stop().await;
}
