//! F46: the power goes. Every write since a file's last fdatasync may be on the disk, wholly, partly or not at all;
//! what was acknowledged must be there all the same. Played through on copies, from a trace of system calls.

use std::collections::HashMap;
use std::process::Command;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use sqlx::SqlitePool;

use super::{Fault, Report, SQLITE, Scene, fault};
use crate::Result;
use crate::oracle;
use crate::temp::TempDir;
use crate::world::{Plan, World};

pub const FAULTS: &[Fault] = &[fault!(f46, SQLITE, "power loss at 200 moments, played through on copies")];

/// A disk writes sectors of this size whole, or not.
const SECTOR: usize = 512;

/// What the server asked of the system, in order.
#[derive(Debug, PartialEq)]
enum Step {
    Write { file: String, at: usize, bytes: Vec<u8> },
    Truncate { file: String, length: usize },
    Sync { file: String },
    Acked { nonce: String },
}

async fn f46(scene: Scene) -> Result<Report> {
    if !Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "true"])
        .output()
        .is_ok_and(|output| output.status.success())
    {
        return Ok(Report::skipped("strace is not allowed here"));
    }
    let mut report = Report::default();
    let folder = TempDir::new("power")?;
    let trace = folder.path().join("trace");
    let mut plan = Plan::new(scene.backend).size(8, 2, 1.0);
    let calls = "trace=pwrite64,ftruncate,fdatasync,fsync,sendto,write,writev";
    plan.wrapper = ["strace", "-f", "-qq", "-y", "-xx", "-s", "40000", "-e", calls, "-o"].map(str::to_owned).into();
    plan.wrapper.push(trace.display().to_string());
    let world = World::build(plan, scene.seed).await?;
    for number in 0..400 {
        let client = &world.clients[number % 8];
        client.say(client.setup.rooms[0], &format!("traced-{number:04}-"), "traced");
        world.wait(0.005).await;
    }
    world.settle(std::time::Duration::from_secs(10)).await;
    drop(world);
    let steps = read(&String::from_utf8_lossy(&std::fs::read(&trace)?));
    let acks = steps.iter().filter(|step| matches!(step, Step::Acked { .. })).count();
    report.must(acks > 300, "acknowledgements in the trace", acks);
    let mut rng = StdRng::seed_from_u64(scene.seed);
    let (mut corrupt, mut lost) = (0, 0);
    for _ in 0..200 {
        let cut = rng.random_range(steps.len() / 4..steps.len());
        let copy = TempDir::new("copy")?;
        for (name, bytes) in after_power_loss(&steps[..cut], &mut rng) {
            std::fs::write(copy.path().join(name), bytes)?;
        }
        let url = format!("sqlite:{}", copy.path().join("chat.db").display());
        corrupt += u32::from(oracle::integrity(&url).await.ok().as_deref() != Some("ok"));
        let pool = SqlitePool::connect(&url).await?;
        let stored: Vec<(String,)> =
            sqlx::query_as("SELECT nonce FROM events").fetch_all(&pool).await.unwrap_or_default();
        pool.close().await;
        let missing =
            |step: &&Step| matches!(step, Step::Acked { nonce } if !stored.iter().any(|(known,)| known == nonce));
        lost += steps[..cut].iter().filter(missing).count();
    }
    report.must(corrupt == 0, "of 200 copies corrupt", corrupt);
    report.must(lost == 0, "acknowledged messages lost in them", lost);
    Ok(report)
}

/// The files as the disk may hold them after these steps.
fn after_power_loss(steps: &[Step], rng: &mut StdRng) -> HashMap<String, Vec<u8>> {
    let mut files: HashMap<String, Vec<u8>> = HashMap::new();
    let mut unsynced: HashMap<&str, Vec<&Step>> = HashMap::new();
    for step in steps {
        match step {
            Step::Write { file, .. } | Step::Truncate { file, .. } => unsynced.entry(file).or_default().push(step),
            Step::Sync { file } => {
                for step in unsynced.remove(&**file).unwrap_or_default() {
                    apply(&mut files, step, &mut |_| true);
                }
            }
            Step::Acked { .. } => {}
        }
    }
    for step in unsynced.into_values().flatten() {
        let chance = [0.0, 0.5, 1.0][rng.random_range(0..3)];
        apply(&mut files, step, &mut |_| rng.random_bool(chance));
    }
    files
}

