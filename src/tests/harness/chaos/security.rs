//! S08–S42, as far as they need a running cluster: revocations, bans, floods, leaks, forgeries.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{BOTH, CLUSTER, Fault, Report, SQLITE, Scene, fault};
use crate::Result;
use crate::history::now;
use crate::http;
use crate::oracle::Revocation;
use crate::socket::{Said, Socket};
use crate::world::{Plan, World, ms};

pub const FAULTS: &[Fault] = &[
    fault!(s08, BOTH, "signing out ends live sockets on every node, also without Redis"),
    fault!(s09, BOTH, "a member removed from a private room, live and coming back"),
    fault!(s10, BOTH, "1000 sends that race with the removal"),
    fault!(s17, SQLITE, "a cache shared by people of whom one may see more"),
    fault!(s23, SQLITE, "floods: one sender, many sockets"),
    fault!(s33, BOTH, "an outsider hears nothing of private rooms"),
    fault!(s37, BOTH, "numbers that ask for too much"),
    fault!(s38, SQLITE, "no secrets and no escapes in the log"),
    fault!(s42, CLUSTER, "forged messages on Redis"),
];

async fn s08(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(40, 2, 40.0), scene.seed).await?;
    world.talk();
    for redis_is_dead in [false, true] {
        if redis_is_dead {
            if world.redis.is_none() {
                break;
            }
            world.redis()?.kill();
            world.wait(4.0).await;
        }
        // A person of its own, on every node, listening to the busy rooms.
        let person = http::register(world.door(0), &format!("leaver-{redis_is_dead}")).await?;
        let first = world.people.len();
        world.people.push(person.clone());
        let place = world.clients.len();
        for node in 0..3 {
            let rooms = world.rooms.clone();
            let setup = crate::client::Setup {
                person: person.clone(),
                rooms,
                doors: world.doors.clone(),
                home: node % world.nodes.len(),
                receive_buffer: None,
                from_start: false,
            };
            world.start_client(setup);
        }
        world.all_ready(Duration::from_secs(10)).await?;
        world.wait(1.0).await;
        let answer = http::call(world.door(0), &person.cookie, "logout", &[]).await?;
        report.must(answer.status == 200, "signed out", answer.status);
        let (at, grace) = (now(), if redis_is_dead { 35.0 } else { 1.0 });
        let gone = |world: &World| {
            (place..place + 3).all(|index| world.clients[index].look(|state| state.counts.closes.contains_key(&4403)))
        };
        let time = world.until(grace + 6.0, gone).await;
        let what = if redis_is_dead { "all closed 4403, Redis dead, after s" } else { "all closed 4403 after s" };
        report.at_most(what, time.unwrap_or(f64::INFINITY), grace);
        for client in place..place + 3 {
            let client = u32::try_from(client)?;
            world.revocations.push(Revocation { client, room: None, at, grace: (grace * 1e9) as u64 });
        }
        for client in &world.clients[place..] {
            client.order(crate::client::Order::Leave);
        }
        world.people.truncate(first);
        world.wait(1.0).await;
        let verdict = violations_only(&mut world).await?;
        report.must(verdict.is_empty(), "oracle, I8 included", format!("{} violations", verdict.len()));
        report.failures.extend(verdict.into_iter().take(3));
        world.clients.truncate(place);
        world.revocations.clear();
        world.talk();
    }
    Ok(report)
}

/// What the oracle finds, whether or not everybody has caught up: signed-out clients never will.
async fn violations_only(world: &mut World) -> Result<Vec<String>> {
    let verdict = world.verdict_within(Duration::from_secs(1)).await?;
    Ok(verdict.violations.iter().map(ToString::to_string).collect())
}

/// A private room of the first person, with the second as a member.
async fn private_room(world: &World) -> Result<i64> {
    let (owner, door) = (&world.people[0], world.door(0));
    let room = owner.create_room(door, "Private", "private").await?;
    member(world, "add_member", room).await?;
    Ok(room)
}

async fn member(world: &World, change: &str, room: i64) -> Result<()> {
    let (owner, door) = (&world.people[0], world.door(0));
    let fields = [("room", &*room.to_string()), ("username", &*world.people[1].name)];
    let answer = http::call(door, &owner.cookie, change, &fields).await?;
    if answer.status == 200 { Ok(()) } else { Err(format!("{change}: {} {}", answer.status, answer.text()).into()) }
}

