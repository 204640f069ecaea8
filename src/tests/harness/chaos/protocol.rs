//! F54–F60: the same message again and again, lost acknowledgements, cursors that cannot be, races of subscriptions.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{BOTH, CLUSTER, Fault, Report, Scene, fault};
use crate::Result;
use crate::client::Order;
use crate::oracle::Truth;
use crate::socket::{ANSWERS, Said, Socket};
use crate::world::{Plan, Proxied, World};

pub const FAULTS: &[Fault] = &[
    fault!(f54, BOTH, smoke, "one send, 50 times at once, over sockets and HTTP"),
    fault!(f55, BOTH, smoke, "the same nonce with another text or room"),
    fault!(f56, BOTH, smoke, "acknowledgements lost for 12 s, the client sends again"),
    fault!(f58, BOTH, "offline while 3000 messages are said"),
    fault!(f59, BOTH, smoke, "cursors that cannot be"),
    fault!(f60, BOTH, "subscriptions that race with messages, 1000 times"),
    fault!(f61, BOTH, "pages and sockets joined while 200 messages a second flow"),
    fault!(f63, CLUSTER, "the last message of a burst is lost on Redis, and then silence"),
    fault!(f67, BOTH, "frames and fields of other versions"),
    fault!(f68, BOTH, "ten tabs of one person"),
];

async fn f54(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(4, 2, 1.0), scene.seed).await?;
    let (person, room) = (world.people[0].clone(), world.rooms[0]);
    let mut tries = Vec::new();
    for index in 0..50 {
        let (person, door) = (person.clone(), world.door(index % world.nodes.len()));
        tries.push(tokio::spawn(async move {
            let answer = if index % 5 == 0 {
                person.post_message(door, room, "f54", "once").await?.json()?
            } else {
                Socket::live(door, &person.cookie, &[]).await?.say(room, "f54", "once").await?
            };
            Ok::<_, crate::Error>((answer["seq"].as_i64(), answer["dup"] == true))
        }));
    }
    let mut answers = Vec::new();
    for one in tries {
        answers.push(one.await??);
    }
    let seqs: BTreeSet<_> = answers.iter().map(|(seq, _)| *seq).collect();
    report.must(seqs.len() == 1 && !seqs.contains(&None), "answered with one seq", format!("{seqs:?}"));
    let doubles = answers.iter().filter(|(_, dup)| *dup).count();
    report.must(doubles == 49, "told dup", doubles);
    let rows = Truth::read(&world.database).await?.count();
    report.must(rows == 1, "rows", rows);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f55(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(4, 2, 1.0), scene.seed).await?;
    let (person, room, other) = (world.people[0].clone(), world.rooms[0], world.rooms[1]);
    let mut socket = Socket::live(world.door(0), &person.cookie, &[]).await?;
    let first = socket.say(room, "f55", "first").await?;
    report.must(first["t"] == "ack", "the first is taken", &first["t"]);
    for (room, body) in [(room, "second"), (other, "first"), (other, "second")] {
        let answer = socket.say(room, "f55", body).await?;
        let conflict = answer["code"] == "nonce_conflict" && answer["fatal"] == true;
        report.must(conflict, "refused for good", &answer["code"]);
        let answer = person.post_message(world.door(0), room, "f55", body).await?;
        report.must(answer.status == 409, "over HTTP", answer.status);
    }
    let again = socket.say(room, "f55", "first").await?;
    report.must(again["dup"] == true && again["seq"] == first["seq"], "the first is unchanged", &again["seq"]);
    let rows = Truth::read(&world.database).await?.count();
    report.must(rows == 1, "rows", rows);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f56(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let proxied = Proxied { clients: true, ..Proxied::default() };
    let mut world = World::build(Plan::new(scene.backend).size(20, 2, 10.0).proxied(proxied), scene.seed).await?;
    world.talk();
    world.wait(1.0).await;
    world.client_proxies.iter().for_each(|proxy| proxy.set(|weather| weather.swallow_down = true));
    world.wait(12.0).await;
    // What was swallowed broke the stream of frames: those connections are of no use any more.
    world.client_proxies.iter().for_each(|proxy| {
        proxy.calm();
        proxy.cut(true);
    });
    world.wait(2.0).await;
    let verdict = world.verdict().await?;
    report.must(verdict.resends > 0, "sent again", verdict.resends);
    report.must(world.duplicates() > 0, "told dup", world.duplicates());
    report.oracle(&verdict);
    Ok(report)
}

