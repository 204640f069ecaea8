//! F66: whatever the order in which threads get at the hub, every reader sees every event once and in order.
//!
//! `cargo test --features ssr,shuttle schedules` tries out some thousands of orders, and prints the one that fails.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use shuttle::future::{block_on, spawn};

use super::sync::Mutex;
use super::{Encoded, EventLog, Hub, Item, Joined, Outgoing, Pending, Resume, lock};
use crate::error::Result;
use crate::model::ids::{RoomId, Seq, UserId};
use crate::model::user::Author;
use crate::protocol::{Event, Kind};

const SCHEDULES: usize = 3_000;
/// Events of each of two nodes; more than a queue takes under `shuttle`, so that readers fall behind.
const EACH: usize = 4;
const ALL: Seq = 2 * EACH as Seq;

fn room() -> RoomId {
    RoomId::try_from(42).unwrap()
}

/// A database: what is in it is there for everybody at once.
struct Log(Mutex<Vec<Arc<Encoded>>>);

impl Log {
    fn commit(&self) -> Arc<Encoded> {
        let mut events = lock(&self.0);
        let author = Author { id: UserId::try_from(7).unwrap(), username: "a".into(), display_name: "A".into() };
        let event = Event::new(events.len() as Seq + 1, Kind::Msg, author, 5);
        let encoded = Arc::new(Encoded::new(room(), event, None));
        events.push(Arc::clone(&encoded));
        encoded
    }
}

impl EventLog for Log {
    fn head(&self, _: RoomId) -> Pending<'_, Result<Seq>> {
        Box::pin(async { Ok(lock(&self.0).len() as Seq) })
    }

    fn since(&self, _: RoomId, since: Seq, limit: usize) -> Pending<'_, Result<Vec<Arc<Encoded>>>> {
        Box::pin(async move { Ok(lock(&self.0).iter().skip(since as usize).take(limit).cloned().collect()) })
    }

    fn listen(&self, _: RoomId) -> Pending<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn hears_others(&self) -> bool {
        true
    }

    fn leave(&self, _: RoomId) -> Pending<'_, ()> {
        Box::pin(async {})
    }
}

/// Listens to the end; what it sees is contiguous from where it began. Half-way it may go and come back.
async fn read(hub: Arc<Hub>, resume: Resume, returns: bool) {
    let (mut out, mut cursor, mut returns) = (Arc::new(Outgoing::new(None)), None, returns);
    subscribe(&hub, &out, resume).await;
    let mut items = VecDeque::new();
    while cursor != Some(ALL) {
        let taken = out.take(&mut items).await;
        for item in items.drain(..) {
            match item {
                Item::Frame(frame) => follow(frame.as_str(), &mut cursor),
                Item::Event(event) => {
                    assert_eq!(Some(event.seq - 1), cursor, "an event that is not the next one");
                    cursor = Some(event.seq);
                }
                Item::Passing(_) => {}
            }
        }
        if let Some((room, since)) = taken.lagging {
            hub.catch_up(room, &out, since).await;
        }
        if returns && cursor > Some(ALL / 2) {
            returns = false;
            hub.leave(room(), &out).await;
            out = Arc::new(Outgoing::new(None));
            subscribe(&hub, &out, Resume::After(cursor.unwrap_or_default())).await;
        }
    }
    hub.leave(room(), &out).await;
}

async fn subscribe(hub: &Hub, out: &Arc<Outgoing>, resume: Resume) {
    let announce = |joined: &Joined| -> Utf8Bytes {
        let seqs: Vec<_> = joined.events.iter().map(|event| event.seq.to_string()).collect();
        format!("{} {} {}", joined.head, joined.recovered, seqs.join(",")).into()
    };
    hub.join(room(), out, resume, &announce).await.unwrap();
}

/// Applies what a frame brings: the answer to a subscription, or events to catch up with.
fn follow(frame: &str, cursor: &mut Option<Seq>) {
    let seqs: Vec<Seq> = if frame.starts_with('{') {
        assert!(frame.contains(r#""t":"evs""#), "{frame}");
        frame.split(r#""seq":"#).skip(1).filter_map(|rest| rest.split(',').next()?.parse().ok()).collect()
    } else {
        let mut parts = frame.splitn(3, ' ');
        let head: Seq = parts.next().unwrap().parse().unwrap();
        assert_eq!(parts.next(), Some("true"), "nothing here is too far back");
        let seqs: Vec<Seq> = parts.next().unwrap().split(',').filter_map(|seq| seq.parse().ok()).collect();
        // Live from the head on, or everything up to it.
        let begins = *cursor.get_or_insert(head - seqs.len() as Seq);
        assert_eq!(begins + seqs.len() as Seq, head, "{frame}");
        seqs
    };
    for seq in seqs {
        assert_eq!(Some(seq - 1), *cursor, "{frame}");
        *cursor = Some(seq);
    }
}

fn one_schedule() {
    let log = Arc::new(Log(Mutex::new(Vec::new())));
    let hub = Hub::new(Arc::clone(&log) as Arc<dyn EventLog>);
    block_on(async move {
        let mut tasks = Vec::new();
        for (resume, returns) in [(Resume::After(0), false), (Resume::Live, true), (Resume::After(0), true)] {
            tasks.push(spawn(read(Arc::clone(&hub), resume, returns)));
        }
        // Two nodes: what one has stored may arrive after what the other stored later, or never.
        let nodes: Vec<_> = [true, false]
            .into_iter()
            .map(|loses| {
                let (log, hub) = (Arc::clone(&log), Arc::clone(&hub));
                spawn(async move {
                    for number in 0..EACH {
                        let event = log.commit();
                        shuttle::future::yield_now().await;
                        if !(loses && number == 1) {
                            hub.deliver(room(), vec![event]);
                        }
                    }
                })
            })
            .collect();
        for node in nodes {
            node.await.unwrap();
        }
        // Anti-entropy, which compares heads for as long as the program runs.
        while tasks.iter().any(|task| !task.is_finished()) {
            hub.fill(room()).await;
            shuttle::future::yield_now().await;
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn every_reader_sees_every_event_once_and_in_order_whatever_the_schedule() {
    shuttle::check_random(one_schedule, SCHEDULES);
    shuttle::check_pct(one_schedule, SCHEDULES, 3);
}
