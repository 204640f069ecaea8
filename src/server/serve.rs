//! The accept loop: HTTP/1.1 with a time limit for headers, and an end that leaves nothing half done.

mod metered;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

pub use self::metered::Written;
use super::app::App;

/// A client that does not finish its headers within this time is gone: `axum::serve` would wait for ever.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long connections may take to end once the program is to.
const DRAIN: Duration = Duration::from_secs(15);
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
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let (router, written) = (router.clone(), written.clone());
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(written);
            router.oneshot(request).await
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
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
}
