//! The same kinds of figures by an independent generator, if `CHATLOAD` says where its program is.

use std::process::Stdio;

use serde_json::Value;

use super::figure::Figure;
use super::stage::Stage;
use crate::Result;
use crate::temp::TempDir;

const PROFILE: &str = include_str!("../chatload.toml");
/// The address in the profile.
const ADDRESS: &str = "127.0.0.1:3900";
const ROOMS: usize = 100;
const CLIENTS: usize = 15_000;

pub async fn all() -> Result<Vec<Figure>> {
    let Some(program) = std::env::var_os("CHATLOAD") else { return Ok(Vec::new()) };
    let stage = Stage::sqlite(ROOMS).await?;
    let folder = TempDir::new("chatload")?;
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("profile"), PROFILE.replace(ADDRESS, &stage.addresses()[0].to_string()))?;
    std::fs::write(file("rooms"), lines(stage.rooms.iter().map(ToString::to_string)))?;
    let cookies = stage.people.iter().cycle().map(|person| format!("Cookie: {}", person.cookie));
    std::fs::write(file("cookies"), lines(cookies.take(CLIENTS)))?;
    let run = async |arguments: &str| -> Result<Value> {
        let mut command = tokio::process::Command::new(&program);
        let (mode, rest) = arguments.split_once(' ').ok_or("no mode")?;
        command.arg(mode).arg("--quiet").arg("--profile").arg(file("profile"));
        command.arg("--rooms-file").arg(file("rooms")).arg("--headers-file").arg(file("cookies"));
        command.args(["--server-pid", &stage.nodes[0].pid()?.as_raw_nonzero().to_string()]);
        let output = command.args(rest.split(' ')).kill_on_drop(true).stderr(Stdio::inherit()).output().await?;
        Ok(serde_json::from_slice(&output.stdout)?)
    };
    let number = |report: &Value, path: &str| report.pointer(path).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let mut figures = Vec::new();
    for bytes in [128, 200] {
        let report = run(&format!("run -r 1 -c 1000 -s 2 --outstanding 1 -b {bytes}")).await?;
        let what = format!("chatload: one room × 1000, 2 senders × 1 under way, {bytes} bytes");
        let rate = number(&report, "/delivered_per_s");
        figures.push(Figure::rate(&what, rate, 150_000.0, 300_000.0).note(&faults(&report)));
    }
    for (rate, members, must, aim) in [(10, 100, (5.0, 15.0), (2.0, 5.0)), (50, 1_000, (12.0, 40.0), (5.0, 15.0))] {
        let report = run(&format!("run -r 1 -c {members} -s 10 --rate {rate} -t 20")).await?;
        let times = (number(&report, "/latency_ms/p50"), number(&report, "/latency_ms/p99"));
        let what = format!("chatload: delivery p50 / p99, {rate} messages/s into {members}");
        figures.push(Figure::times(&what, times, must, aim).note(&faults(&report)));
    }
    let report = run("run -r 1 -c 4 -s 4 --outstanding 64").await?;
    let what = "chatload: accepted sends, SQLite, 4 sockets × 64 under way";
    figures.push(Figure::rate(what, number(&report, "/sent_per_s"), 10_000.0, 50_000.0).note(&faults(&report)));
    let report = run("ramp -r 100 -c 10 -s 1 --start 4000").await?;
    let what = "chatload: sends with p99 ≤ 250 ms, 100 rooms × 10";
    figures.push(Figure::rate(what, number(&report, "/best_rate"), 8_000.0, 25_000.0));
    let report = run("idle -r 100 -c 150 -t 30").await?;
    let what = format!("chatload: memory per idle connection, second half of {CLIENTS}");
    let kib = number(&report, "/rss_per_conn_second_half_kb");
    figures.push(Figure::at_most(&what, "KiB", kib, 16.0, 9.0));
    Ok(figures)
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.map(|line| line + "\n").collect()
}

/// What its verification counted, if anything broke a promise.
fn faults(report: &Value) -> String {
    let broken = ["lost", "duplicated", "misrouted", "corrupted", "out_of_order", "disconnects"].map(|what| {
        let count = report["verify"][what].as_u64().unwrap_or_default();
        if count > 0 { format!("{count} {what} ") } else { String::new() }
    });
    broken.concat()
}
