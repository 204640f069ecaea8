//! F42–F53: disks that are full, slow or broken, databases that are locked, crowded, half migrated or corrupt.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, SqlitePool};

use super::{BOTH, CLUSTER, Fault, Report, SQLITE, Scene, fault};
use crate::oracle::{self, Truth};
use crate::server::{Node, Spec};
use crate::temp::TempDir;
use crate::world::{Backend, Plan, World, ms};
use crate::{Result, http};

pub const FAULTS: &[Fault] = &[
    fault!(f42, SQLITE, "the disk is full, then not"),
    fault!(f43, SQLITE, "fdatasync fails once"),
    fault!(f44, SQLITE, "fdatasync takes 200 ms"),
    fault!(f47, SQLITE, "a reader holds its transaction under load"),
    fault!(f48, BOTH, "somebody else locks the database for 8 s"),
    fault!(f49, CLUSTER, "others lock rooms in the reverse order"),
    fault!(f50, CLUSTER, "PostgreSQL allows hardly any connections"),
    fault!(f51, SQLITE, "kill -9 in the middle of the migrations; a schema of the future"),
    fault!(f52, SQLITE, "garbage in the database file"),
];

/// A small disk in memory, until dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Option<Self> {
        let folder = TempDir::new("disk").ok()?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(folder.path());
        mount.output().is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }

    fn filler(&self) -> PathBuf {
        self.0.path().join("filler")
    }

    fn fill(&self) {
        // Ends with an error once the disk is full, which is the point.
        let _ = std::fs::write(self.filler(), vec![0; 64 << 20]);
        let _ = Command::new("dd")
            .args(["if=/dev/zero", "bs=1k"])
            .arg(format!("of={}", self.0.path().join("rest").display()))
            .output();
    }

    fn clear(&self) -> std::io::Result<()> {
        std::fs::remove_file(self.filler())?;
        std::fs::remove_file(self.0.path().join("rest"))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).output();
    }
}

async fn f42(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let Some(disk) = SmallDisk::mount("16m") else { return Ok(Report::skipped("mounting a small disk needs root")) };
    let mut plan = Plan::new(scene.backend).size(40, 4, 40.0);
    plan.folder = Some(disk.0.path().to_owned());
    let mut world = World::build(plan, scene.seed).await?;
    world.talk();
    world.wait(3.0).await;
    disk.fill();
    let refused = world.until(20.0, |world| world.refusals("unavailable") > 10).await;
    report.must(refused.is_some(), "sends are unavailable", format!("{refused:?} s"));
    for path in ["/", "/login", "/healthz"] {
        let answer = http::get(world.nodes[0].address, path).await?;
        report.must(answer.status == 200, path, answer.status);
    }
    // Also where a short message would still fit.
    world.wait(2.0).await;
    let ready = http::get(world.nodes[0].address, "/readyz").await?;
    report.must(ready.status == 503, "/readyz", ready.status);
    let history = world.people[0].history(world.door(0), world.rooms[0], None).await;
    report.must(history.is_ok(), "history", history.map_or_else(|error| error.to_string(), |_| "ok".into()));
    report.must(world.all_closes() == 0, "connections lost", world.all_closes());
    disk.clear()?;
    world.wait(3.0).await;
    let exited = world.nodes[0].exited();
    report.must(exited.is_none(), "without a restart", format!("{exited:?}"));
    report.oracle(&world.verdict().await?);
    let said = oracle::integrity(&world.database).await?;
    report.must(said == "ok", "integrity_check", said);
    drop(world);
    Ok(report)
}

/// strace in front of the program, with these options.
fn traced(options: &[&str]) -> Vec<String> {
    ["strace", "-f", "-qq"].iter().chain(options).map(|word| (*word).to_owned()).collect()
}

fn no_strace() -> bool {
    !Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "true"])
        .output()
        .is_ok_and(|output| output.status.success())
}

