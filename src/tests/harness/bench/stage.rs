//! What a figure is measured on: running nodes, people with sessions, rooms.

use std::net::SocketAddr;

use crate::Result;
use crate::http::{self, Person};
use crate::load::Plan;
use crate::server::{Node, Spec};
use crate::servers::{Postgres, Redis};
use crate::temp::TempDir;

/// Several clients share an account, as tabs do: passwords are expensive to hash.
const PEOPLE: usize = 32;

pub struct Stage {
    pub nodes: Vec<Node>,
    pub people: Vec<Person>,
    pub rooms: Vec<i64>,
    pub database: String,
    // In this order: the nodes end before what they use.
    pub redis: Option<Redis>,
    pub postgres: Option<Postgres>,
    _folder: TempDir,
}

impl Stage {
    /// One node on a SQLite file.
    pub async fn sqlite(rooms: usize) -> Result<Self> {
        let folder = TempDir::new("bench")?;
        let spec = quiet(Spec::sqlite(folder.path()));
        let database = spec.database.clone();
        let nodes = vec![Node::start(spec).await?];
        let stage = Self {
            nodes,
            people: Vec::new(),
            rooms: Vec::new(),
            database,
            redis: None,
            postgres: None,
            _folder: folder,
        };
        stage.populated(rooms).await
    }

    /// Nodes on PostgreSQL, which writes as durably as it does by default, with Redis between them.
    pub async fn cluster(nodes: usize, rooms: usize) -> Result<Self> {
        let folder = TempDir::new("bench")?;
        let postgres = Postgres::start(&[]).await?;
        let redis = Redis::start().await?;
        let database = postgres.url(&postgres.fresh_database().await?);
        let mut stage = Self {
            nodes: Vec::new(),
            people: Vec::new(),
            rooms: Vec::new(),
            database: database.clone(),
            redis: Some(redis),
            postgres: Some(postgres),
            _folder: folder,
        };
        for _ in 0..nodes {
            let mut spec = quiet(Spec::new(&database));
            spec.redis = stage.redis.as_ref().map(Redis::url);
            stage.nodes.push(Node::start(spec).await?);
        }
        stage.populated(rooms).await
    }

    async fn populated(mut self, rooms: usize) -> Result<Self> {
        let door = self.nodes[0].address;
        for index in 0..PEOPLE {
            self.people.push(http::register(door, &format!("person-{index}")).await?);
        }
        for index in 0..rooms {
            let author = &self.people[index % PEOPLE];
            self.rooms.push(author.create_room(door, &format!("Room {index}"), "public").await?);
        }
        Ok(self)
    }

    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.address).collect()
    }

    /// A plan for the first so many rooms, which watches the nodes.
    pub fn plan(&self, rooms: usize) -> Result<Plan> {
        let mut plan = Plan::new(&self.addresses(), &self.people, &self.rooms[..rooms]);
        plan.watched = self.nodes.iter().map(Node::pid).collect::<Result<_>>()?;
        Ok(plan)
    }
}

/// A log line per request would be measured too.
fn quiet(spec: Spec) -> Spec {
    spec.env("RUST_LOG", "error")
}
