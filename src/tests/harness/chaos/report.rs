//! What came of a fault, and the table of all.

use std::fmt::Display;
use std::time::Duration;

use crate::world::{Backend, Verdict};

/// Figures measured, and what did not hold.
#[derive(Default)]
pub struct Report {
    figures: Vec<String>,
    pub failures: Vec<String>,
    skipped: Option<String>,
}

impl Report {
    /// The fault could not even be carried through.
    pub fn broken(why: String) -> Self {
        Self { failures: vec![why], ..Self::default() }
    }

    /// This machine lacks what the fault needs.
    pub fn skipped(why: &str) -> Self {
        Self { skipped: Some(why.to_owned()), ..Self::default() }
    }

    pub fn figure(&mut self, name: &str, value: impl Display) {
        self.figures.push(format!("{name} {value}"));
    }

    /// A pass criterion, with what was measured.
    pub fn must(&mut self, holds: bool, criterion: &str, measured: impl Display) {
        self.figures.push(format!("{criterion}: {measured}"));
        if !holds {
            self.failures.push(format!("{criterion}: {measured}"));
        }
    }

    pub fn at_most(&mut self, what: &str, value: f64, most: f64) {
        self.must(value <= most, &format!("{what} ≤ {most}"), format!("{value:.2}"));
    }

    /// All invariants hold, nothing acknowledged is lost, and everybody agreed in time.
    pub fn oracle(&mut self, verdict: &Verdict) {
        self.figure("oracle:", verdict);
        if verdict.settled_in.is_none() {
            self.failures.push(format!("not everybody agreed in time: {verdict}"));
        }
        for violation in verdict.violations.iter().take(5) {
            self.failures.push(violation.to_string());
        }
        if verdict.violations.len() > 5 {
            self.failures.push(format!("and {} more violations", verdict.violations.len() - 5));
        }
    }

    pub fn result(&self) -> &'static str {
        match (&self.skipped, self.failures.is_empty()) {
            (Some(_), _) => "skipped",
            (None, true) => "ok",
            (None, false) => "FAILED",
        }
    }

    pub fn figures(&self) -> String {
        self.skipped.clone().unwrap_or_else(|| self.figures.join("; "))
    }
}

pub struct Row {
    pub id: String,
    pub what: &'static str,
    pub backend: Backend,
    pub report: Report,
    pub took: Duration,
}

pub fn name(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "SQLite",
        Backend::Cluster => "PostgreSQL + Redis, two nodes",
    }
}

/// As Markdown, to be kept in the repository's docs.
pub fn print(rows: &[Row], seed: u64) {
    let count = |result: &str| rows.iter().filter(|row| row.report.result() == result).count();
    println!("\n| id | what | back end | result | s | figures |\n|---|---|---|---|---|---|");
    for Row { id, what, backend, report, took } in rows {
        let backend = if *backend == Backend::Sqlite { "SQLite" } else { "PG + Redis" };
        let figures = report.figures().replace('|', "/").replace('\n', " ");
        println!("| {id} | {what} | {backend} | {} | {:.0} | {figures} |", report.result(), took.as_secs_f64());
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!(
        "\n{} held, {} failed, {} skipped; seed {seed}; load average at the end {}",
        count("ok"),
        count("FAILED"),
        count("skipped"),
        load.split(' ').next().unwrap_or_default()
    );
}
