//! F77: everything at once for an hour, and nothing may grow.

use std::time::{Duration, Instant};

use rand::Rng;

use super::{CLUSTER, Fault, Report, Scene, fault};
use crate::Result;
use crate::client::Order;
use crate::server::Usage;
use crate::socket::Socket;
use crate::world::{Plan, World, ms};

pub const FAULTS: &[Fault] =
    &[fault!(f77, CLUSTER, "an hour of talk, comings and goings, and a fault every five minutes")];

/// `CHAOS_SOAK_MINUTES` makes it shorter; the catalogue asks for an hour.
pub fn minutes() -> u64 {
    std::env::var("CHAOS_SOAK_MINUTES").ok().and_then(|minutes| minutes.parse().ok()).unwrap_or(60)
}

/// Comings and goings, each second.
const CHURN: f64 = 50.0;

async fn f77(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend), scene.seed).await?;
    world.talk();
    let visitors = churn(&world);
    let every = (minutes() / 12).max(1);
    let (mut calm, mut held, mut broken) = (Vec::new(), Vec::new(), Vec::new());
    for minute in 0..minutes() {
        let ends = Instant::now() + Duration::from_secs(60);
        world.deliveries();
        let is_broken = minute % every == every - 1 && minute + every < minutes();
        if is_broken {
            broken.push(break_something(&mut world).await?);
        }
        tokio::time::sleep_until(ends.into()).await;
        let delivery = world.delivery();
        if !is_broken {
            calm.push(ms(&delivery, 0.99));
            held.push(world.nodes.iter().map(|node| node.usage()).collect::<Result<Vec<_>>>()?);
        }
        println!("    minute {minute}: p99 {:.1} ms, {:?}", ms(&delivery, 0.99), held.last());
    }
    visitors.abort();
    report.figure("minutes", minutes());
    report.figure("broken:", broken.join(", "));
    let sixth = (calm.len() / 6).max(1);
    let (first, last) = (worst(&calm[..sixth]), worst(&calm[calm.len() - sixth..]));
    report.figure("p99 ms in the first sixth", format!("{first:.1}"));
    report.at_most("p99 ms in the last sixth", last, first * 1.2);
    let most = |part: &[Vec<Usage>], of: fn(&Usage) -> u64| part.iter().flatten().map(of).max().unwrap_or_default();
    for (what, of, more) in [
        ("KiB resident", (|usage| usage.rss_kib) as fn(&Usage) -> u64, 1.1),
        ("descriptors", |usage| usage.fds as u64, 1.1),
    ] {
        // The first third warms up: what is allocated once is there by then.
        let third = (held.len() / 3).max(1);
        let (before, after) = (most(&held[..third], of), most(&held[held.len() - third..], of));
        report.figure(&format!("{what} in the first third"), before);
        report.at_most(&format!("{what} in the last third"), after as f64, before as f64 * more);
    }
    report.oracle(&world.verdict().await?);
    Ok(report)
}

fn worst(times: &[f64]) -> f64 {
    times.iter().copied().fold(0.0, f64::max)
}

/// People who come, look into a room, and go, some of them without a word.
fn churn(world: &World) -> tokio::task::JoinHandle<()> {
    let (doors, rooms, cookie) = (world.doors.clone(), world.rooms.clone(), world.people[0].cookie.clone());
    tokio::spawn(async move {
        let mut beat = tokio::time::interval(Duration::from_secs_f64(1.0 / CHURN));
        for number in 0_usize.. {
            beat.tick().await;
            let door = {
                let doors = doors.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                doors[number % doors.len()]
            };
            let (cookie, room) = (cookie.clone(), rooms[number % rooms.len()]);
            tokio::spawn(async move {
                if let Ok(mut socket) = Socket::live(door, &cookie, &[room]).await
                    && number % 3 > 0
                {
                    let _ = tokio::time::timeout(Duration::from_secs(1), socket.0.close(None)).await;
                }
            });
        }
    })
}

/// F04, F08, F15 or F30; what it was.
async fn break_something(world: &mut World) -> Result<&'static str> {
    Ok(match world.rng.random_range(0..4) {
        0 => {
            let node = world.rng.random_range(0..world.nodes.len());
            world.nodes[node].kill();
            world.wait(5.0).await;
            world.nodes[node].start_again().await?;
            "kill -9 of a node"
        }
        1 => {
            world.redis()?.kill();
            world.wait(20.0).await;
            world.redis()?.start_again().await?;
            "kill -9 of Redis"
        }
        2 => {
            world.redis()?.stop()?;
            world.wait(20.0).await;
            world.redis()?.resume()?;
            "Redis frozen"
        }
        _ => {
            for client in &world.clients {
                client.order(Order::Cut { reset: client.id % 2 == 0, offline: Duration::from_secs(2) });
            }
            "every connection cut"
        }
    })
}
