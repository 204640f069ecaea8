//! The stage and the cast: servers to talk to, and people who talk.

pub mod html;
pub mod person;
pub mod proxy;
pub mod site;
pub mod socket;

use std::net::SocketAddr;

use chat_chat::router::router;
use chat_chat::server::app::App;
use chat_chat::server::config::Config;
use chat_chat::server::opening::open_database;
use chat_chat::server::serve::{self, Patience};
use chat_chat::server::workers;
use leptos::config::LeptosOptions;
use sqlx::AssertSqlSafe;
use tempfile::TempDir;
use tokio::task::JoinHandle;

pub use person::Person;
pub use socket::Socket;

/// A server in this process, on a port of its own.
pub struct TestApp {
    pub app: App,
    pub address: SocketAddr,
    serving: JoinHandle<()>,
}

/// A database that lives as long as this.
pub struct Database {
    pub url: String,
    _folder: Option<TempDir>,
}

impl Database {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { url: format!("sqlite:{}/chat.db", folder.path().display()), _folder: Some(folder) }
    }

    /// The one that a URL names.
    pub fn at(url: String) -> Self {
        Self { url, _folder: None }
    }

    /// A fresh database on the server that `make test` started.
    pub async fn postgres() -> Self {
        let server = needed("TEST_DATABASE_URL");
        let name = format!("test_{}", rand::random::<u64>());
        let admin = sqlx::PgPool::connect(&server).await.expect("the test PostgreSQL");
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&admin).await.expect("a new database");
        admin.close().await;
        let (base, _) = server.rsplit_once('/').expect("a URL with a database name");
        Self { url: format!("{base}/{name}"), _folder: None }
    }

    /// Changes what nothing in the program changes by itself.
    pub async fn run(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.url.starts_with("sqlite:") {
            let pool = sqlx::SqlitePool::connect(&self.url).await.expect("the database");
            sqlx::query(sql).execute(&pool).await.expect("a change");
            pool.close().await;
        } else {
            let pool = sqlx::PgPool::connect(&self.url).await.expect("the database");
            sqlx::query(sql).execute(&pool).await.expect("a change");
            pool.close().await;
        }
    }
}

/// A variable that `make test` sets.
pub fn needed(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: run the tests with `make test`"))
}

/// A server on SQLite with the given settings, limits lifted unless they are among them.
pub async fn start_with(settings: &[(&str, &str)]) -> (TestApp, Database) {
    let database = Database::sqlite();
    (start_on(&database, settings).await, database)
}

pub async fn start() -> (TestApp, Database) {
    start_with(&[]).await
}

/// A server on an existing database.
pub async fn start_on(database: &Database, settings: &[(&str, &str)]) -> TestApp {
    start_waiting(database, settings, Patience::default()).await
}

/// The same, with so much patience for connections.
pub async fn start_waiting(database: &Database, settings: &[(&str, &str)], patience: Patience) -> TestApp {
    let lifted = [
        ("CHAT_RATE_SEND", "off"),
        ("CHAT_RATE_FRAMES", "off"),
        ("CHAT_RATE_AUTH", "off"),
        ("CHAT_CONNECTIONS_PER_USER", "off"),
        ("CHAT_CONNECTIONS_PER_IP", "off"),
        ("CHAT_HTTP_CONNECTIONS_PER_IP", "off"),
        ("CHAT_RATE_PAGES", "off"),
        ("CHAT_QUOTAS", "off"),
        ("DATABASE_URL", &database.url),
    ];
    let known = |name: &str| settings.iter().chain(&lifted).find(|(known, _)| *known == name);
    let config = Config::read(&|name| known(name).map(|(_, value)| (*value).to_owned())).expect("valid settings");
    let listener = serve::listen(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
    let address = listener.local_addr().expect("an address");
    let db = open_database(&config.database_url).await.expect("a database");
    db.migrate().await.expect("migrations");
    let leptos = LeptosOptions::builder().output_name("chat-chat").site_root("target/site").build();
    let app = workers::start(config, leptos, db, address).await.expect("a started app");
    let serving = tokio::spawn(serve::run_with(listener, router(app.clone()), app.clone(), patience));
    TestApp { app, address, serving }
}

impl TestApp {
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Ends the server as a signal would, and waits until it has.
    pub async fn stop(self) {
        self.app.shutdown.cancel();
        self.serving.await.expect("an orderly end");
    }

    /// Somebody without an account.
    pub fn visitor(&self) -> Person {
        Person::new(self)
    }

    /// Somebody with an account, signed in.
    pub async fn person(&self, name: &str) -> Person {
        let person = Person::new(self);
        person.post("register", &[("username", name), ("password", "correct horse")]).await.expect_status(200);
        person
    }
}
