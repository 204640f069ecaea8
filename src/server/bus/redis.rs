//! The bus on Redis pub/sub: one pipelined publisher, one subscriber, a channel per room that somebody listens to.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, ProtocolVersion, PushInfo, PushKind, Value};
use tokio::sync::{Mutex, mpsc};

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
    /// How many channels of the hub need each room. Held while talking to Redis, so that commands stay in order.
    listening: Mutex<HashMap<RoomId, usize>>,
    up: Arc<AtomicBool>,
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
        let up = Arc::new(AtomicBool::new(false));
        let sink = Arc::new(sink);
        let patient = || {
            ConnectionManagerConfig::new()
                .set_number_of_retries(usize::MAX)
                .set_max_delay(Duration::from_secs(1))
                .set_connection_timeout(Some(ANSWER_WITHIN))
                .set_response_timeout(Some(ANSWER_WITHIN))
        };
        let receive = receiver(node, Arc::clone(&seal), Arc::clone(&up), Arc::clone(&sink));
        let listening = patient().set_push_sender(receive).set_automatic_resubscription();
        let subscriber =
            ConnectionManager::new_lazy_with_config(client.clone(), listening).map_err(|error| error.to_string())?;
        let publisher =
            ConnectionManager::new_lazy_with_config(client, patient()).map_err(|error| error.to_string())?;
        let (publications, queue) = mpsc::channel(QUEUE);
        tokio::spawn(publish_all(publisher, queue));
        tokio::spawn(watch(subscriber.clone(), Arc::clone(&up), sink));
        Ok(Self { node, seal, publications, subscriber, listening: Mutex::default(), up })
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
        let mut listening = self.listening.lock().await;
        let count = listening.entry(room).or_default();
        *count += 1;
        if *count == 1 {
            self.subscriber_do(|mut redis| async move { redis.subscribe(channel(room)).await }).await;
        }
    }

    pub async fn leave(&self, room: RoomId) {
        let mut listening = self.listening.lock().await;
        let Some(count) = listening.get_mut(&room) else { return };
        *count -= 1;
        if *count == 0 {
            listening.remove(&room);
            self.subscriber_do(|mut redis| async move { redis.unsubscribe(channel(room)).await }).await;
        }
    }

    /// A subscription that fails now is restored by the manager when it reconnects.
    async fn subscriber_do<F: Future<Output = redis::RedisResult<()>>>(
        &self,
        act: impl FnOnce(ConnectionManager) -> F,
    ) {
        match tokio::time::timeout(ANSWER_WITHIN, act(self.subscriber.clone())).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "redis"),
            Err(_) => tracing::warn!("redis does not answer"),
        }
    }

    pub fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }
}

/// What to do with each push from Redis. Runs on the connection's task: must be quick.
fn receiver(
    node: u64,
    seal: Arc<Seal>,
    up: Arc<AtomicBool>,
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
            (PushKind::Disconnection, _) => up.store(false, Ordering::Relaxed),
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

/// Keeps `up` true to what the subscriber answers, and asks for a comparison of heads when it comes back.
async fn watch(mut redis: ConnectionManager, up: Arc<AtomicBool>, sink: Arc<Sink>) {
    loop {
        let was_up = up.load(Ordering::Relaxed);
        if !was_up {
            // Also the first subscription; later ones the manager restores by itself.
            let _ = tokio::time::timeout(ANSWER_WITHIN, redis.subscribe(&[REVOCATIONS, ANNOUNCEMENTS])).await;
        }
        let ping = redis::cmd("PING");
        let answer = tokio::time::timeout(ANSWER_WITHIN, ping.query_async::<()>(&mut redis)).await;
        let is_up = matches!(answer, Ok(Ok(())));
        up.store(is_up, Ordering::Relaxed);
        if is_up != was_up {
            tracing::info!(is_up, "redis");
            sink(Arrival::Reconnected);
        }
        tokio::time::sleep(if is_up { PING_EVERY } else { Duration::from_millis(500) }).await;
    }
}

pub async fn check(url: &str) -> Result<(), String> {
    let client = Client::open(url).map_err(|error| error.to_string())?;
    let answer = async {
        let mut redis = client.get_multiplexed_async_connection().await?;
        redis::cmd("PING").query_async::<()>(&mut redis).await
    };
    match tokio::time::timeout(PING_EVERY, answer).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err("it does not answer".into()),
    }
}
