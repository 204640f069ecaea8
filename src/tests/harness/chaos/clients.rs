//! F21–F31: clients that do not read, vanish, dribble, churn, or all come back at once.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::Rng;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

use super::{BOTH, Fault, Report, SQLITE, Scene, fault};
use crate::client::{Order, Setup, open_socket};
use crate::http::Door;
use crate::proxy::Proxy;
use crate::socket::Socket;
use crate::world::{Plan, Proxied, World, ms, quantile};
use crate::{Result, raw};

pub const FAULTS: &[Fault] = &[
    fault!(f21, SQLITE, smoke, "200 sockets that never read, in a busy room"),
    fault!(f22, SQLITE, "readers at 1 KiB/s in a busy room"),
    fault!(f23, SQLITE, "half-open: clients vanish without a word"),
    fault!(f24, SQLITE, "reset in the middle of a frame, an end without close, a close without answer"),
    fault!(f25, SQLITE, "connecting and disconnecting 200 times a second"),
    fault!(f26, SQLITE, "no hello, two hellos, something before hello"),
    fault!(f27, SQLITE, "a client that ignores close and goes on sending"),
    fault!(f28, SQLITE, "a frame of one byte per 200 ms"),
    fault!(f29, SQLITE, "200 clients resume 64 rooms from the start at once"),
    fault!(f30, BOTH, smoke, "every connection cut every 15 s, back after 2 s"),
    fault!(f31, BOTH, "2000 connections cut at once, five times"),
];

async fn f21(scene: Scene) -> Result<Report> {
    const DEAF: usize = 200;
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(100, 1, 300.0), scene.seed).await?;
    world.talk();
    let room = world.rooms[0];
    // Long messages soon fill the kernel's buffers, which no limit of ours governs.
    let (outbox, filler) = (world.clients[0].outbox(), "x".repeat(3_000));
    let talking = tokio::spawn(async move {
        let mut beat = tokio::time::interval(Duration::from_millis(10));
        for number in 0_u64.. {
            beat.tick().await;
            outbox.say(room, &format!("f21-{number}"), &filler);
        }
    });
    world.wait(3.0).await;
    world.delivery();
    world.wait(8.0).await;
    let before = world.delivery();
    let connections = world.metric("chat_connections").await;
    let rss = world.nodes[0].usage()?.rss_kib;
    let mut deaf = Vec::new();
    for _ in 0..DEAF {
        let mut socket = open_socket(world.door(0), &world.people[0].cookie, Some(4_096)).await?;
        let hello = json!({"t": "hello", "v": 1, "subs": [{"room": room}]}).to_string();
        futures_util::SinkExt::send(&mut socket, Message::text(hello)).await?;
        deaf.push(socket);
    }
    let (started, mut most) = (Instant::now(), 0);
    // Until the kernel's buffers are full they are members like others, and the room is three times as large.
    world.wait(2.0).await;
    world.delivery();
    while world.metric("chat_connections").await > connections && started.elapsed() < Duration::from_secs(60) {
        most = most.max(world.nodes[0].usage()?.rss_kib);
        world.wait(0.2).await;
    }
    let (gone, during) = (started.elapsed().as_secs_f64(), world.delivery());
    talking.abort();
    // In a smoke run other things go on, and what a deaf socket is owed comes more slowly.
    report.at_most("all 200 closed after s", gone, if scene.smoke { 45.0 } else { 15.0 });
    report.at_most("memory grown, KiB per deaf socket", most.saturating_sub(rss) as f64 / DEAF as f64, 800.0);
    report.figure("closed as slow", world.metric("chat_slow_close_total").await);
    let (before, during) = (ms(&before, 0.99), ms(&during, 0.99));
    report.figure("healthy p99 ms before", format!("{before:.1}"));
    report.at_most("healthy p99 ms during", during, if scene.smoke { f64::INFINITY } else { before * 1.3 });
    report.must(world.all_closes() == 0, "healthy connections closed", world.all_closes());
    drop(deaf);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

