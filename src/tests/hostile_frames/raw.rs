//! A client without manners: it writes bytes, whatever they are, and reads what comes back.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::TestApp;

/// Only ends a test that hangs; nothing is decided by it.
const PATIENCE: Duration = Duration::from_secs(30);

pub const CONTINUATION: u8 = 0x0;
pub const TEXT: u8 = 0x1;
pub const BINARY: u8 = 0x2;
pub const CLOSE: u8 = 0x8;
pub const PING: u8 = 0x9;
pub const PONG: u8 = 0xA;
/// The bit of a frame that ends its message.
pub const FIN: u8 = 0x80;

/// A masked frame with a true length. The mask is zero: the payload stays readable here.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = header(first, payload.len() as u64);
    bytes.extend_from_slice(payload);
    bytes
}

/// The beginning of a masked frame that claims this length.
pub fn header(first: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![first];
    match length {
        0..=125 => bytes.push(0x80 | length as u8),
        126..=0xffff => {
            bytes.push(0x80 | 126);
            bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend_from_slice(&length.to_be_bytes());
        }
    }
    bytes.extend_from_slice(&[0; 4]);
    bytes
}

pub struct Raw(TcpStream);

impl Raw {
    pub async fn connect(app: &TestApp) -> Self {
        let stream = TcpStream::connect(app.address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        Self(stream)
    }

    /// A connection that has become a WebSocket in an orderly way.
    pub async fn upgraded(app: &TestApp) -> Self {
        let mut raw = Self::connect(app).await;
        raw.write(request(app, &[]).as_bytes()).await;
        let head = raw.head().await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        raw
    }

    /// Writes unless the server has had enough.
    pub async fn write(&mut self, bytes: &[u8]) -> bool {
        let written = tokio::time::timeout(PATIENCE, self.0.write_all(bytes)).await;
        written.expect("the server reads").is_ok()
    }

    async fn read(&mut self, length: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; length];
        let read = tokio::time::timeout(PATIENCE, self.0.read_exact(&mut bytes)).await;
        read.expect("an answer in time").ok()?;
        Some(bytes)
    }

    /// The head of a response, or what there was of it.
    pub async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Some(byte) = self.read(1).await else { break };
            head.extend(byte);
        }
        String::from_utf8(head).expect("a head of text")
    }

    /// The next frame of the server: its first byte and its payload. `None` if the connection is gone.
    pub async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let head = self.read(2).await?;
        assert_eq!(head[1] & 0x80, 0, "a server does not mask");
        let length = match head[1] {
            126 => u64::from(u16::from_be_bytes(self.read(2).await?.try_into().ok()?)),
            127 => u64::from_be_bytes(self.read(8).await?.try_into().ok()?),
            short => short.into(),
        };
        Some((head[0], self.read(usize::try_from(length).ok()?).await?))
    }

    /// The code with which the server closes, after whatever else it says; `None` if it just goes away.
    pub async fn close_code(&mut self) -> Option<u16> {
        loop {
            let (first, payload) = self.frame().await?;
            if first == FIN | CLOSE {
                return payload.get(..2).map(|code| u16::from_be_bytes([code[0], code[1]]));
            }
        }
    }

    /// Says hello and waits for the welcome, past pongs.
    pub async fn is_welcome(&mut self) -> bool {
        self.write(&frame(FIN | TEXT, br#"{"t":"hello","v":1}"#)).await && self.next_text().await.contains("welcome")
    }

    /// The next text of the server, or "" if it goes away.
    pub async fn next_text(&mut self) -> String {
        while let Some((first, payload)) = self.frame().await {
            match first {
                0x81 => return String::from_utf8(payload).expect("text"),
                0x88 => break,
                _ => {}
            }
        }
        String::new()
    }
}

/// An upgrade request; `changes` replace headers, or drop those without a value.
pub fn request(app: &TestApp, changes: &[(&str, Option<&str>)]) -> String {
    let (host, origin) = (app.address.to_string(), app.origin());
    let mut headers = vec![
        ("Host", &*host),
        ("Origin", &*origin),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
    ];
    for (name, value) in changes {
        headers.retain(|(known, _)| known != name);
        headers.extend(value.map(|value| (*name, value)));
    }
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("GET /ws HTTP/1.1\r\n{headers}\r\n")
}
