//! A running process: what it answers, what it logs, and how it ends.

use serde_json::json;

use super::SECRET;
use super::program::Operator;
use crate::support::Person;

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_it_in_order() {
    for signal in ["TERM", "INT"] {
        let operator = Operator::new();
        let serving = operator.serve(&[("CHAT_RATE_AUTH", "off")]).await;
        let alice = serving.visitor();
        assert_eq!(alice.get("/healthz").await.expect_status(200).text, "ok");
        let ready = alice.get("/readyz").await.expect_status(200).json();
        assert_eq!((&ready["database"], &ready["draining"]), (&json!("up"), &json!(false)));
        alice.post("register", &[("username", "alice"), ("password", SECRET)]).await.expect_status(200);
        let room = alice.room("Tea", "public").await;
        let mut socket = alice.live(json!([])).await;
        assert_eq!(socket.say(room, "n1", "kept").await["seq"], 1);
        serving.signal(signal).await;
        assert_eq!(socket.expect("bye").await["reason"], "restart");
        assert_eq!(socket.close_code().await, 1012);
        assert_eq!(serving.end().await.0, Some(0), "{signal}");

        // The default database is where it always is, and everything is in it.
        assert!(operator.path().join("data/chat.db").exists());
        let serving = operator.serve(&[]).await;
        let history = serving.visitor().post("history", &[("room", &room.to_string())]).await.expect_status(200).json();
        assert_eq!(history["messages"][0]["body"], "kept");
        assert_eq!(serving.terminate().await.0, Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_holds_no_words_cookies_or_passwords_however_much_it_says() {
    const WORDS: &str = "xylophone quagga";
    for level in ["info", "debug", "trace"] {
        let operator = Operator::new();
        let serving = operator.serve(&[("CHAT_RATE_AUTH", "off"), ("RUST_LOG", level)]).await;
        let alice = serving.visitor();
        let fields = [("username", "alice"), ("password", SECRET)];
        alice.post("register", &fields).await.expect_status(200);
        alice.post("login", &fields).await.expect_status(200);
        let wrong = [("username", "alice"), ("password", "quokka-s3cret")];
        serving.visitor().post("login", &wrong).await.expect_status(401);
        serving.visitor().submit("login", &wrong).await.expect_status(401);
        let session = alice.cookies().trim_start_matches("chat=").to_owned();
        assert!(session.len() >= 22);
        let room = alice.room(WORDS, "private").await;
        let mut socket = alice.live(json!([{ "room": room }])).await;
        socket.expect("sub_ok").await;
        assert_eq!(socket.say(room, "n1", WORDS).await["seq"], 1);
        alice.post("post_message", &[("room", &room.to_string()), ("body", WORDS)]).await.expect_status(200);
        alice.get(&format!("/rooms/{room}")).await.expect_status(200);
        alice.post("logout", &[]).await.expect_status(200);
        alice
            .post("create_room", &[("title", "x"), ("category", "tech"), ("visibility", "public")])
            .await
            .expect_status(401);
        drop(socket);
        let (code, log) = serving.terminate().await;
        assert_eq!(code, Some(0));
        if level == "info" {
            expect_audit(&log);
        }
        for secret in [SECRET, "quokka", &session, WORDS, "xylophone", "argon2id$"] {
            let leaks: Vec<_> = log.lines().filter(|line| line.contains(secret)).take(3).collect();
            assert!(leaks.is_empty(), "{level}: {secret} in {leaks:#?}");
        }
    }
}

/// Who came in, who did not, and what was refused, each with the account if there is one.
#[track_caller]
fn expect_audit(log: &str) {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let audited = lines.filter(|line| line["target"] == "chat_chat::audit").map(|line| line["fields"].clone());
    let audited: Vec<_> = audited.map(|fields| (fields["event"].clone(), fields["user"].is_i64())).collect();
    let expected = [
        ("registered", true),
        ("signed_in", true),
        ("sign_in_refused", true),
        ("sign_in_refused", true),
        ("signed_out", true),
        ("denied", false),
    ];
    assert_eq!(audited, expected.map(|(event, known)| (event.into(), known)), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_counted_is_told_on_its_own_address_only() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let operator = Operator::new();
    let address = free.to_string();
    let serving = operator.serve(&[("CHAT_RATE_AUTH", "off"), ("CHAT_METRICS_ADDR", &address)]).await;
    let alice = serving.visitor();
    alice.post("register", &[("username", "alice"), ("password", SECRET)]).await.expect_status(200);
    let room = alice.room("Tea", "public").await;
    let mut socket = alice.live(json!([])).await;
    assert_eq!(socket.say(room, "n1", "counted").await["seq"], 1);
    alice.get("/metrics").await.expect_status(404);
    let told = Person::at(format!("http://{address}")).get("/metrics").await.expect_status(200).text;
    for line in ["chat_messages_total 1", "chat_connections 1", "chat_bus_up 1", "chat_commit_batch_size_count 1"] {
        assert!(told.lines().any(|told| told == line), "{line} in {told}");
    }
    // What has not happened yet is there, too, and says what it means.
    for line in
        [r#"chat_resume_total{result="reset"} 0"#, "chat_panics_total 0", "# TYPE chat_deliver_seconds histogram"]
    {
        assert!(told.lines().any(|told| told == line), "{line} in {told}");
    }
    assert!(told.contains("# HELP chat_gap_fill_total Reads of the log"), "{told}");
    drop(socket);
    assert_eq!(serving.terminate().await.0, Some(0));
}