async fn f43(scene: Scene) -> Result<Report> {
    if no_strace() {
        return Ok(Report::skipped("strace is not allowed here"));
    }
    let mut report = Report::default();
    let mut plan = Plan::new(scene.backend).size(40, 4, 40.0);
    let inject = "inject=fdatasync,fsync:error=EIO:when=150";
    plan.wrapper = traced(&["-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e", inject]);
    let mut world = World::build(plan, scene.seed).await?;
    world.talk();
    let died = world.nodes[0].wait_exit(Duration::from_secs(40)).await;
    report.must(died.is_some(), "the process ends", format!("{died:?}"));
    world.nodes[0].kill();
    world.nodes[0].spec.wrapper.clear();
    world.nodes[0].start_again().await?;
    world.wait(3.0).await;
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f44(scene: Scene) -> Result<Report> {
    if no_strace() {
        return Ok(Report::skipped("strace is not allowed here"));
    }
    let mut report = Report::default();
    // Many clients: a message must not wait for the one before it in its own outbox.
    let mut plan = Plan::new(scene.backend).size(800, 20, 100.0);
    let inject = "inject=fdatasync,fsync:delay_enter=200000";
    plan.wrapper = traced(&["-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e", inject]);
    let mut world = World::build(plan, scene.seed).await?;
    world.talk();
    world.wait(3.0).await;
    world.acks();
    world.wait(15.0).await;
    let acks = world.acks();
    report.figure("ack p50 ms", format!("{:.0}", ms(&acks, 0.5)));
    report.at_most("ack p99 ms", ms(&acks, 0.99), 1_000.0);
    let metrics = world.nodes[0].metrics().await?;
    let batch = metrics.sum("chat_commit_batch_size_sum") / metrics.sum("chat_commit_batch_size_count");
    report.figure("messages per batch", format!("{batch:.1}"));
    report.must(world.all_closes() == 0, "connections lost", world.all_closes());
    report.must(world.refusals("unavailable") == 0, "unavailable", world.refusals("unavailable"));
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f47(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(100, 4, 500.0), scene.seed).await?;
    world.talk();
    world.wait(2.0).await;
    let wal = PathBuf::from(format!("{}-wal", world.database.trim_start_matches("sqlite:")));
    let size = || std::fs::metadata(&wal).map_or(0, |file| file.len()) as f64 / f64::from(1 << 20);
    let pool = SqlitePool::connect(&world.database).await?;
    let mut reader = pool.acquire().await?;
    sqlx::query("BEGIN").execute(&mut *reader).await?;
    sqlx::query("SELECT count(*) FROM events").execute(&mut *reader).await?;
    let before = size();
    world.wait(30.0).await;
    let held = size();
    let counted = world.metric("chat_wal_bytes").await / f64::from(1 << 20);
    let warned = world.nodes[0].log().matches("some reader does not end").count();
    sqlx::query("COMMIT").execute(&mut *reader).await?;
    drop(reader);
    pool.close().await;
    world.wait(15.0).await;
    let after = size();
    report.figure("WAL MiB before and after 30 s of a reader", format!("{before:.1}, {held:.1}"));
    report.must(held > 64.0, "it grew beyond 64 MiB", format!("{held:.1}"));
    report.must(counted > 64.0, "the metric says so, MiB", format!("{counted:.1}"));
    report.must(warned > 0, "warnings in the log", warned);
    report.at_most("WAL MiB 15 s after the reader's end", after, 64.0);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f48(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(100, 4, 50.0), scene.seed).await?;
    world.talk();
    world.wait(2.0).await;
    let locked = Instant::now();
    if scene.backend == Backend::Sqlite {
        let pool = SqlitePool::connect(&world.database).await?;
        let mut writer = pool.acquire().await?;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *writer).await?;
        let refused = world.until(8.0, |world| world.refusals("unavailable") > 0).await;
        report.at_most("unavailable after s", refused.unwrap_or(f64::INFINITY), 6.0);
        tokio::time::sleep(Duration::from_secs(8).saturating_sub(locked.elapsed())).await;
        sqlx::query("ROLLBACK").execute(&mut *writer).await?;
        drop(writer);
        pool.close().await;
    } else {
        let pool = sqlx::PgPool::connect(&world.database).await?;
        let mut holding = pool.begin().await?;
        sqlx::query("SELECT id FROM rooms FOR UPDATE").execute(&mut *holding).await?;
        let refused = world.until(8.0, |world| world.refusals("unavailable") > 0).await;
        report.at_most("unavailable after s", refused.unwrap_or(f64::INFINITY), 6.0);
        tokio::time::sleep(Duration::from_secs(8).saturating_sub(locked.elapsed())).await;
        holding.rollback().await?;
        pool.close().await;
    }
    world.wait(3.0).await;
    report.must(world.all_closes() == 0, "connections lost", world.all_closes());
    let panics = world.nodes.iter().filter(|node| node.log().contains("panicked")).count();
    report.must(panics == 0, "panics", panics);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f49(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(100, 6, 200.0), scene.seed).await?;
    world.talk();
    let mut rooms = world.rooms.clone();
    rooms.sort_unstable_by(|a, b| b.cmp(a));
    let pool = sqlx::PgPool::connect(&world.database).await?;
    let (mut rounds, mut deadlocks) = (0, 0);
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        let mut tx = pool.begin().await?;
        rounds += 1;
        for room in &rooms {
            let lock = AssertSqlSafe(format!("SELECT id FROM rooms WHERE id = {room} FOR UPDATE"));
            if sqlx::query(lock).execute(&mut *tx).await.is_err() {
                deadlocks += 1;
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let _ = tx.rollback().await;
    }
    pool.close().await;
    report.figure("rounds, and deadlocks that ended the other side", format!("{rounds}, {deadlocks}"));
    let verdict = world.verdict().await?;
    let fatal: u32 = verdict.refusals.iter().filter(|(code, _)| *code != "unavailable").map(|(_, count)| count).sum();
    report.must(fatal == 0, "refusals other than unavailable", fatal);
    report.oracle(&verdict);
    Ok(report)
}

async fn f50(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut plan = Plan::new(scene.backend).size(40, 4, 40.0);
    plan.nodes = 1;
    plan.postgres = vec!["max_connections=12", "superuser_reserved_connections=7"];
    let mut world = World::build(plan, scene.seed).await?;
    world.talk();
    world.wait(2.0).await;
    let address = world.nodes[0].address;
    let mut slowest: f64 = 0.0;
    let mut statuses = std::collections::BTreeMap::<u16, u32>::new();
    for _ in 0..20 {
        let requests = (0..50).map(|_| {
            tokio::spawn(async move {
                let started = Instant::now();
                let status = http::call(address, "", "rooms", &[]).await.map_or(0, |answer| answer.status);
                (status, started.elapsed().as_secs_f64())
            })
        });
        for request in requests.collect::<Vec<_>>() {
            let (status, took) = request.await?;
            slowest = slowest.max(took);
            *statuses.entry(status).or_default() += 1;
        }
    }
    report.figure("statuses", format!("{statuses:?}"));
    report.must(statuses.keys().all(|status| [200, 503].contains(status)), "only 200 and 503", statuses.len());
    report.at_most("slowest answer in s", slowest, 4.0);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f51(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let folder = TempDir::new("migrating")?;
    let mut node = Node::start(Spec::sqlite(folder.path())).await?;
    node.kill();
    std::fs::remove_file(folder.path().join("chat.db"))?;
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path().join(format!("chat.db{suffix}")));
    }
    for round in 0..5 {
        node.launch()?;
        tokio::time::sleep(Duration::from_millis(5 + 6 * (round + scene.seed % 5))).await;
        node.kill();
    }
    node.start_again().await?;
    let person = http::register(node.address, "migrated").await?;
    let room = person.create_room(node.address, "After", "public").await;
    report.must(room.is_ok(), "works after five interrupted migrations", room.is_ok());
    node.kill();
    let database = node.spec.database.clone();
    let pool = SqlitePool::connect(&database).await?;
    let future = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (99990101, 'of the future', TRUE, x'00', 0)";
    sqlx::query(future).execute(&pool).await?;
    pool.close().await;
    let refused = node.start_again().await.err().map(|error| error.to_string().replace('\n', " "));
    report.must(refused.is_some(), "a schema of the future is refused", refused.unwrap_or_default());
    Ok(report)
}

