//! Connections that do not ask, do not read, or are too many.

use std::io::ErrorKind;
use std::time::Duration;

use chat_chat::server::serve::Patience;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::person::Answer;
use crate::support::{Database, TestApp, start, start_waiting, start_with};

/// Only ends a test that hangs; nothing is decided by it.
const AT_LAST: Duration = Duration::from_secs(30);
/// A time that is over soon, and one that is not over before the test.
const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(600);

const ASK: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.address).await.expect("a connection")
}

/// What comes until `end`, or until the server closes.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(end) {
        let mut piece = [0; 1_024];
        let read = tokio::time::timeout(AT_LAST, stream.read(&mut piece)).await.expect("an answer or an end");
        match read {
            Ok(0) => break,
            Ok(length) => text.push_str(&String::from_utf8_lossy(&piece[..length])),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            Err(error) => panic!("{error}"),
        }
    }
    text
}

async fn ask(stream: &mut TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.expect("a server that reads");
    read_until(stream, "ok").await
}

#[track_caller]
fn expect_ok(answer: &str) {
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\nok"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_keeps_nobody_waiting() {
    let (app, _db) = start_with(&[("CHAT_RATE_PAGES", "3000/100")]).await;
    let head = format!(
        "POST /api/rooms HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n",
        app.address
    );
    let mut slow = Vec::new();
    for _ in 0..20 {
        let mut stream = connect(&app).await;
        stream
            .write_all(format!("{head}Content-Length: 60000\r\n\r\na").as_bytes())
            .await
            .expect("a server that reads");
        slow.push(stream);
    }
    // More than are answered at once: one behind them would get no answer for as long as they last.
    let page = tokio::time::timeout(AT_LAST / 2, app.visitor().get("/")).await.expect("a place");
    page.expect_status(200);
    drop(slow);
    let mut stream = connect(&app).await;
    let asked = format!("{head}Content-Length: 9999999\r\nExpect: 100-continue\r\n\r\n");
    stream.write_all(asked.as_bytes()).await.expect("a server that reads");
    let answer = read_until(&mut stream, "}").await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "what cannot be taken is not asked for: {answer}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_form_is_refused() {
    let (app, _db) = start_with(&[]).await;
    let alice = app.person("alice").await;
    for (header, value) in [("Content-Type", "application/json"), ("Content-Encoding", "gzip")] {
        let request = alice.request("rooms").header("Origin", app.origin()).header(header, value).body("sort=new");
        let request = match header {
            "Content-Encoding" => request.header("Content-Type", "application/x-www-form-urlencoded"),
            _ => request,
        };
        assert_eq!(Answer::of(request).await.status, 415, "{header}: {value}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_lives_on_for_as_long_as_proxies_keep_theirs() {
    let patience = Patience::default();
    assert!(patience.idle >= Duration::from_secs(120) && patience.head <= Duration::from_secs(10));
    let patience = Patience { head: SHORT, idle: LONG, stall: LONG };
    let database = Database::sqlite();
    let app = start_waiting(&database, &[], patience).await;
    let mut stream = connect(&app).await;
    for _ in 0..2 {
        expect_ok(&ask(&mut stream, ASK).await);
        // Nothing is to happen meanwhile.
        tokio::time::sleep(2 * SHORT).await;
    }
    expect_ok(&ask(&mut stream, ASK).await);
    // Two at once, and the next one later.
    stream.write_all(ASK.repeat(2).as_bytes()).await.unwrap();
    tokio::time::sleep(2 * SHORT).await;
    assert_eq!(read_until(&mut stream, "ok").await.matches("HTTP/1.1 200 ").count(), 2);
    expect_ok(&ask(&mut stream, ASK).await);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_has_begun_has_to_end() {
    let patience = Patience { head: SHORT, idle: LONG, stall: LONG };
    let database = Database::sqlite();
    let app = start_waiting(&database, &[], patience).await;
    for begins in ["", "G", "GET / HTTP/1.1\r\nHost: localhost\r\nX: "] {
        for is_first in [true, false] {
            if begins.is_empty() && !is_first {
                continue;
            }
            let mut stream = connect(&app).await;
            if !is_first {
                expect_ok(&ask(&mut stream, ASK).await);
            }
            stream.write_all(begins.as_bytes()).await.unwrap();
            let said = read_until(&mut stream, "never").await;
            assert!(!said.contains(" 200 "), "{begins:?}: {said}");
        }
    }
    // A byte now and then is no head either.
    let mut stream = connect(&app).await;
    expect_ok(&ask(&mut stream, ASK).await);
    let (mut read, mut write) = stream.split();
    let drip = async {
        loop {
            if write.write_all(b"G").await.is_err() {
                return;
            }
            tokio::time::sleep(SHORT / 10).await;
        }
    };
    let mut rest = Vec::new();
    tokio::select! {
        () = drip => {}
        _ = read.read_to_end(&mut rest) => {}
        () = tokio::time::sleep(AT_LAST) => panic!("it is waited for"),
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_idles_for_ever() {
    let database = Database::sqlite();
    let app = start_waiting(&database, &[], Patience { head: LONG, idle: SHORT, stall: LONG }).await;
    let mut stream = connect(&app).await;
    expect_ok(&ask(&mut stream, ASK).await);
    assert_eq!(read_until(&mut stream, "never").await, "");
    // What has become a socket is no idle connection.
    let alice = app.person("alice").await;
    let mut socket = alice.live(serde_json::json!([])).await;
    tokio::time::sleep(3 * SHORT).await;
    let room = alice.room("Tea", "public").await;
    assert_eq!(socket.say(room, "1", "still here").await["t"], "ack");
    socket.0.close(None).await.unwrap();
    app.stop().await;
}

/// Far more than the kernel takes for a client that does not read.
const PAGES: usize = 300;

async fn ask_for_much(app: &TestApp) -> TcpStream {
    let mut stream = connect(app).await;
    let request = "GET /register HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(request.repeat(PAGES).as_bytes()).await.expect("room for small requests");
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_hung_up_on() {
    assert!(Patience::default().stall <= Duration::from_secs(30));
    let database = Database::sqlite();
    let app = start_waiting(&database, &[], Patience { head: LONG, idle: LONG, stall: SHORT }).await;
    let mut stream = ask_for_much(&app).await;
    // Whoever writes to a connection that is closed is told so.
    let closed = async {
        while stream.write_all(b"\r\n").await.is_ok() {
            tokio::time::sleep(SHORT / 10).await;
        }
    };
    tokio::time::timeout(AT_LAST, closed).await.expect("the connection is closed");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_slowly_gets_it_all() {
    let database = Database::sqlite();
    let app = start_waiting(&database, &[], Patience { head: LONG, idle: LONG, stall: 10 * SHORT }).await;
    let mut stream = ask_for_much(&app).await;
    let (mut answers, mut tail) = (0, Vec::new());
    while answers < PAGES {
        let mut piece = vec![0; 256 * 1024];
        let length = tokio::time::timeout(AT_LAST, stream.read(&mut piece)).await.expect("more").expect("a connection");
        assert!(length > 0, "{answers} answers");
        tail.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&tail).into_owned();
        answers += text.matches("HTTP/1.1 200 ").count();
        // A status line may be cut in two.
        tail.drain(..tail.len().saturating_sub("HTTP/1.1 200".len()));
        tokio::time::sleep(SHORT / 10).await;
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_so_many_connections_and_a_proxy_as_many_as_it_needs() {
    for (proxies, is_limited) in [("", true), ("127.0.0.0/8", false)] {
        let (app, _db) = start_with(&[("CHAT_HTTP_CONNECTIONS_PER_IP", "3"), ("CHAT_TRUSTED_PROXIES", proxies)]).await;
        let mut open = Vec::new();
        for _ in 0..3 {
            let mut stream = connect(&app).await;
            expect_ok(&ask(&mut stream, ASK).await);
            open.push(stream);
        }
        let mut fourth = connect(&app).await;
        if is_limited {
            let refused = read_until(&mut fourth, "\r\n\r\n").await;
            assert!(refused.starts_with("HTTP/1.1 429 ") && refused.contains("Retry-After: "), "{refused}");
            drop(open.pop());
            // The place is free as soon as the server has noticed.
            let served = async {
                loop {
                    let mut stream = connect(&app).await;
                    let sent = stream.write_all(ASK.as_bytes()).await;
                    if sent.is_ok() && read_until(&mut stream, "ok").await.starts_with("HTTP/1.1 200 ") {
                        return;
                    }
                }
            };
            tokio::time::timeout(AT_LAST, served).await.expect("a place");
        } else {
            expect_ok(&ask(&mut fourth, ASK).await);
        }
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_are_no_such_connections() {
    let (app, _db) = start_with(&[("CHAT_HTTP_CONNECTIONS_PER_IP", "3")]).await;
    let mut sockets = Vec::new();
    while sockets.len() < 6 {
        // An upgrade counts until it is done.
        let request = crate::support::Socket::upgrade(&app.origin(), "");
        if let Ok(socket) = crate::support::Socket::try_open(request).await {
            sockets.push(socket);
        }
    }
    for mut socket in sockets {
        let _ = socket.0.close(None).await;
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_says_for_whom_it_is_and_only_once() {
    let (app, _db) = start().await;
    for (head, status) in [
        ("HTTP/1.1\r\nHost: localhost\r\n", "200"),
        ("HTTP/1.1\r\n", "400"),
        ("HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n", "400"),
        ("HTTP/1.1\r\nHost: localhost\r\nX: y\r\nhost: evil.example\r\n", "400"),
        ("HTTP/1.0\r\n", "200"),
        ("HTTP/1.0\r\nHost: a\r\nHost: b\r\n", "400"),
    ] {
        let mut stream = connect(&app).await;
        let answer = ask(&mut stream, &format!("GET /healthz {head}Connection: close\r\n\r\n")).await;
        assert_eq!(answer.split(' ').nth(1), Some(status), "{head:?}: {answer}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_of_the_socket_is_told_which_one_is_spoken() {
    let (app, _db) = start().await;
    let mut request = crate::support::Socket::upgrade(&app.origin(), "");
    request.headers_mut().insert("Sec-WebSocket-Version", "8".parse().unwrap());
    match tokio_tungstenite::connect_async(request).await {
        Err(tokio_tungstenite::tungstenite::Error::Http(refused)) => {
            assert_eq!(refused.status().as_u16(), 426);
            assert_eq!(refused.headers()["sec-websocket-version"], "13");
        }
        other => panic!("{other:?}"),
    }
    app.stop().await;
}
