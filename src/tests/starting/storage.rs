//! Who may use a database at once, what is refused, and what happens to what is broken.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::program::{Operator, PATIENCE, Serving};
use super::{SECRET, commands::DATABASE};
use crate::support::{Database, Person};

async fn change(url: &str, statement: &'static str) {
    if url.starts_with("sqlite:") {
        let pool = sqlx::SqlitePool::connect(url).await.expect("the database");
        sqlx::query(statement).execute(&pool).await.expect("a change");
        pool.close().await;
    } else {
        let pool = sqlx::PgPool::connect(url).await.expect("the database");
        sqlx::query(statement).execute(&pool).await.expect("a change");
        pool.close().await;
    }
}

async fn registers(serving: &Serving, name: &str) {
    let fields = [("username", name), ("password", "correct horse")];
    serving.visitor().post("register", &fields).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_serves_a_file_and_a_killed_one_leaves_it_free() {
    let operator = Operator::new();
    let lifted = [DATABASE[0], ("CHAT_RATE_AUTH", "off")];
    let serving = operator.serve(&lifted).await;
    registers(&serving, "alice").await;
    operator.run(&["backup", "backup"], &DATABASE, "").await.expect_success();

    std::os::unix::fs::symlink(operator.path().join("chat.db"), operator.path().join("link.db")).unwrap();
    let full = format!("sqlite://{}/chat.db", operator.path().display());
    for url in ["sqlite:chat.db", "sqlite:link.db", &full] {
        for command in [&["serve"][..], &[], &["migrate"], &["restore", "backup", "--replace"]] {
            let variables = [("DATABASE_URL", url), ("LEPTOS_SITE_ADDR", "127.0.0.1:0")];
            let ended = operator.run(command, &variables, "").await;
            ended.expect_reason("DATABASE_URL");
            ended.expect_reason("chat.db");
            ended.expect_reason("stop");
        }
    }
    // What changes accounts only, or nothing, may run beside it.
    operator.run(&["check"], &DATABASE, "").await.expect_success();
    operator.run(&["user", "add", "bob"], &DATABASE, "correct horse").await.expect_success();
    registers(&serving, "carol").await;

    serving.signal("KILL").await;
    assert_eq!(serving.end().await.0, None);
    assert!(operator.path().join("chat.db.lock").exists());
    let serving = operator.serve(&lifted).await;
    registers(&serving, "dave").await;
    assert_eq!(serving.terminate().await.0, Some(0));
    operator.run(&["migrate"], &DATABASE, "").await.expect_success();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_server_left_in_its_log_is_in_the_file_after_the_next_start() {
    let operator = Operator::new();
    let lifted = [DATABASE[0], ("CHAT_RATE_AUTH", "off")];
    let serving = operator.serve(&lifted).await;
    registers(&serving, "alice").await;
    serving.signal("KILL").await;
    serving.end().await;
    let serving = operator.serve(&lifted).await;
    // Without the log.
    std::fs::copy(operator.path().join("chat.db"), operator.path().join("copy.db")).unwrap();
    operator.run(&["user", "promote", "alice"], &[("DATABASE_URL", "sqlite:copy.db")], "").await.expect_success();
    assert_eq!(serving.terminate().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_is_not_changed_under_a_server() {
    let operator = Operator::new();
    operator.run(&["migrate"], &DATABASE, "").await.expect_success();
    let serving = operator.serve(&DATABASE).await;
    // As an older version of the program would find it.
    change(&super::commands::url(&operator), "DELETE FROM _sqlx_migrations WHERE version > 1").await;
    operator.run(&["user", "add", "bob"], &DATABASE, "correct horse").await.expect_reason("stop");
    let ended = operator.run(&["check"], &DATABASE, "").await.expect_success();
    assert!(ended.out.contains("brought up to date by the next start"), "{ended:?}");
    assert_eq!(serving.terminate().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_this_program_does_not_know_is_refused() {
    let operator = Operator::new();
    let sqlite = super::commands::url(&operator);
    let postgres = Database::postgres().await.url;
    for url in [&*sqlite, &postgres] {
        let variables = [("DATABASE_URL", url), ("LEPTOS_SITE_ADDR", "127.0.0.1:0")];
        operator.run(&["migrate"], &variables, "").await.expect_success();
        change(url, "UPDATE _sqlx_migrations SET version = 9000 WHERE version = 1").await;
        for command in [&[][..], &["migrate"], &["check"], &["backup", "backup"], &["user", "promote", "alice"]] {
            let ended = operator.run(command, &variables, "").await;
            ended.expect_reason("version 9000 of the schema");
            ended.expect_reason("newer");
        }
        change(url, "UPDATE _sqlx_migrations SET version = 1, checksum = '00' WHERE version = 9000").await;
        operator.run(&[], &variables, "").await.expect_reason("another build");
    }
    assert!(!operator.path().join("backup").exists());
}

fn fill_with_garbage(file: &Path, page: u64) {
    use std::os::unix::fs::FileExt;
    let file = std::fs::File::options().write(true).open(file).unwrap();
    file.write_all_at(&[0xa5; 4096], page * 4096).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_found_and_a_backup_takes_its_place() {
    let operator = Operator::new();
    operator.run(&["user", "add", "alice"], &DATABASE, "correct horse").await.expect_success();
    operator.run(&["backup", "backup"], &DATABASE, "").await.expect_success();
    // Out of the log, into the file.
    change(&super::commands::url(&operator), "PRAGMA wal_checkpoint(TRUNCATE)").await;
    let file = operator.path().join("chat.db");
    let pages = std::fs::metadata(&file).unwrap().len() / 4096;
    let whole = std::fs::read(&file).unwrap();
    for page in 0..pages {
        std::fs::write(&file, &whole).unwrap();
        fill_with_garbage(&file, page);
        for command in [&["check"][..], &["serve"]] {
            operator.run(command, &DATABASE, "").await.expect_reason("DATABASE_URL");
        }
    }
    for page in [0, pages / 2] {
        fill_with_garbage(&file, page);
        let ended = operator.run(&["restore", "backup", "--replace"], &DATABASE, "").await.expect_success();
        ended.expect_silence_about(SECRET);
        operator.run(&["check"], &DATABASE, "").await.expect_success();
        operator.run(&["user", "promote", "alice"], &DATABASE, "").await.expect_success();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_log_that_is_not_read_and_a_hang_up_ends_nothing() {
    let operator = Operator::new();
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (address, metrics) = (free(), free());
    let variables = [
        DATABASE[0],
        ("LEPTOS_SITE_ADDR", &*address),
        ("CHAT_METRICS_ADDR", &metrics),
        ("RUST_LOG", "info,chat_chat=debug"),
    ];
    let mut child = operator.command(&[], &variables).stdout(Stdio::null()).spawn().unwrap();
    // Held, and never read: the pipe fills.
    let _log = child.stderr.take();
    let visitor = Person::at(format!("http://{address}"));
    // The one that is listened on last.
    while std::net::TcpStream::connect(&metrics).is_err() {
        assert!(child.try_wait().unwrap().is_none());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let counted = Person::at(format!("http://{metrics}"));
    let dropped = async || {
        let told = counted.get("/metrics").await.expect_status(200).text;
        let line =
            told.lines().find_map(|line| line.strip_prefix("chat_log_dropped_total ")).expect("a count").to_owned();
        line.parse::<u64>().expect("a number")
    };
    // What is no HTTP is a line in the log, at this level.
    let filling = async {
        while dropped().await == 0 {
            for _ in 0..50 {
                let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
                stream.write_all(b"nonsense\r\n\r\n").await.unwrap();
                // It was read, and so logged, once the answer is there.
                stream.read_to_end(&mut Vec::new()).await.unwrap();
            }
        }
    };
    tokio::time::timeout(PATIENCE, filling).await.expect("answers, and dropped lines");
    visitor.get("/healthz").await.expect_status(200);
    let process = child.id().unwrap().to_string();
    let signal = async |name| tokio::process::Command::new("kill").args(["-s", name, &process]).status().await.unwrap();
    assert!(signal("HUP").await.success());
    visitor.get("/healthz").await.expect_status(200);
    assert!(signal("TERM").await.success());
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
}
