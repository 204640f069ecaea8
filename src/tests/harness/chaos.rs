//! The catalogue of faults: what is done, on which back end, what has to hold, and what came of it.

mod backups;
mod changes;
mod clients;
mod contention;
mod fsync;
mod input;
mod network;
mod power_loss;
mod process_death;
mod protocol;
mod report;
mod security;
mod soak;
mod stalls;
mod storage;

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use crate::Result;
use crate::world::Backend;

pub use report::Report;

/// Longer than any fault needs; one that hangs must not hold up the others.
const PATIENCE: Duration = Duration::from_secs(400);

/// What a fault is told.
#[derive(Clone, Copy)]
pub struct Scene {
    pub backend: Backend,
    pub seed: u64,
    /// A few repetitions instead of many.
    pub smoke: bool,
}

pub type Running = Pin<Box<dyn Future<Output = Result<Report>>>>;

/// One entry of the catalogue.
pub struct Fault {
    pub id: &'static str,
    pub what: &'static str,
    pub backends: &'static [Backend],
    /// Part of the few minutes' choice.
    pub smoke: bool,
    pub run: fn(Scene) -> Running,
}

pub const SQLITE: &[Backend] = &[Backend::Sqlite];
pub const CLUSTER: &[Backend] = &[Backend::Cluster];
pub const BOTH: &[Backend] = &[Backend::Sqlite, Backend::Cluster];

/// An entry whose function has the name of its id.
macro_rules! fault {
    ($id:ident, $backends:expr, $what:expr) => {
        fault!($id, $backends, false, $what)
    };
    ($id:ident, $backends:expr, smoke, $what:expr) => {
        fault!($id, $backends, true, $what)
    };
    ($id:ident, $backends:expr, $smoke:expr, $what:expr) => {
        $crate::chaos::Fault {
            id: stringify!($id),
            what: $what,
            backends: $backends,
            smoke: $smoke,
            run: |scene| Box::pin($id(scene)),
        }
    };
}
use fault;

fn catalogue() -> Vec<&'static Fault> {
    let families: &[&[Fault]] = &[
        process_death::FAULTS,
        stalls::FAULTS,
        clients::FAULTS,
        network::FAULTS,
        storage::FAULTS,
        fsync::FAULTS,
        power_loss::FAULTS,
        backups::FAULTS,
        protocol::FAULTS,
        changes::FAULTS,
        contention::FAULTS,
        input::FAULTS,
        security::FAULTS,
        soak::FAULTS,
    ];
    families.iter().copied().flatten().collect()
}

/// Runs the faults named by `ids`, or all of them, and prints a table. Whether all held.
pub async fn run(smoke: bool, seed: Option<u64>, ids: &[String]) -> Result<bool> {
    let seed = seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
    println!("seed {seed} (repeat with --seed {seed})");
    let chosen = |fault: &&&Fault| {
        if ids.is_empty() { !smoke || fault.smoke } else { ids.iter().any(|id| id.eq_ignore_ascii_case(fault.id)) }
    };
    let catalogue = catalogue();
    if let Some(unknown) = ids.iter().find(|id| !catalogue.iter().any(|fault| id.eq_ignore_ascii_case(fault.id))) {
        return Err(format!("there is no fault {unknown}").into());
    }
    let mut rows = Vec::new();
    for fault in catalogue.iter().filter(chosen) {
        for &backend in fault.backends {
            let id = fault.id.to_uppercase();
            println!("{id} {} on {}", fault.what, report::name(backend));
            let started = Instant::now();
            let patience =
                if fault.id == "f77" { PATIENCE + Duration::from_secs(60 * soak::minutes()) } else { PATIENCE };
            let outcome = tokio::time::timeout(patience, (fault.run)(Scene { backend, seed, smoke })).await;
            let report = match outcome {
                Ok(Ok(report)) => report,
                Ok(Err(error)) => Report::broken(error.to_string()),
                Err(_) => Report::broken(format!("it did not end within {patience:?}")),
            };
            let took = started.elapsed();
            println!("    {} in {:.0} s: {}", report.result(), took.as_secs_f64(), report.figures());
            for failure in &report.failures {
                println!("    ! {failure}");
            }
            rows.push(report::Row { id, what: fault.what, backend, report, took });
        }
    }
    report::print(&rows, seed);
    Ok(rows.iter().all(|row| row.report.failures.is_empty()))
}
