//! A bare socket, for faults that are about single frames: nothing is resent, nothing is remembered.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::Result;
use crate::client::open_socket;
use crate::history::Room;
use crate::http::Door;

/// Ends what hangs; nothing is decided by it.
const PATIENCE: Duration = Duration::from_secs(20);

/// What answers a `sub`.
pub const ANSWERS: &[&str] = &["sub_ok", "reset", "err"];

pub struct Socket(pub WebSocketStream<TcpStream>);

/// What a server said: a frame, or that it is over, with the close code or 0.
#[derive(Debug)]
pub enum Said {
    Frame(Value),
    Over(u16),
}

impl Socket {
    pub async fn open(door: impl Into<Door>, cookie: &str) -> Result<Self> {
        Ok(Self(open_socket(door.into(), cookie, None).await?))
    }

    /// Opened, greeted, and subscribed to rooms from now on.
    pub async fn live(door: impl Into<Door>, cookie: &str, rooms: &[Room]) -> Result<Self> {
        let mut socket = Self::open(door, cookie).await?;
        let subs: Vec<_> = rooms.iter().map(|room| json!({"room": room})).collect();
        socket.send(&json!({"t": "hello", "v": 1, "subs": subs})).await?;
        socket.expect("welcome").await?;
        for _ in rooms {
            socket.expect("sub_ok").await?;
        }
        Ok(socket)
    }

    pub async fn send(&mut self, frame: &Value) -> Result<()> {
        self.text(frame.to_string()).await
    }

    pub async fn text(&mut self, text: String) -> Result<()> {
        Ok(tokio::time::timeout(PATIENCE, self.0.send(Message::text(text))).await??)
    }

    pub async fn next(&mut self) -> Result<Said> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.0.next()).await.map_err(|_| "no frame in time")?;
            return Ok(match message {
                Some(Ok(Message::Text(text))) => Said::Frame(serde_json::from_str(&text)?),
                Some(Ok(Message::Close(frame))) => Said::Over(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => Said::Over(0),
            });
        }
    }

    /// The next frame of one of these types, or the end; other frames are passed over.
    pub async fn next_of(&mut self, types: &[&str]) -> Result<Said> {
        loop {
            match self.next().await? {
                Said::Frame(frame) if !types.iter().any(|t| frame["t"] == *t) => {}
                said => return Ok(said),
            }
        }
    }

    /// The next frame of one of these types; others are passed over.
    pub async fn any_of(&mut self, types: &[&str]) -> Result<Value> {
        match self.next_of(types).await? {
            Said::Frame(frame) => Ok(frame),
            Said::Over(code) => Err(format!("closed with {code} while waiting for {types:?}").into()),
        }
    }

    pub async fn expect(&mut self, t: &str) -> Result<Value> {
        self.any_of(&[t]).await
    }

    /// The code with which the server ends it.
    pub async fn close_code(&mut self) -> Result<u16> {
        loop {
            if let Said::Over(code) = self.next().await? {
                return Ok(code);
            }
        }
    }

    /// Says something; the `ack` or `err` that answers it.
    pub async fn say(&mut self, room: Room, nonce: &str, body: &str) -> Result<Value> {
        self.send(&json!({"t": "send", "id": 1, "room": room, "nonce": nonce, "body": body})).await?;
        loop {
            let answer = self.any_of(&["ack", "err"]).await?;
            if answer["nonce"] == nonce || answer["nonce"].is_null() {
                return Ok(answer);
            }
        }
    }

    /// Subscribes; the frame of [`ANSWERS`] that answers it.
    pub async fn subscribe(&mut self, room: Room, since: &Value) -> Result<Value> {
        self.send(&json!({"t": "sub", "id": 7, "room": room, "since": since})).await?;
        self.any_of(ANSWERS).await
    }
}
