//! Upgrade requests that are none: a status of the 4xx kind, and never a socket.

use super::Bystander;
use super::raw::{Raw, request};
use crate::support::{TestApp, start};

/// The status of the answer to `bytes`.
async fn status(app: &TestApp, bytes: &[u8]) -> u16 {
    let mut raw = Raw::connect(app).await;
    raw.write(bytes).await;
    let head = raw.head().await;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("no status in {head:?}"))
}

#[track_caller]
fn expect_refused(status: u16, what: &str) {
    assert!((400..500).contains(&status), "{what}: {status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_wrong_is_refused() {
    let (app, _db) = start().await;
    let bystander = Bystander::at(&app).await;
    assert_eq!(status(&app, request(&app, &[]).as_bytes()).await, 101);
    for (name, value) in [
        ("Sec-WebSocket-Version", Some("8")),
        ("Sec-WebSocket-Version", Some("0")),
        ("Sec-WebSocket-Version", Some("13, 8")),
        ("Sec-WebSocket-Version", None),
        ("Sec-WebSocket-Key", None),
        ("Sec-WebSocket-Key", Some("")),
        ("Sec-WebSocket-Key", Some("x")),
        ("Sec-WebSocket-Key", Some("AAAAAAAAAAAAAAAAAAAAAA")),
        ("Sec-WebSocket-Key", Some("AAAAAAAAAAAAAAAAAAAA")),
        ("Sec-WebSocket-Key", Some("AAAAAAAAAAAAAAAAAAAAAAAA")),
        ("Sec-WebSocket-Key", Some("AAAAAAAAAAAAAAAAAAAA!A==")),
        ("Connection", Some("close")),
        ("Connection", None),
        ("Upgrade", Some("h2c")),
        ("Upgrade", Some("")),
        ("Upgrade", None),
        ("Origin", None),
        ("Origin", Some("null")),
    ] {
        let refused = status(&app, request(&app, &[(name, value)]).as_bytes()).await;
        expect_refused(refused, &format!("{name}: {value:?}"));
    }
    let own = request(&app, &[]);
    for (from, to) in [
        ("GET /ws ", "POST /ws "),
        ("GET /ws ", "CONNECT /ws "),
        ("GET /ws ", "OPTIONS /ws "),
        ("GET /ws ", "get /ws "),
        ("GET /ws ", "GET /ws/ "),
        ("GET /ws ", "GET  /ws "),
        ("GET /ws HTTP/1.1", "GET /ws"),
        ("HTTP/1.1", "HTTP/1.2"),
        ("HTTP/1.1", "HTTP/2"),
        ("HTTP/1.1", "HTTP/1.0"),
    ] {
        let refused = status(&app, own.replacen(from, to, 1).as_bytes()).await;
        expect_refused(refused, to);
    }
    // HTTP/2 with prior knowledge may also just be hung up on.
    let mut raw = Raw::connect(&app).await;
    raw.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    let head = raw.head().await;
    assert!(head.is_empty() || head.starts_with("HTTP/1.1 4"), "{head}");
    expect_refused(status(&app, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n").await, "TLS");
    bystander.leaves(app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_some_parsers_skip_are_not_skipped() {
    let (app, _db) = start().await;
    let bystander = Bystander::at(&app).await;
    let own = request(&app, &[]);
    let origin = format!("Origin: {}", app.origin());
    for byte in [0x00_u8, 0x0b, 0x0c, 0x1c, 0x1d, 0x1e, 0x1f, 0x7f, 0x85, 0xa0] {
        let with = |pieces: &[&[u8]]| {
            let at = own.find(&origin).unwrap();
            [&own.as_bytes()[..at], &pieces.concat(), &own.as_bytes()[at + origin.len()..]].concat()
        };
        let (name, value) = (b"Origin".as_slice(), app.origin());
        for (what, bytes) in [
            ("after the value", with(&[name, b": ", value.as_bytes(), &[byte]])),
            ("before the value", with(&[name, b": ", &[byte], value.as_bytes()])),
            ("after the name", with(&[name, &[byte], b": ", value.as_bytes()])),
            ("before the name", with(&[&[byte], name, b": ", value.as_bytes()])),
            ("in a foreign one", with(&[name, b": https://evil.example", &[byte], value.as_bytes()])),
        ] {
            expect_refused(status(&app, &bytes).await, &format!("{byte:#x} {what}"));
        }
    }
    for (what, header) in [
        ("a folded line", format!("Origin:\r\n {}", app.origin())),
        ("a space before the colon", format!("Origin : {}", app.origin())),
        ("a line feed alone within", format!("X: y\n\n{origin}")),
        ("two", format!("{origin}\r\n{origin}")),
        ("another before", format!("Origin: https://evil.example\r\n{origin}")),
        ("another after", format!("{origin}\r\nOrigin: https://evil.example")),
    ] {
        let refused = status(&app, own.replacen(&origin, &header, 1).as_bytes()).await;
        expect_refused(refused, what);
    }
    bystander.leaves(app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_have_a_size() {
    let (app, _db) = start().await;
    let mut bystander = Bystander::at(&app).await;
    let own = request(&app, &[]);
    let large = format!("X: {}\r\n", "x".repeat(128 * 1024));
    let many = "X: y\r\n".repeat(2_000);
    let long_name = format!("{}: y\r\n", "x".repeat(128 * 1024));
    for (what, more) in [("large", &large), ("many", &many), ("a long name", &long_name)] {
        let bytes = own.replacen("Host", &format!("{more}Host"), 1);
        expect_refused(status(&app, bytes.as_bytes()).await, what);
        bystander.is_served(&app).await;
    }
    let long_address = own.replacen("/ws", &format!("/ws?{}", "x".repeat(128 * 1024)), 1);
    expect_refused(status(&app, long_address.as_bytes()).await, "a long address");
    let cookie = format!("chat={}", "x".repeat(128 * 1024));
    expect_refused(status(&app, request(&app, &[("Cookie", Some(&cookie))]).as_bytes()).await, "a large cookie");
    bystander.leaves(app).await;
}
