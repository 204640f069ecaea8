//! F15–F20: what is neither dead nor alive: frozen servers, databases and clients, and no CPU to be had.

use std::process::{Child, Command};
use std::time::Duration;

use super::{BOTH, CLUSTER, Fault, Report, Scene, fault};
use crate::Result;
use crate::client::Order;
use crate::http;
use crate::world::{Plan, World, ms};

pub const FAULTS: &[Fault] = &[
    fault!(f15, CLUSTER, smoke, "Redis frozen, then running again"),
    fault!(f16, CLUSTER, "PostgreSQL frozen: one connection, then all, 10 s each"),
    fault!(f17, CLUSTER, "a node frozen for 60 s, then running again"),
    fault!(f18, BOTH, "a tenth of the clients frozen for 30 s"),
    fault!(f20, BOTH, "no CPU: the server at nice 19 beside busy loops"),
];

async fn f15(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend), scene.seed).await?;
    world.talk();
    world.wait(5.0).await;
    let (_, before) = world.deliveries();
    world.redis()?.stop()?;
    let frozen = std::time::Instant::now();
    let mut detected = f64::INFINITY;
    while detected.is_infinite() && frozen.elapsed() < Duration::from_secs(10) {
        let ready = http::get(world.nodes[0].address, "/readyz").await?;
        if ready.text().contains("degraded") {
            detected = frozen.elapsed().as_secs_f64();
        }
        world.wait(0.1).await;
    }
    report.at_most("detected after s", detected, 5.0);
    world.wait(if scene.smoke { 5.0 } else { 20.0 - detected.min(20.0) }).await;
    let (_, during) = world.deliveries();
    world.redis()?.resume()?;
    world.wait(5.0).await;
    report.figure("between nodes before, p99 ms", format!("{:.1}", ms(&before, 0.99)));
    report.at_most("between nodes during, p99 ms", ms(&during, 0.99), 5_000.0);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f16(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend), scene.seed).await?;
    world.talk();
    world.wait(3.0).await;
    let backend = *world.postgres()?.backends()?.first().ok_or("no connection to PostgreSQL")?;
    world.postgres()?.stop_backend(backend)?;
    world.wait(10.0).await;
    world.postgres()?.resume()?;
    report.figure("unavailable while one was frozen", world.refusals("unavailable"));
    world.wait(3.0).await;
    let before = world.refusals("unavailable");
    world.postgres()?.stop()?;
    let refused = world.until(8.0, |world| world.refusals("unavailable") > before).await;
    report.at_most("unavailable within s", refused.unwrap_or(f64::INFINITY), 3.5);
    world.wait(10.0 - refused.unwrap_or(8.0)).await;
    report.must(world.closes(1012) == 0, "sockets stay", format!("{} closed", world.all_closes()));
    world.postgres()?.resume()?;
    world.wait(3.0).await;
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f17(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend), scene.seed).await?;
    world.talk();
    world.wait(3.0).await;
    world.nodes[0].stop()?;
    let frozen = std::time::Instant::now();
    let orphans = world.at_home(0);
    let back = world.back_after(&orphans, frozen, 58.0).await;
    report.must(back.len() == orphans.len(), "clients that left the frozen node", back.len());
    report.at_most("the last of them after s", back.last().copied().unwrap_or(f64::INFINITY), 50.0);
    world.wait((60.0 - frozen.elapsed().as_secs_f64()).max(0.1)).await;
    world.nodes[0].resume()?;
    world.wait(5.0).await;
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f18(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend), scene.seed).await?;
    world.talk();
    world.wait(3.0).await;
    let before = world.nodes[0].usage()?.rss_kib;
    for client in world.clients.iter().step_by(10) {
        client.order(Order::Freeze(Duration::from_secs(30)));
    }
    world.wait(29.0).await;
    let grown = world.nodes[0].usage()?.rss_kib.saturating_sub(before);
    let frozen = world.clients.len() as f64 / 10.0 / world.nodes.len() as f64;
    report.at_most("memory grown, KiB per frozen client", grown as f64 / frozen, 800.0);
    world.wait(5.0).await;
    report.figure("closed 4408", world.closes(4408));
    report.oracle(&world.verdict().await?);
    Ok(report)
}

/// Processes that do nothing but compute; they end with this.
struct Hogs(Vec<Child>);

impl Hogs {
    fn start() -> Result<Self> {
        let count = std::thread::available_parallelism()?.get();
        let one = |_| {
            Command::new("setpriv")
                .args(["--pdeathsig", "KILL", "--", "nice", "-n", "5", "sh", "-c", "while :; do :; done"])
                .spawn()
        };
        Ok(Self((0..2 * count).map(one).collect::<std::io::Result<_>>()?))
    }
}

impl Drop for Hogs {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

async fn f20(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut plan = Plan::new(scene.backend);
    plan.wrapper = ["nice", "-n", "19"].map(str::to_owned).into();
    let mut world = World::build(plan, scene.seed).await?;
    world.talk();
    world.wait(5.0).await;
    let before = world.delivery();
    let hogs = Hogs::start()?;
    world.wait(20.0).await;
    let during = world.delivery();
    drop(hogs);
    world.wait(5.0).await;
    world.delivery();
    world.wait(5.0).await;
    let after = world.delivery();
    report.figure(
        "delivery p99 ms before, during, after",
        format!("{:.0}, {:.0}, {:.0}", ms(&before, 0.99), ms(&during, 0.99), ms(&after, 0.99)),
    );
    report.at_most("p99 after, compared with before", ms(&after, 0.99) / ms(&before, 0.99).max(5.0), 3.0);
    let closed = 100.0 * f64::from(world.all_closes()) / world.clients.len() as f64;
    report.at_most("connections closed, %", closed, 1.0);
    report.oracle(&world.verdict().await?);
    Ok(report)
}
