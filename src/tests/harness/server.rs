//! One running chat-chat: started, watched, signalled, killed and started again on the same port.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::metrics::Metrics;
use crate::temp::{TempDir, free_port};
use crate::{Result, http};

/// A server that does not answer by then does not start at all.
const BOOT: Duration = Duration::from_secs(20);

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Spec {
    pub program: PathBuf,
    pub database: String,
    pub redis: Option<String>,
    /// Over the defaults of the harness, which lift every limit.
    pub env: Vec<(String, String)>,
    /// In front of the program, such as `strace -f …`.
    pub wrapper: Vec<String>,
}

impl Spec {
    /// The release server on a database; `CHAT_SERVER` says where it is.
    pub fn new(database: &str) -> Self {
        let program = std::env::var_os("CHAT_SERVER").unwrap_or_else(|| "target/release/chat-chat".into());
        Self {
            program: program.into(),
            database: database.to_owned(),
            redis: None,
            env: Vec::new(),
            wrapper: Vec::new(),
        }
    }

    /// On a SQLite file in a folder.
    pub fn sqlite(folder: &Path) -> Self {
        Self::new(&format!("sqlite:{}", folder.join("chat.db").display()))
    }

    /// The server with failpoints, which only a debug build has; `CHAT_FAILPOINT_SERVER` says where it is.
    pub fn with_failpoints(mut self, failpoints: &str) -> Self {
        let program = std::env::var_os("CHAT_FAILPOINT_SERVER").unwrap_or_else(|| "target/debug/chat-chat".into());
        self.program = program.into();
        self.env("CHAT_FAILPOINTS", failpoints)
    }

    /// Runs one of the program's other commands to its end; what it said.
    pub async fn command(&self, words: &[&str]) -> Result<String> {
        let mut command = tokio::process::Command::new(&self.program);
        command.args(words).env("DATABASE_URL", &self.database).env_remove("REDIS_URL").stdin(Stdio::null());
        let output = command.kill_on_drop(true).output().await?;
        let said = [output.stdout, output.stderr].concat();
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A process of a server. Dropping it kills it.
pub struct Node {
    pub spec: Spec,
    pub address: SocketAddr,
    pub metrics_address: SocketAddr,
    /// From the start to the first answer, of the latest start.
    pub boot: Duration,
    folder: TempDir,
    child: Option<Child>,
    starts: u32,
}

/// What a process holds.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    pub rss_kib: u64,
    pub cpu: Duration,
    pub fds: usize,
}

impl Node {
    pub async fn start(spec: Spec) -> Result<Self> {
        let mut node = Self::without_start(spec)?;
        node.start_again().await?;
        Ok(node)
    }

    /// With its ports chosen, and not running.
    pub fn without_start(spec: Spec) -> Result<Self> {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Ok(Self {
            spec,
            address: address(free_port()?),
            metrics_address: address(free_port()?),
            boot: Duration::ZERO,
            folder: TempDir::new("node")?,
            child: None,
            starts: 0,
        })
    }

