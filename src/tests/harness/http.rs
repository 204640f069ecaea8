//! A small HTTP/1.1 client, and the few requests that the harness makes: register, write a post, say something.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Result;

/// Longer than the server may take for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where to knock, and whose door it is: behind a proxy the two differ, and the server knows its own address only.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    pub connect: SocketAddr,
    pub origin: SocketAddr,
}

impl From<SocketAddr> for Door {
    fn from(address: SocketAddr) -> Self {
        Self { connect: address, origin: address }
    }
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON, if the status says that all went well.
    pub fn json(&self) -> Result<Value> {
        if self.status != 200 {
            return Err(format!("HTTP {}: {}", self.status, self.text()).into());
        }
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// One request on a connection of its own. `headers` are whole lines.
pub async fn request(door: impl Into<Door>, line: &str, headers: &[String], body: &str) -> Result<Answer> {
    let Door { connect, origin } = door.into();
    let exchange = async {
        let mut stream = TcpStream::connect(connect).await?;
        let mut text = format!("{line} HTTP/1.1\r\nHost: {origin}\r\nConnection: close\r\n");
        for header in headers {
            text.push_str(header);
            text.push_str("\r\n");
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        stream.write_all(text.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        parse(&answer)
    };
    tokio::time::timeout(PATIENCE, exchange).await.map_err(|_| format!("{line}: no answer"))?
}

fn parse(bytes: &[u8]) -> Result<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").ok_or("an answer without a head")?;
    let head = std::str::from_utf8(&bytes[..end])?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("no status")?.parse()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer { status, headers, body: bytes[end + 4..].to_vec() };
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.body = unchunk(&answer.body)?;
    }
    Ok(answer)
}

fn unchunk(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n").ok_or("a chunk without a size")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end])?, 16)?;
        if size == 0 {
            return Ok(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + size).ok_or("a chunk cut short")?);
        rest = rest.get(end + 2 + size + 2..).ok_or("a chunk cut short")?;
    }
}

/// What forms and queries make of a text.
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Calls a server function. `cookie` may be empty.
pub async fn call(door: impl Into<Door>, cookie: &str, name: &str, fields: &[(&str, &str)]) -> Result<Answer> {
    let door = door.into();
    let body = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&");
    let mut headers =
        vec![format!("Origin: http://{}", door.origin), "Content-Type: application/x-www-form-urlencoded".to_owned()];
    if !cookie.is_empty() {
        headers.push(format!("Cookie: {cookie}"));
    }
    request(door, &format!("POST /api/{name}"), &headers, &body).await
}

pub async fn get(door: impl Into<Door>, path: &str) -> Result<Answer> {
    request(door, &format!("GET {path}"), &[], "").await
}

/// Somebody with an account, signed in; the session is good on every node.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: i64,
    pub name: String,
    pub cookie: String,
}

/// Makes an account.
pub async fn register(door: impl Into<Door>, name: &str) -> Result<Person> {
    signed_in(door, "register", name).await
}

/// Signs in again.
pub async fn login(door: impl Into<Door>, name: &str) -> Result<Person> {
    signed_in(door, "login", name).await
}

async fn signed_in(door: impl Into<Door>, way: &str, name: &str) -> Result<Person> {
    let answer = call(door, "", way, &[("username", name), ("password", "correct horse")]).await?;
    let user = answer.json()?;
    let cookie = answer.header("set-cookie").and_then(|value| value.split(';').next()).ok_or("no cookie")?.to_owned();
    Ok(Person { id: user["id"].as_i64().ok_or("no id")?, name: name.to_owned(), cookie })
}

impl Person {
    /// Writes a post and returns the room's id.
    pub async fn create_room(&self, door: impl Into<Door>, title: &str, visibility: &str) -> Result<i64> {
        let fields = [("title", title), ("body", "text"), ("category", "general"), ("visibility", visibility)];
        let room = call(door, &self.cookie, "create_room", &fields).await?.json()?;
        Ok(room["id"].as_i64().ok_or("a room without id")?)
    }

    /// Says something without a socket.
    pub async fn post_message(&self, door: impl Into<Door>, room: i64, nonce: &str, body: &str) -> Result<Answer> {
        let fields = [("room", &*room.to_string()), ("nonce", nonce), ("body", body)];
        call(door, &self.cookie, "post_message", &fields).await
    }

    /// A page of a room's messages; `cursor` such as `("before", 7)`.
    pub async fn history(&self, door: impl Into<Door>, room: i64, cursor: Option<(&str, i64)>) -> Result<Value> {
        let (room, at) = (room.to_string(), cursor.map(|(_, seq)| seq.to_string()).unwrap_or_default());
        let mut fields = vec![("room", room.as_str()), ("limit", "100")];
        if let Some((name, _)) = cursor {
            fields.push((name, &at));
        }
        call(door, &self.cookie, "history", &fields).await?.json()
    }
}
