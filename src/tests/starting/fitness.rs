//! What a database has to be for this program, found out at the start and by `check`, in one line.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use super::SECRET;
use super::commands::{DATABASE, url};
use super::program::{Operator, PATIENCE};
use crate::support::proxy::place;
use crate::support::{Database, needed};

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_hold_every_language_is_refused() {
    let server = needed("TEST_DATABASE_URL");
    let name = format!("test_{}", rand::random::<u64>());
    let create = "ENCODING 'EUC_KR' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0";
    Database::at(server.clone()).run(&format!("CREATE DATABASE {name} {create}")).await;
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let operator = Operator::new();
    for command in [&["check"][..], &[], &["migrate"]] {
        let variables = [("DATABASE_URL", &*url), ("LEPTOS_SITE_ADDR", "127.0.0.1:0")];
        let ended = operator.run(command, &variables, "").await;
        ended.expect_reason("DATABASE_URL");
        ended.expect_reason("UTF8");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_that_the_server_has_not_got_is_not_waited_for() {
    let url = format!("{}?sslmode=require", needed("TEST_DATABASE_URL"));
    for command in [&["check"][..], &[]] {
        let variables = [("DATABASE_URL", &*url), ("LEPTOS_SITE_ADDR", "127.0.0.1:0")];
        Operator::new().run(command, &variables, "").await.expect_reason("TLS");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_does_not_wait_for_a_database_that_is_not_there() {
    let operator = Operator::new();
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    // Its connections wait to be accepted, and are for ever.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    for address in [free, silent.local_addr().unwrap()] {
        let url = format!("postgres://user:{SECRET}@{address}/chat");
        for command in [&["check"][..], &["backup", "file"], &["user", "promote", "alice"], &["new-epoch"]] {
            let ended = operator.run(command, &[("DATABASE_URL", &url), ("RUST_LOG", "error")], "").await;
            ended.expect_reason("does not answer");
            ended.expect_silence_about(SECRET);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_program_keeps_is_for_its_owners_eyes_and_has_to_be_writable() {
    let operator = Operator::new();
    let serving = operator.serve(&[DATABASE[0], ("CHAT_RATE_AUTH", "off")]).await;
    let fields = [("username", "alice"), ("password", "correct horse")];
    serving.visitor().post("register", &fields).await.expect_status(200);
    operator.run(&["backup", "backup"], &DATABASE, "").await.expect_success();
    for file in ["chat.db", "chat.db-wal", "chat.db-shm", "chat.db.lock", "backup"] {
        let mode = std::fs::metadata(operator.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    assert_eq!(serving.terminate().await.0, Some(0));
    operator.run(&["restore", "backup", "--replace"], &DATABASE, "").await.expect_success();
    let file = operator.path().join("chat.db");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    // Whoever may read it only is told so. For the system's owner no file is read-only: somebody else asks.
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o444)).unwrap();
    std::fs::set_permissions(operator.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let program = operator.path().join("program");
    std::fs::copy(env!("CARGO_BIN_EXE_chat-chat"), &program).unwrap();
    let mut command = std::process::Command::new(&program);
    command.arg("check").current_dir(operator.path()).env_clear().envs(DATABASE);
    if std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        command.uid(65_534).gid(65_534);
    }
    let said = String::from_utf8(command.output().unwrap().stderr).unwrap();
    assert!(said.lines().count() == 1 && said.contains("DATABASE_URL") && said.contains("written"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_is_not_in_the_file() {
    let operator = Operator::new();
    let serving = operator.serve(&[DATABASE[0], ("CHAT_RATE_AUTH", "off"), ("CHAT_RATE_SEND", "off")]).await;
    let alice = serving.visitor();
    alice.post("register", &[("username", "alice"), ("password", "correct horse")]).await.expect_status(200);
    let room = alice.room("Tea", "public").await.to_string();
    // Long enough for pages of its own.
    let text = "quagga7 ".repeat(480);
    for _ in 0..8 {
        alice.post("post_message", &[("room", &room), ("body", &text)]).await.expect_status(200);
    }
    for seq in 1..=8 {
        let target = seq.to_string();
        alice.post("delete_message", &[("room", &room), ("target", &target)]).await.expect_status(200);
    }
    assert_eq!(serving.terminate().await.0, Some(0));
    let file = std::fs::read(operator.path().join("chat.db")).unwrap();
    assert!(!file.windows(7).any(|bytes| bytes == b"quagga7"), "{}", url(&operator));
}

/// A PgBouncer in front of the test server, in the given mode, and where it listens.
fn bouncer(mode: &str) -> (tokio::process::Child, tempfile::TempDir, String) {
    let server = needed("TEST_DATABASE_URL");
    let (_, rest) = server.split_once("://").unwrap();
    let (user, password) = rest.rsplit_once('@').unwrap().0.split_once(':').unwrap();
    let target = place(&server);
    let (host, port) = target.split_once(':').unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let settings = format!(
        "[databases]\n* = host={host} port={port} user={user} password={password}\n\
         [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {free}\nunix_socket_dir =\nauth_type = any\n\
         pool_mode = {mode}\n"
    );
    let file = folder.path().join("pgbouncer.ini");
    std::fs::write(&file, settings).unwrap();
    let mut command = tokio::process::Command::new("pgbouncer");
    command.arg(&file).kill_on_drop(true).stdout(Stdio::null()).stderr(Stdio::null());
    if std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        // It does not run as root.
        command.uid(65_534).gid(65_534);
    }
    let child = command.spawn().expect("pgbouncer, which `make test` installs");
    (child, folder, format!("postgres://{user}:{password}@127.0.0.1:{free}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_between_works_session_by_session_and_is_refused_otherwise() {
    let database = Database::postgres().await;
    let name = database.url.rsplit_once('/').unwrap().1;
    for mode in ["session", "transaction", "statement"] {
        let (child, folder, server) = bouncer(mode);
        let address = place(&server);
        let listens = async { while tokio::net::TcpStream::connect(&address).await.is_err() {} };
        tokio::time::timeout(PATIENCE, listens).await.expect("a pooler that listens");
        let url = format!("{server}/{name}");
        let operator = Operator::new();
        if mode == "session" {
            operator.run(&["check"], &[("DATABASE_URL", &url)], "").await.expect_success();
            let serving = operator.serve(&[("DATABASE_URL", &*url), ("CHAT_RATE_AUTH", "off")]).await;
            let alice = serving.visitor();
            alice.post("register", &[("username", "alice"), ("password", "correct horse")]).await.expect_status(200);
            alice.room("Tea", "public").await;
            assert_eq!(serving.terminate().await.0, Some(0));
        } else {
            for command in [&["check"][..], &[]] {
                let variables = [("DATABASE_URL", &*url), ("LEPTOS_SITE_ADDR", "127.0.0.1:0")];
                operator.run(command, &variables, "").await.expect_reason("pool_mode");
            }
        }
        drop((child, folder));
    }
}
