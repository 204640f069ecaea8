//! What the whole program shares while it runs.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use leptos::config::LeptosOptions;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::address::{Proxies, counted};
use super::bus::{Announcement, Arrival, Bus};
use super::cards::{self, Cards};
use super::categories::Categories;
use super::chat::{Chat, members, recheck, repair};
use super::config::{Config, ConfigError};
use super::fair::Fair;
use super::health::{self, Health};
use super::hub::{Closing, Outgoing};
use super::identity::Identity;
use super::ids;
use super::known_browser::Mark;
use super::limits::Limits;
use super::passwords::Passwords;
use super::people;
use super::presence::{self, Presence};
use super::revocations;
use super::search::indexer;
use super::store::{Db, OpenError, meta};
use super::unread;
use crate::model::ids::{Millis, UserId};
use crate::protocol::close;

pub struct Inner {
    pub config: Config,
    /// For the pages: where their scripts and styles are.
    pub leptos: LeptosOptions,
    /// The origins whose pages may write and open sockets.
    pub origins: Vec<String>,
    pub chat: Arc<Chat>,
    pub passwords: Passwords,
    pub limits: Limits,
    pub browsers: Mark,
    pub fair: Arc<Fair>,
    pub proxies: Proxies,
    pub connections: Arc<Connections>,
    pub presence: Presence,
    pub unread: unread::Desk,
    pub cards: Cards,
    pub categories: Categories,
    pub health: Health,
    /// Cancelled when the program is to end.
    pub shutdown: CancellationToken,
    /// What has to be waited for at the end: connections, and the writing they started.
    pub tasks: TaskTracker,
}

/// A handle on [`Inner`]; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// The longest pause between tries to reach a database that is not there yet.
const MAX_PAUSE: Duration = Duration::from_secs(5);
/// How long opening the database may take before that counts as no answer.
const OPEN_WITHIN: Duration = Duration::from_secs(4);
/// How often a command tries to open it.
const TRIES: u32 = 2;
const SESSION_SWEEP: Duration = Duration::from_secs(60 * 60);
const ARCHIVE_EVERY: Duration = Duration::from_secs(60 * 60);
const MARK_EVERY: Duration = Duration::from_secs(60 * 60);
/// A room in which nothing has been said for so long is archived: 30 days.
const IDLE: Millis = 30 * 24 * 60 * 60 * 1000;

/// Opens the database; one that refuses connections is waited for.
pub async fn open_database(url: &str) -> Result<Db, ConfigError> {
    let mut pause = Duration::from_millis(250);
    loop {
        match try_database(url).await? {
            Ok(db) => return Ok(db),
            Err(why) => {
                tracing::warn!(why, "the database does not answer yet; trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(MAX_PAUSE);
            }
        }
    }
}

/// Opens the database for a command that somebody waits for: one that does not answer for a few seconds is an error.
pub async fn open_database_now(url: &str) -> Result<Db, ConfigError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match try_database(url).await? {
            Ok(db) => return Ok(db),
            Err(why) if tries == TRIES => {
                return Err(ConfigError::new("DATABASE_URL", format!("the database does not answer: {why}")));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(250)).await,
        }
    }
}

/// The inner error says why another try may succeed.
async fn try_database(url: &str) -> Result<Result<Db, String>, ConfigError> {
    let opened = tokio::time::timeout(OPEN_WITHIN, Db::open(url)).await;
    match opened.unwrap_or_else(|_| Err(OpenError::NotThereYet("it takes connections and says nothing".into()))) {
        Ok(db) => Ok(Ok(db)),
        Err(OpenError::BadUrl(why) | OpenError::Refused(why)) => {
            Err(ConfigError::new("DATABASE_URL", without_secrets(&why, url)))
        }
        Err(OpenError::NotThereYet(why)) => Ok(Err(without_secrets(&why, url))),
    }
}

/// What a library says may repeat the URL, and that may hold a password.
fn without_secrets(why: &str, url: &str) -> String {
    let first_line = why.lines().next().unwrap_or_default();
    let password =
        url.split_once("://").and_then(|(_, rest)| rest.split_once('@')).and_then(|(who, _)| who.split_once(':'));
    match password {
        Some((_, password)) if !password.is_empty() => first_line.replace(password, "***"),
        _ => first_line.to_owned(),
    }
}

impl Inner {
    /// The origin that addresses begin with where they have to be complete: in feeds, and in what other sites show.
    pub fn site(&self) -> &str {
        self.origins.first().map_or("", String::as_str)
    }
}

