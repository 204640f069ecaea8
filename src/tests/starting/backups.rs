//! Backups: from either database to either, under load, and never a half of one.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chat_chat::server::store::backup::{LEFT_OUT, TABLES, Target, into_sqlite};
use chat_chat::server::store::{Db, schema};
use serde_json::{Value, json};

use super::commands::url as sqlite_url;
use super::program::{Operator, Serving};
use crate::support::{Database, Person};

/// The lines of a backup that say what is in it, in an order of our own.
fn contents(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).expect("a backup");
    let (mut table, mut columns, mut lines) = (String::new(), Vec::new(), Vec::new());
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        if let Some(next) = line.get("table") {
            table = next["name"].as_str().unwrap().to_owned();
            columns = next["columns"].as_array().unwrap().clone();
        } else if let Some(row) = line.as_array() {
            let mut cells: Vec<_> = columns.iter().zip(row).map(|(name, value)| format!("{name}={value}")).collect();
            cells.sort();
            lines.push(format!("{table}: {}", cells.join(", ")));
        }
    }
    lines.sort();
    lines
}

/// What a restore renews stands apart: the epoch, and the key of the nodes.
fn without_renewed(lines: Vec<String>) -> (Vec<String>, Vec<String>) {
    lines.into_iter().partition(|line| !line.contains("\"epoch\"") && !line.contains("\"cluster_key\""))
}

async fn registered(serving: &Serving, name: &str) -> Person {
    let person = serving.visitor();
    person.post("register", &[("username", name), ("password", "correct horse")]).await.expect_status(200);
    person
}

async fn history(person: &Person, room: i64) -> Value {
    person.post("history", &[("room", &room.to_string()), ("limit", "100")]).await.expect_status(200).json()
}

async fn resumed(person: &Person, room: i64, epoch: &str, since: i64) -> Value {
    let mut socket = person.socket().await;
    let subs = json!([{"room": room, "since": since}]);
    socket.send(json!({"t": "hello", "v": 1, "epoch": epoch, "subs": subs})).await;
    assert_ne!(socket.expect("welcome").await["epoch"], epoch);
    socket.expect("sub_ok").await
}

