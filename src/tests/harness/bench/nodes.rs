//! From a sender on one node to readers on another, with Redis and without.

use std::time::Duration;

use super::figure::Figure;
use super::stage::Stage;
use crate::Result;
use crate::load::{self, Pace, quantile};

pub async fn between() -> Result<Vec<Figure>> {
    let mut stage = Stage::cluster(2, 1).await?;
    let up = delivery(&stage).await?;
    if let Some(redis) = &mut stage.redis {
        redis.kill();
    }
    // Until the nodes know: what is measured is the time without Redis, not the moment of its death.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let dead = delivery(&stage).await?;
    let figure = |what: &str, report: &load::Report, must, aim| {
        let (p50, p99) = (quantile(&report.stats.delivery, 0.5), quantile(&report.stats.delivery, 0.99));
        Figure::at_most(what, "ms", p99, must, aim).checked(report).with_cpu(report).note(&format!("p50 {p50:.1} ms"))
    };
    Ok(vec![
        figure("between two nodes, p99, 10 messages/s into 100, Redis up", &up, 50.0, 10.0),
        figure("  the same, Redis dead", &dead, 2_500.0, 1_200.0),
    ])
}

async fn delivery(stage: &Stage) -> Result<load::Report> {
    let mut plan = stage.plan(1)?.crowd(100, 10).pace(Pace::Open(10.0));
    plan.only_across = true;
    plan.scattered = true;
    plan.measured = Duration::from_secs(20);
    load::run(plan).await
}