impl App {
    /// Joins the parts around an open, migrated database. `bound` is the address that people reach.
    pub async fn start(config: Config, leptos: LeptosOptions, db: Db, bound: SocketAddr) -> Result<Self, ConfigError> {
        let unreadable = |error| ConfigError::new("DATABASE_URL", format!("the database cannot be read: {error}"));
        let epoch = db.remembered(meta::EPOCH, &ids::nonce()).await.map_err(unreadable)?;
        let cluster_key = db.remembered(meta::CLUSTER_KEY, &ids::secret()).await.map_err(unreadable)?;
        let categories = Categories::default();
        categories.reload(&db).await.map_err(unreadable)?;
        let (arrivals, arriving) = mpsc::unbounded_channel();
        let sink = Box::new(move |arrival| drop(arrivals.send(arrival)));
        let bus = Bus::open(config.redis_url.as_deref(), &cluster_key, sink)
            .map_err(|why| ConfigError::new("REDIS_URL", without_secrets(&why, "")))?;
        let shutdown = CancellationToken::new();
        let app = Self(Arc::new(Inner {
            origins: config.allowed_origins(bound),
            leptos,
            limits: Limits::new(&config),
            browsers: Mark::new(&cluster_key),
            fair: Fair::new(config.rate_pages),
            proxies: Proxies::new(config.trusted_proxies.clone()),
            connections: Arc::new(Connections::new(config.connections_per_user, config.connections_per_ip)),
            chat: Arc::new(Chat::start(db, Arc::new(bus), epoch)),
            passwords: Passwords::new(),
            presence: Presence::default(),
            unread: unread::Desk::default(),
            cards: Cards::default(),
            categories,
            health: Health::default(),
            shutdown: shutdown.clone(),
            tasks: TaskTracker::new(),
            config,
        }));
        let nudge = Arc::new(Notify::new());
        tokio::spawn(receive(app.clone(), arriving, Arc::clone(&nudge)));
        tokio::spawn(repair::run(Arc::clone(&app.chat), nudge, shutdown));
        tokio::spawn(recheck::run(app.clone()));
        tokio::spawn(revocations::watch(app.clone()));
        tokio::spawn(presence::run(app.clone()));
        tokio::spawn(unread::run(app.clone()));
        tokio::spawn(cards::run(app.clone()));
        tokio::spawn(health::watch(app.clone()));
        tokio::spawn(indexer::run(app.clone()));
        tokio::spawn(sweep_sessions(app.clone()));
        tokio::spawn(keep_log_small(app.clone()));
        tokio::spawn(keep_marked(app.clone()));
        tokio::spawn(archive_idle(app.clone()));
        Ok(app)
    }
}

/// Hands on what comes from other nodes.
async fn receive(app: App, mut arriving: mpsc::UnboundedReceiver<Arrival>, nudge: Arc<Notify>) {
    while let Some(arrival) = arriving.recv().await {
        match arrival {
            Arrival::Event(event) => {
                let closes = event.closes;
                app.chat.hub.deliver(event.room, vec![event]);
                if closes {
                    tokio::spawn(recheck::now(app.clone()));
                }
            }
            Arrival::Passing { node, room, passing } => presence::receive(&app, node, room, passing),
            Arrival::Announced(announcement) => {
                tokio::spawn(announced(app.clone(), announcement));
            }
            Arrival::Revoked(session) => app.connections.revoke(&session),
            Arrival::Reconnected => {
                nudge.notify_one();
                app.unread.refresh();
                app.connections.anybody_renamed();
            }
        }
    }
}

/// What another node has done that concerns this one.
async fn announced(app: App, announcement: Announcement) {
    let done = match announcement {
        Announcement::Belongs { user, room } => members::moved(&app, room, user).await,
        Announcement::Renamed { user } => people::renamed(&app, user).await,
        Announcement::Categories => app.categories.reload(&app.chat.db).await.map_err(Into::into),
    };
    if let Err(error) = done {
        tracing::warn!(%error, "what another node did shows here only later");
    }
}

async fn sweep_sessions(app: App) {
    loop {
        if let Err(error) = app.chat.db.delete_expired_sessions(ids::now()).await {
            tracing::warn!(%error, "expired sessions could not be deleted");
        }
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = tokio::time::sleep(SESSION_SWEEP) => {}
        }
    }
}

/// Posts in which nobody says anything any more are put by; the next message brings one back.
async fn archive_idle(app: App) {
    loop {
        if let Err(error) = app.chat.db.archive_idle(ids::now() - IDLE).await {
            tracing::warn!(%error, "idle rooms could not be archived");
        }
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = tokio::time::sleep(ARCHIVE_EVERY) => {}
        }
    }
}

