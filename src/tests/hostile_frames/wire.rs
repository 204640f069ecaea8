//! Below JSON: lengths that lie, endless fragments, floods of pings, and bytes against RFC 6455.

use super::Bystander;
use super::raw::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, Raw, TEXT, frame, header};
use crate::support::{start, start_with};

const MAX_FRAME: u64 = 64 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_length_is_refused_before_anything_is_kept_for_it() {
    let (app, _db) = start().await;
    let bystander = Bystander::at(&app).await;
    for length in [MAX_FRAME + 1, 1 << 20, 1 << 31, 1 << 32, 1 << 40, (1 << 63) - 1] {
        for first in [FIN | TEXT, TEXT, FIN | BINARY] {
            let mut raw = Raw::upgraded(&app).await;
            // The header is enough; nothing that it promises is sent.
            raw.write(&header(first, length)).await;
            assert_eq!(raw.close_code().await, Some(1009), "{length}");
        }
    }
    // The highest bit must be 0, so that this is wrong in two ways.
    for length in [1 << 63, u64::MAX] {
        let mut raw = Raw::upgraded(&app).await;
        raw.write(&header(FIN | TEXT, length)).await;
        let code = raw.close_code().await;
        assert!(matches!(code, Some(1002 | 1009)), "{length}: {code:?}");
    }
    bystander.leaves(app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_may_be_as_long_as_the_limit_and_no_longer() {
    let (app, _db) = start().await;
    let bystander = Bystander::at(&app).await;
    let hello = r#"{"t":"hello","v":1,"x":""}"#;
    let padded = |length: usize| hello.replace("\"\"", &format!("\"{}\"", "x".repeat(length - hello.len())));
    let mut raw = Raw::upgraded(&app).await;
    raw.write(&frame(FIN | TEXT, padded(MAX_FRAME as usize).as_bytes())).await;
    assert!(raw.next_text().await.contains("welcome"));
    let mut raw = Raw::upgraded(&app).await;
    raw.write(&frame(FIN | TEXT, padded(MAX_FRAME as usize + 1).as_bytes())).await;
    assert_eq!(raw.close_code().await, Some(1009));
    bystander.leaves(app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_in_fragments_counts_as_a_whole() {
    let (app, _db) = start().await;
    let mut bystander = Bystander::at(&app).await;
    // A client may cut its message as it likes, and ping in between.
    let mut raw = Raw::upgraded(&app).await;
    let hello = br#"{"t":"hello","v":1}"#;
    let mut bytes = frame(TEXT, b"");
    for byte in hello {
        bytes.extend(frame(CONTINUATION, &[*byte]));
        bytes.extend(frame(FIN | PING, b"?"));
    }
    bytes.extend(frame(FIN | CONTINUATION, b""));
    raw.write(&bytes).await;
    assert!(raw.next_text().await.contains("welcome"));

    let mut raw = Raw::upgraded(&app).await;
    raw.write(&frame(TEXT, b"x")).await;
    let piece = frame(CONTINUATION, b"x").repeat(1_024);
    for _ in 0..MAX_FRAME / 1_024 + 1 {
        if !raw.write(&piece).await {
            break;
        }
    }
    assert_eq!(raw.close_code().await, Some(1009));
    bystander.is_served(&app).await;

    // Two halves that fit each for itself.
    let mut raw = Raw::upgraded(&app).await;
    let half = vec![b'x'; MAX_FRAME as usize / 2 + 1];
    raw.write(&frame(TEXT, &half)).await;
    raw.write(&frame(FIN | CONTINUATION, &half)).await;
    assert_eq!(raw.close_code().await, Some(1009));
    bystander.leaves(app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fragments_of_nothing_keep_nobody_busy() {
    let (app, _db) = start().await;
    let mut bystander = Bystander::at(&app).await;
    let mut endless = Vec::new();
    for _ in 0..4 {
        let mut raw = Raw::upgraded(&app).await;
        raw.write(&frame(TEXT, b"")).await;
        endless.push(raw);
    }
    let piece = frame(CONTINUATION, b"").repeat(1_000);
    for _ in 0..65 {
        for raw in &mut endless {
            raw.write(&piece).await;
        }
        bystander.is_served(&app).await;
    }
    for raw in &mut endless {
        // Either they are sent away, or they get on with it.
        let went_on = raw.write(&frame(FIN | CONTINUATION, br#"{"t":"hello","v":1}"#)).await
            && raw.next_text().await.contains("welcome");
        let code = if went_on { None } else { raw.close_code().await };
        assert!(went_on || matches!(code, None | Some(1002 | 1009 | 4429)), "{code:?}");
    }
    bystander.leaves(app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_endless_nothing_is_too_long() {
    let (app, _db) = start().await;
    let bystander = Bystander::at(&app).await;
    let mut raw = Raw::upgraded(&app).await;
    assert!(raw.is_welcome().await);
    raw.write(&frame(TEXT, b"")).await;
    raw.write(&frame(CONTINUATION, b"").repeat(2 * MAX_FRAME as usize / 6)).await;
    assert_eq!(raw.close_code().await, Some(1009));
    bystander.leaves(app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_are_frames_like_any_other() {
    let (app, _db) = start_with(&[("CHAT_RATE_FRAMES", "20/4")]).await;
    let mut bystander = Bystander::at(&app).await;
    for opcode in [PING, PONG] {
        let mut raw = Raw::upgraded(&app).await;
        assert!(raw.is_welcome().await);
        raw.write(&frame(FIN | opcode, b"x").repeat(1_000)).await;
        assert_eq!(raw.close_code().await, Some(4429), "{opcode:x}");
        bystander.is_served(&app).await;
    }
    // A heartbeat is answered once, and only one that there was.
    let mut raw = Raw::upgraded(&app).await;
    assert!(raw.is_welcome().await);
    raw.write(&frame(FIN | TEXT, br#"{"t":"pong","n":1}"#).repeat(1_000)).await;
    assert_eq!(raw.close_code().await, Some(4429));
    // Before hello, too.
    let mut raw = Raw::upgraded(&app).await;
    raw.write(&frame(FIN | PING, b"x").repeat(1_000)).await;
    assert_eq!(raw.close_code().await, Some(4429));
    app.stop().await;

    let (app, _db) = start().await;
    let mut raw = Raw::upgraded(&app).await;
    raw.write(&frame(FIN | PING, &[b'x'; 125]).repeat(1_000)).await;
    assert!(raw.is_welcome().await, "without a limit they are only answered");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_against_the_protocol_close_with_the_reason() {
    let (app, _db) = start().await;
    let mut bystander = Bystander::at(&app).await;
    let unmasked = |payload: &[u8]| [&[FIN | TEXT, payload.len() as u8], payload].concat();
    let invalid = [0xff_u8, 0xfe];
    for (what, bytes, code) in [
        ("unmasked", unmasked(b"{}"), 1002),
        ("unmasked and empty", unmasked(b""), 1002),
        ("binary", frame(FIN | BINARY, br#"{"t":"hello","v":1}"#), 1003),
        ("binary and empty", frame(FIN | BINARY, b""), 1003),
        ("binary in fragments", [frame(BINARY, b"{"), frame(FIN | CONTINUATION, b"}")].concat(), 1003),
        ("not UTF-8", frame(FIN | TEXT, &invalid), 1007),
        ("an overlong form", frame(FIN | TEXT, &[0xc0, 0x80]), 1007),
        ("half a pair", frame(FIN | TEXT, &[0xed, 0xa0, 0x80]), 1007),
        ("cut short", frame(FIN | TEXT, &[b'{', 0xe2, 0x82]), 1007),
        ("not UTF-8 across fragments", [frame(TEXT, &[0xe2]), frame(FIN | CONTINUATION, &[0x28, 0xa1])].concat(), 1007),
        ("reserved opcode", frame(FIN | 0x3, b"x"), 1002),
        ("reserved control opcode", frame(FIN | 0xb, b"x"), 1002),
        ("compressed without having agreed on it", frame(FIN | 0x40 | TEXT, b"x"), 1002),
        ("reserved bit", frame(FIN | 0x10 | TEXT, b"x"), 1002),
        ("a continuation of nothing", frame(FIN | CONTINUATION, b"x"), 1002),
        ("a message within a message", [frame(TEXT, b"x"), frame(FIN | TEXT, b"x")].concat(), 1002),
        ("a ping in fragments", frame(PING, b"x"), 1002),
        ("a long ping", frame(FIN | PING, &[b'x'; 126]), 1002),
        ("half a close code", frame(FIN | CLOSE, &[3]), 1002),
        ("a close code of nobody", frame(FIN | CLOSE, &[0x03, 0xed]), 1002),
        ("a farewell that is not UTF-8", frame(FIN | CLOSE, &[0x03, 0xe8, 0xff, 0xfe]), 1007),
        ("a farewell", frame(FIN | CLOSE, &[0x03, 0xe8]), 1000),
    ] {
        for greeted in [false, true] {
            let mut raw = Raw::upgraded(&app).await;
            assert!(!greeted || raw.is_welcome().await);
            raw.write(&bytes).await;
            let closed = raw.close_code().await;
            let said_so = closed == Some(code) || (code == 1007 && what.contains("farewell") && closed == Some(1002));
            assert!(said_so, "{what}, greeted {greeted}: {closed:?}");
        }
        bystander.is_served(&app).await;
    }
    bystander.leaves(app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_away_in_the_middle_leaves_nothing_behind() {
    let (app, _db) = start_with(&[("CHAT_CONNECTIONS_PER_IP", "5")]).await;
    let mut bystander = Bystander::at(&app).await;
    for bytes in [
        vec![],
        vec![FIN | TEXT],
        header(FIN | TEXT, 60_000),
        [header(FIN | TEXT, 60_000), vec![b'x'; 30_000]].concat(),
        frame(TEXT, b"{"),
        frame(FIN | TEXT, br#"{"t":"hello","v":1,"subs":[{"room":1}]}"#),
    ] {
        for _ in 0..3 {
            let mut tries = 0;
            let mut raw = loop {
                // The place of who went before is free as soon as the server has noticed.
                tries += 1;
                assert!(tries < 10_000, "nobody's place is given back");
                let mut raw = Raw::connect(&app).await;
                raw.write(super::raw::request(&app, &[]).as_bytes()).await;
                let head = raw.head().await;
                if head.starts_with("HTTP/1.1 101 ") {
                    break raw;
                }
                assert!(head.starts_with("HTTP/1.1 429 "), "{head}");
                tokio::task::yield_now().await;
            };
            raw.write(&bytes).await;
        }
        bystander.is_served(&app).await;
    }
    bystander.leaves(app).await;
}
