//! kill -9 under load: how long until everybody is back and has everything.

use std::time::Duration;

use super::figure::Figure;
use super::stage::Stage;
use crate::Result;
use crate::load::{self, Pace};

pub async fn kill() -> Result<Vec<Figure>> {
    let mut stage = Stage::sqlite(20).await?;
    let mut plan = stage.plan(20)?.crowd(100, 5).pace(Pace::Open(200.0));
    plan.reconnect = true;
    plan.measured = Duration::from_secs(35);
    // The process dies within the measured time, so that its use cannot be asked for at the end.
    plan.watched.clear();
    let (now, killing) = tokio::sync::oneshot::channel();
    let tell = move || {
        // The killer waits for it below.
        let _ = now.send(());
    };
    let running = load::run_while(plan, Box::new(tell));
    let node = &mut stage.nodes[0];
    let killed = async {
        killing.await?;
        node.kill();
        node.start_again().await
    };
    let (report, restarted) = tokio::join!(running, killed);
    restarted?;
    let report = report?;
    let what = "kill -9 with 2000 clients in 20 rooms, 200 messages/s: all back and caught up";
    let figure = match report.recovered {
        Some(after) => Figure::at_most(what, "s", after.as_secs_f64(), 30.0, 10.0).checked(&report),
        None => Figure::failed(what, "not everybody came back"),
    };
    let windows = report.stats.resets;
    Ok(vec![figure.note(&format!("{} said, {windows} windows reloaded", report.stats.sent))])
}