fn apply(files: &mut HashMap<String, Vec<u8>>, step: &Step, arrives: &mut impl FnMut(usize) -> bool) {
    match step {
        Step::Write { file, at, bytes } => {
            let content = files.entry(file.clone()).or_default();
            for (number, sector) in bytes.chunks(SECTOR).enumerate() {
                if !arrives(number) {
                    continue;
                }
                let start = at + number * SECTOR;
                if content.len() < start + sector.len() {
                    content.resize(start + sector.len(), 0);
                }
                content[start..start + sector.len()].copy_from_slice(sector);
            }
        }
        Step::Truncate { file, length } if arrives(0) => files.entry(file.clone()).or_default().resize(*length, 0),
        _ => {}
    }
}

/// The steps in a trace with every string in hexadecimal.
fn read(trace: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut syncing: HashMap<&str, String> = HashMap::new();
    for line in trace.lines() {
        let Some((thread, call)) = line.trim_start().split_once(' ') else { continue };
        let call = call.trim_start();
        let Some((name, arguments)) = call.split_once('(') else {
            if call.contains("sync resumed")
                && let Some(file) = syncing.remove(thread)
            {
                steps.push(Step::Sync { file });
            }
            continue;
        };
        if call.starts_with("<...") {
            if call.contains("sync resumed")
                && let Some(file) = syncing.remove(thread)
            {
                steps.push(Step::Sync { file });
            }
            continue;
        }
        let path = arguments.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| readable(path));
        let file = path
            .as_deref()
            .and_then(|path| path.rsplit('/').next())
            .filter(|name| ["chat.db", "chat.db-wal"].contains(name));
        match (name, file) {
            ("fdatasync" | "fsync", Some(file)) if call.ends_with("<unfinished ...>") => {
                syncing.insert(thread, file.to_owned());
            }
            ("fdatasync" | "fsync", Some(file)) => steps.push(Step::Sync { file: file.to_owned() }),
            ("pwrite64", Some(file)) => {
                let numbers = arguments.rsplit_once("\", ").map(|(_, rest)| rest).unwrap_or_default();
                let at = numbers.split([',', ')', ' ']).filter(|word| !word.is_empty()).nth(1);
                if let Some(at) = at.and_then(|at| at.parse().ok()) {
                    steps.push(Step::Write { file: file.to_owned(), at, bytes: strings(arguments) });
                }
            }
            ("ftruncate", Some(file)) => {
                let length =
                    arguments.split_once(">, ").and_then(|(_, rest)| rest.split([')', ' ']).next()?.parse().ok());
                steps.extend(length.map(|length| Step::Truncate { file: file.to_owned(), length }));
            }
            ("sendto" | "write" | "writev", None) => {
                let said = String::from_utf8_lossy(&strings(arguments)).into_owned();
                for ack in said.split(r#""t":"ack""#).skip(1) {
                    let nonce = ack.find("traced-").and_then(|at| ack.get(at..at + 12));
                    steps.extend(nonce.map(|nonce| Step::Acked { nonce: nonce.to_owned() }));
                }
            }
            _ => {}
        }
    }
    steps
}

/// Paths may stand there as they are, or in hexadecimal like everything else.
fn readable(path: &str) -> String {
    if path.starts_with("\\x") { String::from_utf8_lossy(&unhex(path)).into_owned() } else { path.to_owned() }
}

/// All strings of a call, one after the other.
fn strings(arguments: &str) -> Vec<u8> {
    arguments.split('"').skip(1).step_by(2).flat_map(unhex).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).filter_map(|byte| u8::from_str_radix(byte.get(..2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_synced_may_be_lost_and_what_was_is_there() {
        let trace = [
            r#"7 pwrite64(9</d/chat.db-wal>, "\x61\x62", 2, 0) = 2"#,
            "7 fdatasync(9</d/chat.db-wal> <unfinished ...>",
            "7 <... fdatasync resumed>) = 0",
            r#"7 pwrite64(9</d/chat.db-wal>, "\x63", 1, 2) = 1"#,
            "7 ftruncate(8</d/chat.db>, 4096) = 0",
        ];
        let steps = read(&trace.join("\n"));
        assert_eq!(steps.len(), 4, "{steps:?}");
        let mut rng = StdRng::seed_from_u64(1);
        let outcomes: Vec<_> = (0..50).map(|_| after_power_loss(&steps, &mut rng)["chat.db-wal"].clone()).collect();
        assert!(outcomes.contains(&b"ab".to_vec()) && outcomes.contains(&b"abc".to_vec()));
        assert!(outcomes.iter().all(|file| file.starts_with(b"ab")));
    }
}
