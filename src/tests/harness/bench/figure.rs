//! One row of the table, and the table.

use crate::load::{Report, quantile};

/// How a figure compares with what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Missed,
    Must,
    Aim,
    /// Nothing is asked for.
    Open,
}

pub struct Figure {
    pub what: String,
    pub measured: String,
    must: String,
    aim: String,
    pub level: Level,
    /// Broken promises, or what else is worth knowing.
    pub note: String,
    /// The machine's load average before the group.
    pub load: String,
}

fn new(what: &str, measured: String, must: String, aim: String, level: Level) -> Figure {
    Figure { what: what.to_owned(), measured, must, aim, level, note: String::new(), load: String::new() }
}

/// A count as people write it.
pub fn count(value: f64) -> String {
    match value {
        value if value >= 100_000.0 => format!("{:.0} k", value / 1_000.0),
        value if value >= 10_000.0 => format!("{:.1} k", value / 1_000.0),
        value => format!("{value:.0}"),
    }
}

fn level(must: bool, aim: bool) -> Level {
    match (must, aim) {
        (_, true) => Level::Aim,
        (true, false) => Level::Must,
        (false, false) => Level::Missed,
    }
}

impl Figure {
    /// The more, the better.
    pub fn rate(what: &str, measured: f64, must: f64, aim: f64) -> Self {
        let level = level(measured >= must, measured >= aim);
        let per_second = |value| format!("{}/s", count(value));
        new(what, per_second(measured), per_second(must), per_second(aim), level)
    }

    /// Measured, without anything being asked for.
    pub fn plain(what: &str, measured: String) -> Self {
        new(what, measured, String::new(), String::new(), Level::Open)
    }

    /// The less, the better; each with its unit.
    pub fn at_most(what: &str, unit: &str, measured: f64, must: f64, aim: f64) -> Self {
        let with_unit = |value: f64| format!("{value} {unit}");
        let shown = if measured < 10.0 { format!("{measured:.2} {unit}") } else { format!("{measured:.1} {unit}") };
        new(what, shown, with_unit(must), with_unit(aim), level(measured <= must, measured <= aim))
    }

    /// Half of the samples and all but one in a hundred, in milliseconds.
    pub fn times(what: &str, (p50, p99): (f64, f64), must: (f64, f64), aim: (f64, f64)) -> Self {
        let within = |limits: (f64, f64)| p50 <= limits.0 && p99 <= limits.1;
        let pair = |(p50, p99): (f64, f64)| format!("{p50} / {p99} ms");
        new(what, format!("{p50:.1} / {p99:.1} ms"), pair(must), pair(aim), level(within(must), within(aim)))
    }

    /// It could not be measured.
    pub fn failed(what: &str, why: &str) -> Self {
        let mut figure = new(what, "not measured".into(), String::new(), String::new(), Level::Missed);
        figure.note = why.lines().next().unwrap_or_default().to_owned();
        figure
    }

    /// A broken promise makes any speed worthless.
    pub fn checked(mut self, report: &Report) -> Self {
        let faults = report.faults();
        if !faults.is_empty() {
            self.level = Level::Missed;
            self = self.note(&faults);
        }
        self
    }

    pub fn note(mut self, note: &str) -> Self {
        if !self.note.is_empty() && !note.is_empty() {
            self.note.push_str("; ");
        }
        self.note.push_str(note);
        self
    }

    /// What server and generator took of the machine meanwhile.
    pub fn with_cpu(self, report: &Report) -> Self {
        let ours = report.cpu.first().copied().unwrap_or_default();
        let theirs: f64 = report.cpu.iter().skip(1).sum();
        self.note(&format!("cpu: server {theirs:.0} %, generator {ours:.0} %"))
    }

    pub fn under(mut self, load: &str) -> Self {
        load.clone_into(&mut self.load);
        self
    }
}

pub fn p50_p99(histogram: &hdrhistogram::Histogram<u64>) -> (f64, f64) {
    (quantile(histogram, 0.5), quantile(histogram, 0.99))
}

/// Of the last minute.
pub fn load_average() -> String {
    let averages = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    averages.split(' ').next().unwrap_or_default().to_owned()
}

fn machine() -> String {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let cpus = read("/proc/cpuinfo");
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let cores = cpus.lines().filter(|line| line.starts_with("processor")).count();
    let memory = field(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{cores} × {}, {memory}, Linux {}", field(&cpus, "model name").unwrap_or_default(), kernel.trim())
}

fn commit() -> String {
    let git = std::process::Command::new("git").args(["describe", "--always", "--dirty"]).output();
    git.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

/// As Markdown, so that it can stand in the documentation as it is.
pub fn print(figures: &[Figure]) {
    println!("\nRelease build of {}, {}; generator and server share the machine.\n", commit(), machine());
    println!("| figure | measured | must | aim | | load before | remarks |");
    println!("|---|---|---|---|---|---|---|");
    for figure in figures {
        let Figure { what, measured, must, aim, level, note, load } = figure;
        let verdict = match level {
            Level::Missed => "MISSED",
            Level::Must => "must",
            Level::Aim => "aim",
            Level::Open => "",
        };
        println!("| {what} | {measured} | {must} | {aim} | {verdict} | {load} | {note} |");
    }
}
