//! The accept loop: HTTP/1.1 with limits for those who do not ask or do not read, and an end that leaves nothing half done.

mod held;
mod metered;
mod places;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, StatusCode, Version, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tower::ServiceExt;

pub use self::held::{Hold, hold};
use self::metered::{Answering, Metered};
pub use self::metered::{Patience, Traffic};
use self::places::{Asking, Full, Open, Places};
use super::app::App;

/// How long connections may take to end once the program is to.
const DRAIN: Duration = Duration::from_secs(15);
const SEND_BUFFER: u32 = 128 * 1024;
/// Connections that may wait to be accepted: thousands come back at once after a restart.
const BACKLOG: u32 = 4_096;
/// After a failed accept, such as for want of file descriptors: trying again at once would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves `router` until `app.shutdown`, then waits for what is under way.
pub async fn run(listener: TcpListener, router: Router, app: App) {
    run_with(listener, router, app, Patience::default()).await;
}

/// The same with another patience.
pub async fn run_with(listener: TcpListener, router: Router, app: App, patience: Patience) {
    let places = Places::new(app.config.http_connections_per_ip);
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => match places.admit(Some(peer.ip()).filter(|ip| !app.proxies.trusts(*ip))) {
                    Ok((open, asking)) => {
                        let (stream, router) = (Connected { stream, peer, patience, open }, router.clone());
                        app.tasks.spawn(connection(stream, router, app.clone(), asking));
                    }
                    Err(full) => turn_away(stream, full),
                },
                Err(error) => {
                    tracing::warn!(%error, "accept");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
    drop(listener);
    app.tasks.close();
    if tokio::time::timeout(DRAIN, app.tasks.wait()).await.is_err() {
        tracing::warn!("some connections did not end in time");
    }
    app.chat.db.close().await;
}

/// A connection that has been let in.
struct Connected {
    stream: TcpStream,
    peer: SocketAddr,
    patience: Patience,
    open: Open,
}

/// Says so and hangs up: nothing may be spent on connections that are too many.
fn turn_away(stream: TcpStream, full: Full) {
    metrics::counter!("chat_connections_refused_total").increment(1);
    let status = match full {
        Full::Address => "429 Too Many Requests",
        Full::All => "503 Service Unavailable",
    };
    let answer = format!("HTTP/1.1 {status}\r\nRetry-After: 10\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    if let Ok(mut stream) = stream.into_std() {
        // Into an empty buffer; who is gone already is told nothing.
        let _ = std::io::Write::write(&mut stream, answer.as_bytes());
    }
}

async fn connection(Connected { stream, peer, patience, open }: Connected, router: Router, app: App, asking: Asking) {
    // Frames are small and written whole: waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let (stream, traffic, phase) = Metered::new(stream, patience, open);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let (router, traffic, answering) = (router.clone(), traffic.clone(), phase.begin());
        async move {
            let mut request = request.map(Body::new);
            if !has_one_host(&request) {
                return Ok(held(bad_host(), answering));
            }
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(traffic);
            let started = Instant::now();
            let answer = router.oneshot(request).await;
            metrics::histogram!("chat_http_request_seconds").record(started.elapsed());
            answer.map(|answer| held(answer, answering))
        }
    });
    // The stream has limits of its own: hyper's limit for a head would run while none has begun, and end connections
    // that a proxy takes for open.
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    tokio::select! {
        result = connection.as_mut() => {
            if let Err(error) = result {
                tracing::debug!(%error, "connection");
            }
        }
        () = app.shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
    drop(asking);
}

impl Hold for Answering {}

/// The connection answers until the last of the answer has been handed over.
fn held(answer: Response, answering: Answering) -> Response {
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        answering.upgraded();
        return answer;
    }
    answer.map(|body| hold(body, answering))
}

/// Whether a request says for whom it is, and only once (RFC 9112, section 3.2).
fn has_one_host<B>(request: &hyper::Request<B>) -> bool {
    match request.headers().get_all(header::HOST).iter().count() {
        0 => request.version() != Version::HTTP_11,
        count => count == 1,
    }
}

fn bad_host() -> Response {
    let close = [(header::CONNECTION, HeaderValue::from_static("close"))];
    (StatusCode::BAD_REQUEST, close, "exactly one Host, please\n").into_response()
}

/// Listens on `address`. What waits in the kernel for a connection that does not read is bounded: by default it would
/// be up to 4 MiB each, and such a connection would be noticed late.
pub fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restarted server must not wait for its former connections to be forgotten.
    socket.set_reuseaddr(true)?;
    // Accepted connections inherit it; the kernel doubles it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
