//! What an operator may count, in Prometheus' format, on an address of its own.

mod catalogue;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

use super::app::App;
use super::config::ConfigError;

/// How often histograms are condensed; without it they would grow between two scrapes.
const UPKEEP: Duration = Duration::from_secs(5);
/// Bounds of time histograms, in seconds.
const SECONDS: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];
const BATCHES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Starts counting, and serves `/metrics` on `address` until the program ends. Without this nothing is counted.
///
/// # Errors
///
/// The address cannot be listened on.
pub async fn serve(address: SocketAddr, app: App) -> Result<(), ConfigError> {
    let unusable = |error: &dyn std::fmt::Display| {
        ConfigError::new("CHAT_METRICS_ADDR", format!("{address} cannot be used ({error}); choose another"))
    };
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_size".into()), BATCHES))
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|error| unusable(&error))?;
    let listener = TcpListener::bind(address).await.map_err(|error| unusable(&error))?;
    catalogue::announce();
    tokio::spawn(keep_up(recorder.clone(), app.clone()));
    let page = move || {
        metrics::gauge!("chat_bus_up").set(if app.chat.bus.is_up() { 1.0 } else { 0.0 });
        metrics::counter!("chat_log_dropped_total").absolute(super::telemetry::dropped_lines());
        metrics::gauge!("chat_queue_bytes").set(app.chat.hub.queue_bytes() as f64);
        metrics::gauge!("chat_connections").set(app.connections.count() as f64);
        std::future::ready(recorder.render())
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/metrics", get(page))).await });
    Ok(())
}

async fn keep_up(recorder: PrometheusHandle, app: App) {
    while !app.shutdown.is_cancelled() {
        recorder.run_upkeep();
        tokio::time::sleep(UPKEEP).await;
    }
}
