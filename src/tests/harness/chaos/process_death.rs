//! F01–F13: processes that die, at the worst moment or in order.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use sqlx::SqlitePool;

use super::{BOTH, CLUSTER, Fault, Report, SQLITE, Scene, fault};
use crate::history::What;
use crate::oracle;
use crate::server::Node;
use crate::world::{Plan, World, ms, quantile};
use crate::{Result, http};

pub const FAULTS: &[Fault] = &[
    fault!(f01, SQLITE, smoke, "kill -9 under load at random instants, restart at once"),
    fault!(f02, SQLITE, "kill -9 between COMMIT and ack or fan-out"),
    fault!(f03, SQLITE, "kill -9 while the WAL is checkpointed again and again"),
    fault!(f04, CLUSTER, smoke, "kill -9 of one of two nodes under load"),
    fault!(f05, CLUSTER, "kill -9 between COMMIT and PUBLISH"),
    fault!(f06, CLUSTER, "PostgreSQL crashes five times, back after 5 s each"),
    fault!(f07, CLUSTER, "PostgreSQL's connections are killed during COMMIT"),
    fault!(f08, CLUSTER, smoke, "kill -9 of Redis, back empty later"),
    fault!(f09, CLUSTER, "everything is killed at once, started in random order"),
    fault!(f10, SQLITE, "SIGTERM with 1000 clients"),
    fault!(f11, CLUSTER, "rolling restart of both nodes, three times"),
    fault!(f12, SQLITE, "a second process on the same SQLite file"),
    fault!(f13, BOTH, "a panic in a connection's task, and in the hub"),
];

async fn f01(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend), scene.seed).await?;
    world.talk();
    world.wait(3.0).await;
    kill_again_and_again(&mut world, if scene.smoke { 3 } else { 20 }, &mut report).await?;
    world.wait(3.0).await;
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn kill_again_and_again(world: &mut World, kills: u32, report: &mut Report) -> Result<()> {
    let mut slowest = Duration::ZERO;
    for _ in 0..kills {
        let pause = world.some_time(0.5, 4.0);
        world.wait(pause).await;
        world.nodes[0].kill();
        let said = oracle::integrity(&world.database).await?;
        if said != "ok" {
            report.must(false, "integrity_check", said);
        }
        world.nodes[0].start_again().await?;
        slowest = slowest.max(world.nodes[0].boot);
    }
    report.figure("kills", kills);
    report.at_most("slowest boot in s", slowest.as_secs_f64(), 2.0);
    Ok(())
}

async fn f02(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let plan = Plan::new(scene.backend).size(40, 4, 40.0).failpoints("after_commit=abort:60");
    let Some(mut world) = with_failpoints(plan, scene, &mut report).await? else { return Ok(report) };
    world.talk();
    let died = world.nodes[0].wait_exit(Duration::from_secs(30)).await;
    report.must(died.is_some(), "the failpoint ended the process", died.is_some());
    heal(&mut world.nodes[0]).await?;
    world.wait(3.0).await;
    report.oracle(&world.verdict().await?);
    report.must(world.duplicates() > 0, "a retry was told dup", world.duplicates());
    Ok(report)
}

/// A world with failpoints, unless the debug server is missing.
async fn with_failpoints(plan: Plan, scene: Scene, report: &mut Report) -> Result<Option<World>> {
    if std::env::var_os("CHAT_FAILPOINT_SERVER").is_none_or(|path| !Path::new(&path).exists()) {
        *report = Report::skipped("CHAT_FAILPOINT_SERVER names no debug server");
        return Ok(None);
    }
    World::build(plan, scene.seed).await.map(Some)
}

/// Starts the node again, without its failpoints.
async fn heal(node: &mut Node) -> Result<()> {
    node.kill();
    node.spec.env.retain(|(name, _)| name != "CHAT_FAILPOINTS");
    node.start_again().await
}