async fn f58(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut plan = Plan::new(scene.backend).size(20, 1, 500.0);
    plan.from_start = true;
    let mut world = World::build(plan, scene.seed).await?;
    world.clients[0].say(world.rooms[0], "f58", "so that there is a cursor");
    world.settle(Duration::from_secs(5)).await;
    world.clients[0].order(Order::Cut { reset: true, offline: Duration::from_secs(12) });
    world.wait(0.2).await;
    let talkers = world.clients.split_off(1);
    let away = std::mem::replace(&mut world.clients, talkers);
    world.talk();
    world.wait(7.0).await;
    world.hush();
    world.clients.extend(away);
    let verdict = world.verdict().await?;
    let resets = world.clients.last().map_or(0, |client| client.look(|state| state.counts.resets));
    report.must(verdict.stored > 3_000, "missed", verdict.stored);
    report.must(resets == 1, "one reset, and a page", resets);
    // Scrolling back is complete.
    let (person, door, room) = (&world.people[0], world.door(0), world.rooms[0]);
    let mut before = None;
    let mut seen = BTreeSet::new();
    loop {
        let page = person.history(door, room, before.map(|seq| ("before", seq))).await?;
        let seqs: Vec<i64> =
            page["messages"].as_array().into_iter().flatten().filter_map(|m| m["seq"].as_i64()).collect();
        let Some(first) = seqs.first() else { break };
        before = Some(*first);
        seen.extend(seqs);
    }
    report.must(seen.len() == verdict.stored, "found by scrolling back", seen.len());
    report.oracle(&verdict);
    Ok(report)
}

