//! Every field of every frame with every kind of wrong value.

use serde_json::Value;

use super::Bystander;
use crate::support::{Socket, start};

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Integer,
    Text,
    Flag,
    List,
    Object,
    /// The protocol does not look at it.
    Any,
}
use Kind::{Any, Flag, Integer, List, Object, Text};

struct Field {
    name: &'static str,
    kind: Kind,
    required: bool,
    /// What a client would send, as JSON.
    usual: &'static str,
}

const fn must(name: &'static str, kind: Kind, usual: &'static str) -> Field {
    Field { name, kind, required: true, usual }
}

const fn may(name: &'static str, kind: Kind, usual: &'static str) -> Field {
    Field { name, kind, required: false, usual }
}

struct Frame {
    t: &'static str,
    /// Whether each is answered; of the others only refusals are heard.
    is_answered: bool,
    fields: &'static [Field],
}

/// Everything that the protocol lets a client say after `hello`. `ROOM`, `ID` and `NONCE` are filled in.
const FRAMES: &[Frame] = &[
    Frame {
        t: "send",
        is_answered: true,
        fields: &[
            must("id", Integer, "ID"),
            must("room", Integer, "ROOM"),
            must("nonce", Text, "\"NONCE\""),
            must("body", Text, "\"hi\""),
            may("reply_to", Integer, "1"),
            may("attachments", List, "null"),
        ],
    },
    Frame {
        t: "sub",
        is_answered: true,
        fields: &[must("id", Integer, "ID"), must("room", Integer, "ROOM"), may("since", Integer, "0")],
    },
    Frame { t: "unsub", is_answered: false, fields: &[must("room", Integer, "4242")] },
    Frame {
        t: "edit",
        is_answered: true,
        fields: &[
            must("id", Integer, "ID"),
            must("room", Integer, "ROOM"),
            must("nonce", Text, "\"NONCE\""),
            must("target", Integer, "1"),
            must("body", Text, "\"new\""),
        ],
    },
    Frame {
        t: "react",
        is_answered: true,
        fields: &[
            must("id", Integer, "ID"),
            must("room", Integer, "ROOM"),
            must("nonce", Text, "\"NONCE\""),
            must("target", Integer, "1"),
            must("emoji", Text, "\"👍\""),
            must("on", Flag, "true"),
        ],
    },
    Frame {
        t: "pin",
        is_answered: true,
        fields: &[
            must("id", Integer, "ID"),
            must("room", Integer, "ROOM"),
            must("nonce", Text, "\"NONCE\""),
            must("target", Integer, "1"),
            must("on", Flag, "true"),
        ],
    },
    Frame {
        t: "del",
        is_answered: true,
        fields: &[
            must("id", Integer, "ID"),
            must("room", Integer, "ROOM"),
            must("nonce", Text, "\"NONCE\""),
            must("target", Integer, "1"),
        ],
    },
    Frame { t: "read", is_answered: false, fields: &[must("room", Integer, "ROOM"), must("seq", Integer, "1")] },
    Frame { t: "unread_from", is_answered: false, fields: &[must("room", Integer, "ROOM"), must("seq", Integer, "1")] },
    Frame { t: "lobby", is_answered: false, fields: &[must("on", Flag, "true"), may("filter", Object, "null")] },
    Frame { t: "typing", is_answered: false, fields: &[must("room", Integer, "ROOM")] },
    Frame {
        t: "sync",
        is_answered: true,
        fields: &[
            must("id", Integer, "ID"),
            must("room", Integer, "ROOM"),
            must("since", Integer, "0"),
            may("limit", Integer, "5"),
        ],
    },
    Frame { t: "pong", is_answered: false, fields: &[may("n", Any, "1")] },
];

/// Wrong values, and some that are only strange.
fn values() -> Vec<(String, Option<Kind>)> {
    let plain = [
        ("-1", Some(Integer)),
        ("0", Some(Integer)),
        ("9007199254740992", Some(Integer)),
        ("9223372036854775807", Some(Integer)),
        ("\"\"", Some(Text)),
        ("\"x y\"", Some(Text)),
        ("\"1\"", Some(Text)),
        ("\"\\u0000\"", Some(Text)),
        ("true", Some(Flag)),
        ("[]", Some(List)),
        ("[1]", Some(List)),
        ("{}", Some(Object)),
        ("{\"$gt\":\"\"}", Some(Object)),
        // Of no kind that a field has.
        ("18446744073709551616", None),
        ("1e400", None),
        ("-1e400", None),
        ("1.5", None),
        ("\"\\ud800\"", None),
    ];
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep_object = format!("{}1{}", "{\"a\":".repeat(6_000), "}".repeat(6_000));
    let plain = plain.into_iter().map(|(value, kind)| (value.to_owned(), kind));
    plain.chain([(deep, Some(List)), (deep_object, Some(Object))]).collect()
}

