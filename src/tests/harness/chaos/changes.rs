//! F62, F65, F69: what changes after it was said, and who is there: a screen fed by events equals a fresh one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand::Rng;
use serde_json::{Value, json};

use super::{BOTH, Fault, Report, SQLITE, Scene, fault};
use crate::Result;
use crate::history::Room;
use crate::socket::{Said, Socket};
use crate::world::{Plan, World};

pub const FAULTS: &[Fault] = &[
    fault!(f62, BOTH, "edits, deletes and reactions: state and events equal a fresh page"),
    fault!(f65, SQLITE, "the same at random, with kill -9 in between"),
    fault!(f69, BOTH, "somebody flaps for 3 s, then is gone for 12 s"),
];

/// A message as it is shown.
#[derive(Debug, Default, PartialEq)]
struct Shown {
    body: Option<String>,
    deleted: bool,
    reactions: BTreeMap<String, BTreeSet<i64>>,
}

/// A room's messages by seq.
#[derive(Default)]
struct Screen {
    head: i64,
    messages: BTreeMap<i64, Shown>,
}

impl Screen {
    fn apply(&mut self, event: &Value) -> Result<()> {
        let seq = event["seq"].as_i64().ok_or("an event without seq")?;
        if seq != self.head + 1 {
            return Err(format!("event {seq} after {}", self.head).into());
        }
        self.head = seq;
        let body = event["body"].as_str().map(str::to_owned);
        let target = event["target"].as_i64().unwrap_or_default();
        let author = event["author"]["id"].as_i64().unwrap_or_default();
        match event["k"].as_str() {
            Some("msg") => {
                // Its text may be gone already, where it was deleted before this screen looked.
                self.messages.insert(seq, Shown { deleted: body.is_none(), body, ..Shown::default() });
            }
            Some("edit") => {
                if let Some(shown) = self.messages.get_mut(&target).filter(|shown| !shown.deleted) {
                    shown.body = body;
                }
            }
            Some("del") => {
                self.messages.insert(target, Shown { deleted: true, ..Shown::default() });
            }
            Some("react") => {
                let emoji = event["emoji"].as_str().unwrap_or_default().to_owned();
                if let Some(shown) = self.messages.get_mut(&target).filter(|shown| !shown.deleted) {
                    let by = shown.reactions.entry(emoji).or_default();
                    if event["on"] == true {
                        by.insert(author)
                    } else {
                        by.remove(&author)
                    };
                    shown.reactions.retain(|_, by| !by.is_empty());
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads the whole log through a subscription from the start.
    async fn from_start(world: &World, room: Room) -> Result<Self> {
        let mut screen = Self::default();
        loop {
            let fields = [("room", room.to_string()), ("since", screen.head.to_string()), ("limit", "500".to_owned())];
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let epoch = world.clients[0].look(|state| state.epoch.clone()).unwrap_or_default();
            let fields = [&fields[..], &[("epoch", &*epoch)]].concat();
            let page = crate::http::call(world.door(0), &world.people[0].cookie, "events", &fields).await?;
            let page = page.json()?;
            let events = page["events"].as_array().ok_or("no events")?;
            if events.is_empty() {
                return Ok(screen);
            }
            events.iter().try_for_each(|event| screen.apply(event))?;
        }
    }

    /// How it differs from the pages that a reader loads afresh.
    async fn compare(&self, world: &World, room: Room) -> Result<Vec<String>> {
        let mut wrong = Vec::new();
        let mut before = None;
        let mut seen = 0;
        loop {
            let cursor = before.map(|seq| ("before", seq));
            let page = world.people[0].history(world.door(world.nodes.len() - 1), room, cursor).await?;
            let messages = page["messages"].as_array().ok_or("no messages")?;
            let Some(first) = messages.first() else { break };
            before = first["seq"].as_i64();
            for message in messages {
                let seq = message["seq"].as_i64().unwrap_or_default();
                let Some(shown) = self.messages.get(&seq) else {
                    wrong.push(format!("{seq} is on the page only"));
                    continue;
                };
                seen += 1;
                let deleted = message["deleted"] == true;
                let body = message["body"].as_str().filter(|_| !deleted).map(str::to_owned);
                let counts: BTreeMap<String, usize> = message["reactions"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|one| Some((one["emoji"].as_str()?.to_owned(), one["count"].as_u64()? as usize)))
                    .collect();
                let ours: BTreeMap<String, usize> =
                    shown.reactions.iter().map(|(emoji, by)| (emoji.clone(), by.len())).collect();
                if shown.deleted != deleted
                    || shown.body.as_ref().filter(|_| !deleted) != body.as_ref()
                    || counts != ours
                {
                    wrong.push(format!("{seq} is {shown:?}, and on the page {message}"));
                }
            }
        }
        let live = self.messages.values().filter(|shown| !shown.deleted).count();
        if seen < live {
            wrong.push(format!("{live} messages, and {seen} of them on the pages"));
        }
        Ok(wrong)
    }
}

/// Random changes by three people; `Ok(false)` if the server does not know them.
async fn change(world: &mut World, room: Room, count: u32, round: u32) -> Result<bool> {
    let mut sockets = Vec::new();
    for person in 0..3 {
        sockets.push(Socket::live(world.door(person % world.nodes.len()), &world.people[person].cookie, &[]).await?);
    }
    let mut heads = Vec::new();
    for number in 0..count {
        let (who, dice) = (world.rng.random_range(0..3), world.rng.random_range(0..10));
        let target = if heads.is_empty() { 0 } else { heads[world.rng.random_range(0..heads.len())] };
        let nonce = format!("c-{round}-{number}-{}", world.rng.random::<u32>());
        let emoji = ["👍", "🎉", "❤️"][world.rng.random_range(0..3)];
        let frame = match dice {
            _ if heads.len() < 3 => json!({"t": "send", "body": format!("text {number}")}),
            0..4 => json!({"t": "send", "body": format!("text {number}")}),
            4..6 => json!({"t": "edit", "target": target, "body": format!("edited {number}")}),
            6 => json!({"t": "del", "target": target}),
            _ => json!({"t": "react", "target": target, "emoji": emoji, "on": world.rng.random_bool(0.6)}),
        };
        let mut frame = frame;
        frame["id"] = json!(number);
        frame["room"] = json!(room);
        frame["nonce"] = json!(nonce);
        sockets[who].send(&frame).await?;
        let answer = sockets[who].any_of(&["ack", "err"]).await?;
        if answer["code"] == "unsupported" {
            return Ok(false);
        }
        if let Some(seq) = answer["seq"].as_i64().filter(|_| frame["t"] == "send") {
            heads.push(seq);
        }
    }
    Ok(true)
}

async fn f62(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(4, 1, 1.0), scene.seed).await?;
    let room = world.rooms[0];
    let mut live = Socket::live(world.door(world.nodes.len() - 1), &world.people[3].cookie, &[room]).await?;
    if !change(&mut world, room, 400, 0).await? {
        return Ok(Report::skipped("the server knows no edits yet"));
    }
    world.settle(Duration::from_secs(5)).await;
    let replayed = Screen::from_start(&world, room).await?;
    let mut screen = Screen::default();
    while screen.head < replayed.head {
        let Said::Frame(frame) = live.next().await? else { return Err("closed".into()) };
        if frame["t"] == "ev" {
            screen.apply(&frame)?;
        }
    }
    report.figure("events", screen.head);
    for (name, screen) in [("fed live", screen), ("read from the start", replayed)] {
        let wrong = screen.compare(&world, room).await?;
        report.must(wrong.is_empty(), &format!("messages that differ on a screen {name}"), wrong.len());
        report.failures.extend(wrong.into_iter().take(3));
    }
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f65(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(4, 1, 1.0), scene.seed).await?;
    let room = world.rooms[0];
    for round in 0..5 {
        if !change(&mut world, room, 200, round).await? {
            return Ok(Report::skipped("the server knows no edits yet"));
        }
        world.nodes[0].kill();
        world.nodes[0].start_again().await?;
        let screen = Screen::from_start(&world, room).await?;
        let wrong = screen.compare(&world, room).await?;
        report.must(wrong.is_empty(), &format!("after {} events differ", screen.head), wrong.len());
        report.failures.extend(wrong.into_iter().take(3));
    }
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f69(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let world = World::build(Plan::new(scene.backend).size(2, 1, 1.0), scene.seed).await?;
    let room = world.rooms[0];
    let (flapper, far) = (crate::http::register(world.door(0), "flapper").await?, world.door(world.nodes.len() - 1));
    let mut watcher = Socket::live(far, &world.people[0].cookie, &[room]).await?;
    let socket = Socket::live(world.door(0), &flapper.cookie, &[room]).await?;
    let names = format!("{}", flapper.id);
    let (joins, leaves) = presence(&mut watcher, &names, 5.0).await?;
    if joins + leaves == 0 {
        return Ok(Report::skipped("the server tells no presence yet"));
    }
    drop(socket);
    let gone = presence(&mut watcher, &names, 3.0).await?;
    let socket = Socket::live(world.door(0), &flapper.cookie, &[room]).await?;
    let back = presence(&mut watcher, &names, 10.0).await?;
    report.must((gone, back) == ((0, 0), (0, 0)), "joins and leaves shown of a flap", format!("{gone:?}, {back:?}"));
    drop(socket);
    let (joins, leaves) = presence(&mut watcher, &names, 14.0).await?;
    report.must((joins, leaves) == (0, 1), "joins and leaves shown after 14 s", format!("{joins}, {leaves}"));
    Ok(report)
}

/// How often a person was said to join and to leave in this time.
async fn presence(watcher: &mut Socket, id: &str, seconds: f64) -> Result<(u32, u32)> {
    let until = tokio::time::Instant::now() + Duration::from_secs_f64(seconds);
    let (mut joins, mut leaves) = (0, 0);
    while let Ok(said) = tokio::time::timeout_at(until, watcher.next()).await {
        let Said::Frame(frame) = said? else { return Err("closed".into()) };
        if frame["t"] == "presence" {
            joins += u32::from(frame["join"].to_string().contains(id));
            leaves += u32::from(frame["leave"].to_string().contains(id));
        }
    }
    Ok((joins, leaves))
}
