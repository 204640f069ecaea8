//! A small world to break: databases, nodes, proxies between them, people in rooms, and somebody always talking.

mod load;
mod verdict;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::client::{Client, Clocks, Setup};
use crate::history::Room;
use crate::http::{Door, Person};
use crate::oracle::Revocation;
use crate::proxy::Proxy;
use crate::server::{Node, Spec};
use crate::servers::{Postgres, Redis};
use crate::temp::TempDir;
use crate::{Result, http};

use load::Load;

pub use load::body;
pub use verdict::{Verdict, ms};

/// What a fault is run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// One node on a SQLite file.
    Sqlite,
    /// Two nodes on PostgreSQL with Redis between them.
    Cluster,
}

/// How large a world is; the default is the load L0 of the catalogue.
#[derive(Clone)]
pub struct Plan {
    pub backend: Backend,
    pub nodes: usize,
    pub clients: usize,
    pub rooms: usize,
    /// Messages per second, all together.
    pub rate: f64,
    /// A proxy between clients and each node, each node and PostgreSQL, each node and Redis.
    pub proxied: Proxied,
    pub env: Vec<(String, String)>,
    /// Run the debug server with these failpoints, on the first node.
    pub failpoints: Option<String>,
    /// In front of the program, such as strace.
    pub wrapper: Vec<String>,
    /// Settings of a PostgreSQL that no other fault shares.
    pub postgres: Vec<&'static str>,
    /// Where the SQLite file lies, if not in a folder of the world's own.
    pub folder: Option<std::path::PathBuf>,
    pub from_start: bool,
}

#[derive(Clone, Copy, Default)]
pub struct Proxied {
    pub clients: bool,
    pub database: bool,
    pub bus: bool,
}

impl Plan {
    pub fn new(backend: Backend) -> Self {
        Self {
            backend,
            nodes: if backend == Backend::Cluster { 2 } else { 1 },
            clients: 400,
            rooms: 20,
            rate: 200.0,
            proxied: Proxied::default(),
            env: Vec::new(),
            failpoints: None,
            wrapper: Vec::new(),
            postgres: Vec::new(),
            folder: None,
            from_start: false,
        }
    }

    pub fn size(mut self, clients: usize, rooms: usize, rate: f64) -> Self {
        (self.clients, self.rooms, self.rate) = (clients, rooms, rate);
        self
    }

    pub fn failpoints(mut self, failpoints: &str) -> Self {
        self.failpoints = Some(failpoints.to_owned());
        self
    }

    pub fn proxied(mut self, proxied: Proxied) -> Self {
        self.proxied = proxied;
        self
    }
}

pub struct World {
    pub plan: Plan,
    pub nodes: Vec<Node>,
    pub postgres: Option<Postgres>,
    pub redis: Option<Redis>,
    /// In the order of the nodes; empty where the plan has none.
    pub client_proxies: Vec<Proxy>,
    pub database_proxies: Vec<Proxy>,
    pub bus_proxies: Vec<Proxy>,
    /// The database as the oracle reads it: past every proxy.
    pub database: String,
    pub people: Vec<Person>,
    pub rooms: Vec<Room>,
    pub clients: Vec<Client>,
    pub clocks: Clocks,
    pub revocations: Vec<Revocation>,
    pub doors: Arc<Mutex<Vec<Door>>>,
    pub rng: StdRng,
    load: Option<Load>,
    _folder: TempDir,
}

