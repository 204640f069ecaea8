//! F45: an acknowledgement leaves only after the disk has what it acknowledges. Read from a trace of system calls.

use std::collections::HashMap;
use std::process::Command;

use super::{Fault, Report, SQLITE, Scene, fault};
use crate::Result;
use crate::temp::TempDir;
use crate::world::{Plan, World};

pub const FAULTS: &[Fault] = &[fault!(f45, SQLITE, "no acknowledgement before its fdatasync")];

async fn f45(scene: Scene) -> Result<Report> {
    if !Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "true"])
        .output()
        .is_ok_and(|output| output.status.success())
    {
        return Ok(Report::skipped("strace is not allowed here"));
    }
    let mut report = Report::default();
    let folder = TempDir::new("trace")?;
    let trace = folder.path().join("trace");
    let mut plan = Plan::new(scene.backend).size(20, 2, 1.0);
    let calls = "trace=pwrite64,fdatasync,fsync,sendto,write,writev";
    plan.wrapper = ["strace", "-f", "-qq", "-y", "-s", "40000", "-e", calls, "-o"].map(str::to_owned).into();
    plan.wrapper.push(trace.display().to_string());
    let mut world = World::build(plan, scene.seed).await?;
    for number in 0..400 {
        let client = &world.clients[number % 20];
        client.say(client.setup.rooms[0], &format!("traced-{number:04}-"), "traced");
        world.wait(0.01).await;
    }
    let verdict = world.verdict().await?;
    world.nodes[0].kill();
    let found = judge(&String::from_utf8_lossy(&std::fs::read(&trace)?));
    report.must(found.acked > 300, "acknowledgements in the trace", found.acked);
    report.must(found.early.is_empty(), "that left before their fdatasync", found.early.len());
    report.failures.extend(found.early.into_iter().take(3));
    report.oracle(&verdict);
    Ok(report)
}

#[derive(Default)]
struct Found {
    acked: usize,
    early: Vec<String>,
}

/// Reads the trace in order: for each nonce, its first write to the log, a whole fdatasync after that, then the ack.
fn judge(trace: &str) -> Found {
    let mut found = Found::default();
    // Per nonce: the number of the sync that must be over before its acknowledgement.
    let mut written: HashMap<String, usize> = HashMap::new();
    let (mut begun, mut done) = (0, 0);
    // Per thread: the number of the sync it is in.
    let mut syncing: HashMap<&str, usize> = HashMap::new();
    for line in trace.lines() {
        let Some((thread, call)) = line.trim_start().split_once(' ') else { continue };
        let call = call.trim_start();
        if call.starts_with("fdatasync(") || call.starts_with("fsync(") {
            if !call.contains("-wal>") {
                continue;
            }
            begun += 1;
            syncing.insert(thread, begun);
            if !call.ends_with("<unfinished ...>") {
                done = done.max(begun);
            }
        } else if call.starts_with("<... fdatasync resumed>") || call.starts_with("<... fsync resumed>") {
            done = done.max(syncing.remove(thread).unwrap_or_default());
        } else if call.starts_with("pwrite64(") && call.contains("-wal>") {
            for nonce in nonces(call) {
                written.entry(nonce).or_insert(begun + 1);
            }
        } else if (call.starts_with("sendto(") || call.starts_with("write")) && call.contains(r#"\"t\":\"ack\""#) {
            for ack in call.split(r#"\"t\":\"ack\""#).skip(1) {
                let Some(nonce) = nonces(ack).into_iter().next() else { continue };
                found.acked += 1;
                match written.get(&nonce) {
                    Some(needed) if *needed <= done => {}
                    Some(needed) => {
                        found.early.push(format!("{nonce} was acknowledged after sync {done}, needs {needed}"))
                    }
                    None => found.early.push(format!("{nonce} was acknowledged and never written")),
                }
            }
        }
    }
    found
}

/// The nonces that stand in a line, in order.
fn nonces(line: &str) -> Vec<String> {
    line.match_indices("traced-").filter_map(|(at, _)| line.get(at..at + 12).map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITE: &str = r#"7 pwrite64(9</d/chat.db-wal>, "..traced-0001-..", 4096, 0) = 4096"#;
    const SYNC: &str = "7 fdatasync(9</d/chat.db-wal>) = 0";
    const ACK: &str =
        r#"8 sendto(11<TCP>, "..{\"t\":\"ack\",\"id\":1,\"nonce\":\"traced-0001-\"}", 80, 0, NULL, 0) = 80"#;

    #[test]
    fn an_acknowledgement_needs_a_whole_sync_after_its_write() {
        let early = |lines: &[&str]| judge(&lines.join("\n")).early.len();
        assert_eq!(early(&[WRITE, SYNC, ACK]), 0);
        assert_eq!(early(&[WRITE, ACK, SYNC]), 1);
        assert_eq!(early(&[SYNC, WRITE, ACK]), 1);
        let (begin, end) = ("7 fdatasync(9</d/chat.db-wal> <unfinished ...>", "7 <... fdatasync resumed>) = 0");
        assert_eq!(early(&[WRITE, begin, ACK, end]), 1);
        assert_eq!(early(&[WRITE, begin, end, ACK]), 0);
    }
}
