//! F53: a backup taken under load, and what it brings back.

use std::collections::HashMap;

use serde_json::json;

use super::{BOTH, Fault, Report, Scene, fault};
use crate::Result;
use crate::history::What;
use crate::http;
use crate::oracle::{self, Evidence, Truth};
use crate::socket::Socket;
use crate::temp::TempDir;
use crate::world::{Plan, World};

pub const FAULTS: &[Fault] = &[fault!(f53, BOTH, "a backup under load, restored")];

async fn f53(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(100, 4, 100.0), scene.seed).await?;
    let folder = TempDir::new("backup")?;
    let file = folder.path().join("backup").display().to_string();
    world.talk();
    world.wait(4.0).await;
    let mut acked: HashMap<String, (i64, i64)> = HashMap::new();
    for client in &world.clients {
        for record in client.history.lock().iter() {
            if let What::Ack { room, nonce, seq, .. } = &record.what {
                acked.insert(nonce.to_string(), (*room, *seq));
            }
        }
    }
    let made = world.nodes[0].spec.command(&["backup", &file]).await?;
    if made.contains("unrecognized subcommand") {
        return Ok(Report::skipped("the server makes no backups yet"));
    }
    world.wait(3.0).await;
    world.hush();
    world.settle(std::time::Duration::from_secs(10)).await;
    let (epoch, room) = (world.clients[0].look(|state| state.epoch.clone()), world.rooms[0]);
    let head = world.clients[0].look(|state| state.windows[&room].cursor);
    world.clients.clear();
    world.nodes.iter_mut().for_each(crate::server::Node::kill);
    let said = world.nodes[0].spec.command(&["restore", &file, "--replace"]).await?;
    for node in &mut world.nodes {
        node.start_again().await.map_err(|error| format!("after the restore, which said {said:?}: {error}"))?;
    }
    let truth = Truth::read(&world.database).await?;
    let missing = acked
        .iter()
        .filter(|(nonce, (room, seq))| truth.event(*room, *seq).is_none_or(|row| row.nonce != **nonce))
        .count();
    report.figure(
        "acknowledged before the backup, and stored after the restore",
        format!("{}, {}", acked.len(), truth.count()),
    );
    report.must(missing == 0, "of those before the backup missing", missing);
    let violations = oracle::check(&Evidence { truth, ..Evidence::default() });
    report.must(violations.is_empty(), "holes or doubles in the restored logs", violations.len());
    let person = http::login(world.door(0), &world.people[0].name).await?;
    let mut socket = Socket::open(world.door(0), &person.cookie).await?;
    let hello = json!({"t": "hello", "v": 1, "epoch": epoch, "subs": [{"room": room, "since": head}]});
    socket.send(&hello).await?;
    let welcome = socket.expect("welcome").await?;
    report.must(welcome["epoch"].as_str() != epoch.as_deref(), "a new epoch", &welcome["epoch"]);
    let answer = socket.any_of(&["sub_ok", "reset"]).await?;
    let void = answer["t"] == "reset" || answer["recovered"] == false;
    report.must(void, "a cursor of before is not recovered", &answer["recovered"]);
    let answer = socket.say(room, "after-the-restore", "it goes on").await?;
    report.must(answer["t"] == "ack", "talk goes on", &answer["t"]);
    Ok(report)
}
