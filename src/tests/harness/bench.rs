//! The bench: what the release build does under load, as one table.
//!
//! Generator and server share the machine, as the figures' definitions want it. Every figure also checks that nothing
//! was lost, doubled or out of order; what was not stands in its row.

mod chatload;
mod crowds;
mod figure;
mod history;
mod idle;
mod ingest;
mod lobby;
mod nodes;
mod recovery;
mod search;
mod stage;

use std::pin::Pin;

use crate::Result;

pub use figure::{Figure, Level};

type Measuring = Pin<Box<dyn Future<Output = Result<Vec<Figure>>>>>;

/// Figures that are measured on one stage.
struct Group {
    name: &'static str,
    measure: fn() -> Measuring,
}

const GROUPS: &[Group] = &[
    Group { name: "fanout", measure: || Box::pin(crowds::fan_out()) },
    Group { name: "latency", measure: || Box::pin(crowds::latency()) },
    Group { name: "rooms", measure: || Box::pin(crowds::many_rooms()) },
    Group { name: "ingest", measure: || Box::pin(ingest::sqlite()) },
    Group { name: "cluster", measure: || Box::pin(ingest::postgres()) },
    Group { name: "nodes", measure: || Box::pin(nodes::between()) },
    Group { name: "idle", measure: || Box::pin(idle::idle()) },
    Group { name: "recovery", measure: || Box::pin(recovery::kill()) },
    Group { name: "chatload", measure: || Box::pin(chatload::all()) },
    Group { name: "history", measure: || Box::pin(history::pages()) },
    Group { name: "lobby", measure: || Box::pin(lobby::lists()) },
    Group { name: "search", measure: || Box::pin(search::searches()) },
];

/// Measures the groups named by `ids`, or all of them. Whether every "must" was met.
pub async fn run(ids: &[String]) -> Result<bool> {
    if let Some(unknown) = ids.iter().find(|id| !GROUPS.iter().any(|group| group.name == **id)) {
        let known: Vec<_> = GROUPS.iter().map(|group| group.name).collect();
        return Err(format!("there is no {unknown}; there are {}", known.join(", ")).into());
    }
    let mut figures = Vec::new();
    for group in GROUPS.iter().filter(|group| ids.is_empty() || ids.iter().any(|id| id == group.name)) {
        let load = figure::load_average();
        eprintln!("{} (load average {load})", group.name);
        match (group.measure)().await {
            Ok(measured) => figures.extend(measured.into_iter().map(|figure| figure.under(&load))),
            Err(error) => figures.push(Figure::failed(group.name, &error.to_string())),
        }
        for figure in
            figures.iter().rev().take_while(|figure| figure.load == load).collect::<Vec<_>>().into_iter().rev()
        {
            eprintln!("    {}: {} {}", figure.what, figure.measured, figure.note);
        }
    }
    figure::print(&figures);
    Ok(figures.iter().all(|figure| figure.level != Level::Missed))
}