async fn f03(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend), scene.seed).await?;
    let pool = SqlitePool::connect(&world.database).await?;
    let (checkpointer, file) = (pool.clone(), world.database.clone());
    let checkpoints = tokio::spawn(async move {
        loop {
            let _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&checkpointer).await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    world.talk();
    let outcome = kill_again_and_again(&mut world, 20, &mut report).await;
    checkpoints.abort();
    pool.close().await;
    outcome?;
    report.oracle(&world.verdict().await?);
    let said = oracle::integrity(&file).await?;
    report.must(said == "ok", "integrity_check", said);
    Ok(report)
}

async fn f04(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend), scene.seed).await?;
    world.talk();
    world.wait(5.0).await;
    world.nodes[0].kill();
    let orphans = world.at_home(0);
    let back = world.back_after(&orphans, Instant::now(), 40.0).await;
    report.at_most("clients of the dead node on the other, p99 in s", quantile(&back, orphans.len(), 0.99), 10.0);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f05(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let plan = Plan::new(scene.backend).size(20, 2, 10.0).failpoints("before_publish=abort:1");
    let Some(mut world) = with_failpoints(plan, scene, &mut report).await? else { return Ok(report) };
    let room = world.rooms[0];
    world.clients[0].say(room, "f05", "committed, never published");
    let died = world.nodes[0].wait_exit(Duration::from_secs(10)).await;
    report.must(died.is_some(), "the failpoint ended the process", died.is_some());
    let others: Vec<usize> =
        world.at_home(1).into_iter().filter(|index| world.clients[*index].setup.rooms == [room]).collect();
    report.must(!others.is_empty(), "clients of the room on the other node", others.len());
    let seen = |world: &World| {
        others.iter().all(|index| {
            world.clients[*index].look(|state| state.windows.get(&room).and_then(|window| window.cursor)) >= Some(1)
        })
    };
    let time = world.until(10.0, seen).await;
    report.at_most("seen on the other node after s", time.unwrap_or(f64::INFINITY), 2.5);
    heal(&mut world.nodes[0]).await?;
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f06(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend), scene.seed).await?;
    let (mut slowest_refusal, mut slowest_drain): (f64, f64) = (0.0, 0.0);
    for round in 0..5 {
        world.talk();
        world.wait(3.0).await;
        if round == 0 {
            // One dead backend makes PostgreSQL end them all, and recover.
            let backend = *world.postgres()?.backends()?.first().ok_or("no connection to PostgreSQL")?;
            world.postgres()?.kill_backend(backend)?;
            world.wait(2.0).await;
        }
        let before = world.refusals("unavailable");
        world.postgres()?.crash()?;
        let refused = world.until(5.0, |world| world.refusals("unavailable") > before).await;
        slowest_refusal = slowest_refusal.max(refused.unwrap_or(f64::INFINITY));
        world.wait(5.0).await;
        world.hush();
        world.postgres()?.start_again().await?;
        let drained = world.settle(Duration::from_secs(30)).await;
        slowest_drain = slowest_drain.max(drained.map_or(f64::INFINITY, |time| time.as_secs_f64()));
    }
    report.at_most("unavailable within s", slowest_refusal, 2.0);
    report.at_most("outboxes drained after its return within s", slowest_drain, 10.0);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f07(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let plan = Plan::new(scene.backend).size(40, 4, 40.0).failpoints("before_commit_reply=panic:40");
    let Some(mut world) = with_failpoints(plan, scene, &mut report).await? else { return Ok(report) };
    world.talk();
    let refused = world.until(30.0, |world| world.refusals("unavailable") > 0).await;
    report.must(refused.is_some(), "the unknown outcome is unavailable", refused.is_some());
    let terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname LIKE 'chat_%'";
    world.postgres()?.execute("postgres", terminate).await?;
    world.wait(5.0).await;
    report.oracle(&world.verdict().await?);
    report.must(world.duplicates() > 0, "a retry was told dup", world.duplicates());
    Ok(report)
}

async fn f08(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend), scene.seed).await?;
    world.talk();
    world.wait(5.0).await;
    let (local_before, cross_before) = world.deliveries();
    world.redis()?.kill();
    world.wait(if scene.smoke { 10.0 } else { 30.0 }).await;
    let (local, cross) = world.deliveries();
    world.redis()?.start_again().await?;
    world.wait(5.0).await;
    let (_, cross_after) = world.deliveries();
    report.figure("between nodes before, p99 ms", format!("{:.1}", ms(&cross_before, 0.99)));
    report.at_most("between nodes during, p99 ms", ms(&cross, 0.99), 1_200.0);
    report.figure("between nodes after, p99 ms", format!("{:.1}", ms(&cross_after, 0.99)));
    report.figure(
        "same node before and during, p99 ms",
        format!("{:.1}, {:.1}", ms(&local_before, 0.99), ms(&local, 0.99)),
    );
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f09(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend), scene.seed).await?;
    world.talk();
    world.wait(5.0).await;
    world.nodes.iter_mut().for_each(Node::kill);
    world.redis()?.kill();
    world.postgres()?.crash()?;
    // Both nodes before their database, Redis last or first.
    let redis_first = world.some_time(0.0, 1.0) < 0.5;
    if redis_first {
        world.redis()?.start_again().await?;
    }
    for index in 0..2 {
        world.nodes[index].launch()?;
        world.wait(1.0).await;
    }
    world.wait(3.0).await;
    let waiting = world.nodes.iter_mut().all(|node| node.exited().is_none());
    report.must(waiting, "both nodes wait for their database", waiting);
    world.postgres()?.start_again().await?;
    if !redis_first {
        world.wait(2.0).await;
        world.redis()?.start_again().await?;
    }
    for node in world.nodes.iter_mut().filter(|node| node.spec.wrapper.is_empty()) {
        if node.exited().is_some() {
            node.start_again().await?;
        }
    }
    report.oracle(&world.verdict_within(Duration::from_secs(60)).await?);
    Ok(report)
}