const LIFTED: [(&str, &str); 3] = [("CHAT_RATE_AUTH", "off"), ("CHAT_RATE_SEND", "off"), ("CHAT_RATE_FRAMES", "off")];

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_is_one_moment_and_goes_to_either_database() {
    for (from, to) in [("sqlite", "sqlite"), ("sqlite", "postgres"), ("postgres", "sqlite"), ("postgres", "postgres")] {
        let (here, there) = (Operator::new(), Operator::new());
        let address = async |engine: &str, operator: &Operator| match engine {
            "sqlite" => sqlite_url(operator),
            _ => Database::postgres().await.url,
        };
        let (source, target) = (address(from, &here).await, address(to, &there).await);
        let with = |url| LIFTED.into_iter().chain([("DATABASE_URL", url)]).collect::<Vec<_>>();
        let serving = here.serve(&with(&*source)).await;
        let alice = registered(&serving, "지민").await;
        let room = alice.room("Zoë, \"quoted\" \\ and \u{1f44b}", "private").await;
        let mut socket = alice.live(json!([])).await;
        for n in 1..=30 {
            assert_eq!(socket.say(room, &format!("early-{n}"), "kept\n\t'").await["seq"], n);
        }
        // Still talking while the backup is made.
        let talking = tokio::spawn(async move {
            for n in 31..=90 {
                assert_eq!(socket.say(room, &format!("late-{n}"), "perhaps").await["seq"], n);
            }
        });
        let file = here.path().join("backup");
        let name = file.to_str().unwrap();
        here.run(&["backup", name], &with(&*source), "").await.expect_success();
        talking.await.unwrap();
        let cursor = history(&alice, room).await;
        assert_eq!(serving.terminate().await.0, Some(0));

        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(
            std::fs::read_dir(here.path())
                .unwrap()
                .flatten()
                .all(|file| { !file.file_name().to_string_lossy().contains(".partial") })
        );
        there.run(&["restore", name], &with(&*target), "").await.expect_success();
        there.run(&["backup", "again"], &with(&*target), "").await.expect_success();
        let (kept, old) = without_renewed(contents(&file));
        let (restored, new) = without_renewed(contents(&there.path().join("again")));
        assert_eq!(kept, restored, "{from} to {to}");
        assert!(old.len() == 2 && new.len() == 2 && old.iter().all(|line| !new.contains(line)), "{old:?} {new:?}");

        let serving = there.serve(&with(&*target)).await;
        let again = serving.visitor();
        // No session came along.
        assert!(!kept.iter().any(|line| line.starts_with("sessions")));
        let fields = [("username", "지민"), ("password", "correct horse")];
        again.post("login", &fields).await.expect_status(200);
        let now = history(&again, room).await;
        let head = now["head"].as_i64().unwrap();
        let seqs: Vec<_> = now["messages"].as_array().unwrap().iter().map(|m| m["seq"].as_i64().unwrap()).collect();
        assert_eq!(seqs, (1..=head).collect::<Vec<_>>());
        assert!((30..=90).contains(&head), "{head}");
        let (epoch, old_head) = (cursor["epoch"].as_str().unwrap(), cursor["head"].as_i64().unwrap());
        for since in [1, old_head] {
            let answer = resumed(&again, room, epoch, since).await;
            assert_eq!((&answer["recovered"], &answer["events"]), (&json!(false), &json!([])), "{answer}");
        }
        // Talking goes on where the backup ends.
        let mut socket = again.live(json!([])).await;
        assert_eq!(socket.say(room, "after", "on").await["seq"], head + 1);
        assert_eq!(serving.terminate().await.0, Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_may_go_to_standard_output() {
    let operator = Operator::new();
    let variables = [("DATABASE_URL", "sqlite:chat.db")];
    operator.run(&["user", "add", "alice"], &variables, "correct horse").await.expect_success();
    let piped = operator.run(&["backup", "-"], &variables, "").await.expect_success();
    assert!(!operator.path().join("-").exists());
    operator.write("piped", &piped.out);
    operator.run(&["backup", "file"], &variables, "").await.expect_success();
    assert_eq!(contents(&operator.path().join("piped")), contents(&operator.path().join("file")));
    operator.run(&["restore", "piped", "--replace"], &variables, "").await.expect_success();
    operator.run(&["user", "promote", "alice"], &variables, "").await.expect_success();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_put_back_by_hand_gets_a_new_epoch_by_a_command() {
    let postgres = Database::postgres().await.url;
    for url in ["sqlite:chat.db", &postgres] {
        let operator = Operator::new();
        let variables = [&[("DATABASE_URL", url)][..], &LIFTED].concat();
        let serving = operator.serve(&variables).await;
        let alice = registered(&serving, "alice").await;
        let room = alice.room("Tea", "public").await;
        alice.say_much(room, 3).await;
        let before = history(&alice, room).await;
        operator.run(&["new-epoch"], &variables, "").await.expect_reason("stop");
        assert_eq!(serving.terminate().await.0, Some(0));
        operator.run(&["new-epoch"], &variables, "").await.expect_success();
        let serving = operator.serve(&variables).await;
        let again = serving.visitor();
        again.post("login", &[("username", "alice"), ("password", "correct horse")]).await.expect_status(200);
        let epoch = before["epoch"].as_str().unwrap();
        let answer = resumed(&again, room, epoch, before["head"].as_i64().unwrap()).await;
        assert_eq!((&answer["recovered"], &answer["events"]), (&json!(false), &json!([])), "{answer}");
        assert_eq!(serving.terminate().await.0, Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_in_the_place_of_the_file_gets_a_new_epoch_by_itself() {
    let operator = Operator::new();
    let variables = [&[("DATABASE_URL", "sqlite:chat.db")][..], &LIFTED].concat();
    let (file, copy) = (operator.path().join("chat.db"), operator.path().join("copy"));
    let serving = operator.serve(&variables).await;
    let alice = registered(&serving, "alice").await;
    let room = alice.room("Tea", "public").await;
    let epoch = history(&alice, room).await["epoch"].clone();
    assert_eq!(serving.terminate().await.0, Some(0));
    std::fs::copy(&file, &copy).unwrap();
    // The same file is the same database, also after a process that was killed.
    let serving = operator.serve(&variables).await;
    assert_eq!(history(&serving.visitor(), room).await["epoch"], epoch);
    let again = serving.visitor();
    again.post("login", &[("username", "alice"), ("password", "correct horse")]).await.expect_status(200);
    again.say_much(room, 3).await;
    serving.signal("KILL").await;
    serving.end().await;
    let serving = operator.serve(&variables).await;
    assert_eq!(history(&serving.visitor(), room).await["epoch"], epoch);
    assert_eq!(serving.terminate().await.0, Some(0));
    std::fs::copy(&copy, &file).unwrap();
    let serving = operator.serve(&variables).await;
    let now = history(&serving.visitor(), room).await;
    assert_eq!(now["head"], 0);
    assert_ne!(now["epoch"], epoch);
    assert_eq!(serving.terminate().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_overwritten_unasked() {
    let operator = Operator::new();
    let sqlite = sqlite_url(&operator);
    let postgres = Database::postgres().await.url;
    for (url, file) in [(&*sqlite, "one"), (&postgres, "two")] {
        let variables = [("DATABASE_URL", url)];
        if url == sqlite {
            let ended = operator.run(&["backup", file], &variables, "").await;
            ended.expect_reason("nothing to back up");
        }
        operator.run(&["user", "add", "alice"], &variables, "correct horse").await.expect_success();
        operator.run(&["backup", file], &variables, "").await.expect_success();
        let first = std::fs::read(operator.path().join(file)).unwrap();
        operator.run(&["backup", file], &variables, "").await.expect_reason(file);
        operator.run(&["backup", "no/folder"], &variables, "").await.expect_reason("no/folder");
        assert!(std::fs::read(operator.path().join(file)).unwrap() == first);

        operator.run(&["user", "add", "bob"], &variables, "correct horse").await.expect_success();
        operator.run(&["restore", file], &variables, "").await.expect_reason("--replace");
        operator.run(&["user", "promote", "bob"], &variables, "").await.expect_success();
        operator.run(&["restore", "nowhere", "--replace"], &variables, "").await.expect_reason("nowhere");
        operator.run(&["restore", file, "--replace"], &variables, "").await.expect_success();
        operator.run(&["user", "promote", "alice"], &variables, "").await.expect_success();
        operator.run(&["user", "promote", "bob"], &variables, "").await.expect_reason("bob");

        let serving = operator.serve(&variables).await;
        operator.run(&["restore", file, "--replace"], &variables, "").await.expect_reason("stop");
        assert_eq!(serving.terminate().await.0, Some(0));
    }
    // Another program has it open, which knows nothing of our lock.
    let reader = sqlx::SqlitePool::connect(&sqlite).await.unwrap();
    let mut reading = reader.begin().await.unwrap();
    sqlx::query("SELECT * FROM users").fetch_all(&mut *reading).await.unwrap();
    let variables = [("DATABASE_URL", &*sqlite)];
    operator.run(&["restore", "one", "--replace"], &variables, "").await.expect_reason("open");
    reading.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_not_whole_is_refused_and_changes_nothing() {
    let operator = Operator::new();
    let variables = [("DATABASE_URL", "sqlite:chat.db")];
    operator.run(&["user", "add", "alice"], &variables, "correct horse").await.expect_success();
    operator.run(&["backup", "backup"], &variables, "").await.expect_success();
    let whole = std::fs::read(operator.path().join("backup")).unwrap();
    let (broken, target) = (operator.path().join("broken"), operator.path().join("target.db"));
    let url = format!("sqlite:{}", target.display());
    let mut cases: Vec<Vec<u8>> = (0..whole.len()).map(|length| whole[..length].to_vec()).collect();
    cases.extend((0..whole.len()).map(|at| {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        flipped
    }));
    cases.push([&whole[..], b"\n"].concat());
    cases.push([&whole[..], &whole[..]].concat());
    cases.push(vec![0; 5_000_000]);
    for case in cases {
        std::fs::write(&broken, &case).unwrap();
        let outcome = into_sqlite(&url, &broken, true).await;
        assert!(outcome.is_err(), "{} bytes: {}", case.len(), String::from_utf8_lossy(&case));
        assert!(!target.exists());
    }
    let ended = operator.run(&["restore", "broken", "--replace"], &variables, "").await;
    ended.expect_reason("no backup");
    std::fs::write(&broken, &whole[..whole.len() - 1]).unwrap();
    operator.run(&["restore", "broken", "--replace"], &variables, "").await.expect_reason("damaged");
    let newer = String::from_utf8(whole).unwrap().replacen("\"format\":1", "\"format\":2", 1);
    std::fs::write(&broken, newer).unwrap();
    operator.run(&["restore", "broken", "--replace"], &variables, "").await.expect_reason("newer");
    operator.run(&["user", "promote", "alice"], &variables, "").await.expect_success();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_an_older_schema_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let url = |name: &str| format!("sqlite:{}/{name}", folder.path().display());
    let old = Db::open(&url("old.db")).await.unwrap();
    let pool = sqlx::SqlitePool::connect(&url("old.db")).await.unwrap();
    schema::SQLITE.run_to(1, &pool).await.unwrap();
    let user = "INSERT INTO users (id, username, username_key, display_name, password, admin, created_ts)
        VALUES (7, 'alice', 'alice', 'Alice', 'x', TRUE, 1)";
    sqlx::query(user).execute(&pool).await.unwrap();
    pool.close().await;
    let file = folder.path().join("backup");
    old.back_up(Target::File(&file)).await.unwrap();
    into_sqlite(&url("new.db"), &file, false).await.unwrap();
    let new = Db::open(&url("new.db")).await.unwrap();
    assert!(new.is_up_to_date().await.unwrap());
    assert!(new.user_named("Alice").await.unwrap().is_some_and(|user| user.admin));
    assert_eq!(new.damage().await.unwrap(), None);
}

#[tokio::test]
async fn every_table_of_the_schema_is_backed_up_or_left_out_on_purpose() {
    let (sqlite, postgres) = (Database::sqlite(), Database::postgres().await);
    for database in [&sqlite, &postgres] {
        Db::open(&database.url).await.unwrap().migrate().await.unwrap();
    }
    let pool = sqlx::SqlitePool::connect(&sqlite.url).await.unwrap();
    // Not the tables in which a virtual one keeps what it has: they come and go with it.
    let tables = "SELECT name FROM pragma_table_list WHERE type IN ('table', 'virtual') AND name NOT LIKE 'sqlite_%'";
    let in_sqlite: Vec<String> = sqlx::query_scalar(tables).fetch_all(&pool).await.unwrap();
    let pool = sqlx::PgPool::connect(&postgres.url).await.unwrap();
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()";
    let in_postgres: Vec<String> = sqlx::query_scalar(tables).fetch_all(&pool).await.unwrap();
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    let known = sorted(TABLES.iter().chain(&LEFT_OUT).map(|name| (*name).to_owned()).collect());
    assert_eq!(sorted(in_sqlite), known);
    assert_eq!(sorted(in_postgres), known);
}