/// A connection that says wrong things, with fresh ids and nonces for each.
struct Speaker {
    socket: Socket,
    room: i64,
    count: i64,
}

impl Speaker {
    /// The frame as text, one field or more replaced.
    fn text(&mut self, frame: &Frame, replaced: &dyn Fn(&Field) -> Vec<String>) -> String {
        self.count += 1;
        let mut parts = vec![format!("\"t\":\"{}\"", frame.t)];
        for field in frame.fields {
            parts.extend(replaced(field).iter().map(|value| format!("\"{}\":{value}", field.name)));
        }
        let text = format!("{{{}}}", parts.join(","));
        text.replace("ROOM", &self.room.to_string())
            .replace("ID", &self.count.to_string())
            .replace("NONCE", &format!("n{}", self.count))
    }

    /// What the server answers to `text`: the refusal, or `None` if it was taken.
    async fn said(&mut self, frame: &Frame, text: &str) -> Option<Value> {
        let probe = -1_000_000 - self.count;
        self.socket.send_text(text).await;
        self.socket.send_text(&format!(r#"{{"t":"sub","id":{probe},"room":{}}}"#, self.room)).await;
        let (mut refusal, mut answered, mut probed) = (None, !frame.is_answered, false);
        while !answered || !probed {
            let heard = self.socket.next().await;
            let shown: String = text.chars().take(200).collect();
            match heard["t"].as_str() {
                Some("sub_ok") if heard["id"] == probe => probed = true,
                Some("ack" | "sub_ok" | "evs" | "reset") => answered = true,
                Some("err") => {
                    assert!(refusal.is_none(), "two answers to {shown}: {heard}");
                    assert_eq!(heard["fatal"], true, "{shown}: {heard}");
                    (refusal, answered) = (Some(heard), true);
                }
                Some(_) => {}
                None => panic!("{shown} closed the connection: {heard}"),
            }
            if probed && refusal.is_some() {
                answered = true;
            }
        }
        refusal
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_field_is_refused_and_the_connection_stays() {
    let (app, _db) = start().await;
    let mut bystander = Bystander::at(&app).await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let socket = alice.live(serde_json::json!([])).await;
    let mut speaker = Speaker { socket, room, count: 0 };
    // Somewhere to reply to.
    assert_eq!(speaker.socket.say(room, "first", "first").await["seq"], 1);

    for frame in FRAMES {
        let usual = |field: &Field| vec![field.usual.to_owned()];
        let text = speaker.text(frame, &usual);
        let refusal = speaker.said(frame, &text).await;
        // What is not built yet is refused whatever its fields.
        let is_known = refusal.as_ref().is_none_or(|refusal| refusal["code"] != "unsupported");
        assert!(is_known || ["read", "unread_from", "lobby"].contains(&frame.t), "{text}: {refusal:?}");
        // What was deleted once cannot be deleted again, but that was understood.
        let is_taken = |refusal: &Option<Value>| {
            refusal.as_ref().is_none_or(|refusal| !is_known || refusal["code"] == "not_found")
        };
        let expect_refused = |text: &str, refusal: Option<Value>, codes: &[&str]| {
            let shown: String = text.chars().take(200).collect();
            let refusal = refusal.unwrap_or_else(|| panic!("{shown} was taken"));
            let code = refusal["code"].as_str().unwrap().to_owned();
            assert!(codes.contains(&&*code) || (!is_known && code == "unsupported"), "{shown}: {refusal}");
            assert!(refusal["msg"].as_str().is_some_and(|message| !message.is_empty()), "{shown}: {refusal}");
        };
        for field in frame.fields {
            let with = |values: Vec<String>| {
                move |other: &Field| {
                    if other.name == field.name { values.clone() } else { vec![other.usual.to_owned()] }
                }
            };
            for absent in [vec![], vec!["null".to_owned()]] {
                let text = speaker.text(frame, &with(absent));
                let refusal = speaker.said(frame, &text).await;
                if field.required {
                    expect_refused(&text, refusal, &["bad_frame"]);
                } else {
                    assert!(is_taken(&refusal), "{text}: absent is no fault: {refusal:?}");
                }
            }
            for (value, kind) in values() {
                let text = speaker.text(frame, &with(vec![value.clone()]));
                let refusal = speaker.said(frame, &text).await;
                if kind != Some(field.kind) && field.kind != Any && field.name != "attachments" {
                    expect_refused(&text, refusal, &["bad_frame"]);
                } else if field.name == "attachments" {
                    expect_refused(&text, refusal, &["unsupported", "bad_frame"]);
                }
            }
            let twice = speaker.text(frame, &with(vec![field.usual.to_owned(); 2]));
            let refusal = speaker.said(frame, &twice).await;
            if !is_taken(&refusal) {
                expect_refused(&twice, refusal, &["bad_frame"]);
            }
        }
        let text = speaker.text(frame, &usual);
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        for (more, what) in [
            (format!("\"more\":{deep},"), "an unknown field, however deep"),
            ("\"more\":1e400,".to_owned(), "an unknown field, however large"),
            ("\"more\":1,\"more\":2,".to_owned(), "an unknown field, however often"),
            ("\"\":null,\"__proto__\":{},\"constructor\":[],".to_owned(), "an unknown field, whatever its name"),
        ] {
            let text = speaker.text(frame, &usual).replacen('{', &format!("{{{more}"), 1);
            let refusal = speaker.said(frame, &text).await;
            assert!(is_taken(&refusal), "{what}: {refusal:?}");
        }
        let twice = text.replacen('{', &format!("{{\"t\":\"{}\",", frame.t), 1);
        let refusal = speaker.said(frame, &twice).await;
        if !is_taken(&refusal) {
            expect_refused(&twice, refusal, &["bad_frame"]);
        }
        bystander.is_served(&app).await;
    }
    // Nothing of it broke the log.
    let id = room.to_string();
    let mut after = 0;
    loop {
        let fields = [("room", &*id), ("since", &*after.to_string()), ("limit", "500")];
        let log = alice.post("events", &fields).await.expect_status(200).json();
        for event in log["events"].as_array().unwrap() {
            after += 1;
            assert_eq!((&event["seq"], &event["author"]["username"]), (&after.into(), &"alice".into()));
        }
        if log["events"] == serde_json::json!([]) {
            assert_eq!(log["head"], after);
            break;
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_echoes_what_could_be_read() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let mut socket = alice.live(serde_json::json!([])).await;
    for (text, id, nonce, at) in [
        (format!(r#"{{"t":"send","id":5,"room":{room},"nonce":"n","body":7}}"#), Some(5), Some("n"), Some(room)),
        (format!(r#"{{"t":"send","id":"5","room":{room},"nonce":"n","body":"x"}}"#), None, Some("n"), Some(room)),
        (format!(r#"{{"t":"send","id":6,"room":{room},"nonce":"a b","body":"x"}}"#), Some(6), None, Some(room)),
        (r#"{"t":"send","id":7,"room":-1,"nonce":"n","body":"x"}"#.to_owned(), Some(7), Some("n"), None),
        (r#"{"t":"dance","id":8,"room":1,"nonce":"n"}"#.to_owned(), Some(8), Some("n"), Some(1)),
        (r#"{"t":"dance","id":[[]],"room":{},"nonce":null}"#.to_owned(), None, None, None),
    ] {
        socket.send_text(&text).await;
        let refusal = socket.expect("err").await;
        let code = if text.contains("dance") { "unsupported" } else { "bad_frame" };
        assert_eq!(refusal["code"], code, "{text}");
        assert_eq!(refusal.get("id").and_then(Value::as_i64), id, "{text}: {refusal}");
        assert_eq!(refusal.get("nonce").and_then(Value::as_str), nonce, "{text}: {refusal}");
        assert_eq!(refusal.get("room").and_then(Value::as_i64), at, "{text}: {refusal}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_frame_at_all_ends_the_connection() {
    let (app, _db) = start().await;
    let bystander = Bystander::at(&app).await;
    let deep = "[".repeat(60_000);
    let closed = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    for text in [
        "",
        " ",
        "x",
        "null",
        "5",
        "\"send\"",
        "[]",
        "{}",
        "{\"t\":null}",
        "{\"t\":5}",
        "{\"t\":[\"send\"]}",
        "{\"t\":{\"$gt\":\"\"}}",
        "{\"t\":\"pong\"",
        "{\"t\":\"pong\"}}",
        "{\"t\":\"pong\"} x",
        "{\"t\":\"pong\",}",
        "{'t':'pong'}",
        "{t:\"pong\"}",
        "\u{feff}{\"t\":\"pong\"}",
        "{\"t\":\"pong\",\"n\":NaN}",
        "[{\"t\":\"pong\"}]",
        "{\"T\":\"pong\"}",
        "{\"t\":\"po\ng\"}",
        "{\"t\":\"\\ud800\"}",
        &deep,
        &closed,
    ] {
        let mut socket = app.visitor().live(serde_json::json!([])).await;
        socket.send_text(text).await;
        let shown: String = text.chars().take(40).collect();
        assert_eq!(socket.close_code().await, 4400, "{shown:?}");
    }
    let mut socket = app.visitor().live(serde_json::json!([])).await;
    for unknown in ["", "SEND", "send ", "__proto__", "welcome", "ev", "\\u0000", "👍"] {
        socket.send_text(&format!("{{\"t\":\"{unknown}\",\"id\":3}}")).await;
        let refusal = socket.expect("err").await;
        assert_eq!((&refusal["code"], &refusal["id"]), (&"unsupported".into(), &3.into()), "{unknown}");
    }
    bystander.leaves(app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hello_with_wrong_fields_may_be_said_again() {
    let (app, _db) = start().await;
    let bystander = Bystander::at(&app).await;
    let room = bystander.room;
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let wrong =
        ["null", "\"1\"", "1e400", "-1", "9007199254740992", "1.5", "true", "[]", "{}", "{\"$gt\":\"\"}", &*deep];
    let v = wrong.iter().map(|value| format!("\"v\":{value}"));
    let epoch = wrong.iter().filter(|value| !["null", "\"1\""].contains(value));
    let epoch = epoch.map(|value| format!("\"v\":1,\"epoch\":{value}"));
    let subs = wrong.iter().filter(|value| !["null", "[]"].contains(value));
    let subs = subs.map(|value| format!("\"v\":1,\"subs\":{value}"));
    let item = wrong.iter().map(|value| format!("\"v\":1,\"subs\":[{value}]"));
    let sub_room = wrong.iter().map(|value| format!("\"v\":1,\"subs\":[{{\"room\":{value}}}]"));
    let since = wrong.iter().filter(|value| **value != "null");
    let since = since.map(|value| format!("\"v\":1,\"subs\":[{{\"room\":{room},\"since\":{value}}}]"));
    let twice = ["\"v\":1,\"v\":1", "\"v\":1,\"epoch\":\"a\",\"epoch\":\"b\"", ""].map(str::to_owned);
    for fields in v.chain(epoch).chain(subs).chain(item).chain(sub_room).chain(since).chain(twice) {
        let mut socket = app.visitor().socket().await;
        let comma = if fields.is_empty() { "" } else { "," };
        socket.send_text(&format!("{{\"t\":\"hello\"{comma}{fields}}}")).await;
        let shown: String = fields.chars().take(60).collect();
        let answer = socket.next().await;
        if answer == 4404 && fields.starts_with("\"v\"") {
            // A version that is a number, but not ours.
            continue;
        }
        assert_eq!((&answer["t"], &answer["code"]), (&"err".into(), &"bad_frame".into()), "{shown}: {answer}");
        socket.send_text(&format!(r#"{{"t":"hello","v":1,"subs":[{{"room":{room}}}]}}"#)).await;
        socket.expect("welcome").await;
        socket.expect("sub_ok").await;
    }
    // More rooms than one may have, and the same one twice.
    for count in [1_000, 2] {
        let mut socket = app.visitor().socket().await;
        let subs = vec![serde_json::json!({ "room": room, "since": 0 }); count];
        socket.send(serde_json::json!({"t": "hello", "v": 1, "subs": subs})).await;
        assert_eq!(socket.expect("err").await["code"], "bad_frame");
        socket.send(serde_json::json!({"t": "hello", "v": 1, "subs": [{"room": room}]})).await;
        socket.expect("welcome").await;
        socket.expect("sub_ok").await;
    }
    bystander.leaves(app).await;
}