    /// Starts the process, which must not be running, and waits until it answers.
    pub async fn start_again(&mut self) -> Result<()> {
        self.launch()?;
        let started = Instant::now();
        while started.elapsed() < BOOT {
            if let Some(status) = self.exited() {
                return Err(format!("the server ended at once ({status}): {}", self.log_tail()).into());
            }
            let answer = tokio::time::timeout(Duration::from_secs(1), http::get(self.address, "/healthz")).await;
            if matches!(answer, Ok(Ok(answer)) if answer.status == 200) {
                self.boot = started.elapsed();
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err(format!("the server does not answer: {}", self.log_tail()).into())
    }

    /// Starts the process without waiting for it.
    pub fn launch(&mut self) -> Result<()> {
        self.starts += 1;
        let log = File::create(self.log_path())?;
        self.launch_logging_to(Stdio::from(log))
    }

    pub fn launch_logging_to(&mut self, log: Stdio) -> Result<()> {
        // Should the harness itself be killed, its servers go too.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).args(&self.spec.wrapper).arg(&self.spec.program);
        for lifted in [
            "CHAT_RATE_SEND",
            "CHAT_RATE_FRAMES",
            "CHAT_RATE_AUTH",
            "CHAT_CONNECTIONS_PER_USER",
            "CHAT_CONNECTIONS_PER_IP",
            "CHAT_HTTP_CONNECTIONS_PER_IP",
            "CHAT_RATE_PAGES",
            "CHAT_QUOTAS",
        ] {
            command.env(lifted, "off");
        }
        command.env_remove("REDIS_URL").env_remove("CHAT_FAILPOINTS");
        command.env("DATABASE_URL", &self.spec.database);
        command.env("LEPTOS_SITE_ADDR", self.address.to_string());
        command.env("CHAT_METRICS_ADDR", self.metrics_address.to_string());
        if let Some(url) = &self.spec.redis {
            command.env("REDIS_URL", url);
        }
        command.envs(self.spec.env.iter().map(|(name, value)| (name, value)));
        self.child = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?);
        Ok(())
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join(format!("log.{}", self.starts))
    }

    /// What the server logged since its latest start.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.log_path()).unwrap_or_default()).into_owned()
    }

    /// What the server logged over all its starts.
    pub fn whole_log(&self) -> String {
        let path = |start| self.folder.path().join(format!("log.{start}"));
        (1..=self.starts).map(|start| std::fs::read_to_string(path(start)).unwrap_or_default()).collect()
    }

    pub fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// Of the program itself, also behind a wrapper that runs it as a child.
    pub fn pid(&self) -> Result<Pid> {
        let child = self.child.as_ref().ok_or("the server is not running")?.id();
        // strace stays in front of what it traces; other wrappers become the program.
        let pid = if self.is_traced() { first_child(child).unwrap_or(child) } else { child };
        Pid::from_raw(i32::try_from(pid)?).ok_or_else(|| "no pid".into())
    }

    fn is_traced(&self) -> bool {
        self.spec.wrapper.first().is_some_and(|program| program == "strace")
    }

    pub fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill_process(self.pid()?, signal)?)
    }

    /// kill -9, and waits for the body.
    pub fn kill(&mut self) {
        if let Ok(pid) = self.pid() {
            let _ = kill_process(pid, Signal::KILL);
        }
        if let Some(mut child) = self.child.take() {
            if !self.is_traced() {
                let _ = child.kill();
            }
            let _ = child.wait();
        }
    }

    /// Freezes the process; it keeps its connections and answers nobody.
    pub fn stop(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    pub fn resume(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    /// How the process ended, if it has.
    pub fn exited(&mut self) -> Option<ExitStatus> {
        self.child.as_mut()?.try_wait().ok().flatten()
    }

    pub async fn wait_exit(&mut self, patience: Duration) -> Option<ExitStatus> {
        let asked = Instant::now();
        while asked.elapsed() < patience {
            if let Some(status) = self.exited() {
                self.child = None;
                return Some(status);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        None
    }

    pub fn usage(&self) -> Result<Usage> {
        usage(self.pid()?)
    }

    pub async fn metrics(&self) -> Result<Metrics> {
        Ok(Metrics::parse(&http::get(self.metrics_address, "/metrics").await?.text()))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

fn first_child(pid: u32) -> Option<u32> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}

/// What the kernel says about a process.
pub fn usage(pid: Pid) -> Result<Usage> {
    let folder = format!("/proc/{}", pid.as_raw_nonzero());
    let status = std::fs::read_to_string(format!("{folder}/status"))?;
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    let stat = std::fs::read_to_string(format!("{folder}/stat"))?;
    // After the name, which may hold spaces: state is field 3, user and system time are 14 and 15, in hundredths.
    let fields: Vec<_> = stat.rsplit_once(')').ok_or("no stat")?.1.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok()).unwrap_or_default();
    Ok(Usage {
        rss_kib: field("VmRSS:").unwrap_or_default(),
        cpu: Duration::from_millis(10 * (ticks(11) + ticks(12))),
        fds: std::fs::read_dir(format!("{folder}/fd"))?.count(),
    })
}
