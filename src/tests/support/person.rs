//! Somebody at a browser or at a script: cookies, an Origin, and things to do.

use std::sync::Arc;

use reqwest::cookie::{CookieStore, Jar};
use reqwest::{Client, RequestBuilder, redirect};
use serde_json::Value;

use super::{Socket, TestApp};

pub struct Person {
    pub http: Client,
    pub jar: Arc<Jar>,
    pub origin: String,
}

/// What came back, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.expect("a body of text"),
        }
    }

    #[track_caller]
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap_or_default())
    }

    /// The cookie that it sets by this name, with its attributes.
    #[track_caller]
    pub fn set_cookie(&self, name: &str) -> &str {
        let cookies = self.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
        let named = |cookie: &&str| cookie.strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
        cookies.into_iter().find(named).unwrap_or_else(|| panic!("no cookie {name}"))
    }

    /// The nonce of the page's own scripts, as its policy says it.
    #[track_caller]
    pub fn nonce(&self) -> &str {
        let policy = self.header("content-security-policy");
        let nonce = policy.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\''));
        nonce.unwrap_or_else(|| panic!("{}: no nonce in {policy:?}: {}", self.status, self.text)).0
    }
}

impl Person {
    pub fn new(app: &TestApp) -> Self {
        Self::at(app.origin())
    }

    /// Somebody at whatever server is at `origin`.
    pub fn at(origin: String) -> Self {
        let jar = Arc::new(Jar::default());
        let http = Client::builder()
            .cookie_provider(Arc::clone(&jar))
            .redirect(redirect::Policy::none())
            .build()
            .expect("an HTTP client");
        Self { http, jar, origin }
    }

    /// The same person on another node: the session is in the database.
    pub fn on(&self, app: &TestApp) -> Self {
        let there = Self::new(app);
        let url = app.origin().parse().expect("a URL");
        there.jar.add_cookie_str(&self.cookies(), &url);
        there
    }

    /// The `Cookie` header that the browser would send.
    pub fn cookies(&self) -> String {
        let url = self.origin.parse().expect("a URL");
        self.jar.cookies(&url).map_or_else(String::new, |value| value.to_str().unwrap_or_default().to_owned())
    }

    /// Calls a server function as a program does.
    pub async fn post(&self, name: &str, fields: &[(&str, &str)]) -> Answer {
        Answer::of(self.request(name).header("Origin", &self.origin).form(fields)).await
    }

    /// Sends a form as a browser without script does.
    pub async fn submit(&self, name: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.request(name).header("Origin", &self.origin).header("Accept", "text/html,*/*;q=0.8");
        Answer::of(request.form(fields)).await
    }

    /// A request to a server function without any of a browser's headers.
    pub fn request(&self, name: &str) -> RequestBuilder {
        self.http.post(format!("{}/api/{name}", self.origin))
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.http.get(format!("{}{path}", self.origin))).await
    }

    /// Writes a post and returns its id.
    pub async fn room(&self, title: &str, visibility: &str) -> i64 {
        let fields = [("title", title), ("body", "text"), ("category", "tech"), ("visibility", visibility)];
        let room = self.post("create_room", &fields).await.expect_status(200).json();
        room["id"].as_i64().expect("an id")
    }

    /// Says `count` things in a room, one after the other: `m1`, `m2` …
    pub async fn say_much(&self, room: i64, count: usize) {
        let mut socket = self.live(serde_json::json!([])).await;
        let once = rand::random::<u64>();
        for n in 1..=count {
            assert_eq!(socket.say(room, &format!("{once}-{n}"), &format!("m{n}")).await["t"], "ack");
        }
    }

    pub async fn socket(&self) -> Socket {
        Socket::open(&self.origin, &self.cookies()).await
    }

    /// A socket that has said hello with these subscriptions and got `welcome`.
    pub async fn live(&self, subs: Value) -> Socket {
        let mut socket = self.socket().await;
        socket.send(serde_json::json!({"t": "hello", "v": 1, "subs": subs})).await;
        socket.expect("welcome").await;
        socket
    }
}
