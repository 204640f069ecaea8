//! F32–F39: clients far away, nodes cut from Redis or PostgreSQL, one way or both, a Redis that loses, doubles and cuts; F37, F41: clients
//! that use up connections.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{CLUSTER, Fault, Report, SQLITE, Scene, fault};
use crate::proxy::Fate;
use crate::socket::Socket;
use crate::world::{Plan, Proxied, World, ms, quantile};
use crate::{Result, http};

pub const FAULTS: &[Fault] = &[
    fault!(f32, SQLITE, "clients 100 ± 50 ms away"),
    fault!(f34, CLUSTER, "a node cut from Redis for 20 s"),
    fault!(f35, CLUSTER, "a node cut from PostgreSQL for 30 s"),
    fault!(f36, CLUSTER, "a node can publish, and hears nothing from Redis"),
    fault!(f37, SQLITE, "500 connections of one header byte per 5 s, and 500 silent ones"),
    fault!(f38, CLUSTER, "Redis cuts its subscribers ten times, and pauses"),
    fault!(f39, CLUSTER, "Redis loses, doubles and swaps one message in twenty each"),
    fault!(f41, SQLITE, "no descriptors left"),
];

fn bus() -> Proxied {
    Proxied { bus: true, ..Proxied::default() }
}

async fn f32(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let proxied = Proxied { clients: true, ..Proxied::default() };
    let mut world = World::build(Plan::new(scene.backend).size(200, 20, 100.0).proxied(proxied), scene.seed).await?;
    world.talk();
    world.wait(5.0).await;
    let before = world.delivery();
    world.client_proxies.iter().for_each(|proxy| {
        proxy.set(|weather| {
            weather.latency = Duration::from_millis(50);
            weather.jitter = Duration::from_millis(100);
        });
    });
    world.wait(2.0).await;
    world.delivery();
    world.wait(15.0).await;
    let during = world.delivery();
    let slower = ms(&during, 0.99) - ms(&before, 0.99);
    // Each way has its own 50 to 150 ms, and what comes close behind another waits for it.
    report.at_most("delivery p99 grown by ms", slower, 600.0);
    let verdict = world.verdict().await?;
    report.at_most("sent again, % of messages", 100.0 * f64::from(verdict.resends) / verdict.messages as f64, 1.0);
    report.oracle(&verdict);
    Ok(report)
}

