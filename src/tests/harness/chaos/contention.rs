//! F40 and F64: many senders on one room, at whatever speed they reach.

use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::{BOTH, CLUSTER, Fault, Report, Scene, fault};
use crate::Result;
use crate::world::{Plan, World, body, ms};

pub const FAULTS: &[Fault] = &[
    fault!(f40, CLUSTER, "two nodes write to one room at full speed"),
    fault!(f64, BOTH, "100 senders in one room at full speed"),
];

/// Every client always has two messages waiting: closed loop, as fast as acknowledgements come.
async fn at_full_speed(world: &World, seconds: u64) -> f64 {
    let mut rng = StdRng::seed_from_u64(1);
    let started = Instant::now();
    let mut said = 0_u64;
    while started.elapsed() < Duration::from_secs(seconds) {
        for client in &world.clients {
            for _ in client.look(|state| state.waiting())..2 {
                said += 1;
                client.say(client.setup.rooms[0], &format!("s-{said:x}"), &body(client.setup.home, &mut rng));
            }
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    said as f64 / started.elapsed().as_secs_f64()
}

async fn f40(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(16, 1, 1.0), scene.seed).await?;
    let rate = at_full_speed(&world, 30).await;
    report.figure("messages/s", format!("{rate:.0}"));
    let (local, cross) = world.deliveries();
    report.figure("same node and between nodes, p99 ms", format!("{:.1}, {:.1}", ms(&local, 0.99), ms(&cross, 0.99)));
    let fills = world.metric("chat_gap_fill_total").await;
    let verdict = world.verdict().await?;
    report.at_most("gap fills, % of events", 100.0 * fills / verdict.stored as f64, 5.0);
    report.oracle(&verdict);
    Ok(report)
}

async fn f64(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(100, 1, 1.0), scene.seed).await?;
    let rate = at_full_speed(&world, if scene.smoke { 10 } else { 30 }).await;
    report.figure("messages/s, each to 100 screens in this process", format!("{rate:.0}"));
    report.figure("ack p99 ms", format!("{:.1}", ms(&world.acks(), 0.99)));
    report.oracle(&world.verdict().await?);
    Ok(report)
}
