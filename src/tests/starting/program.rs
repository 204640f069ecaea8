//! The program itself, as an operator starts it: a process in a folder of its own, which never outlives its test.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::support::Person;

/// Only ends a test that hangs; nothing is decided by it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Where an operator works.
pub struct Operator {
    pub folder: TempDir,
}

/// What a process left behind.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    #[track_caller]
    pub fn expect_success(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// It failed, and one line on standard error says why.
    #[track_caller]
    pub fn expect_reason(&self, named: &str) {
        assert!(self.code.is_some_and(|code| code != 0), "{self:?}");
        assert_eq!(self.out, "", "{self:?}");
        let lines: Vec<_> = self.err.lines().collect();
        assert_eq!(lines.len(), 1, "{self:?}");
        assert!(lines[0].starts_with("chat-chat: ") && lines[0].contains(named), "{named} in {self:?}");
    }

    #[track_caller]
    pub fn expect_silence_about(&self, secret: &str) {
        assert!(!self.out.contains(secret) && !self.err.contains(secret), "{self:?}");
    }
}

impl Operator {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, file: &str, text: &str) {
        std::fs::write(self.path().join(file), text).expect("a file");
    }

    /// The program with nothing in its environment but `variables`, and what cargo-leptos would have built in: a build
    /// for tests has no name for its files, and no hashes of them.
    pub fn command(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chat-chat"));
        command.args(arguments).current_dir(self.path()).env_clear();
        command.env("LEPTOS_OUTPUT_NAME", "chat-chat").env("LEPTOS_HASH_FILES", "false");
        command.envs(variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// Runs it to its end.
    pub async fn run(&self, arguments: &[&str], variables: &[(&str, &str)], typed: &str) -> Ended {
        finished(self.command(arguments, variables).spawn().expect("the program"), typed).await
    }

    /// Starts to serve on a free port.
    pub async fn serve(&self, variables: &[(&str, &str)]) -> Serving {
        let variables: Vec<_> = variables.iter().copied().chain([("LEPTOS_SITE_ADDR", "127.0.0.1:0")]).collect();
        let mut child = self.command(&[], &variables).spawn().expect("the program");
        let mut err = child.stderr.take().expect("standard error");
        let log = tokio::spawn(async move {
            let mut log = String::new();
            err.read_to_string(&mut log).await.expect("text on standard error");
            log
        });
        let mut out = BufReader::new(child.stdout.take().expect("standard output"));
        let mut line = String::new();
        let said = tokio::time::timeout(PATIENCE, out.read_line(&mut line)).await;
        said.expect("a line in time").expect("text");
        let Some(origin) = line.trim().strip_prefix("Chat Chat is at ").map(str::to_owned) else {
            child.start_kill().expect("an end");
            panic!("{line:?} {:?}", log.await);
        };
        Serving { origin, child, log }
    }
}

async fn finished(mut child: Child, typed: &str) -> Ended {
    let mut input = child.stdin.take().expect("standard input");
    // A program that wants no input has perhaps ended already.
    let _ = input.write_all(typed.as_bytes()).await;
    drop(input);
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let output = output.expect("an end in time").expect("an end");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

pub struct Serving {
    pub origin: String,
    child: Child,
    log: JoinHandle<String>,
}

impl Serving {
    pub fn visitor(&self) -> Person {
        Person::at(self.origin.clone())
    }

    /// Sends a signal, such as `TERM`.
    pub async fn signal(&self, name: &str) {
        let process = self.child.id().expect("a running process").to_string();
        let sent = Command::new("kill").args(["-s", name, &process]).status().await.expect("kill");
        assert!(sent.success());
    }

    /// Waits for its end: the exit code, and what it logged.
    pub async fn end(mut self) -> (Option<i32>, String) {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("an end in time");
        (status.expect("an end").code(), self.log.await.expect("a log"))
    }

    pub async fn terminate(self) -> (Option<i32>, String) {
        self.signal("TERM").await;
        self.end().await
    }
}