impl World {
    /// Builds everything and waits until every client is subscribed.
    pub async fn build(plan: Plan, seed: u64) -> Result<Self> {
        let folder = TempDir::new("world")?;
        let (mut postgres, mut redis) = (None, None);
        let mut database =
            format!("sqlite:{}", plan.folder.as_deref().unwrap_or(folder.path()).join("chat.db").display());
        if plan.backend == Backend::Cluster {
            let server = Postgres::start(&plan.postgres).await?;
            database = server.url(&server.fresh_database().await?);
            postgres = Some(server);
            redis = Some(Redis::start().await?);
        }
        let mut world = Self {
            nodes: Vec::new(),
            postgres,
            redis,
            client_proxies: Vec::new(),
            database_proxies: Vec::new(),
            bus_proxies: Vec::new(),
            database,
            people: Vec::new(),
            rooms: Vec::new(),
            clients: Vec::new(),
            clocks: Clocks::new(),
            revocations: Vec::new(),
            doors: Arc::default(),
            rng: StdRng::seed_from_u64(seed),
            load: None,
            _folder: folder,
            plan,
        };
        for index in 0..world.plan.nodes {
            let spec = world.spec(index).await?;
            world.nodes.push(Node::start(spec).await?);
            let mut door = Door::from(world.nodes[index].address);
            if world.plan.proxied.clients {
                let proxy = Proxy::start(door.connect).await?;
                door.connect = proxy.address;
                world.client_proxies.push(proxy);
            }
            world.doors.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(door);
        }
        world.populate().await?;
        Ok(world)
    }

    async fn spec(&mut self, index: usize) -> Result<Spec> {
        let mut database = self.database.replace("//postgres@", "//chat@");
        let mut bus = self.redis.as_ref().map(Redis::url);
        if self.plan.proxied.database
            && let Some(postgres) = &self.postgres
        {
            let proxy = Proxy::start(([127, 0, 0, 1], postgres.port).into()).await?;
            database = database.replace(&format!(":{}/", postgres.port), &format!(":{}/", proxy.address.port()));
            self.database_proxies.push(proxy);
        }
        if self.plan.proxied.bus
            && let Some(redis) = &self.redis
        {
            let proxy = Proxy::start(([127, 0, 0, 1], redis.port).into()).await?;
            bus = Some(format!("redis://{}", proxy.address));
            self.bus_proxies.push(proxy);
        }
        let mut spec = Spec::new(&database);
        spec.redis = bus;
        spec.env = self.plan.env.clone();
        spec.wrapper = self.plan.wrapper.clone();
        Ok(match &self.plan.failpoints {
            Some(failpoints) if index == 0 => spec.with_failpoints(failpoints),
            _ => spec,
        })
    }

