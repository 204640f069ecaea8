//! Starting, the commands of an operator, and ending: the program as a process.

mod backups;
mod commands;
mod fitness;
pub mod program;
mod serving;
mod storage;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use self::program::Operator;
use crate::support::needed;

/// In every URL that has one; never in what the program says.
const SECRET: &str = "zebra-s3cret";

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_value_stops_the_start_with_one_line_that_names_it() {
    let operator = Operator::new();
    operator.write("file", "this is no database, and longer than the header of one would be, to be sure of it");
    std::fs::create_dir(operator.path().join("folder")).unwrap();
    for (variable, value) in [
        ("LEPTOS_SITE_ADDR", "3000"),
        ("LEPTOS_SITE_ADDR", "localhost"),
        ("LEPTOS_SITE_ADDR", "127.0.0.1:99999"),
        ("DATABASE_URL", "chat.db"),
        ("DATABASE_URL", "mysql://user:zebra-s3cret@host/chat"),
        ("DATABASE_URL", "postgres://user:zebra-s3cret@host:port/chat"),
        ("DATABASE_URL", "postgres://user:zebra-s3cret@host/chat?sslmode=perhaps"),
        ("DATABASE_URL", "sqlite:file/chat.db"),
        ("DATABASE_URL", "sqlite:/proc/nowhere/chat.db"),
        ("DATABASE_URL", "sqlite:folder"),
        ("DATABASE_URL", "sqlite:file"),
        ("DATABASE_URL", "sqlite:chat.db?mode=perhaps"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "http://user:zebra-s3cret@host"),
        ("REDIS_URL", "redis://user:zebra-s3cret@host:port"),
        ("CHAT_PUBLIC_URL", "chat.example"),
        ("CHAT_PUBLIC_URL", "ftp://chat.example"),
        ("CHAT_PUBLIC_URL", "https://chat.example/path"),
        ("CHAT_PUBLIC_URL", "https://"),
        ("CHAT_PUBLIC_URL", "https://chat.example:99999"),
        ("CHAT_METRICS_ADDR", "9100"),
        ("CHAT_TRUSTED_PROXIES", "10.0.0.0/99"),
        ("CHAT_TRUSTED_PROXIES", "10.0.0.0/8, proxy"),
        ("CHAT_RATE_SEND", "10"),
        ("CHAT_RATE_SEND", "0/2"),
        ("CHAT_RATE_SEND", "-1/2"),
        ("CHAT_RATE_FRAMES", "20/"),
        ("CHAT_RATE_FRAMES", "fast"),
        ("CHAT_RATE_AUTH", "yes"),
        ("CHAT_CONNECTIONS_PER_USER", "0"),
        ("CHAT_CONNECTIONS_PER_IP", "-5"),
        ("CHAT_CONNECTIONS_PER_IP", "many"),
        ("CHAT_HTTP_CONNECTIONS_PER_IP", "many"),
        ("CHAT_RATE_PAGES", "1/0"),
        ("CHAT_QUOTAS", "yes"),
        ("RUST_LOG", "chat_chat=loud"),
    ] {
        let usual = [("LEPTOS_SITE_ADDR", "127.0.0.1:0"), ("DATABASE_URL", "sqlite:chat.db")];
        let variables: Vec<_> =
            usual.into_iter().filter(|(name, _)| *name != variable).chain([(variable, value)]).collect();
        let ended = operator.run(&[], &variables, "").await;
        ended.expect_reason(variable);
        ended.expect_silence_about(SECRET);
    }
    app_on_all_addresses_needs_its_name(&operator).await;
}