/// Lets a later start tell this database from a copy of it that was made before.
async fn keep_marked(app: App) {
    loop {
        if let Err(error) = app.chat.db.mark().await {
            tracing::warn!(%error, "a copy of the database that is put back could not be told from it");
        }
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = tokio::time::sleep(MARK_EVERY) => {}
        }
    }
}

async fn keep_log_small(app: App) {
    tokio::select! {
        () = app.shutdown.cancelled() => {}
        () = app.chat.db.keep_log_small() => {}
    }
}

/// The sockets of this node: counted by person and address, and found by session to be closed.
pub struct Connections {
    per_user: Option<usize>,
    per_ip: Option<usize>,
    open: Mutex<Open>,
}

/// A socket, and who it belongs to.
type Seat = (Arc<Identity>, Arc<Outgoing>);

#[derive(Default)]
struct Open {
    by_user: HashMap<UserId, usize>,
    by_ip: HashMap<IpAddr, usize>,
    by_session: HashMap<Vec<u8>, Vec<Seat>>,
}

fn count_down<K: std::hash::Hash + Eq + Copy>(counts: &mut HashMap<K, usize>, key: K) {
    if let Some(count) = counts.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

impl Connections {
    pub fn new(per_user: Option<usize>, per_ip: Option<usize>) -> Self {
        Self { per_user, per_ip, open: Mutex::default() }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a socket of `ip` for as long as the place is held; `None` if there are too many.
    pub fn admit(self: &Arc<Self>, ip: IpAddr) -> Option<AddressPlace> {
        let ip = counted(ip);
        let mut open = self.open();
        let count = open.by_ip.entry(ip).or_default();
        if self.per_ip.is_some_and(|most| *count >= most) {
            return None;
        }
        *count += 1;
        Some(AddressPlace { connections: Arc::clone(self), ip })
    }

    /// Registers a signed-in connection for as long as the place is held; `None` if the person has too many.
    pub fn enter(self: &Arc<Self>, identity: &Arc<Identity>, out: Arc<Outgoing>) -> Option<UserPlace> {
        let (user, mut open) = (identity.author().id, self.open());
        let count = open.by_user.entry(user).or_default();
        if self.per_user.is_some_and(|most| *count >= most) {
            return None;
        }
        *count += 1;
        let seats = open.by_session.entry(identity.session().to_vec()).or_default();
        seats.push((Arc::clone(identity), Arc::clone(&out)));
        Some(UserPlace { connections: Arc::clone(self), identity: Arc::clone(identity), out })
    }

    /// Sockets that are open now, whoever they belong to.
    pub fn count(&self) -> usize {
        self.open().by_ip.values().sum()
    }

    /// Who has sockets here, once for each socket of a session.
    pub fn identities(&self) -> Vec<Arc<Identity>> {
        self.open().by_session.values().flatten().map(|(identity, _)| Arc::clone(identity)).collect()
    }

    /// Somebody has another name: what their sockets say from here on bears it.
    pub fn renamed(&self, user: UserId) {
        let open = self.open();
        open.by_session
            .values()
            .flatten()
            .filter(|(_, out)| out.reader == Some(user))
            .for_each(|(_, out)| out.renamed());
    }

    /// The same for everybody, where nobody knows who it was.
    pub fn anybody_renamed(&self) {
        self.open().by_session.values().flatten().for_each(|(_, out)| out.renamed());
    }

    /// Closes the sockets of a session that ended.
    pub fn revoke(&self, session: &[u8]) {
        for (_, out) in self.open().by_session.get(session).into_iter().flatten() {
            metrics::counter!("chat_revocations_total").increment(1);
            out.cut(Closing::new(close::REVOKED, "signed out"));
        }
    }
}

pub struct AddressPlace {
    connections: Arc<Connections>,
    ip: IpAddr,
}

impl Drop for AddressPlace {
    fn drop(&mut self) {
        count_down(&mut self.connections.open().by_ip, self.ip);
    }
}

pub struct UserPlace {
    connections: Arc<Connections>,
    identity: Arc<Identity>,
    out: Arc<Outgoing>,
}

impl Drop for UserPlace {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        count_down(&mut open.by_user, self.identity.author().id);
        if let Some(seats) = open.by_session.get_mut(self.identity.session()) {
            seats.retain(|(_, out)| !Arc::ptr_eq(out, &self.out));
            if seats.is_empty() {
                open.by_session.remove(self.identity.session());
            }
        }
    }
}