/// A client behind a proxy of its own.
async fn behind_proxy(world: &mut World, room: i64) -> Result<Proxy> {
    let origin = world.door(0);
    let proxy = Proxy::start(origin.connect).await?;
    let door = Door { connect: proxy.address, origin: origin.origin };
    let setup = Setup {
        person: world.people[1].clone(),
        rooms: vec![room],
        doors: Arc::new(Mutex::new(vec![door])),
        home: 0,
        receive_buffer: Some(8_192),
        from_start: false,
    };
    world.start_client(setup);
    Ok(proxy)
}

async fn f22(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(50, 1, 300.0), scene.seed).await?;
    let room = world.rooms[0];
    let mut proxies = Vec::new();
    for _ in 0..10 {
        proxies.push(behind_proxy(&mut world, room).await?);
    }
    world.all_ready(Duration::from_secs(10)).await?;
    proxies.iter().for_each(|proxy| proxy.set(|weather| weather.bandwidth = Some(1_024)));
    world.talk();
    world.wait(30.0).await;
    proxies.iter().for_each(Proxy::calm);
    let verdict = world.verdict().await?;
    report.figure("resets", verdict.resets);
    report.figure("closed 4408", world.closes(4408));
    report.oracle(&verdict);
    Ok(report)
}

async fn f23(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(20, 1, 20.0), scene.seed).await?;
    world.talk();
    let before = (world.metric("chat_connections").await, world.nodes[0].usage()?.fds);
    let proxy = Proxy::start(world.door(0).connect).await?;
    let door = Door { connect: proxy.address, origin: world.door(0).origin };
    let mut vanished = Vec::new();
    for _ in 0..50 {
        vanished.push(Socket::live(door, &world.people[0].cookie, &[world.rooms[0]]).await?);
    }
    proxy.unplug();
    let started = Instant::now();
    // Silence counts from the last word, which is looked at once a heartbeat.
    while world.metric("chat_connections").await > before.0 && started.elapsed() < Duration::from_secs(80) {
        world.wait(0.5).await;
    }
    report.at_most("removed after s", started.elapsed().as_secs_f64(), 40.0);
    world.wait(4.0).await;
    let fds = world.nodes[0].usage()?.fds;
    report.must(fds <= before.1 + 2, "descriptors before and after", format!("{}, {fds}", before.1));
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f24(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(20, 1, 20.0), scene.seed).await?;
    world.talk();
    let before = world.nodes[0].usage()?.fds;
    // What was logged until now came of making the accounts.
    let logged = world.nodes[0].log().len();
    let cookie = world.people[0].cookie.clone();
    for number in 0..300 {
        let mut stream = raw::upgraded(world.door(0), &cookie).await?;
        match number % 3 {
            0 => {
                let frame = raw::frame(1, br#"{"t":"hello","v":1,"subs":[]}"#);
                stream.write_all(&frame[..frame.len() / 2]).await?;
                stream.set_zero_linger()?;
            }
            1 => stream.write_all(&raw::frame(1, br#"{"t":"hello","v":1}"#)).await?,
            _ => stream.write_all(&raw::frame(8, &1000_u16.to_be_bytes())).await?,
        }
        drop(stream);
    }
    world.wait(3.0).await;
    let fds = world.nodes[0].usage()?.fds;
    report.must(fds <= before + 3, "descriptors before and after", format!("{before}, {fds}"));
    let log = world.nodes[0].log();
    let loud: Vec<_> = log[logged..].lines().filter(|line| line.contains("ERROR") || line.contains("WARN")).collect();
    let first = loud.first().copied().unwrap_or_default();
    report.must(loud.is_empty(), "warnings and errors in the log", format!("{} {first}", loud.len()));
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f25(scene: Scene) -> Result<Report> {
    const MINUTES: usize = 5;
    const PER_MINUTE: u32 = 12_000;
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(20, 2, 20.0), scene.seed).await?;
    world.talk();
    let mut readings = Vec::new();
    let mut beat = tokio::time::interval(Duration::from_millis(5));
    for number in 0..MINUTES as u32 * PER_MINUTE {
        beat.tick().await;
        let (door, cookie, room) = (world.door(0), world.people[0].cookie.clone(), world.rooms[number as usize % 2]);
        tokio::spawn(async move {
            if let Ok(mut socket) = Socket::live(door, &cookie, &[room]).await
                && number % 2 == 0
            {
                let _ = tokio::time::timeout(Duration::from_secs(1), socket.0.close(None)).await;
            }
        });
        if (number + 1) % PER_MINUTE == 0 {
            readings.push(world.nodes[0].usage()?);
        }
    }
    world.wait(4.0).await;
    // What is allocated once, for as many connections as there are at a time, is there after the first minute.
    let (first, last) = (readings[1], readings[MINUTES - 1]);
    report.figure("connections made", MINUTES as u32 * PER_MINUTE);
    let connections = world.metric("chat_connections").await;
    report.must(connections <= 20.0, "connections left", connections);
    let fds = world.nodes[0].usage()?.fds;
    report.must(fds <= first.fds + 5, "descriptors after two minutes and at the end", format!("{}, {fds}", first.fds));
    let memory: Vec<_> = readings.iter().map(|usage| (usage.rss_kib / 1_024).to_string()).collect();
    report.figure("MiB after each minute", memory.join(", "));
    let slope = 100.0 * (last.rss_kib as f64 / first.rss_kib as f64 - 1.0) / (MINUTES - 2) as f64;
    report.at_most("memory grown, % a minute", slope, 1.0);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f26(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let world = World::build(Plan::new(scene.backend).size(2, 1, 1.0), scene.seed).await?;
    let (door, cookie) = (world.door(0), world.people[0].cookie.clone());
    let started = Instant::now();
    let code = Socket::open(door, &cookie).await?.close_code().await?;
    report.must(code == 4405, "no hello closes with", code);
    report.at_most("after s", started.elapsed().as_secs_f64(), 11.0);
    let mut twice = Socket::live(door, &cookie, &[]).await?;
    twice.send(&json!({"t": "hello", "v": 1})).await?;
    let code = twice.close_code().await?;
    report.must(code == 4405, "a second hello closes with", code);
    for early in [json!({"t": "sub", "id": 1, "room": 1}), json!({"t": "pong", "n": 1}), json!({"t": "dance"})] {
        let mut socket = Socket::open(door, &cookie).await?;
        socket.send(&early).await?;
        let code = socket.close_code().await?;
        report.must(code == 4400, "before hello closes with", code);
    }
    Ok(report)
}

async fn f27(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let world = World::build(Plan::new(scene.backend).size(2, 1, 1.0), scene.seed).await?;
    let mut stream = raw::upgraded(world.door(0), &world.people[0].cookie).await?;
    stream.write_all(&raw::frame(2, b"binary is refused")).await?;
    let started = Instant::now();
    let (mut reader, mut writer) = stream.split();
    let ended = async {
        let mut buffer = [0; 1_024];
        // Bytes of the close frame come, then the end.
        while matches!(reader.read(&mut buffer).await, Ok(1..)) {}
    };
    let goes_on = async {
        while writer.write_all(&raw::frame(1, br#"{"t":"pong","n":1}"#)).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // The end is known to the writer only after it.
    };
    let over = async { tokio::join!(ended, goes_on) };
    let _ = tokio::time::timeout(Duration::from_secs(15), over).await;
    report.at_most("TCP closed after s", started.elapsed().as_secs_f64(), 5.0);
    Ok(report)
}

async fn f28(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(20, 1, 20.0), scene.seed).await?;
    world.talk();
    let mut stream = raw::upgraded(world.door(0), &world.people[0].cookie).await?;
    let started = Instant::now();
    let mut served = false;
    for byte in raw::frame(1, br#"{"t":"hello","v":1,"subs":[]}"#) {
        if stream.write_all(&[byte]).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut buffer = [0; 256];
    if let Ok(Ok(read)) = tokio::time::timeout(Duration::from_secs(6), stream.read(&mut buffer)).await {
        served = String::from_utf8_lossy(&buffer[..read]).contains("welcome");
    }
    report.at_most("served or closed after s", started.elapsed().as_secs_f64(), 12.0);
    report.figure("served", served);
    report.must(world.all_closes() == 0, "other connections closed", world.all_closes());
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f29(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(64, 64, 400.0), scene.seed).await?;
    world.talk();
    world.wait(8.0).await;
    world.hush();
    world.settle(Duration::from_secs(10)).await;
    world.plan.from_start = true;
    let rooms = world.rooms.clone();
    let first = world.clients.len();
    let started = Instant::now();
    for index in 0..200 {
        world.join(index, rooms.clone());
    }
    let newcomers: Vec<usize> = (first..first + 200).collect();
    world.plan.rate = 50.0;
    world.delivery();
    world.talk();
    let back = world.back_after(&newcomers, started, 60.0).await;
    world.wait(1.0).await;
    report.figure(
        "64 rooms from the start, p50 and p99 s",
        format!("{:.2}, {:.2}", quantile(&back, 200, 0.5), quantile(&back, 200, 0.99)),
    );
    report.must(back.len() == 200, "clients served", back.len());
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f30(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let clients = if scene.smoke { 200 } else { 1_000 };
    let mut world = World::build(Plan::new(scene.backend).size(clients, 20, 100.0), scene.seed).await?;
    world.talk();
    world.resumes();
    let rounds = if scene.smoke { 2 } else { 10 };
    for _ in 0..rounds {
        // Each at its own moment of the 15 seconds.
        let mut order: Vec<(u64, usize)> =
            (0..clients).map(|index| (world.rng.random_range(0..15_000), index)).collect();
        order.sort_unstable();
        let started = Instant::now();
        for (at, index) in order {
            tokio::time::sleep_until((started + Duration::from_millis(at)).into()).await;
            world.clients[index].order(Order::Cut { reset: at % 2 == 0, offline: Duration::from_secs(2) });
        }
    }
    world.wait(3.0).await;
    let resumes = world.resumes();
    report.figure("cuts", rounds * clients);
    report.at_most("back and caught up, p99 ms", ms(&resumes, 0.99), 1_500.0);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

/// Connections that the kernel dropped because nobody accepted them.
fn listen_drops() -> u64 {
    let text = std::fs::read_to_string("/proc/net/netstat").unwrap_or_default();
    let mut lines = text.lines().filter(|line| line.starts_with("TcpExt:"));
    let (Some(names), Some(values)) = (lines.next(), lines.next()) else { return 0 };
    let place = names.split(' ').position(|name| name == "ListenDrops");
    place.and_then(|place| values.split(' ').nth(place)?.parse().ok()).unwrap_or_default()
}

async fn f31(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let proxied = Proxied { clients: true, ..Proxied::default() };
    let mut world = World::build(Plan::new(scene.backend).size(2_000, 20, 50.0).proxied(proxied), scene.seed).await?;
    world.talk();
    let dropped = listen_drops();
    let everybody: Vec<usize> = (0..world.clients.len()).collect();
    let mut slowest: f64 = 0.0;
    for _ in 0..5 {
        world.wait(2.0).await;
        let cut = Instant::now();
        world.client_proxies.iter().for_each(|proxy| proxy.cut(true));
        let back = world.back_after(&everybody, cut, 40.0).await;
        slowest = slowest.max(quantile(&back, everybody.len(), 1.0));
    }
    report.at_most("all 2000 back and caught up after s", slowest, 10.0);
    let drops = listen_drops() - dropped;
    report.must(drops == 0, "connections dropped by the accept queue", drops);
    report.oracle(&world.verdict().await?);
    Ok(report)
}
