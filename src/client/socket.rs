//! The WebSocket: opened, kept alive, opened again. What it says and hears is `live`'s business.

mod bell;

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_util::{FutureExt, Sink, StreamExt};
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, State, WebSocketError};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::location;
use leptos::task::spawn_local;
use std::future::poll_fn;

use self::bell::{Bell, Ring};
use super::backoff::Backoff;
use super::browser::{self, now};
use super::live::Live;
use crate::model::ids::Millis;
use crate::protocol::client::Pong;
use crate::protocol::{ClientFrame, ServerFrame, close};

/// Two heartbeats have not come: whatever the socket says, nobody is there.
const SILENCE: Millis = 40_000;
/// Half as patient with a page that somebody has just come back to.
const SILENCE_ON_RETURN: Millis = 30_000;
const CONNECT_TIMEOUT: Millis = 15_000;
/// The longest wait between two looks at the outbox.
const TICK: Millis = 5_000;
/// Without a network the browser tells when it is back; should it forget to, this is tried anyway.
const CUT_OFF: Millis = 30_000;
/// The server asked us to stay away.
const STAY_AWAY: Millis = 30_000;
/// A page that has just been loaded is not loaded again for being of another version.
const RELOAD_PAUSE: Millis = 60_000;
/// What browsers say of a socket that ended without a code, or never began.
const NO_CODE: u16 = 1_006;
/// After so many sockets in a row that never opened, the way to the server is looked at.
const SUSPICIOUS: u32 = 4;
/// Frames that are applied together, so that a burst is drawn once.
const BURST: usize = 256;

thread_local! {
    /// The one socket of this page, for whoever has something to say.
    static SOCKET: RefCell<Option<Rc<RefCell<WebSocket>>>> = const { RefCell::new(None) };
}

pub fn start(live: Live) {
    spawn_local(run(live));
}

/// How a connection ended.
struct Cut {
    code: Option<u16>,
    /// How long it had been open.
    held: Millis,
    /// What the server asked for.
    wait: Millis,
    /// We left it ourselves, to try another at once.
    is_ours: bool,
}

async fn run(live: Live) {
    let bell = Bell::hung();
    let mut backoff = Backoff::default();
    let mut failures = 0;
    live.begins();
    loop {
        let cut = connection(live, &bell).await;
        let was_open = SOCKET.take().is_some();
        live.cut();
        if is_over(live, cut.code) {
            return;
        }
        let is_refused = !was_open && cut.code.is_none_or(|code| code == NO_CODE) && !cut.is_ours;
        failures = if is_refused { failures + 1 } else { 0 };
        if failures == SUSPICIOUS {
            failures = 0;
            live.fails_to_open();
        }
        backoff.ended_after(cut.held);
        if cut.is_ours {
            continue;
        }
        let asked = match cut.code {
            Some(close::ABUSE | close::TOO_MANY) => STAY_AWAY,
            _ => cut.wait,
        };
        if pause(&bell, backoff.delay(browser::random()).max(asked)).await {
            backoff.reset();
        }
    }
}

/// Close codes after which another connection would end the same way.
fn is_over(live: Live, code: Option<u16>) -> bool {
    match code {
        Some(close::UNAUTHENTICATED) if live.is_signed_in() => {
            let next = String::from(js_sys::encode_uri_component(&browser::here()));
            browser::go_to(&format!("/login?next={next}"));
        }
        // Signed out elsewhere, or shut out: nothing that was kept for them stays.
        Some(close::REVOKED) => browser::tell_page("revoked"),
        Some(close::UNAUTHENTICATED) => {}
        // A page of another version: the server has the fitting one. If it comes again at once, it has not.
        Some(close::VERSION) if browser::is_rare("reloaded-for-version", RELOAD_PAUSE) => {
            browser::go_to(&browser::here());
        }
        Some(close::VERSION) => {}
        _ => return false,
    }
    live.end();
    true
}

