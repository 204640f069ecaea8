//! Clients that are broken or mean it ill: whatever they send, they get an answer or a close code, and nobody else
//! notices.

mod fields;
mod handshake;
mod raw;
mod wire;

use serde_json::{Value, json};

use crate::support::{Socket, TestApp, start};

/// Somebody else who is connected all the while.
struct Bystander {
    socket: Socket,
    room: i64,
    said: u32,
}

impl Bystander {
    async fn at(app: &TestApp) -> Self {
        let person = app.person("bystander").await;
        let room = person.room("Quiet", "public").await;
        let mut socket = person.live(json!([{ "room": room }])).await;
        socket.expect("sub_ok").await;
        Self { socket, room, said: 0 }
    }

    /// The server still serves to the end. Nobody is left whom it would have to say goodbye to, which takes a while.
    async fn leaves(mut self, app: TestApp) {
        self.is_served(&app).await;
        self.socket.0.close(None).await.expect("a farewell");
        while !self.socket.next().await.is_null() {}
        app.stop().await;
    }

    /// The server still serves, over HTTP and over the socket that was there before.
    #[track_caller]
    fn is_served(&mut self, app: &TestApp) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let health = app.visitor().get("/healthz").await;
            assert_eq!((health.status, &*health.text), (200, "ok"), "at {caller}");
            self.said += 1;
            let ack = self.socket.say(self.room, &format!("n{}", self.said), "still here").await;
            assert_eq!((&ack["t"], &ack["seq"]), (&json!("ack"), &json!(self.said)), "at {caller}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_speaks_for_another() {
    let (app, _db) = start().await;
    let (alice, mallory) = (app.person("alice").await, app.person("mallory").await);
    let room = alice.room("Tea", "public").await;
    let mut listener = alice.live(json!([{ "room": room }])).await;
    listener.expect("sub_ok").await;
    let alice_id = app.app.chat.db.user_named("alice").await.unwrap().unwrap().raw_id();
    let forged = json!({"id": alice_id, "username": "alice", "display_name": "Alice"});
    let mut socket = mallory.live(json!([])).await;
    let frame = json!({
        "t": "send", "id": 1, "room": room, "nonce": "n1", "body": "I am Alice",
        "author": forged, "author_id": alice_id, "user": alice_id, "user_id": alice_id, "username": "alice",
        "from": "alice", "seq": 4_000, "ts": 1, "rev": 9, "k": "room", "kind": "room", "role": "owner", "dup": true,
        "edited_ts": 1, "deleted": true, "session": "x", "conn": "x",
    });
    socket.send(frame).await;
    let ack = socket.expect("ack").await;
    assert_eq!((&ack["seq"], &ack["dup"]), (&json!(1), &json!(false)));
    assert!(ack["ts"].as_i64().unwrap() > 1_600_000_000_000, "the server's clock: {ack}");
    let form = [
        ("room", room.to_string()),
        ("body", "so am I".to_owned()),
        ("author", "alice".to_owned()),
        ("user_id", alice_id.to_string()),
        ("seq", "4000".to_owned()),
        ("ts", "1".to_owned()),
    ];
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(mallory.post("post_message", &form).await.expect_status(200).json()["seq"], 2);

    for seq in 1..=2 {
        let event = listener.expect("ev").await;
        assert_eq!((&event["seq"], &event["k"]), (&json!(seq), &json!("msg")));
        assert_eq!(event["author"]["username"], "mallory", "{event}");
    }
    let history = alice.post("history", &[("room", &room.to_string())]).await.json();
    for message in history["messages"].as_array().unwrap() {
        assert_eq!(message["author"]["username"], "mallory");
        assert!(message.get("deleted").is_none_or(|deleted| deleted == &Value::from(false)), "{message}");
        assert!(message.get("edited_ts").is_none_or(Value::is_null), "{message}");
    }
    // A hello may say who it is, too.
    let mut hello = mallory.socket().await;
    hello.send(json!({"t": "hello", "v": 1, "user": forged, "author": forged, "conn": "x", "token": "x"})).await;
    assert_eq!(hello.expect("welcome").await["user"]["username"], "mallory");
    app.stop().await;
}