    /// Accounts and rooms; then the clients, spread over rooms and nodes.
    async fn populate(&mut self) -> Result<()> {
        let door = self.nodes[0].address;
        // Several clients share an account, as tabs do: passwords are expensive to hash.
        let accounts = self.plan.clients.clamp(2, 20);
        for index in 0..accounts {
            self.people.push(http::register(door, &format!("person-{index}")).await?);
        }
        for index in 0..self.plan.rooms {
            let author = &self.people[index % accounts];
            self.rooms.push(author.create_room(door, &format!("Room {index}"), "public").await?);
        }
        for index in 0..self.plan.clients {
            let rooms = vec![self.rooms[index % self.plan.rooms.max(1)]];
            self.join(index % accounts, rooms);
            // Opening all at once is a fault of its own.
            if index % 50 == 49 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        self.all_ready(Duration::from_secs(30)).await.map(drop)
    }

    /// One more client.
    pub fn join(&mut self, person: usize, rooms: Vec<Room>) -> &Client {
        // Every room has clients on every node.
        let home = self.clients.len() / self.rooms.len().max(1) % self.nodes.len();
        let from_start = self.plan.from_start;
        let setup = Setup {
            person: self.people[person % self.people.len()].clone(),
            rooms,
            doors: Arc::clone(&self.doors),
            home,
            receive_buffer: None,
            from_start,
        };
        self.start_client(setup)
    }

    pub fn start_client(&mut self, setup: Setup) -> &Client {
        let id = u32::try_from(self.clients.len()).unwrap_or(u32::MAX);
        self.clients.push(Client::start(id, setup, self.clocks.clone()));
        &self.clients[self.clients.len() - 1]
    }

    /// Waits until every client has all its rooms; says how long that took.
    pub async fn all_ready(&self, patience: Duration) -> Result<Duration> {
        let started = Instant::now();
        loop {
            let late = self.clients.iter().filter(|client| client.look(|state| state.ready_at.is_none())).count();
            if late == 0 {
                return Ok(started.elapsed());
            }
            if started.elapsed() > patience {
                let tail = self.nodes.iter().map(Node::log_tail).collect::<Vec<_>>().join("\n");
                return Err(format!("{late} clients are not subscribed after {patience:?}: {tail}").into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Somebody always talks from now on.
    pub fn talk(&mut self) {
        self.load = Some(Load::start(self.plan.rate, &self.clients, self.rng.random()));
    }

    /// How many messages were handed to outboxes; they say no more.
    pub fn hush(&mut self) -> u64 {
        self.load.take().map_or(0, |load| load.stop())
    }

    pub async fn wait(&self, seconds: f64) {
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    }

    /// A random time between two, in seconds.
    pub fn some_time(&mut self, from: f64, to: f64) -> f64 {
        self.rng.random_range(from..to)
    }

    /// Waits until something is so; how long it took, or `None` if it was not in time.
    pub async fn until(&self, patience: f64, so: impl Fn(&Self) -> bool) -> Option<f64> {
        let started = Instant::now();
        while !so(self) {
            if started.elapsed().as_secs_f64() > patience {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Some(started.elapsed().as_secs_f64())
    }

    /// The sum of a metric over the nodes that answer.
    pub async fn metric(&self, name: &str) -> f64 {
        let mut sum = 0.0;
        for node in &self.nodes {
            sum += node.metrics().await.map_or(0.0, |metrics| metrics.sum(name));
        }
        sum
    }

    /// How often clients were refused with this code.
    pub fn refusals(&self, code: &str) -> u32 {
        let count = |client: &Client| client.look(|state| state.counts.refusals.get(code).copied().unwrap_or_default());
        self.clients.iter().map(count).sum()
    }

    /// How often connections ended with this code.
    pub fn closes(&self, code: u16) -> u32 {
        let count = |client: &Client| client.look(|state| state.counts.closes.get(&code).copied().unwrap_or_default());
        self.clients.iter().map(count).sum()
    }

    /// How many connections ended, whatever the code.
    pub fn all_closes(&self) -> u32 {
        self.clients.iter().map(|client| client.look(|state| state.counts.closes.values().sum::<u32>())).sum()
    }

    /// For each of these clients, how long after `since` it had all its rooms again, sorted; late ones are missing.
    pub async fn back_after(&self, clients: &[usize], since: Instant, patience: f64) -> Vec<f64> {
        let mut back: Vec<Option<f64>> = vec![None; clients.len()];
        while back.contains(&None) && since.elapsed().as_secs_f64() < patience {
            for (index, time) in clients.iter().zip(&mut back).filter(|(_, time)| time.is_none()) {
                let ready = self.clients[*index].look(|state| state.ready_at).filter(|at| *at > since);
                *time = ready.map(|at| at.duration_since(since).as_secs_f64());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let mut times: Vec<f64> = back.into_iter().flatten().collect();
        times.sort_by(f64::total_cmp);
        times
    }

    /// Acknowledgements that said that an earlier try had been stored.
    pub fn duplicates(&self) -> usize {
        let is_dup =
            |record: &crate::history::Record| matches!(record.what, crate::history::What::Ack { dup: true, .. });
        self.clients.iter().map(|client| client.history.lock().iter().filter(|record| is_dup(record)).count()).sum()
    }

    /// The clients whose first node is this one.
    pub fn at_home(&self, node: usize) -> Vec<usize> {
        (0..self.clients.len()).filter(|index| self.clients[*index].setup.home == node).collect()
    }

    pub fn postgres(&mut self) -> Result<&mut Postgres> {
        self.postgres.as_mut().ok_or_else(|| "this world has no PostgreSQL".into())
    }

    pub fn redis(&mut self) -> Result<&mut Redis> {
        self.redis.as_mut().ok_or_else(|| "this world has no Redis".into())
    }

    pub fn door(&self, node: usize) -> Door {
        self.doors.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[node]
    }
}

/// A quantile of sorted times; infinite if too few came.
pub fn quantile(times: &[f64], of: usize, quantile: f64) -> f64 {
    let place = (of as f64 * quantile).ceil() as usize;
    times.get(place.saturating_sub(1)).copied().unwrap_or(f64::INFINITY)
}
