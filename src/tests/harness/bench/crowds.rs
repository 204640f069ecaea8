//! Delivery: one large room, a steady trickle into rooms of two sizes, and many rooms at once.

use std::time::Duration;

use super::figure::{Figure, p50_p99};
use super::stage::Stage;
use crate::Result;
use crate::load::{self, Pace, Report, Until, quantile};

/// Two senders in a room of a thousand, each with its next message said as soon as the last one came back.
pub async fn fan_out() -> Result<Vec<Figure>> {
    let stage = Stage::sqlite(1).await?;
    let mut figures = Vec::new();
    for (bytes, under_way) in [(128, 1), (200, 1), (128, 16)] {
        let mut plan = stage.plan(1)?.crowd(1_000, 2).pace(Pace::Closed(under_way, Until::Echo));
        plan.bytes = bytes;
        let report = load::run(plan).await?;
        let what = format!("delivered messages, one room × 1000, 2 senders × {under_way} under way, {bytes} bytes");
        let rate = report.per_second(report.stats.delivered_in_window);
        figures.push(Figure::rate(&what, rate, 150_000.0, 300_000.0).checked(&report).with_cpu(&report));
    }
    Ok(figures)
}

pub async fn latency() -> Result<Vec<Figure>> {
    let stage = Stage::sqlite(1).await?;
    let mut figures = Vec::new();
    for (rate, members, must, aim) in [(10.0, 100, (5.0, 15.0), (2.0, 5.0)), (50.0, 1_000, (12.0, 40.0), (5.0, 15.0))] {
        let mut plan = stage.plan(1)?.crowd(members, 10).pace(Pace::Open(rate));
        plan.measured = Duration::from_secs(20);
        let report = load::run(plan).await?;
        let what = format!("delivery p50 / p99, {rate} messages/s into {members} members");
        figures
            .push(Figure::times(&what, p50_p99(&report.stats.delivery), must, aim).checked(&report).with_cpu(&report));
    }
    Ok(figures)
}

/// Steps up until a step is too slow, then tries between the last two.
pub async fn many_rooms() -> Result<Vec<Figure>> {
    const LIMIT_MS: f64 = 250.0;
    let stage = Stage::sqlite(100).await?;
    let step = async |rate: f64| {
        let mut plan = stage.plan(100)?.crowd(10, 1).pace(Pace::Open(rate));
        plan.measured = Duration::from_secs(5);
        load::run(plan).await
    };
    let good = |report: &Report| report.faults().is_empty() && quantile(&report.stats.delivery, 0.99) <= LIMIT_MS;
    let (mut best, mut rate, mut too_much) = (None, 4_000.0, f64::INFINITY);
    while too_much / rate > 1.1 {
        let report = step(rate).await?;
        eprintln!("    {rate:.0}/s: p99 {:.0} ms {}", quantile(&report.stats.delivery, 0.99), report.faults());
        if good(&report) {
            best = Some((rate, report));
        } else {
            too_much = rate;
        }
        let known = best.as_ref().map_or(0.0, |(rate, _)| *rate);
        rate = if too_much.is_infinite() { known * 1.5 } else { (known.max(500.0) * too_much).sqrt() };
        if rate < 600.0 {
            break;
        }
    }
    let (rate, report) = best.ok_or("even the lowest rate was too much")?;
    let what = "sends/s with delivery p99 ≤ 250 ms, 100 rooms × 10 members";
    let note = format!("p99 {:.0} ms", quantile(&report.stats.delivery, 0.99));
    Ok(vec![Figure::rate(what, rate, 8_000.0, 25_000.0).with_cpu(&report).note(&note)])
}