/// One connection from the first try to its end.
async fn connection(live: Live, bell: &Bell) -> Cut {
    let mut cut = Cut { code: None, held: 0, wait: 0, is_ours: false };
    let Ok(socket) = WebSocket::open(&address()) else { return cut };
    let socket = Rc::new(RefCell::new(socket));
    let mut end = None;
    if let Some(rung) = opening(&socket, bell).await {
        cut.is_ours = rung == Ring::Back;
        return cut;
    }
    if !matches!(socket.borrow().state(), State::Open) {
        // Taken and closed at once, perhaps: the code says whether to come again.
        if let Heard::Closed(code) = next(&socket, &mut end, bell, TICK).await {
            cut.code = code;
        }
        return cut;
    }
    let opened = now();
    SOCKET.set(Some(socket.clone()));
    live.opened(put);

    let mut heard = opened;
    loop {
        let wait = live.tick().unwrap_or(TICK).clamp(20, TICK);
        match next(&socket, &mut end, bell, wait).await {
            Heard::Frames(frames) => {
                heard = now();
                for frame in &frames {
                    match frame {
                        ServerFrame::Hb { n, .. } => put(&ClientFrame::Pong(Pong { n: *n })),
                        ServerFrame::Bye { retry_ms, .. } => cut.wait = Millis::try_from(*retry_ms).unwrap_or(0),
                        _ => {}
                    }
                }
                live.receive(frames);
            }
            Heard::Closed(code) => {
                cut.code = code;
                break;
            }
            Heard::Rung(Ring::Offline) => break,
            Heard::Rung(Ring::Back) => cut.is_ours = now() - heard >= SILENCE_ON_RETURN,
            Heard::Nothing => cut.is_ours = now() - heard >= SILENCE,
        }
        if cut.is_ours {
            break;
        }
    }
    cut.held = now() - opened;
    cut
}

fn address() -> String {
    let location = location();
    let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    format!("{scheme}://{}/ws", location.host().unwrap_or_default())
}

/// Puts a frame on the wire. A socket that is closing takes it and loses it: only answers count.
fn put(frame: &ClientFrame) {
    let Ok(text) = serde_json::to_string(frame) else { return };
    SOCKET.with_borrow(|socket| {
        if let Some(socket) = socket {
            let mut socket = socket.borrow_mut();
            if matches!(socket.state(), State::Open) {
                let _ = Pin::new(&mut *socket).start_send(Message::Text(text));
            }
        }
    });
}

/// Waits until the socket is open, or will never be. Not any longer once there is news: another try may fare better.
async fn opening(socket: &RefCell<WebSocket>, bell: &Bell) -> Option<Ring> {
    let mut timeout = timer(CONNECT_TIMEOUT);
    poll_fn(|cx| {
        if let Poll::Ready(ring) = bell.poll(cx) {
            return Poll::Ready(Some(ring));
        }
        if timeout.poll_unpin(cx).is_ready() {
            return Poll::Ready(None);
        }
        // gloo's sink is ready as soon as the socket is anything but connecting.
        Pin::new(&mut *socket.borrow_mut()).poll_ready(cx).map(|_| None)
    })
    .await
}

enum Heard {
    Frames(Vec<ServerFrame>),
    Closed(Option<u16>),
    Rung(Ring),
    Nothing,
}

/// `end` is the close code once the close has been heard.
type End = Option<Option<u16>>;

async fn next(socket: &RefCell<WebSocket>, end: &mut End, bell: &Bell, wait: Millis) -> Heard {
    let mut timeout = timer(wait);
    poll_fn(|cx| {
        if let Poll::Ready(heard) = poll_socket(&mut socket.borrow_mut(), end, cx) {
            return Poll::Ready(heard);
        }
        if let Poll::Ready(ring) = bell.poll(cx) {
            return Poll::Ready(Heard::Rung(ring));
        }
        timeout.poll_unpin(cx).map(|()| Heard::Nothing)
    })
    .await
}

/// All frames that are there, then the end. gloo reports an error first and the close with its code after it.
fn poll_socket(socket: &mut WebSocket, end: &mut End, cx: &mut Context<'_>) -> Poll<Heard> {
    let mut frames = Vec::new();
    while frames.len() < BURST && end.is_none() {
        match socket.poll_next_unpin(cx) {
            Poll::Ready(Some(Ok(Message::Text(text)))) => {
                frames.push(ServerFrame::parse(&text).unwrap_or(ServerFrame::Unknown));
            }
            Poll::Ready(Some(Err(WebSocketError::ConnectionClose(close)))) => *end = Some(Some(close.code)),
            Poll::Ready(Some(_)) => {}
            Poll::Ready(None) => *end = Some(None),
            Poll::Pending => break,
        }
    }
    match end {
        _ if !frames.is_empty() => Poll::Ready(Heard::Frames(frames)),
        Some(code) => Poll::Ready(Heard::Closed(*code)),
        None => Poll::Pending,
    }
}

/// Waits before the next try. True if there is a reason to hope: the network, or the reader, is back.
async fn pause(bell: &Bell, wait: Millis) -> bool {
    let mut timeout = timer(if browser::is_cut_off() { wait.max(CUT_OFF) } else { wait });
    poll_fn(|cx| {
        while let Poll::Ready(ring) = bell.poll(cx) {
            if ring == Ring::Back && !browser::is_cut_off() {
                return Poll::Ready(true);
            }
        }
        timeout.poll_unpin(cx).map(|()| false)
    })
    .await
}

fn timer(ms: Millis) -> TimeoutFuture {
    TimeoutFuture::new(u32::try_from(ms).unwrap_or(0))
}
