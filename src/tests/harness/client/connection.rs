//! A client's connections, one after the other: opens, talks, loads pages after a reset, backs off.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::{Order, Setup, State};
use crate::Result;
use crate::history::{Print, Room};
use crate::http::{Door, Person};

const CONNECT: Duration = Duration::from_secs(10);
/// Heartbeats come every 25 s ± 20 %: after this long without a frame the server is gone.
const SILENCE: Duration = Duration::from_secs(40);
/// A connection that lived this long makes the next wait short again.
const STABLE: Duration = Duration::from_secs(30);
const WRITE: Duration = Duration::from_secs(10);

type Socket = WebSocketStream<TcpStream>;

/// An upgraded socket; nothing has been said on it yet.
pub async fn open_socket(door: Door, cookie: &str, receive_buffer: Option<u32>) -> Result<Socket> {
    let opening = async {
        let socket = TcpSocket::new_v4()?;
        if let Some(size) = receive_buffer {
            socket.set_recv_buffer_size(size)?;
        }
        let stream = socket.connect(door.connect).await?;
        stream.set_nodelay(true)?;
        let mut request = format!("ws://{}/ws", door.origin).into_client_request()?;
        request.headers_mut().insert("Origin", HeaderValue::from_str(&format!("http://{}", door.origin))?);
        if !cookie.is_empty() {
            request.headers_mut().insert("Cookie", HeaderValue::from_str(cookie)?);
        }
        // Its default reads into 128 KiB per socket; thousands of clients live in this process.
        let config = WebSocketConfig::default().read_buffer_size(4 * 1024).write_buffer_size(0);
        let (socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await?;
        Ok(socket)
    };
    tokio::time::timeout(CONNECT, opening).await.map_err(|_| "no connection in time")?
}

/// Why a conversation ended.
enum End {
    Closed(u16),
    Cut { offline: Duration },
    Left,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

pub async fn run(setup: Setup, state: Arc<Mutex<State>>, mut orders: mpsc::UnboundedReceiver<Order>) {
    let mut failures = 0;
    let mut door = setup.home;
    loop {
        let doors = setup.doors.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let this = doors[door % doors.len()];
        lock(&state).connecting_since = crate::history::now();
        let mut wait = match open_socket(this, &setup.person.cookie, setup.receive_buffer).await {
            Ok(socket) => {
                let opened = Instant::now();
                let end = talk(socket, this, &setup.person, &state, &mut orders).await;
                if opened.elapsed() > STABLE {
                    failures = 0;
                }
                let said = lock(&state).retry_ms.take();
                match end {
                    End::Left => return lock(&state).closed(1000),
                    End::Cut { offline } => {
                        lock(&state).closed(0);
                        offline
                    }
                    // Signed out, here or elsewhere: trying again would be no use.
                    End::Closed(code @ (4401 | 4403)) => return lock(&state).closed(code),
                    End::Closed(code) => {
                        lock(&state).closed(code);
                        door += 1;
                        match said {
                            // The server spreads these itself.
                            Some(ms) => Duration::from_millis(ms),
                            None if failures == 0 => Duration::from_millis(rand::random_range(0..1_000)),
                            None => back_off(failures),
                        }
                    }
                }
            }
            Err(_) => {
                lock(&state).counts.failed_opens += 1;
                door += 1;
                back_off(failures)
            }
        };
        failures += 1;
        // Orders are taken while waiting, too.
        let until = tokio::time::Instant::now() + wait;
        while wait > Duration::ZERO {
            tokio::select! {
                () = tokio::time::sleep_until(until) => break,
                order = orders.recv() => match order {
                    Some(Order::Leave) | None => return,
                    Some(_) => wait = until.saturating_duration_since(tokio::time::Instant::now()),
                },
            }
        }
    }
}

/// Full jitter: `U(0, min(30 s, 0.5 s · 2^n))`.
fn back_off(failures: u32) -> Duration {
    let most = 500_u64.saturating_mul(1 << failures.min(6)).min(30_000);
    Duration::from_millis(rand::random_range(0..most))
}

async fn talk(
    mut socket: Socket,
    door: Door,
    person: &Person,
    state: &Mutex<State>,
    orders: &mut mpsc::UnboundedReceiver<Order>,
) -> End {
    let hello = lock(state).opened();
    if write(&mut socket, hello).await.is_err() {
        return End::Closed(0);
    }
    let mut last_heard = Instant::now();
    loop {
        loop {
            let frame = lock(state).next_frame();
            let Some(frame) = frame else { break };
            if write(&mut socket, frame).await.is_err() {
                return End::Closed(0);
            }
        }
        let rooms = std::mem::take(&mut lock(state).to_reload);
        for room in rooms {
            if reload(door, person, state, room).await.is_err() {
                return End::Closed(0);
            }
        }
        let silence = last_heard + SILENCE;
        let deadline = if lock(state).online { lock(state).next_deadline() } else { None };
        let deadline = deadline.map_or(silence, |deadline| deadline.min(silence)).max(Instant::now());
        tokio::select! {
            message = socket.next() => {
                last_heard = Instant::now();
                match message {
                    Some(Ok(Message::Text(text))) => {
                        let answer = lock(state).hear(&text);
                        if let Some(answer) = answer
                            && write(&mut socket, answer).await.is_err()
                        {
                            return End::Closed(0);
                        }
                    }
                    Some(Ok(Message::Close(frame))) => {
                        let _ = tokio::time::timeout(Duration::from_secs(1), socket.flush()).await;
                        return End::Closed(frame.map_or(1005, |frame| frame.code.into()));
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return End::Closed(0),
                }
            }
            order = orders.recv() => match order {
                Some(Order::Wake) => {}
                Some(Order::Cut { reset, offline }) => {
                    if reset {
                        let _ = socket.get_ref().set_zero_linger();
                    }
                    return End::Cut { offline };
                }
                Some(Order::Freeze(time)) => {
                    tokio::time::sleep(time).await;
                    last_heard = Instant::now();
                }
                Some(Order::Resubscribe(room)) => {
                    let since = lock(state).windows.get(&room).and_then(|window| window.cursor);
                    let frames = [format!(r#"{{"t":"unsub","room":{room}}}"#), crate::wire::sub(1, room, since)];
                    for frame in frames {
                        if write(&mut socket, frame).await.is_err() {
                            return End::Closed(0);
                        }
                    }
                }
                Some(Order::Leave) | None => {
                    let _ = tokio::time::timeout(Duration::from_secs(1), socket.close(None)).await;
                    return End::Left;
                }
            },
            () = tokio::time::sleep_until(deadline.into()) => {
                if last_heard.elapsed() >= SILENCE {
                    return End::Closed(0);
                }
            }
        }
    }
}

async fn write(socket: &mut Socket, text: String) -> Result<()> {
    match tokio::time::timeout(WRITE, socket.send(Message::text(text))).await {
        Ok(sent) => Ok(sent?),
        Err(_) => Err("the other side does not read".into()),
    }
}

/// Loads the latest page of a room, as a browser does when its window is void.
async fn reload(door: Door, person: &Person, state: &Mutex<State>, room: Room) -> Result<()> {
    let page = person.history(door, room, None).await?;
    let head = page["head"].as_i64().ok_or("a page without head")?;
    let messages = page["messages"].as_array().ok_or("a page without messages")?;
    let prints: Vec<_> = messages
        .iter()
        // Whose text was changed or cleared: its print is that of another event.
        .filter(|message| message["rev"] == message["seq"] || message["rev"].is_null())
        .filter_map(|message| {
            let (seq, author, ts) =
                (message["seq"].as_i64()?, message["author"]["id"].as_i64()?, message["ts"].as_i64()?);
            Some((seq, Print::new("msg", author, ts, message["body"].as_str())))
        })
        .collect();
    lock(state).reloaded(room, head, &prints);
    Ok(())
}