async fn f10(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(1_000, 20, 100.0), scene.seed).await?;
    world.talk();
    world.wait(3.0).await;
    let asked = Instant::now();
    world.nodes[0].signal(Signal::TERM)?;
    let status = world.nodes[0].wait_exit(Duration::from_secs(25)).await;
    let drained = asked.elapsed().as_secs_f64();
    report.must(status.is_some_and(|status| status.success()), "exit status 0", format!("{status:?}"));
    report.at_most("ended after s", drained, 20.0);
    let byes = world.clients.iter().filter(|client| client.look(|state| state.counts.byes > 0)).count();
    report.must(byes == 1_000, "clients told bye", byes);
    report.must(world.closes(1012) >= 1_000, "closes with 1012", world.closes(1012));
    let restarted = crate::history::now();
    world.nodes[0].start_again().await?;
    let verdict = world.verdict().await?;
    let mut bins = std::collections::BTreeMap::<u64, u32>::new();
    for client in &world.clients {
        let opens =
            client.history.lock().iter().filter(|r| r.at > restarted && r.what == What::Open).map(|r| r.at).min();
        *bins.entry(opens.map_or(0, |at| (at - restarted) / 1_000_000_000)).or_default() += 1;
    }
    let fullest = bins.values().max().copied().unwrap_or_default();
    report.at_most("clients that came back in one second, %", f64::from(fullest) / 10.0, 25.0);
    let refused: u32 = verdict.refusals.iter().filter(|(code, _)| *code != "unavailable").map(|(_, count)| count).sum();
    report.must(refused == 0, "sends refused for good", refused);
    report.oracle(&verdict);
    Ok(report)
}

async fn f11(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend), scene.seed).await?;
    world.talk();
    world.wait(3.0).await;
    let addresses: Vec<_> = world.nodes.iter().map(|node| node.address).collect();
    let errors = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counter = std::sync::Arc::clone(&errors);
    let reader = tokio::spawn(async move {
        for address in addresses.iter().cycle() {
            if http::call(*address, "", "rooms", &[]).await.is_ok_and(|answer| answer.status >= 500) {
                counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    for round in 0..6 {
        let node = &mut world.nodes[round % 2];
        node.signal(Signal::TERM)?;
        let status = node.wait_exit(Duration::from_secs(25)).await;
        if !status.is_some_and(|status| status.success()) {
            report.must(false, "exit status 0", format!("{status:?}"));
        }
        node.start_again().await?;
        world.wait(2.0).await;
    }
    reader.abort();
    let errors = errors.load(std::sync::atomic::Ordering::Relaxed);
    report.must(errors == 0, "HTTP answers of 5xx", errors);
    // Each client is on the node that restarts at most once per restart.
    let most = world.clients.iter().map(|client| client.look(|state| state.counts.closes.values().sum::<u32>())).max();
    report.at_most("disconnects of a client in six restarts", most.unwrap_or_default().into(), 6.0);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f12(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(40, 4, 40.0), scene.seed).await?;
    world.talk();
    world.wait(1.0).await;
    let second = Node::start(world.nodes[0].spec.clone()).await;
    let refused = match &second {
        Ok(_) => "it started".to_owned(),
        Err(error) => error.to_string(),
    };
    report.must(second.is_err(), "the second process ends", refused.replace('\n', " "));
    drop(second);
    world.wait(2.0).await;
    report.must(world.all_closes() == 0, "connections of the first that ended", world.all_closes());
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f13(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    for failpoint in ["in_connection", "in_hub"] {
        let plan = Plan::new(scene.backend).size(40, 4, 40.0).failpoints(&format!("{failpoint}=panic:100"));
        let Some(mut world) = with_failpoints(plan, scene, &mut report).await? else { return Ok(report) };
        world.talk();
        world.wait(10.0).await;
        let alive = world.nodes.iter_mut().all(|node| node.exited().is_none());
        report.must(alive, &format!("the process survives {failpoint}"), alive);
        let closes = world.all_closes();
        let most = if failpoint == "in_connection" { 1 } else { 10 };
        report.must(closes <= most, &format!("connections ended by {failpoint}"), closes);
        let panics = world.nodes[0].log().contains("panicked");
        report.must(panics, &format!("{failpoint} panicked"), panics);
        report.oracle(&world.verdict().await?);
    }
    Ok(report)
}
