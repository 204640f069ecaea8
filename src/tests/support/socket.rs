//! One end of a WebSocket, with patience but not for ever.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::Request;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Only ends a test that hangs; nothing is decided by it.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Socket(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// The upgrade request of a browser on a page of `origin`.
    pub fn upgrade(origin: &str, cookies: &str) -> Request<()> {
        let url = format!("{}/ws", origin.replacen("http", "ws", 1));
        let mut request = url.into_client_request().expect("a request");
        request.headers_mut().insert("Origin", origin.parse().expect("a header"));
        if !cookies.is_empty() {
            request.headers_mut().insert("Cookie", cookies.parse().expect("a header"));
        }
        request
    }

    pub async fn open(origin: &str, cookies: &str) -> Self {
        Self::try_open(Self::upgrade(origin, cookies)).await.expect("an upgrade")
    }

    pub async fn try_open(request: Request<()>) -> Result<Self, Error> {
        connect_async(request).await.map(|(stream, _)| Self(stream))
    }

    pub async fn send(&mut self, frame: Value) {
        self.send_text(&frame.to_string()).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.expect("a frame sent");
    }

    /// The next frame as JSON, or the close code as a number; what is said in passing is left out.
    pub async fn next(&mut self) -> Value {
        loop {
            let frame = self.next_of_all().await;
            if !matches!(frame["t"].as_str(), Some("presence" | "typing" | "unread" | "card" | "lobby")) {
                return frame;
            }
        }
    }

    /// The next frame of type `t`; all others are dropped.
    pub async fn find(&mut self, t: &str) -> Value {
        loop {
            let frame = self.next_of_all().await;
            assert!(frame.is_object(), "closed before any {t}: {frame}");
            if frame["t"] == t {
                return frame;
            }
        }
    }

    pub async fn next_of_all(&mut self) -> Value {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("a frame in time");
            match message {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).expect("a JSON frame"),
                Some(Ok(Message::Close(Some(frame)))) => return Value::from(u16::from(frame.code)),
                Some(Ok(Message::Close(None)) | Err(_)) => return Value::Null,
                // A loop that waits for something else would wait for ever.
                None => panic!("read on after the close"),
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next frame, which must be of type `t`.
    #[track_caller]
    pub fn expect(&mut self, t: &str) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            let frame = self.next().await;
            assert_eq!(frame["t"], t, "at {caller}: {frame}");
            frame
        }
    }

    /// The code with which the server closes; frames before it are dropped.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            match self.next().await {
                Value::Number(code) => return code.as_u64().and_then(|code| u16::try_from(code).ok()).expect("a code"),
                Value::Null => panic!("closed without a code"),
                _ => {}
            }
        }
    }

    /// Sends a message and returns its `ack`, dropping what comes in between.
    pub async fn say(&mut self, room: i64, nonce: &str, body: &str) -> Value {
        self.send(serde_json::json!({"t": "send", "id": 1, "room": room, "nonce": nonce, "body": body})).await;
        loop {
            let frame = self.next().await;
            match frame["t"].as_str() {
                Some("ack" | "err") => return frame,
                Some(_) => {}
                None => panic!("{frame}"),
            }
        }
    }
}
