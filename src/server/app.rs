//! What the whole program shares while it runs.

use std::net::SocketAddr;
use std::sync::Arc;

use leptos::config::LeptosOptions;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::address::Proxies;
use super::bus::{Arrival, Bus};
use super::cards::Cards;
use super::categories::Categories;
use super::chat::Chat;
use super::config::{Config, ConfigError};
use super::connections::Connections;
use super::fair::Fair;
use super::health::Health;
use super::ids;
use super::known_browser::Mark;
use super::limits::Limits;
use super::opening::without_secrets;
use super::passwords::Passwords;
use super::presence::Presence;
use super::store::{Db, meta};
use super::unread;

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

impl Inner {
    /// The origin that addresses begin with where they have to be complete: in feeds, and in what other sites show.
    pub fn site(&self) -> &str {
        self.origins.first().map_or("", String::as_str)
    }
}

impl App {
    /// Joins the parts around an open, migrated database. `bound` is the address that people reach. What comes from other
    /// nodes arrives at the second.
    ///
    /// # Errors
    ///
    /// The database cannot be read, or what the configuration says of the bus is wrong.
    pub(super) async fn new(
        config: Config,
        leptos: LeptosOptions,
        db: Db,
        bound: SocketAddr,
    ) -> Result<(Self, UnboundedReceiver<Arrival>), ConfigError> {
        let unreadable = |error| ConfigError::new("DATABASE_URL", format!("the database cannot be read: {error}"));
        let epoch = db.remembered(meta::EPOCH, &ids::nonce()).await.map_err(unreadable)?;
        let cluster_key = db.remembered(meta::CLUSTER_KEY, &ids::secret()).await.map_err(unreadable)?;
        let categories = Categories::default();
        categories.reload(&db).await.map_err(unreadable)?;
        let (arrivals, arriving) = mpsc::unbounded_channel();
        let sink = Box::new(move |arrival| drop(arrivals.send(arrival)));
        let bus = Bus::open(config.redis_url.as_deref(), &cluster_key, sink)
            .map_err(|why| ConfigError::new("REDIS_URL", without_secrets(&why, "")))?;
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
            shutdown: CancellationToken::new(),
            tasks: TaskTracker::new(),
            config,
        }));
        Ok((app, arriving))
    }
}
