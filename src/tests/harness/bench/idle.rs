//! What a connection costs while nothing happens, and what it costs to make one.

use std::net::IpAddr;
use std::time::Duration;

use super::figure::{Figure, p50_p99};
use super::stage::Stage;
use crate::Result;
use crate::load;
use crate::server::Usage;

/// Each needs an open file on both ends, and 20 000 of them is a usual limit.
const CONNECTIONS: usize = 15_000;
const ROOMS: usize = 100;

pub async fn idle() -> Result<Vec<Figure>> {
    let stage = Stage::sqlite(ROOMS).await?;
    let handshakes = handshakes(&stage).await?;
    // Freed memory of the handshakes would be used again; the second half of the connections finds none of it.
    let before = stage.nodes[0].usage()?.rss_kib;
    let mut plan = stage.plan(ROOMS)?.crowd(CONNECTIONS / ROOMS, 0);
    plan.from = [[127, 0, 0, 1], [127, 0, 0, 2]].map(IpAddr::from).to_vec();
    plan.warmup = Duration::from_secs(30);
    plan.measured = Duration::from_secs(60);
    let report = load::run(plan).await?;
    let resident = |usage: &[Usage]| usage.get(1).map_or(0, |usage| usage.rss_kib);
    let added = resident(&report.usage).saturating_sub(resident(&report.half));
    let each = added as f64 / (CONNECTIONS - CONNECTIONS / 2) as f64;
    let cpu = report.cpu.get(1).copied().unwrap_or_default();
    Ok(vec![
        Figure::at_most(&format!("resident memory per idle connection, at {CONNECTIONS}"), "KiB", each, 16.0, 9.0)
            .checked(&report)
            .note(&format!("of the second half; {:.0} MiB before them", before as f64 / 1_024.0)),
        Figure::at_most(
            &format!("CPU at {CONNECTIONS} idle connections, heartbeats every 25 s"),
            "% of a core",
            cpu,
            8.0,
            3.5,
        )
        .note(&format!("generator {:.1} %", report.cpu.first().copied().unwrap_or_default())),
        handshakes,
    ])
}

async fn handshakes(stage: &Stage) -> Result<Figure> {
    let mut plan = stage.plan(ROOMS)?.crowd(20, 0);
    plan.measured = Duration::from_millis(100);
    let report = load::run(plan).await?;
    let rate = report.connections as f64 / report.connecting.as_secs_f64();
    let (p50, p99) = p50_p99(&report.stats.handshake);
    let figure = Figure::rate("handshakes with a session cookie, to the answered subscription", rate, 500.0, 2_000.0);
    Ok(figure.checked(&report).note(&format!("to `welcome` p50 {p50:.0} ms, p99 {p99:.0} ms, 32 at once")))
}