async fn app_on_all_addresses_needs_its_name(operator: &Operator) {
    let ended = operator.run(&[], &[("LEPTOS_SITE_ADDR", "0.0.0.0:0")], "").await;
    ended.expect_reason("CHAT_PUBLIC_URL");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_no_text_is_not_taken_for_an_absent_one() {
    let operator = Operator::new();
    for variable in ["CHAT_RATE_AUTH", "CHAT_TRUSTED_PROXIES", "CHAT_PUBLIC_URL", "LEPTOS_SITE_ADDR"] {
        let mut command = operator.command(&["check"], &[]);
        let output = command.env(variable, OsStr::from_bytes(b"\xff\xfe")).output().await.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(variable), "{variable}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_feed_at_the_end_of_a_value_names_no_other_file() {
    let operator = Operator::new();
    operator.run(&["migrate"], &[("DATABASE_URL", " sqlite:chat.db\n")], "").await.expect_success();
    let names: Vec<_> = std::fs::read_dir(operator.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(names.iter().any(|name| name == "chat.db"), "{names:?}");
    assert!(!names.iter().any(|name| name.to_string_lossy().contains(char::is_whitespace)), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_is_read_where_the_environment_is_silent() {
    let operator = Operator::new();
    operator.write("Leptos.toml", "[chat]\ndatabase_url = \"sqlite:here.db\"\nrate_send = \"never\"\n");
    operator.run(&["check"], &[], "").await.expect_reason("CHAT_RATE_SEND");
    operator.run(&["migrate"], &[("CHAT_RATE_SEND", "off")], "").await.expect_success();
    assert!(operator.path().join("here.db").exists());
    operator.write("Leptos.toml", "[chat\n");
    operator.run(&["check"], &[], "").await.expect_reason("Leptos.toml");
    operator.write("Leptos.toml", "[chat]\nconnections_per_ip = -5\n");
    operator.run(&["check"], &[], "").await.expect_reason("CHAT_CONNECTIONS_PER_IP");
    // What stands in the repository is fine as it is, but for its paths.
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/Leptos.toml");
    operator.write("Leptos.toml", &std::fs::read_to_string(own).unwrap());
    operator.run(&["migrate"], &[], "").await.expect_success();
    assert!(operator.path().join("data/chat.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_use_stops_the_start() {
    let operator = Operator::new();
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    operator.run(&[], &[("LEPTOS_SITE_ADDR", &address)], "").await.expect_reason("LEPTOS_SITE_ADDR");
    // An address of another machine.
    let variables = [("LEPTOS_SITE_ADDR", "192.0.2.1:3000"), ("CHAT_PUBLIC_URL", "http://192.0.2.1:3000")];
    operator.run(&[], &variables, "").await.expect_reason("LEPTOS_SITE_ADDR");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_refuses_us_stops_the_start_without_a_word_about_the_password() {
    let operator = Operator::new();
    let server = needed("TEST_DATABASE_URL");
    let (scheme, rest) = server.split_once("://").unwrap();
    let (who, place) = rest.rsplit_once('@').unwrap();
    let (user, password) = who.split_once(':').unwrap();
    let (host, _) = place.split_once('/').unwrap();
    for (url, secret) in [
        (format!("{scheme}://{user}:{SECRET}@{host}/postgres"), SECRET),
        (format!("{scheme}://nobody-{SECRET}:{SECRET}@{host}/postgres"), "postgres://"),
        (format!("{scheme}://{user}:{password}@{host}/there_is_none"), password),
        (format!("{scheme}://{user}:{password}@{host}/postgres?options=-csearch_path%3D%00"), password),
    ] {
        for command in [&[][..], &["check"], &["migrate"], &["user", "promote", "alice"]] {
            let variables = [("LEPTOS_SITE_ADDR", "127.0.0.1:0"), ("DATABASE_URL", &*url)];
            let ended = operator.run(command, &variables, "").await;
            ended.expect_reason("DATABASE_URL");
            ended.expect_silence_about(secret);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_there_yet_is_waited_for_in_silence_about_its_password() {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let operator = Operator::new();
    // Nobody listens on what was just given back.
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = format!("postgres://user:{SECRET}@{free}/chat");
    let variables = [("LEPTOS_SITE_ADDR", "127.0.0.1:0"), ("DATABASE_URL", &*url)];
    let mut child = operator.command(&[], &variables).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    for _ in 0..3 {
        let line = lines.next_line().await.unwrap().expect("it goes on trying");
        assert!(!line.contains(SECRET) && !line.starts_with("chat-chat: "), "{line}");
    }
    child.kill().await.unwrap();
}