async fn f52(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(40, 4, 200.0), scene.seed).await?;
    world.talk();
    world.wait(5.0).await;
    world.hush();
    world.settle(Duration::from_secs(5)).await;
    let truth = Truth::read(&world.database).await?;
    world.clients.clear();
    world.nodes[0].signal(rustix::process::Signal::TERM)?;
    world.nodes[0].wait_exit(Duration::from_secs(20)).await;
    let path = world.database.trim_start_matches("sqlite:").to_owned();
    let mut bytes = std::fs::read(&path)?;
    let middle = bytes.len() / 2 / 4_096 * 4_096;
    bytes[middle..middle + 4_096].fill(0xA5);
    std::fs::write(&path, bytes)?;
    let mut wrong = 0;
    match world.nodes[0].start_again().await {
        Err(error) => report.figure("it refuses to start:", error.to_string().replace('\n', " ")),
        Ok(()) => {
            // What is shown must be true, or an error.
            for room in &world.rooms {
                let Ok(page) = world.people[0].history(world.nodes[0].address, *room, None).await else { continue };
                for message in page["messages"].as_array().into_iter().flatten() {
                    let (seq, body) = (message["seq"].as_i64().unwrap_or_default(), message["body"].as_str());
                    let known = truth.event(*room, seq).map(|event| event.print.body);
                    wrong += u32::from(known != body.map(|body| crate::history::hash(&body)));
                }
            }
            report.figure(
                "it starts; log",
                world.nodes[0].log_tail().replace('\n', " ").chars().take(200).collect::<String>(),
            );
        }
    }
    report.must(wrong == 0, "messages shown that are not what was said", wrong);
    Ok(report)
}
