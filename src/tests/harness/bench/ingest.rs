//! Durable, acknowledged sends: on SQLite with full fsync, and on PostgreSQL through two nodes.

use super::figure::Figure;
use super::stage::Stage;
use crate::Result;
use crate::load::{self, Pace, Plan, Report, Until, quantile};

async fn acknowledged(plan: Plan) -> Result<(f64, f64, Report)> {
    let report = load::run(plan).await?;
    let rate = report.per_second(report.stats.acked_in_window);
    Ok((rate, quantile(&report.stats.ack, 0.99), report))
}

pub async fn sqlite() -> Result<Vec<Figure>> {
    let stage = Stage::sqlite(1).await?;
    let plan = stage.plan(1)?.crowd(4, 4).pace(Pace::Closed(64, Until::Ack));
    let (rate, p99, report) = acknowledged(plan).await?;
    Ok(vec![
        Figure::rate("durable acknowledged sends, SQLite, 4 sockets × 64 under way", rate, 10_000.0, 50_000.0)
            .checked(&report)
            .with_cpu(&report),
        Figure::at_most("  their acknowledgement, p99", "ms", p99, 50.0, 30.0),
    ])
}

pub async fn postgres() -> Result<Vec<Figure>> {
    let stage = Stage::cluster(2, 4).await?;
    let plan = stage.plan(4)?.crowd(2, 2).pace(Pace::Closed(64, Until::Ack));
    let (rate, p99, report) = acknowledged(plan).await?;
    let wide = Figure::rate(
        "durable acknowledged sends, PostgreSQL, 2 nodes, 8 sockets × 64, 4 rooms",
        rate,
        5_000.0,
        20_000.0,
    )
    .checked(&report)
    .with_cpu(&report)
    .note(&format!("ack p99 {p99:.0} ms"));
    // One reader on each node checks what 64 senders, half on each, say.
    let mut plan = stage.plan(1)?.crowd(66, 64).pace(Pace::Closed(4, Until::Ack));
    plan.deaf_senders = true;
    let (rate, p99, report) = acknowledged(plan).await?;
    let hot = Figure::rate("  the same, one hot room, 64 senders × 4 under way", rate, 3_000.0, 15_000.0)
        .checked(&report)
        .with_cpu(&report)
        .note(&format!("ack p99 {p99:.0} ms"));
    Ok(vec![wide, hot])
}
