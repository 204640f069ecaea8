//! A server with files of its own, so that it does not matter what has been built.

use std::path::PathBuf;

use chat_chat::router::router;
use chat_chat::server::app::App;
use chat_chat::server::config::Config;
use chat_chat::server::opening::open_database;
use chat_chat::server::serve;
use chat_chat::server::workers;
use leptos::config::LeptosOptions;
use reqwest::{Client, RequestBuilder, redirect};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::Database;

pub struct Site {
    pub app: App,
    pub origin: String,
    /// What the browser would call it.
    pub public: String,
    /// Where its files are.
    pub files: PathBuf,
    _folder: TempDir,
    _database: Database,
}

impl Site {
    pub async fn start(public: Option<&str>) -> Self {
        Self::start_with(public, &[]).await
    }

    /// Starts it with these files, too: by their address, and what is in them.
    pub async fn start_with(public: Option<&str>, more: &[(&str, &[u8])]) -> Self {
        let (folder, database) = (tempfile::tempdir().unwrap(), Database::sqlite());
        let files = folder.path().join("site");
        std::fs::create_dir_all(files.join("pkg")).unwrap();
        let usual: [(&str, &[u8]); 3] = [
            ("pkg/chat-chat.js", b"export {}"),
            ("favicon.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            ("../secret", b"secret"),
        ];
        for (name, content) in usual.iter().chain(more) {
            std::fs::write(files.join(name), content).unwrap();
        }
        let config = Config::read(&|name| match name {
            "DATABASE_URL" => Some(database.url.clone()),
            "CHAT_PUBLIC_URL" => public.map(str::to_owned),
            "CHAT_RATE_AUTH" => Some("off".into()),
            _ => None,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let db = open_database(&database.url).await.unwrap();
        db.migrate().await.unwrap();
        let leptos = LeptosOptions::builder().output_name("chat-chat").site_root(files.to_str().unwrap()).build();
        let app = workers::start(config.unwrap(), leptos, db, address).await.unwrap();
        tokio::spawn(serve::run(listener, router(app.clone()), app.clone()));
        let origin = format!("http://{address}");
        let public = public.unwrap_or(&origin).to_owned();
        Self { app, origin, public, files, _folder: folder, _database: database }
    }

    /// A request for what is at `path`, as it comes: nothing is followed.
    pub fn get(&self, path: &str) -> RequestBuilder {
        let http = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        http.get(format!("{}{path}", self.origin))
    }
}
