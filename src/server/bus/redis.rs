//! The bus on Redis pub/sub: one pipelined publisher, one subscriber, a channel per room that somebody listens to.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, ProtocolVersion, PushInfo, PushKind, Value};
use tokio::sync::mpsc;

use super::payload::{Seal, Told};
use super::{Announcement, Arrival, Passing, Sink};
use crate::model::ids::RoomId;
use crate::server::hub::Encoded;

const REVOCATIONS: &str = "chat:revocations";
const ANNOUNCEMENTS: &str = "chat:announcements";
/// Publications that may wait for Redis. Beyond it they are dropped: comparing heads finds them.
const QUEUE: usize = 4_096;
/// How often the subscriber is asked whether it is alive; a dead one may look alive for ever.
const PING_EVERY: Duration = Duration::from_secs(3);
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

struct Publication {
    channel: String,
    payload: Vec<u8>,
}

pub struct RedisBus {
    node: u64,
    seal: Arc<Seal>,
    publications: mpsc::Sender<Publication>,
    subscriber: ConnectionManager,
    line: Arc<Line>,
    /// Held while telling Redis of a room, so that commands stay in order.
    telling: tokio::sync::Mutex<()>,
}

/// What the subscriber is for, and how it is.
#[derive(Default)]
struct Line {
    up: AtomicBool,
    /// How many channels of the hub need each room.
    listening: Mutex<HashMap<RoomId, usize>>,
    trouble: Mutex<Option<Trouble>>,
}

/// Why Redis is of no use at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Trouble {
    /// For whoever asks whether this node is ready.
    word: &'static str,
    /// For the log.
    sentence: String,
}

impl Line {
    fn listening(&self) -> MutexGuard<'_, HashMap<RoomId, usize>> {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trouble(&self) -> MutexGuard<'_, Option<Trouble>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }
}

fn channel(room: RoomId) -> String {
    format!("chat:room:{room}")
}

impl RedisBus {
    pub fn open(url: &str, key: &str, sink: Sink) -> Result<Self, String> {
        let node = rand::random();
        let seal = Arc::new(Seal::new(key));
        let mut info = Client::open(url).map_err(|error| error.to_string())?.get_connection_info().clone();
        // Push messages, which tell of subscriptions restored after a cut, exist in RESP3 only.
        info = info.clone().set_redis_settings(info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3));
        let client = Client::open(info).map_err(|error| error.to_string())?;
        let line = Arc::new(Line::default());
        let sink = Arc::new(sink);
        let patient = || {
            ConnectionManagerConfig::new()
                .set_number_of_retries(usize::MAX)
                .set_max_delay(Duration::from_secs(1))
                .set_connection_timeout(Some(ANSWER_WITHIN))
                .set_response_timeout(Some(ANSWER_WITHIN))
        };
        let receive = receiver(node, Arc::clone(&seal), Arc::clone(&line), Arc::clone(&sink));
        let listening = patient().set_push_sender(receive).set_automatic_resubscription();
        let subscriber =
            ConnectionManager::new_lazy_with_config(client.clone(), listening).map_err(|error| error.to_string())?;
        let publisher =
            ConnectionManager::new_lazy_with_config(client.clone(), patient()).map_err(|error| error.to_string())?;
        let (publications, queue) = mpsc::channel(QUEUE);
        tokio::spawn(publish_all(publisher, queue));
        tokio::spawn(watch(client, subscriber.clone(), Arc::clone(&line), sink));
        Ok(Self { node, seal, publications, subscriber, line, telling: tokio::sync::Mutex::default() })
    }

    pub fn publish(&self, event: &Encoded) {
        self.send(channel(event.room), self.seal.event(self.node, event));
    }

    pub fn pass(&self, room: RoomId, passing: &Passing) {
        self.send(channel(room), self.seal.passing(self.node, room, passing));
    }

    pub fn announce(&self, announcement: &Announcement) {
        self.send(ANNOUNCEMENTS.to_owned(), self.seal.announcement(self.node, announcement));
    }

    pub fn revoke(&self, id_hash: &[u8]) {
        self.send(REVOCATIONS.to_owned(), self.seal.revocation(id_hash));
    }

    fn send(&self, channel: String, payload: Vec<u8>) {
        if self.publications.try_send(Publication { channel, payload }).is_err() {
            tracing::debug!("the bus is behind; other nodes will find the event by comparing heads");
        }
    }

    pub async fn listen(&self, room: RoomId) {
        let is_first = {
            let mut listening = self.line.listening();
            let count = listening.entry(room).or_default();
            *count += 1;
            *count == 1
        };
        if is_first {
            self.tell(room).await;
        }
    }

    pub async fn leave(&self, room: RoomId) {
        let is_last = {
            let mut listening = self.line.listening();
            let Some(count) = listening.get_mut(&room) else { return };
            *count -= 1;
            let is_last = *count == 0;
            if is_last {
                listening.remove(&room);
            }
            is_last
        };
        if is_last {
            self.tell(room).await;
        }
    }

    /// Tells Redis whether the room is listened to. While it is down nobody waits for it: [`watch`] subscribes to all rooms
    /// that are listened to when it is back, and so it does when it does not answer now.
    async fn tell(&self, room: RoomId) {
        if !self.is_up() {
            return;
        }
        let tell = async {
            let _in_order = self.telling.lock().await;
            let is_listening = self.line.listening().contains_key(&room);
            let mut redis = self.subscriber.clone();
            if is_listening { redis.subscribe(channel(room)).await } else { redis.unsubscribe(channel(room)).await }
        };
        match tokio::time::timeout(ANSWER_WITHIN, tell).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => tracing::warn!(%error, "redis"),
            Err(_) => tracing::warn!("redis does not answer"),
        }
        self.line.up.store(false, Ordering::Relaxed);
    }

    pub fn is_up(&self) -> bool {
        self.line.is_up()
    }

    pub fn trouble(&self) -> Option<&'static str> {
        if self.is_up() {
            return None;
        }
        self.line.trouble().as_ref().map(|trouble| trouble.word)
    }
}

