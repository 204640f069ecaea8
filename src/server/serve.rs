//! The accept loop: HTTP/1.1 with a time limit for headers, and an end that leaves nothing half done.

mod metered;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tower::ServiceExt;

pub use self::metered::Written;
use super::app::App;

/// A client that does not finish its headers within this time is gone: `axum::serve` would wait for ever.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long connections may take to end once the program is to.
const DRAIN: Duration = Duration::from_secs(15);
const SEND_BUFFER: u32 = 128 * 1024;
/// Connections that may wait to be accepted: thousands come back at once after a restart.
const BACKLOG: u32 = 4_096;
/// After a failed accept, such as for want of file descriptors: trying again at once would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves `router` until `app.shutdown`, then waits for what is under way.
pub async fn run(listener: TcpListener, router: Router, app: App) {
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    app.tasks.spawn(connection(stream, peer, router.clone(), app.clone()));
                }
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

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, app: App) {
    // Frames are small and written whole: waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let (stream, written) = metered::Metered::new(stream);
    let has_asked = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&has_asked);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        asked.store(true, Ordering::Relaxed);
        let (router, written) = (router.clone(), written.clone());
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(written);
            let started = Instant::now();
            let answer = router.oneshot(request).await;
            metrics::histogram!("chat_http_request_seconds").record(started.elapsed());
            answer
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    let mut first_request = std::pin::pin!(tokio::time::sleep(HEADER_TIMEOUT));
    loop {
        tokio::select! {
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(%error, "connection");
                }
                return;
            }
            // hyper's own limit ends a request that comes too slowly; this one, a connection on which none ever comes.
            () = first_request.as_mut(), if !has_asked.load(Ordering::Relaxed) && !first_request.is_elapsed() => {
                if !has_asked.load(Ordering::Relaxed) {
                    return;
                }
            }
            () = app.shutdown.cancelled() => {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
                return;
            }
        }
    }
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
