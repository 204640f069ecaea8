//! F70–F76: hostile frames, hostile texts, hostile requests, a log that nobody reads, a configuration that is wrong.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{BOTH, Fault, Report, SQLITE, Scene, fault};
use crate::server::{Node, Spec};
use crate::socket::Socket;
use crate::temp::TempDir;
use crate::world::{Plan, World, ms};
use crate::{Result, raw};

pub const FAULTS: &[Fault] = &[
    fault!(f70, SQLITE, "raw frames against RFC 6455"),
    fault!(f72, BOTH, "texts at the edges of what may be said"),
    fault!(f74, SQLITE, "HTTP requests that are too much or mean two things"),
    fault!(f75, SQLITE, "nobody reads the log; SIGHUP"),
    fault!(f76, SQLITE, "a wrong configuration"),
];

/// Sends bytes on a fresh socket; the close code that comes back, 0 for a bare end, `None` if it stays open.
async fn answer_to(world: &World, bytes: &[u8]) -> Result<Option<u16>> {
    let mut stream = raw::upgraded(world.door(0), &world.people[0].cookie).await?;
    stream.write_all(&raw::frame(1, br#"{"t":"hello","v":1}"#)).await?;
    let _ = stream.write_all(bytes).await;
    let mut said = Vec::new();
    let reading = async {
        let mut buffer = [0; 4_096];
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            said.extend_from_slice(&buffer[..read]);
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(4), reading).await.is_ok();
    // Frames of a server are not masked: the close frame is the last, its code the first two bytes.
    let close = said.windows(4).rev().find(|window| window[0] == 0x88 && (2..126).contains(&window[1]));
    Ok(match close {
        Some(frame) => Some(u16::from_be_bytes([frame[2], frame[3]])),
        None => ended.then_some(0),
    })
}

async fn f70(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(20, 2, 20.0), scene.seed).await?;
    world.talk();
    let mut unmasked = raw::frame(1, b"{}");
    unmasked[1] &= 0x7f;
    let with_bits = |bits: u8| {
        let mut frame = raw::frame(1, br#"{"t":"pong"}"#);
        frame[0] |= bits;
        frame
    };
    let unfinished = |opcode: u8, payload: &[u8]| {
        let mut frame = raw::frame(opcode, payload);
        frame[0] &= 0x7f;
        frame
    };
    let huge = [&[0x81, 0xff][..], &(1_u64 << 62).to_be_bytes(), &[0; 4]].concat();
    let cases: Vec<(&str, Vec<u8>, &[u16])> = vec![
        ("unmasked", unmasked, &[1002]),
        ("RSV1", with_bits(0x40), &[1002]),
        ("RSV2", with_bits(0x20), &[1002]),
        ("RSV3", with_bits(0x10), &[1002]),
        ("opcode 3", raw::frame(3, b""), &[1002]),
        ("opcode 11", raw::frame(11, b""), &[1002]),
        ("continuation of nothing", raw::frame(0, b"x"), &[1002]),
        ("text inside text", [unfinished(1, b"a"), raw::frame(1, b"b")].concat(), &[1002]),
        ("fragmented ping", unfinished(9, b""), &[1002]),
        ("long ping", raw::frame(9, &[0; 126]), &[1002]),
        ("invalid UTF-8", raw::frame(1, &[0xff, 0xfe]), &[1007]),
        ("UTF-8 cut short", raw::frame(1, &[0xe2, 0x82]), &[1007]),
        ("a surrogate", raw::frame(1, &[0xed, 0xa0, 0x80]), &[1007]),
        ("binary", raw::frame(2, b"x"), &[1003]),
        ("2^62 bytes announced", huge, &[1009, 1002]),
        ("close with one byte", raw::frame(8, &[3]), &[1002]),
        ("close with 1005", raw::frame(8, &1005_u16.to_be_bytes()), &[1002]),
        ("close with 0", raw::frame(8, &[0, 0]), &[1002]),
        ("close with bad UTF-8", raw::frame(8, &[3, 232, 0xff]), &[1002, 1007]),
        ("close", raw::frame(8, &1000_u16.to_be_bytes()), &[1000]),
        ("empty close", raw::frame(8, b""), &[1000, 1005, 0]),
        ("not JSON", raw::frame(1, b"hello"), &[4400]),
    ];
    let count = cases.len();
    let mut wrong = 0;
    for (name, bytes, expected) in cases {
        let code = answer_to(&world, &bytes).await?;
        if !code.is_some_and(|code| expected.contains(&code)) {
            wrong += 1;
            report.failures.push(format!("{name}: {code:?}, expected {expected:?}"));
        }
    }
    report.must(wrong == 0, &format!("of {count} cases answered wrongly"), wrong);
    report.must(world.all_closes() == 0, "others' connections closed", world.all_closes());
    let panics = world.nodes[0].log().matches("panicked").count();
    report.must(panics == 0, "panics", panics);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f72(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(4, 1, 1.0), scene.seed).await?;
    let (person, room) = (world.people[0].clone(), world.rooms[0]);
    let mut socket = Socket::live(world.door(0), &person.cookie, &[room]).await?;
    let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦";
    let stored = [
        "x".repeat(4_000),
        "가".repeat(4_000),
        family.repeat(490),
        "مرحبا \u{202e}abc".to_owned(),
        format!("q{}", "\u{0301}\u{0300}".repeat(500)),
        format!("a{}b", "\n".repeat(3_000)),
        "<script>alert(1)</script> & \"'".to_owned(),
        "\u{fffd}\u{ffff}".to_owned(),
    ];
    let (mut changed, mut refused) = (0, 0);
    for (number, body) in stored.iter().enumerate() {
        let nonce = format!("f72-{number}");
        let answer = socket.say(room, &nonce, body).await?;
        let Some(seq) = answer["seq"].as_i64() else {
            refused += 1;
            report.failures.push(format!("text {number} was refused: {answer}"));
            continue;
        };
        let page = person.history(world.door(0), room, Some(("after", seq - 1))).await?;
        // Stored composed, and otherwise as it was typed; the accents above have no composed form with q.
        let back = page["messages"][0]["body"].as_str();
        if back != Some(body) {
            changed += 1;
            let start = |text: &str| text.chars().take(20).collect::<String>();
            report.failures.push(format!("text {number} {:?} came back as {:?}", start(body), back.map(start)));
        }
    }
    report.must(refused == 0, "good texts refused", refused);
    report.must(changed == 0, "texts that came back changed", changed);
    let wrong = [
        (String::new(), "empty"),
        ("x".repeat(4_001), "4001 characters"),
        (family.repeat(700), "over 12 KiB"),
        ("\0\u{1b}[31m".to_owned(), "only control characters"),
        ("\u{200b}\u{200b}".to_owned(), "only zero-width spaces"),
        (" \n\t ".to_owned(), "only blanks"),
    ];
    for (number, (body, what)) in wrong.iter().enumerate() {
        let answer = socket.say(room, &format!("f72-bad-{number}"), body).await?;
        report.must(answer["t"] == "err" && answer["fatal"] == true, what, &answer["code"]);
    }
    let surrogate = format!(r#"{{"t":"send","id":1,"room":{room},"nonce":"f72-s","body":"\ud800"}}"#);
    socket.text(surrogate).await?;
    let answer = socket.next_of(&["err"]).await?;
    let text = format!("{answer:?}");
    report.must(
        text.contains("bad_frame") || text.contains("4400"),
        "a lone surrogate",
        text.chars().take(60).collect::<String>(),
    );
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f74(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(20, 2, 50.0), scene.seed).await?;
    world.talk();
    world.wait(3.0).await;
    let before = world.delivery();
    let address = world.nodes[0].address;
    let long = "a".repeat(1 << 20);
    let many: String = (0..10_000).map(|number| format!("X-{number}: y\r\n")).collect();
    let cases = [
        ("length and chunks", "POST /api/rooms HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n".to_owned()),
        ("two lengths", "POST /api/rooms HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd".to_owned()),
        ("a header of 1 MiB", format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\n\r\n")),
        ("10 000 headers", format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n")),
        ("a URL of 64 KiB", format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", &long[..65_536])),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        ("no HTTP at all", "hello\r\n\r\n".to_owned()),
    ];
    for round in 0..10 {
        for (name, text) in &cases {
            let mut stream = TcpStream::connect(address).await?;
            let _ = stream.write_all(text.as_bytes()).await;
            let mut answer = vec![0; 64];
            let read = tokio::time::timeout(Duration::from_secs(12), stream.read(&mut answer)).await;
            let said = match read {
                Ok(Ok(read)) => String::from_utf8_lossy(&answer[..read.min(12)]).into_owned(),
                Ok(Err(_)) => String::new(),
                Err(_) => "nothing".to_owned(),
            };
            let good = said.is_empty() || said.starts_with("HTTP/1.1 4") || said.starts_with("HTTP/1.1 5");
            if round == 0 {
                report.must(good, name, if said.is_empty() { "closed" } else { &said });
            }
        }
    }
    let during = world.delivery();
    report.figure("chat p99 ms before and during", format!("{:.1}, {:.1}", ms(&before, 0.99), ms(&during, 0.99)));
    report.must(world.all_closes() == 0, "connections closed", world.all_closes());
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f75(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut plan = Plan::new(scene.backend).size(20, 2, 50.0);
    plan.env = vec![("RUST_LOG".to_owned(), "trace".to_owned())];
    let mut world = World::build(plan, scene.seed).await?;
    // Now with a log that goes into a pipe which nobody empties.
    world.nodes[0].kill();
    let (unread, log) = std::io::pipe()?;
    world.nodes[0].launch_logging_to(Stdio::from(log))?;
    world.talk();
    world.wait(10.0).await;
    let verdict = world.verdict().await;
    match verdict {
        Ok(verdict) => report.oracle(&verdict),
        Err(error) => report.failures.push(error.to_string()),
    }
    let answers =
        tokio::time::timeout(Duration::from_secs(3), crate::http::get(world.nodes[0].address, "/healthz")).await;
    let serves = matches!(answers, Ok(Ok(answer)) if answer.status == 200);
    report.must(serves, "serves while nobody reads its log", serves);
    drop(unread);
    world.wait(1.0).await;
    let exited = world.nodes[0].exited();
    report.must(exited.is_none(), "goes on when the reader is gone", format!("{exited:?}"));
    Ok(report)
}

async fn f76(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let folder = TempDir::new("config")?;
    let occupied = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let taken = occupied.local_addr()?.to_string();
    let secret = format!("hunter{}", scene.seed);
    let cases = [
        ("a bad URL", vec![("DATABASE_URL", "mysql://x".to_owned())]),
        ("a bad address", vec![("LEPTOS_SITE_ADDR", "nowhere".to_owned())]),
        ("a bad rate", vec![("CHAT_RATE_SEND", "often".to_owned())]),
        ("no public URL", vec![("LEPTOS_SITE_ADDR", "0.0.0.0:0".to_owned())]),
        ("a port in use", vec![("LEPTOS_SITE_ADDR", taken.clone())]),
        ("a folder that is a file", vec![("DATABASE_URL", "sqlite:/dev/null/chat.db".to_owned())]),
        ("a bad Redis URL", vec![("REDIS_URL", format!("http://:{secret}@x"))]),
        ("a bad database secret", vec![("DATABASE_URL", format!("postgres://x:{secret}@127.0.0.1:notaport/x"))]),
    ];
    for (name, env) in cases {
        let mut spec = Spec::sqlite(folder.path());
        for (variable, value) in env {
            spec = spec.env(variable, &value);
        }
        let started = Instant::now();
        let mut node = Node::without_start(spec)?;
        node.launch()?;
        let status = node.wait_exit(Duration::from_secs(5)).await;
        let took = started.elapsed().as_secs_f64();
        let log = node.log();
        let fails = status.is_some_and(|status| !status.success()) && took <= 3.0;
        let short = log.trim().lines().count() == 1 && !log.contains("panicked");
        report.must(fails && short && !log.contains(&secret), name, json!(log.trim()));
    }
    drop(occupied);
    Ok(report)
}