/// What to do with each push from Redis. Runs on the connection's task: must be quick.
fn receiver(
    node: u64,
    seal: Arc<Seal>,
    line: Arc<Line>,
    sink: Arc<Sink>,
) -> impl Fn(PushInfo) -> Result<(), redis::aio::SendError> {
    move |push| {
        match (push.kind, push.data.as_slice()) {
            (PushKind::Message, [Value::BulkString(channel), Value::BulkString(payload)]) => {
                if channel == REVOCATIONS.as_bytes() {
                    match seal.read_revocation(payload) {
                        Some(id_hash) => sink(Arrival::Revoked(id_hash)),
                        None => forged(),
                    }
                } else if channel == ANNOUNCEMENTS.as_bytes() {
                    match seal.read_announcement(payload) {
                        Some((from, _)) if from == node => {}
                        Some((_, announcement)) => sink(Arrival::Announced(announcement)),
                        None => forged(),
                    }
                } else {
                    match seal.read(payload) {
                        Some((from, _)) if from == node => {}
                        Some((_, Told::Event(event))) => sink(Arrival::Event(Arc::new(event))),
                        Some((node, Told::Passing(room, passing))) => sink(Arrival::Passing { node, room, passing }),
                        None => forged(),
                    }
                }
            }
            // The next look at the connection finds it restored, and asks for a comparison then.
            (PushKind::Disconnection, _) => line.up.store(false, Ordering::Relaxed),
            _ => {}
        }
        Ok(())
    }
}

/// Somebody who has not got the cluster's key speaks on its channels.
fn forged() {
    metrics::counter!("chat_authz_denied_total").increment(1);
    tracing::warn!("a forged publication was dropped");
}

/// Publishes whatever waits, as one pipeline.
async fn publish_all(mut redis: ConnectionManager, mut queue: mpsc::Receiver<Publication>) {
    const MOST: usize = 256;
    let mut batch = Vec::with_capacity(MOST);
    while queue.recv_many(&mut batch, MOST).await > 0 {
        let mut pipeline = redis::pipe();
        for Publication { channel, payload } in batch.drain(..) {
            pipeline.cmd("PUBLISH").arg(channel).arg(payload).ignore();
        }
        let sent = tokio::time::timeout(ANSWER_WITHIN, pipeline.query_async::<()>(&mut redis)).await;
        if !matches!(sent, Ok(Ok(()))) {
            tracing::debug!("redis did not take a publication");
        }
    }
}

/// Keeps `up` true to what the subscriber answers; when it comes back, subscribes to everything and asks for a comparison of
/// heads.
async fn watch(client: Client, mut redis: ConnectionManager, line: Arc<Line>, sink: Arc<Sink>) {
    let mut was_up = false;
    loop {
        if !line.is_up() {
            // Also the first subscription. The manager restores by itself what it had, but not what came meanwhile.
            let mut channels = vec![REVOCATIONS.to_owned(), ANNOUNCEMENTS.to_owned()];
            channels.extend(line.listening().keys().map(|room| channel(*room)));
            let _ = tokio::time::timeout(ANSWER_WITHIN, redis.subscribe(channels)).await;
        }
        let answer = tokio::time::timeout(ANSWER_WITHIN, ping(&mut redis)).await;
        let is_up = matches!(answer, Ok(Ok(())));
        line.up.store(is_up, Ordering::Relaxed);
        if is_up {
            *line.trouble() = None;
        } else {
            metrics::counter!("chat_bus_failures_total").increment(1);
            complain(&line, trouble(&client).await);
        }
        if is_up != was_up {
            tracing::info!(is_up, "redis");
            sink(Arrival::Reconnected);
            was_up = is_up;
        }
        tokio::time::sleep(if is_up { PING_EVERY } else { Duration::from_millis(500) }).await;
    }
}

/// Logs a reason once, and another one when it comes.
fn complain(line: &Line, now: Option<Trouble>) {
    let Some(now) = now else { return };
    let mut known = line.trouble();
    if known.as_ref() != Some(&now) {
        tracing::warn!(
            why = now.sentence,
            "redis is of no use to this node: others learn of its messages a second later"
        );
        *known = Some(now);
    }
}

async fn ping(redis: &mut impl redis::aio::ConnectionLike) -> redis::RedisResult<()> {
    redis::cmd("PING").query_async::<()>(redis).await
}

/// Why a connection of its own fails: the manager tries again for ever, and never says.
async fn trouble(client: &Client) -> Option<Trouble> {
    let answer = async { ping(&mut client.get_multiplexed_async_connection().await?).await };
    match tokio::time::timeout(ANSWER_WITHIN, answer).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            // Redis says so in words of its own, which the library passes on where it signs in by the URL.
            let is_refused = error.kind() == redis::ErrorKind::AuthenticationFailed
                || matches!(error.code(), Some("WRONGPASS" | "NOAUTH" | "NOPERM"));
            let word = if is_refused { "authentication failed" } else { "unreachable" };
            Some(Trouble { word, sentence: error.to_string() })
        }
        Err(_) => Some(Trouble { word: "unreachable", sentence: "it does not answer".into() }),
    }
}

pub async fn check(url: &str) -> Result<(), String> {
    let client = Client::open(url).map_err(|error| error.to_string())?;
    match trouble(&client).await {
        None => Ok(()),
        Some(trouble) => Err(trouble.sentence),
    }
}
