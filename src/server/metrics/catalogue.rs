//! Every metric with what it means. All are there from the start: what has not happened yet is 0, not missing.

use metrics::Unit;

/// How a metric is read.
#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
    Histogram(Unit),
}
use Kind::{Counter, Gauge, Histogram};

/// Name, kind, and the help that `/metrics` gives.
const METRICS: &[(&str, Kind, &str)] = &[
    ("chat_connections", Gauge, "Sockets open on this node, signed in or not."),
    ("chat_connections_refused_total", Counter, "Connections hung up on because there were too many."),
    ("chat_messages_total", Counter, "Messages stored through this node."),
    ("chat_deliveries_total", Counter, "Events written to sockets."),
    (
        "chat_deliver_seconds",
        Histogram(Unit::Seconds),
        "From commit to socket write, of the oldest event of each write.",
    ),
    ("chat_commit_seconds", Histogram(Unit::Seconds), "A transaction of messages, waiting for the disk included."),
    ("chat_commit_batch_size", Histogram(Unit::Count), "Messages and other writes in one transaction."),
    ("chat_gap_fill_total", Counter, "Reads of the log because an event had not arrived here."),
    ("chat_duplicate_drop_total", Counter, "Events that arrived here more than once."),
    ("chat_resume_total", Counter, "Subscriptions with a cursor: recovered from it, or reset to the head."),
    ("chat_slow_close_total", Counter, "Connections closed because they did not read."),
    ("chat_ephemeral_drop_total", Counter, "Typing, presence and unread frames dropped for connections that lag."),
    ("chat_bus_up", Gauge, "1 while other nodes can be told through Redis, and on a node that needs none."),
    ("chat_bus_failures_total", Counter, "Looks at Redis that found it out of reach, or refusing this node."),
    ("chat_anti_entropy_repairs_total", Counter, "Rooms in which the database was ahead of this node."),
    ("chat_queue_bytes", Gauge, "Bytes that wait to be written to sockets."),
    (
        "chat_revocations_total",
        Counter,
        "Connections closed, or put out of a room, because somebody lost the right to it.",
    ),
    ("chat_authz_denied_total", Counter, "Reads and writes refused for want of the right, and forged publications."),
    ("chat_panics_total", Counter, "Faults of the program that one connection or task paid for."),
    (
        "chat_page_faults_total",
        Counter,
        "Pages on which the browser's program could not start, or stopped, as they report it.",
    ),
    ("chat_http_request_seconds", Histogram(Unit::Seconds), "From a request's headers to the start of its answer."),
    ("chat_log_dropped_total", Counter, "Log lines dropped because nobody took them."),
    ("chat_wal_bytes", Gauge, "Size of SQLite's write-ahead log; it grows while somebody holds a read transaction."),
];

/// Tells the recorder of all of them.
pub fn announce() {
    for (name, kind, help) in METRICS {
        match kind {
            Counter => {
                metrics::describe_counter!(*name, *help);
                if *name == "chat_resume_total" {
                    metrics::counter!(*name, "result" => "recovered").increment(0);
                    metrics::counter!(*name, "result" => "reset").increment(0);
                } else {
                    metrics::counter!(*name).increment(0);
                }
            }
            Gauge => {
                metrics::describe_gauge!(*name, *help);
                metrics::gauge!(*name).increment(0.0);
            }
            Histogram(unit) => {
                metrics::describe_histogram!(*name, *unit, *help);
                drop(metrics::histogram!(*name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn named_in(folder: &Path, into: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                named_in(&entry, into);
            } else if !entry.ends_with("catalogue.rs") {
                let text = std::fs::read_to_string(&entry).unwrap();
                for kind in ["counter", "gauge", "histogram"] {
                    let calls = text.split(&format!("metrics::{kind}!(\"")).skip(1).collect::<Vec<_>>();
                    into.extend(calls.iter().filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
                }
            }
        }
    }

    #[test]
    fn every_metric_that_is_counted_is_described_and_the_other_way_round() {
        let mut counted = BTreeSet::new();
        named_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server"), &mut counted);
        let described: BTreeSet<_> = METRICS.iter().map(|(name, ..)| (*name).to_owned()).collect();
        assert_eq!(counted, described);
    }
}