async fn f59(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(4, 2, 20.0), scene.seed).await?;
    world.talk();
    world.wait(1.0).await;
    world.hush();
    world.settle(Duration::from_secs(5)).await;
    let (person, room, door) = (world.people[0].clone(), world.rooms[0], world.door(0));
    let epoch = world.clients[0].look(|state| state.epoch.clone()).unwrap_or_default();
    let void = |frame: &Value| {
        frame["t"] == "reset" || (frame["recovered"] == false && frame["events"].as_array().is_some_and(Vec::is_empty))
    };
    let mut socket = Socket::live(door, &person.cookie, &[]).await?;
    for since in [json!(1_000_000), json!((1_i64 << 53) - 1)] {
        let answer = socket.subscribe(room, &since).await?;
        report.must(void(&answer), &format!("since {since} is not recovered"), &answer["t"]);
    }
    for since in ["-1", "9007199254740992", "9223372036854775808", "1e400", "1.5", "\"1\"", "{}", "[]"] {
        socket.text(format!(r#"{{"t":"sub","id":7,"room":{room},"since":{since}}}"#)).await?;
        let answer = match socket.next_of(ANSWERS).await? {
            Said::Frame(frame) => frame,
            // 1e400 is no JSON number for every reader: then the frame is not JSON, and closed with 4400.
            Said::Over(code) => {
                report.must(since == "1e400" && code == 4400, &format!("since {since} closes"), code);
                socket = Socket::live(door, &person.cookie, &[]).await?;
                continue;
            }
        };
        report.must(answer["code"] == "bad_frame" || void(&answer), &format!("since {since}"), &answer["code"]);
    }
    for (epoch, since) in [(json!("stale"), 1), (Value::Null, 1)] {
        let mut socket = Socket::open(door, &person.cookie).await?;
        let hello = json!({"t": "hello", "v": 1, "epoch": epoch, "subs": [{"room": room, "since": since}]});
        socket.send(&hello).await?;
        let answer = socket.any_of(&["sub_ok", "reset"]).await?;
        report.must(void(&answer), &format!("epoch {epoch} is not recovered"), &answer["recovered"]);
    }
    let mut socket = Socket::open(door, &person.cookie).await?;
    socket.send(&json!({"t": "hello", "v": 1, "epoch": epoch, "subs": [{"room": room, "since": 1}]})).await?;
    let answer = socket.any_of(&["sub_ok", "reset"]).await?;
    let whole = answer["events"].as_array().map(Vec::len).unwrap_or_default() as i64;
    report.must(answer["head"].as_i64() == Some(whole + 1), "a valid cursor brings the whole list", whole);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f60(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(20, 1, 200.0), scene.seed).await?;
    world.talk();
    let room = world.rooms[0];
    // One client leaves and enters again without end; its screen must stay whole.
    for _ in 0..1_000 {
        world.clients[0].order(Order::Resubscribe(room));
        world.wait(0.005).await;
    }
    // A bare socket: sub, unsub and sub at once; what follows each answer goes on from its head.
    let mut socket = Socket::live(world.door(0), &world.people[0].cookie, &[]).await?;
    let mut broken = 0;
    for _ in 0..100 {
        for frame in ["sub", "unsub", "sub"] {
            socket.send(&json!({"t": frame, "id": 1, "room": room})).await?;
        }
        let mut next = None;
        let mut answers = 0;
        let until = Instant::now() + Duration::from_millis(60);
        while Instant::now() < until {
            let Said::Frame(frame) = socket.next().await? else { return Err("closed".into()) };
            match frame["t"].as_str() {
                Some("sub_ok") => {
                    answers += 1;
                    next = frame["head"].as_i64().map(|head| head + 1);
                }
                Some("ev") if answers > 0 => {
                    if frame["seq"].as_i64() != next {
                        broken += 1;
                    }
                    next = frame["seq"].as_i64().map(|seq| seq + 1);
                }
                _ => {}
            }
        }
        socket.send(&json!({"t": "unsub", "room": room})).await?;
        // Nothing after this answer is of the room any more.
        socket.send(&json!({"t": "sub", "id": 2, "room": 1})).await?;
        socket.any_of(&["err"]).await?;
    }
    report.must(broken == 0, "events that did not follow their sub_ok", broken);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f61(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(20, 1, 200.0), scene.seed).await?;
    world.talk();
    world.wait(1.0).await;
    let (person, room) = (world.people[0].clone(), world.rooms[0]);
    let mut wrong = Vec::new();
    for index in 0..100 {
        let door = world.door(index % world.nodes.len());
        // The page: head first, then its messages; the socket goes on after that head.
        let page = person.history(door, room, None).await?;
        let head = page["head"].as_i64().ok_or("a page without head")?;
        let last = page["messages"].as_array().and_then(|list| list.last()?["seq"].as_i64()).unwrap_or_default();
        let mut socket = Socket::open(door, &person.cookie).await?;
        let hello = json!({"t": "hello", "v": 1, "epoch": page["epoch"], "subs": [{"room": room, "since": head}]});
        socket.send(&hello).await?;
        let answer = socket.expect("sub_ok").await?;
        let listed: Vec<i64> =
            answer["events"].as_array().into_iter().flatten().filter_map(|e| e["seq"].as_i64()).collect();
        let live = socket.expect("ev").await?["seq"].as_i64().unwrap_or_default();
        let expected: Vec<i64> = (head + 1..live).collect();
        if last < head || listed != expected || answer["recovered"] != true {
            wrong.push(format!("page {last}/{head}, list {listed:?}, live {live}"));
        }
    }
    report.must(wrong.is_empty(), "of 100 first views with a gap or a double", wrong.len());
    report.failures.extend(wrong.into_iter().take(3));
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f63(scene: Scene) -> Result<Report> {
    use crate::proxy::Fate;
    let mut report = Report::default();
    let proxied = Proxied { bus: true, ..Proxied::default() };
    let mut world = World::build(Plan::new(scene.backend).size(20, 1, 1.0).proxied(proxied), scene.seed).await?;
    let room = world.rooms[0];
    let drops = std::sync::Arc::new(|number: u64| if number % 10 == 9 { Fate::Drop } else { Fate::Pass });
    world.bus_proxies[1].set(|weather| weather.judge = Some(drops));
    for number in 0..10 {
        world.clients[0].say(room, &format!("f63-{number}"), "burst");
    }
    let everybody = |world: &World| {
        let cursor = |client: &crate::client::Client| client.look(|state| state.windows[&room].cursor);
        world.clients.iter().all(|client| cursor(client) == Some(10))
    };
    let seen = world.until(30.0, everybody).await;
    report.must(world.bus_proxies[1].messages() >= 10, "messages past the proxy", world.bus_proxies[1].messages());
    report.at_most("the lost one seen after s", seen.unwrap_or(f64::INFINITY), 2.5);
    report.figure("repairs", world.metric("chat_anti_entropy_repairs_total").await);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f67(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(4, 1, 10.0), scene.seed).await?;
    world.talk();
    let (person, room, door) = (world.people[0].clone(), world.rooms[0], world.door(0));
    let mut socket = Socket::live(door, &person.cookie, &[room]).await?;
    for frame in [json!({"t": "dance", "id": 9, "room": room}), json!({"t": "hologram"}), json!({"t": "Send", "id": 1})]
    {
        socket.send(&frame).await?;
        let answer = socket.expect("err").await?;
        report.must(answer["code"] == "unsupported", "an unknown type", &answer["code"]);
    }
    let frame = json!({"t": "send", "id": 1, "room": room, "nonce": "f67", "body": "b", "shine": {"deep": [1]}, "reply_to": null});
    socket.send(&frame).await?;
    let answer = socket.any_of(&["ack", "err"]).await?;
    report.must(answer["t"] == "ack", "unknown fields are ignored", &answer["t"]);
    let mut old = Socket::open(door, &person.cookie).await?;
    old.send(&json!({"t": "hello", "v": 99, "subs": []})).await?;
    let code = old.close_code().await?;
    report.must(code == 4404, "another version closes", code);
    report.must(world.all_closes() == 0, "connections lost", world.all_closes());
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn f68(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(2, 1, 1.0), scene.seed).await?;
    let room = world.rooms[0];
    for _ in 0..10 {
        world.join(0, vec![room]);
    }
    world.all_ready(Duration::from_secs(10)).await?;
    for number in 0..50 {
        world.clients[number % 12].say(room, &format!("f68-{number}"), "from one of the tabs");
    }
    let verdict = world.verdict().await?;
    report.must(verdict.stored == 50, "stored", verdict.stored);
    report.must(verdict.doubles == 0, "doubled frames", verdict.doubles);
    report.oracle(&verdict);
    Ok(report)
}
