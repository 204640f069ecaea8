//! Private PostgreSQL and Redis, to be killed, frozen and started again at will.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sqlx::AssertSqlSafe;

use crate::Result;
use crate::temp::{TempDir, free_port};

const BOOT: Duration = Duration::from_secs(30);

fn signal(pid: u32, signal: Signal) -> Result<()> {
    let pid = Pid::from_raw(i32::try_from(pid)?).ok_or("no pid")?;
    Ok(kill_process(pid, signal)?)
}

/// The command, which ends when the harness does, whatever ends that.
fn bound_to_us(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program).stdin(Stdio::null());
    command
}

/// A PostgreSQL server of our own.
pub struct Postgres {
    pub port: u16,
    programs: PathBuf,
    folder: TempDir,
    settings: Vec<String>,
    child: Option<Child>,
}

impl Postgres {
    /// `settings` such as `max_connections=5`.
    pub async fn start(settings: &[&str]) -> Result<Self> {
        let mut versions: Vec<_> =
            std::fs::read_dir("/usr/lib/postgresql")?.flatten().map(|entry| entry.path()).collect();
        versions.sort();
        let programs = versions.pop().ok_or("PostgreSQL is not installed")?.join("bin");
        let folder = TempDir::new("postgres")?;
        let data = folder.path().join("data");
        std::fs::create_dir(&data)?;
        if let Some((uid, gid)) = unprivileged()? {
            std::os::unix::fs::chown(&data, Some(uid), Some(gid))?;
        }
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let mut server = Self { port: free_port()?, programs, folder, settings, child: None };
        let made = server
            .program("initdb")?
            .args(["-U", "postgres", "--auth=trust", "--locale=C.UTF-8", "--encoding=UTF8", "--no-sync", "-D"])
            .arg(server.data())
            .stdout(Stdio::null())
            .output()?;
        if !made.status.success() {
            return Err(format!("initdb: {}", String::from_utf8_lossy(&made.stderr)).into());
        }
        server.start_again().await?;
        // The places reserved for the superuser stay ours when the server has used up all others.
        server.execute("postgres", "CREATE ROLE chat LOGIN").await?;
        Ok(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A program of this PostgreSQL, run as somebody it allows to.
    fn program(&self, name: &str) -> Result<Command> {
        let mut command = Command::new(self.programs.join(name));
        if let Some((uid, gid)) = unprivileged()? {
            command.uid(uid).gid(gid);
        }
        command.current_dir("/");
        Ok(command)
    }

    pub fn launch(&mut self) -> Result<()> {
        let mut command = Command::new("setpriv");
        if let Some((uid, gid)) = unprivileged()? {
            command.arg(format!("--reuid={uid}")).arg(format!("--regid={gid}")).arg("--clear-groups");
        }
        command.args(["--pdeathsig", "INT", "--"]).arg(self.programs.join("postgres")).arg("-D").arg(self.data());
        command.args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        command.args([
            "-c",
            "unix_socket_directories=",
            "-c",
            "max_connections=200",
            "-c",
            "superuser_reserved_connections=2",
        ]);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("log"))?;
        self.child = Some(command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?);
        Ok(())
    }

    pub async fn start_again(&mut self) -> Result<()> {
        self.launch()?;
        let started = Instant::now();
        while started.elapsed() < BOOT {
            if let Ok(pool) = sqlx::PgPool::connect(&self.url("postgres")).await {
                pool.close().await;
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        Err(format!("PostgreSQL does not start: {log}").into())
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database and returns its name.
    pub async fn fresh_database(&self) -> Result<String> {
        let name = format!("chat_{:016x}", rand::random::<u64>());
        self.execute("postgres", &format!("CREATE DATABASE {name} OWNER chat")).await?;
        Ok(name)
    }

    /// Runs a statement as the superuser.
    pub async fn execute(&self, database: &str, statement: &str) -> Result<()> {
        let pool = sqlx::PgPool::connect(&self.url(database)).await?;
        sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&pool).await?;
        pool.close().await;
        Ok(())
    }

    fn postmaster(&self) -> Result<u32> {
        Ok(self.child.as_ref().ok_or("PostgreSQL is not running")?.id())
    }

    /// The postmaster's children: one process per connection, and a few that keep house.
    pub fn children(&self) -> Result<Vec<u32>> {
        let pid = self.postmaster()?;
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
        Ok(children.split_whitespace().filter_map(|pid| pid.parse().ok()).collect())
    }

    /// The pid of one connection's process, to be killed or frozen alone.
    pub fn backends(&self) -> Result<Vec<u32>> {
        let serves = |pid: &u32| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains("127.0.0.1(")
        };
        Ok(self.children()?.into_iter().filter(serves).collect())
    }

    pub fn kill_backend(&self, pid: u32) -> Result<()> {
        signal(pid, Signal::KILL)
    }

    pub fn stop_backend(&self, pid: u32) -> Result<()> {
        signal(pid, Signal::STOP)
    }

    /// As `pg_ctl stop -m immediate`: no connection is told, nothing is flushed.
    pub fn crash(&mut self) -> Result<()> {
        signal(self.postmaster()?, Signal::QUIT)?;
        if let Some(mut child) = self.child.take() {
            child.wait()?;
        }
        Ok(())
    }

    fn signal_all(&self, what: Signal) -> Result<()> {
        signal(self.postmaster()?, what)?;
        for child in self.children()? {
            let _ = signal(child, what);
        }
        Ok(())
    }

    /// Freezes every process of the server.
    pub fn stop(&self) -> Result<()> {
        self.signal_all(Signal::STOP)
    }

    pub fn resume(&self) -> Result<()> {
        self.signal_all(Signal::CONT)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.resume();
        let _ = self.crash();
    }
}

/// Who runs PostgreSQL, if we are root: it refuses to be.
fn unprivileged() -> Result<Option<(u32, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let line = users.lines().find(|line| line.starts_with("postgres:")).ok_or("there is no user postgres")?;
    let mut fields = line.split(':').skip(2);
    let mut next = || fields.next().and_then(|field| field.parse().ok());
    Ok(next().zip(next()))
}

/// A Redis server of our own; it keeps nothing.
pub struct Redis {
    pub port: u16,
    folder: TempDir,
    child: Option<Child>,
}

impl Redis {
    pub async fn start() -> Result<Self> {
        let mut server = Self { port: free_port()?, folder: TempDir::new("bus")?, child: None };
        server.start_again().await?;
        Ok(server)
    }

    pub fn launch(&mut self) -> Result<()> {
        let mut command = bound_to_us(Path::new("redis-server"));
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.arg("--dir").arg(self.folder.path());
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("log"))?;
        self.child = Some(command.stdout(log).spawn()?);
        Ok(())
    }

    pub async fn start_again(&mut self) -> Result<()> {
        self.launch()?;
        let started = Instant::now();
        while started.elapsed() < BOOT {
            if matches!(self.command(&["PING"]).await, Ok(answer) if answer.contains("PONG")) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err("Redis does not start".into())
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// One command; what comes back first, as it stands on the wire.
    pub async fn command(&self, words: &[&str]) -> Result<String> {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await?;
        let mut text = format!("*{}\r\n", words.len());
        for word in words {
            text.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        stream.write_all(text.as_bytes()).await?;
        let mut answer = vec![0; 4096];
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut answer)).await??;
        Ok(String::from_utf8_lossy(&answer[..read]).into_owned())
    }

    fn pid(&self) -> Result<u32> {
        Ok(self.child.as_ref().ok_or("Redis is not running")?.id())
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub fn stop(&self) -> Result<()> {
        signal(self.pid()?, Signal::STOP)
    }

    pub fn resume(&self) -> Result<()> {
        signal(self.pid()?, Signal::CONT)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