async fn f34(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).proxied(bus()), scene.seed).await?;
    world.talk();
    world.wait(5.0).await;
    world.deliveries();
    world.bus_proxies[0].unplug();
    world.wait(20.0).await;
    let (_, cross) = world.deliveries();
    world.bus_proxies[0].calm();
    world.bus_proxies[0].cut(true);
    world.wait(5.0).await;
    report.at_most("between nodes during, p99 ms", ms(&cross, 0.99), 5_000.0);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f35(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let proxied = Proxied { database: true, ..Proxied::default() };
    let mut world = World::build(Plan::new(scene.backend).proxied(proxied), scene.seed).await?;
    world.talk();
    world.wait(3.0).await;
    world.database_proxies[0].unplug();
    let cut = Instant::now();
    let mut unready = f64::INFINITY;
    while cut.elapsed() < Duration::from_secs(30) {
        let answer = tokio::time::timeout(Duration::from_secs(20), http::get(world.nodes[0].address, "/readyz")).await;
        if unready.is_infinite() && matches!(answer, Ok(Ok(answer)) if answer.status == 503) {
            unready = cut.elapsed().as_secs_f64();
        }
        world.wait(0.2).await;
    }
    report.at_most("unready after s", unready, 15.0);
    report.must(world.closes(1013) > 0, "clients sent away with 1013", world.closes(1013));
    world.database_proxies[0].calm();
    world.database_proxies[0].cut(true);
    world.wait(5.0).await;
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f36(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).proxied(bus()), scene.seed).await?;
    world.talk();
    world.wait(5.0).await;
    world.deliveries();
    world.bus_proxies[0].set(|weather| weather.swallow_down = true);
    world.wait(20.0).await;
    let (_, cross) = world.deliveries();
    world.bus_proxies[0].calm();
    world.bus_proxies[0].cut(true);
    world.wait(3.0).await;
    report.at_most("between nodes during, p99 ms", ms(&cross, 0.99), 2_500.0);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f37(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(20, 2, 20.0), scene.seed).await?;
    world.talk();
    let handshakes = |world: &World| {
        let (door, cookie) = (world.door(0), world.people[0].cookie.clone());
        async move {
            let mut times = Vec::new();
            for _ in 0..100 {
                let started = Instant::now();
                Socket::live(door, &cookie, &[]).await?;
                times.push(started.elapsed().as_secs_f64() * 1_000.0);
            }
            times.sort_by(f64::total_cmp);
            Ok::<_, crate::Error>(quantile(&times, 100, 0.99))
        }
    };
    let before = handshakes(&world).await?;
    let (address, started) = (world.nodes[0].address, Instant::now());
    let mut attackers = Vec::new();
    for index in 0..1_000 {
        attackers.push(tokio::spawn(async move {
            let Ok(mut stream) = TcpStream::connect(address).await else { return 0.0 };
            let mut header = b"GET / HTTP/1.1\r\nHost: slow\r\nX-Slow: ".iter().chain(std::iter::repeat(&b'a'));
            let mut answer = [0; 1_024];
            loop {
                if index % 2 == 0 && stream.write_all(&[*header.next().unwrap_or(&b'a')]).await.is_err() {
                    return started.elapsed().as_secs_f64();
                }
                match tokio::time::timeout(Duration::from_secs(5), stream.read(&mut answer)).await {
                    Ok(Ok(0) | Err(_)) => return started.elapsed().as_secs_f64(),
                    Ok(Ok(_)) | Err(_) if started.elapsed().as_secs() > 40 => return f64::INFINITY,
                    Ok(Ok(_)) | Err(_) => {}
                }
            }
        }));
    }
    world.wait(2.0).await;
    let during = handshakes(&world).await?;
    let mut times = Vec::new();
    for attacker in attackers {
        times.push(attacker.await?);
    }
    let open = |silent: usize| times.iter().skip(silent).step_by(2).filter(|time| time.is_infinite()).count();
    report.figure("still open after 40 s, of 500 slow and 500 silent", format!("{}, {}", open(0), open(1)));
    times.sort_by(f64::total_cmp);
    report.at_most("the last of 1000 closed after s", quantile(&times, 1_000, 1.0), 15.5);
    report.figure("handshakes p99 ms before and during", format!("{before:.1}, {during:.1}"));
    report.at_most("handshakes p99 during, compared with before", during / before.max(5.0), 2.0);
    report.must(world.all_closes() == 0, "others' connections closed", world.all_closes());
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f38(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend), scene.seed).await?;
    world.talk();
    world.wait(3.0).await;
    world.redis()?.command(&["CONFIG", "SET", "client-output-buffer-limit", "pubsub 64kb 32kb 1"]).await?;
    for _ in 0..10 {
        world.redis()?.command(&["CLIENT", "KILL", "TYPE", "pubsub"]).await?;
        let pause = world.some_time(0.3, 1.5);
        world.wait(pause).await;
    }
    world.redis()?.command(&["CLIENT", "PAUSE", "5000"]).await?;
    world.wait(8.0).await;
    world.deliveries();
    world.wait(3.0).await;
    let (_, cross) = world.deliveries();
    report.at_most("between nodes afterwards, p99 ms", ms(&cross, 0.99), 250.0);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f39(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).proxied(bus()), scene.seed).await?;
    let judge = Arc::new(|number: u64| match number % 20 {
        3 => Fate::Drop,
        9 => Fate::Double,
        15 => Fate::Swap,
        _ => Fate::Pass,
    });
    for proxy in &world.bus_proxies {
        proxy.set(|weather| weather.judge = Some(judge.clone()));
    }
    world.talk();
    world.wait(5.0).await;
    world.deliveries();
    world.wait(20.0).await;
    let (_, cross) = world.deliveries();
    let judged: u64 = world.bus_proxies.iter().map(crate::proxy::Proxy::messages).sum();
    report.must(judged > 1_000, "messages past the proxy", judged);
    let fills = world.metric("chat_gap_fill_total").await;
    report.must(fills > 0.0, "gap fills", fills);
    report.figure("doubles dropped", world.metric("chat_duplicate_drop_total").await);
    report.at_most("between nodes, p99 ms", ms(&cross, 0.99), 2_500.0);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f41(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut plan = Plan::new(scene.backend).size(100, 4, 50.0);
    plan.wrapper = ["prlimit", "--nofile=256", "--"].map(str::to_owned).into();
    let mut world = World::build(plan, scene.seed).await?;
    world.talk();
    world.wait(1.0).await;
    let mut crowd = Vec::new();
    for _ in 0..300 {
        if let Ok(Ok(stream)) =
            tokio::time::timeout(Duration::from_secs(1), TcpStream::connect(world.nodes[0].address)).await
        {
            crowd.push(stream);
        }
    }
    world.wait(1.0).await;
    let before = world.nodes[0].usage()?;
    world.wait(5.0).await;
    let after = world.nodes[0].usage()?;
    let busy = 100.0 * (after.cpu - before.cpu).as_secs_f64() / 5.0;
    report.figure("descriptors", after.fds);
    // The talk itself costs some of it.
    report.at_most("CPU while full, % of a core", busy, 35.0);
    drop(crowd);
    let healed = Instant::now();
    while !matches!(http::get(world.nodes[0].address, "/healthz").await, Ok(answer) if answer.status == 200) {
        if healed.elapsed() > Duration::from_secs(20) {
            break;
        }
    }
    report.at_most("serves again after s", healed.elapsed().as_secs_f64(), 5.0);
    report.oracle(&world.verdict().await?);
    Ok(report)
}
