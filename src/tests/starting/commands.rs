//! What an operator does by hand: schema, accounts, and a look at whether all is well.

use chat_chat::server::opening::open_database;

use super::SECRET;
use super::program::Operator;
use crate::support::needed;

pub const DATABASE: [(&str, &str); 1] = [("DATABASE_URL", "sqlite:chat.db")];

pub fn url(operator: &Operator) -> String {
    format!("sqlite:{}/chat.db", operator.path().display())
}

async fn count(operator: &Operator, query: &'static str) -> i64 {
    let pool = sqlx::SqlitePool::connect(&url(operator)).await.expect("the database");
    let count = sqlx::query_scalar(query).fetch_one(&pool).await.expect("a count");
    pool.close().await;
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_database_has_categories_and_nobody_who_could_sign_in() {
    let operator = Operator::new();
    for _ in 0..2 {
        operator.run(&["migrate"], &DATABASE, "").await.expect_success();
        assert_eq!(count(&operator, "SELECT count(*) FROM users").await, 0);
        assert_eq!(count(&operator, "SELECT count(*) FROM sessions").await, 0);
        assert_eq!(count(&operator, "SELECT count(*) FROM categories").await, 7);
    }
    let serving = operator.serve(&[DATABASE[0], ("CHAT_RATE_AUTH", "off")]).await;
    for (name, password) in [
        ("admin", "admin"),
        ("admin", "password"),
        ("admin", "adminadmin"),
        ("root", "rootroot"),
        ("chat", "chatchat"),
        ("test", "testtest"),
        ("user", "password"),
    ] {
        let fields = [("username", name), ("password", password)];
        serving.visitor().post("login", &fields).await.expect_status(401);
    }
    assert_eq!(serving.terminate().await.0, Some(0));
    assert_eq!(count(&operator, "SELECT count(*) FROM users").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_made_promoted_and_given_a_new_password() {
    let operator = Operator::new();
    let admin = async |name: &str| {
        let db = open_database(&url(&operator)).await.expect("the database");
        let user = db.user_named(name).await.expect("an answer").expect("an account");
        db.close().await;
        user.admin
    };
    let first = format!("{SECRET} one");
    for (arguments, typed) in [
        (&["user", "add", "지민"][..], format!("{first}\n")),
        (&["user", "add", "root", "--admin"], format!("{first}\r\n")),
        (&["user", "promote", "ROOT"], String::new()),
    ] {
        let ended = operator.run(arguments, &DATABASE, &typed).await.expect_success();
        ended.expect_silence_about(SECRET);
        assert_eq!(ended.out.lines().count(), 1, "{ended:?}");
    }
    assert!(!admin("지민").await && admin("root").await);
    operator.run(&["user", "promote", "지민"], &DATABASE, "").await.expect_success();
    assert!(admin("지민").await);

    let serving = operator.serve(&[DATABASE[0], ("CHAT_RATE_AUTH", "off")]).await;
    let person = serving.visitor();
    person.post("login", &[("username", "지민"), ("password", &first)]).await.expect_status(200);
    person.room("Tea", "public").await;
    let mut socket = person.live(serde_json::json!([])).await;
    // While the server runs.
    let second = format!("{SECRET} two");
    let ended = operator.run(&["user", "reset-password", "지민"], &DATABASE, &second).await.expect_success();
    ended.expect_silence_about(SECRET);
    assert_eq!(socket.close_code().await, 4403);
    let room = [("title", "Late"), ("category", "tech"), ("visibility", "public")];
    person.post("create_room", &room).await.expect_status(401);
    let login = async |password: &str| {
        let fields = [("username", "지민"), ("password", password)];
        serving.visitor().post("login", &fields).await.status
    };
    assert_eq!((login(&first).await, login(&second).await), (401, 200));
    assert_eq!(serving.terminate().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_said_in_one_line() {
    let operator = Operator::new();
    operator.run(&["user", "add", "alice"], &DATABASE, "correct horse").await.expect_success();
    for (arguments, typed, named) in [
        (&["user", "add", "Alice"][..], "correct horse", "already"),
        (&["user", "add", "a b"], "correct horse", "username"),
        (&["user", "add", "x"], "correct horse", "username"),
        (&["user", "add", "bob"], "zebra", "password"),
        (&["user", "add", "bob"], "", "password"),
        (&["user", "add", "bob"], "\n\n\n\n\n\n\n\n\n", "password"),
        (&["user", "promote", "nobody"], "", "nobody"),
        (&["user", "reset-password", "nobody"], "correct horse", "nobody"),
        (&["user", "reset-password", "alice"], "zebra", "password"),
        (&["user", "reset-password", "alice"], "alice1234", "password"),
        (&["user", "add", "bob"], "tkfkdgo1004", "password"),
    ] {
        let ended = operator.run(arguments, &DATABASE, typed).await;
        ended.expect_reason(named);
        ended.expect_silence_about("zebra");
    }
    assert_eq!(count(&operator, "SELECT count(*) FROM users").await, 1);
    for arguments in [&["dance"][..], &["user"], &["user", "add"], &["--password", "x"]] {
        let ended = operator.run(arguments, &DATABASE, "").await;
        assert!(ended.code.is_some_and(|code| code != 0) && !ended.err.is_empty(), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_tries_every_connection() {
    let operator = Operator::new();
    operator.run(&["migrate"], &DATABASE, "").await.expect_success();
    let ended = operator.run(&["check"], &DATABASE, "").await.expect_success();
    assert_eq!(ended.out.lines().count(), 1, "{ended:?}");
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let nobody = format!("redis://user:{SECRET}@{free}");
    let ended = operator.run(&["check"], &[DATABASE[0], ("REDIS_URL", &nobody)], "").await;
    ended.expect_reason("REDIS_URL");
    ended.expect_silence_about(SECRET);

    let (postgres, redis) = (needed("TEST_DATABASE_URL"), needed("TEST_REDIS_URL"));
    let database = crate::support::Database::postgres().await;
    let variables = [("DATABASE_URL", &*database.url), ("REDIS_URL", &*redis)];
    operator.run(&["check"], &variables, "").await.expect_success();
    // A Redis that wants to know who we are, and does not know us.
    let place = redis.split_once("://").unwrap().1;
    let stranger = format!("redis://stranger:{SECRET}@{place}");
    let ended = operator.run(&["check"], &[("DATABASE_URL", &database.url), ("REDIS_URL", &stranger)], "").await;
    ended.expect_reason("REDIS_URL");
    ended.expect_silence_about(SECRET);
    ended.expect_silence_about(&postgres);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_fills_an_empty_database_once() {
    let operator = Operator::new();
    operator.run(&["demo"], &DATABASE, "").await.expect_success();
    for (least, query) in [
        (20, "SELECT count(*) FROM users"),
        (40, "SELECT count(*) FROM rooms"),
        (5_000, "SELECT sum(messages) FROM rooms"),
        (5_000, "SELECT count(*) FROM events WHERE kind = 'msg'"),
        (7, "SELECT count(DISTINCT category) FROM rooms"),
        (1, "SELECT count(*) FROM rooms WHERE state = 'resolved'"),
        (1, "SELECT count(*) FROM mentions"),
    ] {
        let found = count(&operator, query).await;
        assert!(found >= least, "{query}: {found}");
    }
    operator.run(&["demo"], &DATABASE, "").await.expect_reason("empty");
    assert!(count(&operator, "SELECT count(*) FROM users").await < 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn check_makes_nothing() {
    let operator = Operator::new();
    let files = || {
        let mut names: Vec<_> =
            std::fs::read_dir(operator.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        names.sort();
        names
    };
    for url in ["sqlite:chat.db", "sqlite:data/chat.db"] {
        let ended = operator.run(&["check"], &[("DATABASE_URL", url)], "").await.expect_success();
        assert!(ended.out.contains("made by the next start"), "{ended:?}");
        operator.run(&["backup", "backup"], &[("DATABASE_URL", url)], "").await.expect_reason("no such file");
        assert_eq!(files(), [""; 0]);
    }
    for command in [&["check"][..], &["serve"], &["migrate"]] {
        operator.run(command, &[("DATABASE_URL", "")], "").await.expect_reason("DATABASE_URL: it is empty");
    }
    assert_eq!(files(), [""; 0]);
    operator.run(&["migrate"], &DATABASE, "").await.expect_success();
    // Of whatever ended without closing it.
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(operator.path().join(format!("chat.db{ending}")));
    }
    let before = files();
    operator.run(&["check"], &DATABASE, "").await.expect_success();
    assert_eq!(files(), before);
}