async fn s09(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(4, 2, 10.0), scene.seed).await?;
    let room = private_room(&world).await?;
    let first = world.clients.len();
    for person in [0, 1, 1] {
        world.join(person, vec![room]);
    }
    world.all_ready(Duration::from_secs(10)).await?;
    world.clients[first].say(room, "s09-before", "all three hear this");
    world.wait(1.0).await;
    member(&world, "remove_member", room).await?;
    let at = now();
    let told = |world: &World| {
        world.clients[first + 1..].iter().all(|client| client.look(|state| !state.windows.contains_key(&room)))
    };
    let time = world.until(5.0, told).await;
    report.at_most("revoked after s", time.unwrap_or(f64::INFINITY), 1.0);
    for client in [first + 1, first + 2] {
        world.revocations.push(Revocation {
            client: u32::try_from(client)?,
            room: Some(room),
            at,
            grace: 1_000_000_000,
        });
    }
    for number in 0..20 {
        world.clients[first].say(room, &format!("s09-{number}"), "only the owner hears this");
        world.wait(0.1).await;
    }
    let gone = &world.people[1];
    for node in 0..world.nodes.len() {
        let mut socket = Socket::live(world.door(node), &gone.cookie, &[]).await?;
        for since in [json!(null), json!(0), json!(1)] {
            let answer = socket.subscribe(room, &since).await?;
            report.must(answer["code"] == "not_found", &format!("a subscription since {since}"), &answer["code"]);
        }
        let answer = socket.say(room, "s09-late", "still here?").await?;
        report.must(answer["code"] == "not_found", "a send", &answer["code"]);
        for name in ["history", "events"] {
            let answer =
                http::call(world.door(node), &gone.cookie, name, &[("room", &*room.to_string()), ("since", "0")])
                    .await?;
            report.must(answer.status == 404, name, answer.status);
        }
        let headers = [format!("Cookie: {}", gone.cookie)];
        let answer = http::request(world.door(node), &format!("GET /rooms/{room}"), &headers, "").await?;
        report.must(answer.status == 404, "the page", answer.status);
    }
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn s10(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(4, 2, 10.0), scene.seed).await?;
    let room = private_room(&world).await?;
    let mut floods = Vec::new();
    for part in 0..10 {
        let (door, cookie) = (world.door(part % world.nodes.len()), world.people[1].cookie.clone());
        floods.push(tokio::spawn(async move {
            let mut socket = Socket::live(door, &cookie, &[]).await?;
            for number in 0..100 {
                let nonce = format!("s10-{part}-{number}");
                let frame = json!({"t": "send", "id": number, "room": room, "nonce": nonce, "body": "quick"});
                socket.send(&frame).await?;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let mut stored = 0;
            for _ in 0..100 {
                stored += u32::from(socket.any_of(&["ack", "err"]).await?["t"] == "ack");
            }
            Ok::<_, crate::Error>(stored)
        }));
    }
    world.wait(0.08).await;
    member(&world, "remove_member", room).await?;
    let mut acked = 0;
    for flood in floods {
        acked += flood.await??;
    }
    let truth = crate::oracle::Truth::read(&world.database).await?;
    let log = truth.rooms.get(&room).ok_or("no such room")?;
    let last_of = |person: usize| {
        log.events
            .iter()
            .filter(|event| event.author == world.people[person].id)
            .map(|event| event.seq)
            .max()
            .unwrap_or_default()
    };
    let (removal, last) = (last_of(0), last_of(1));
    report.figure("sends stored before the removal, of 1000", acked);
    report.must(
        removal > 0 && last < removal,
        "the removal, and the last message of the removed",
        format!("{removal}, {last}"),
    );
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn s17(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(4, 1, 10.0), scene.seed).await?;
    let (door, insider) = (world.door(0), http::register(world.door(0), "insider-of-s17").await?);
    let outsider = http::register(door, "outsider-of-s17").await?;
    let title = format!("Whispers {}", scene.seed);
    let private = insider.create_room(door, &title, "private").await?;
    let public = insider.create_room(door, "Spoken", "public").await?;
    let said = insider.post_message(door, private, "s17-a", "whispered text").await?.json()?["seq"].to_string();
    insider.post_message(door, public, "s17-b", "spoken text").await?.json()?;
    let paths = [
        "/".to_owned(),
        "/?q=Whispers".to_owned(),
        "/search?q=whispered".to_owned(),
        "/settings".to_owned(),
        "/rooms/new".to_owned(),
        "/login".to_owned(),
        "/users/insider-of-s17".to_owned(),
        "/feed.atom".to_owned(),
        "/sitemap.xml".to_owned(),
        "/robots.txt".to_owned(),
        format!("/rooms/{public}"),
        format!("/rooms/{public}/feed.atom"),
        format!("/rooms/{private}"),
        format!("/rooms/{private}?before={said}"),
        format!("/rooms/{private}/messages/{said}"),
        format!("/rooms/{private}/members"),
        format!("/rooms/{private}/settings"),
        format!("/rooms/{private}/feed.atom"),
    ];
    let language = "Accept-Language: en".to_owned();
    let mut cache = crate::cache::SharedCache::default();
    let (mut leaks, mut shared, mut shown) = (Vec::new(), 0, 0);
    for path in &paths {
        let own = [format!("Cookie: {}", insider.cookie), language.clone()];
        let (answer, _) = cache.get(door, path, &own).await?;
        let secrets = [title.as_str(), "whispered text", insider.name.as_str()];
        shown += u32::from(secrets.iter().any(|secret| answer.text().contains(secret)));
        for cookie in [Some(&outsider.cookie), None] {
            let headers: Vec<_> =
                cookie.map(|cookie| format!("Cookie: {cookie}")).into_iter().chain([language.clone()]).collect();
            let (other, source) = cache.get(door, path, &headers).await?;
            shared += u32::from(source == crate::cache::Source::Cache);
            let is_private = [title.as_str(), "whispered text"].iter().any(|secret| other.text().contains(secret));
            // A page is rendered for one person; a feed is the same for all.
            let is_page = other.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
            if is_private || (source == crate::cache::Source::Cache && is_page) {
                leaks.push(format!("{path} ({source:?})"));
            }
        }
    }
    report.must(shown > 5, "pages that showed the insider something of their own", shown);
    report.must(leaks.is_empty(), "pages that showed it to others", format!("{leaks:?}"));
    report.must(shared > 0, "answers that the cache gave to others", shared);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn s23(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut plan = Plan::new(scene.backend).size(20, 1, 20.0);
    // The limits as they are by default, but for the harness' own many clients of one address.
    plan.env = [("CHAT_RATE_FRAMES", "20/4"), ("CHAT_RATE_SEND", "10/2"), ("CHAT_CONNECTIONS_PER_USER", "20")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let mut world = World::build(plan, scene.seed).await?;
    world.talk();
    world.wait(5.0).await;
    let before = world.delivery();
    let attacker = http::register(world.door(0), "flooder").await?;
    let mut codes = std::collections::BTreeMap::<u16, u32>::new();
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until {
        let mut socket = Socket::live(world.door(0), &attacker.cookie, &[]).await?;
        let mut number = 0;
        let code = loop {
            number += 1;
            let frame = json!({"t": "sub", "id": number, "room": 1}).to_string();
            if number > 5_000 || socket.text(frame).await.is_err() {
                break socket.close_code().await.unwrap_or_default();
            }
            if number % 10 == 0
                && let Ok(said) = tokio::time::timeout(Duration::from_millis(1), socket.next()).await
                && let Said::Over(code) = said?
            {
                break code;
            }
        };
        *codes.entry(code).or_default() += 1;
    }
    report.must(codes.get(&4429).is_some_and(|count| *count > 0), "floods closed with", format!("{codes:?}"));
    let mut sockets = Vec::new();
    let mut refused = 0;
    for _ in 0..40 {
        let mut socket = Socket::open(world.door(0), &attacker.cookie).await?;
        socket.send(&json!({"t": "hello", "v": 1})).await?;
        match socket.next().await? {
            Said::Over(4409) => refused += 1,
            _ => sockets.push(socket),
        }
    }
    report.must(
        refused == 20 && sockets.len() == 20,
        "sockets of one person: taken and refused",
        format!("{}, {refused}", sockets.len()),
    );
    let during = world.delivery();
    report.figure("victims' p99 ms before and during", format!("{:.1}, {:.1}", ms(&before, 0.99), ms(&during, 0.99)));
    report.must(world.all_closes() == 0, "victims' connections closed", world.all_closes());
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn s33(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(20, 2, 40.0), scene.seed).await?;
    let owner = world.people[0].clone();
    let secret = format!("Secret title {}", scene.seed);
    let private = owner.create_room(world.door(0), &secret, "private").await?;
    let outsider = http::register(world.door(0), "outsider").await?;
    world.talk();
    let mut ears = Vec::new();
    let public = world.rooms.clone();
    for (node, cookie) in [(0, outsider.cookie.as_str()), (world.nodes.len() - 1, ""), (0, "")] {
        let mut socket = Socket::live(world.door(node), cookie, &public).await?;
        let known = socket.subscribe(private, &json!(0)).await?;
        let unknown = socket.subscribe(private ^ 1, &json!(0)).await?;
        let same = known["code"] == "not_found" && unknown["code"] == "not_found" && known["msg"] == unknown["msg"];
        report.must(same, "a private room answers as one that is not there", &known["code"]);
        ears.push(socket);
    }
    let mut inside = Socket::live(world.door(0), &owner.cookie, &[private]).await?;
    let (mut leaks, mut heard) = (Vec::new(), 0);
    for number in 0..200 {
        inside.say(private, &format!("s33-{number}"), "whispered").await?;
    }
    for ear in &mut ears {
        let until = Instant::now() + Duration::from_secs(3);
        while Instant::now() < until {
            let Ok(said) = tokio::time::timeout(Duration::from_millis(500), ear.next()).await else { break };
            let Said::Frame(frame) = said? else { break };
            heard += 1;
            let text = frame.to_string();
            if text.contains(&private.to_string()) || text.contains(&secret) || text.contains("whispered") {
                leaks.push(text);
            }
        }
    }
    report.must(heard > 50, "frames heard by outsiders", heard);
    report.must(leaks.is_empty(), "of them with anything private", leaks.len());
    for (name, cookie) in [("a member of nothing", outsider.cookie.as_str()), ("a visitor", "")] {
        for path in ["/".to_owned(), format!("/rooms/{private}")] {
            let headers = if cookie.is_empty() { vec![] } else { vec![format!("Cookie: {cookie}")] };
            let answer = http::request(world.door(0), &format!("GET {path}"), &headers, "").await?;
            report.must(!answer.text().contains(&secret), &format!("{name} at {path} sees nothing"), answer.status);
        }
    }
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn s37(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(20, 1, 200.0), scene.seed).await?;
    world.talk();
    world.wait(2.0).await;
    world.hush();
    world.settle(Duration::from_secs(5)).await;
    let (door, cookie, room) = (world.door(0), world.people[0].cookie.clone(), world.rooms[0].to_string());
    let (mut odd, mut most, mut slowest) = (Vec::new(), 0, Duration::ZERO);
    for field in ["limit", "before", "after", "around", "since"] {
        let name = if field == "since" { "events" } else { "history" };
        for value in [
            "-1",
            "0",
            "1000000000",
            "9007199254740992",
            "9223372036854775807",
            "9223372036854775808",
            "NaN",
            "1e400",
            "",
        ] {
            let started = Instant::now();
            let answer = http::call(door, &cookie, name, &[("room", &*room), (field, value)]).await?;
            slowest = slowest.max(started.elapsed());
            most = most.max(answer.body.len());
            if ![200, 400, 404, 422].contains(&answer.status) {
                odd.push(format!("{name} {field}={value}: {}", answer.status));
            }
        }
    }
    report.must(odd.is_empty(), "answered with something else than 200, 400, 404 or 422", format!("{odd:?}"));
    report.must(most < 256 * 1024, "bytes of the longest answer", most);
    report.at_most("slowest answer in s", slowest.as_secs_f64(), 1.0);
    report.oracle(&world.verdict().await?);
    Ok(report)
}

async fn s38(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut plan = Plan::new(scene.backend).size(20, 2, 40.0);
    plan.env = vec![("RUST_LOG".to_owned(), "debug".to_owned())];
    let mut world = World::build(plan, scene.seed).await?;
    world.talk();
    let person = http::register(world.door(0), "escape").await?;
    let mut socket = Socket::live(world.door(0), &person.cookie, &[]).await?;
    socket.say(world.rooms[0], "s38", "a body that is nobody's business").await?;
    let _ = http::call(world.door(0), "", "login", &[("username", "escape\u{1b}[31m"), ("password", "wrong horse")])
        .await?;
    let _ = http::get(world.door(0), "/rooms/%1b%5b31m").await?;
    world.wait(3.0).await;
    let log = world.nodes[0].whole_log();
    let cookies = world.people.iter().chain([&person]).filter_map(|person| person.cookie.split_once('='));
    let mut secrets: Vec<String> = cookies.map(|(_, value)| value.to_owned()).collect();
    secrets.extend(["correct horse", "wrong horse", "nobody's business", "\u{1b}"].map(str::to_owned));
    let found: Vec<_> = secrets.iter().filter(|secret| log.contains(secret.as_str())).collect();
    report.figure("log bytes", log.len());
    report.must(found.is_empty(), "secrets in the log", format!("{found:?}"));
    Ok(report)
}

async fn s42(scene: Scene) -> Result<Report> {
    let mut report = Report::default();
    let mut world = World::build(Plan::new(scene.backend).size(20, 2, 40.0), scene.seed).await?;
    world.talk();
    world.wait(1.0).await;
    for room in world.rooms.clone() {
        let forged = format!("{}\n{{\"seq\":1000000,\"k\":\"msg\",\"body\":\"forged\"}}", "0".repeat(40));
        for payload in [forged.as_str(), "", "x", "{\"t\":\"ev\"}"] {
            let answer = world.redis()?.command(&["PUBLISH", &format!("chat:room:{room}"), payload]).await?;
            report.must(answer.starts_with(":2"), "nodes that were told", answer.trim());
        }
    }
    world.wait(2.0).await;
    let ghosts = world
        .clients
        .iter()
        .filter(|client| client.look(|state| state.windows.values().any(|window| window.heard_of >= 1_000_000)))
        .count();
    report.must(ghosts == 0, "clients that heard of a forgery", ghosts);
    report.oracle(&world.verdict().await?);
    Ok(report)
}
