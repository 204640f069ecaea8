//! A database or a bus that is gone, silent or of no use: what people and programs are told, and how it ends.

mod bus;
mod pages;

use std::time::Duration;

use serde_json::json;

use crate::support::proxy::Proxy;
use crate::support::{Database, Person, TestApp, needed, start_on};

/// Only ends a test that hangs; without deadlines of their own, calls would take longer.
const PATIENCE: Duration = Duration::from_secs(20);

async fn in_time<T>(call: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, call).await.expect("an answer in time")
}

/// A server whose database is behind a proxy.
async fn behind_a_proxy() -> (TestApp, Proxy, Database) {
    let database = Database::postgres().await;
    let proxy = Proxy::start(&crate::support::proxy::place(&database.url)).await;
    let url = proxy.instead_of(&database.url);
    let app = start_on(&Database::at(url), &[]).await;
    (app, proxy, database)
}

/// Says something until it is taken.
async fn say_until_taken(person: &Person, room: &str) {
    let form = [("room", room), ("body", "again"), ("nonce", "until-taken")];
    in_time(async { while person.post("post_message", &form).await.status != 200 {} }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_silent_is_unavailable_soon_and_holds_up_no_end() {
    let (app, proxy, _database) = behind_a_proxy().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let id = room.to_string();
    let (mut socket, visitor) = (alice.live(json!([{ "room": room }])).await, app.visitor());
    socket.expect("sub_ok").await;
    proxy.freeze();
    let (message, past, login) = (
        [("room", &*id), ("body", "hello"), ("nonce", "n1")],
        [("room", &*id)],
        [("username", "alice"), ("password", "correct horse")],
    );
    let page = format!("/rooms/{id}");
    let (posted, history, login, page, ready, said) = in_time(async {
        tokio::join!(
            alice.post("post_message", &message),
            visitor.post("history", &past),
            visitor.post("login", &login),
            visitor.get(&page),
            visitor.get("/readyz"),
            socket.say(room, "n2", "hello"),
        )
    })
    .await;
    for answer in [posted, history, login] {
        assert_eq!(answer.header("retry-after"), "1", "{answer:?}");
        assert_eq!(answer.expect_status(503).json()["code"], "unavailable");
    }
    assert_eq!((page.status, ready.status), (503, 503));
    assert_eq!((&said["t"], &said["code"]), (&json!("err"), &json!("unavailable")));
    // More callers than there are connections.
    let crowd = (0..40).map(|_| visitor.post("history", &past));
    for answer in in_time(futures_util::future::join_all(crowd)).await {
        answer.expect_status(503);
    }
    proxy.thaw();
    say_until_taken(&alice, &id).await;
    in_time(async { while alice.get("/readyz").await.status != 200 {} }).await;
    proxy.freeze();
    let _ = in_time(alice.post("history", &past)).await;
    in_time(app.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_can_only_read_are_given_up_and_new_ones_write() {
    let database = Database::postgres().await;
    let app = start_on(&database, &[]).await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await.to_string();
    let name = database.url.rsplit_once('/').unwrap().1.to_owned();
    let server = Database::at(needed("TEST_DATABASE_URL"));
    server.run(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
    let end_all = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    server.run(&end_all).await;
    let form = [("room", &*room), ("body", "hello"), ("nonce", "n1")];
    // The first answer may still be of a connection that was ended.
    in_time(async { while alice.get("/readyz").await.status != 503 {} }).await;
    alice.post("post_message", &form).await.expect_status(503);
    alice.post("history", &[("room", &room)]).await;
    // Nobody ends the sessions that were opened meanwhile.
    server.run(&format!("ALTER DATABASE {name} SET default_transaction_read_only = off")).await;
    say_until_taken(&alice, &room).await;
    in_time(async { while alice.get("/readyz").await.status != 200 {} }).await;
    // An administrator ends all of them: nobody has to be told of each.
    server.run(&end_all).await;
    say_until_taken(&alice, &room).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_failed_makes_unready_until_writing_works() {
    let (app, database) = crate::support::start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await.to_string();
    // Another program holds the one place of a writer. Reading goes on.
    let other = sqlx::SqlitePool::connect(&database.url).await.unwrap();
    let writing = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let form = [("room", &*room), ("body", "hello"), ("nonce", "n1")];
    alice.get("/readyz").await.expect_status(200);
    in_time(alice.post("post_message", &form)).await.expect_status(503);
    alice.post("history", &[("room", &room)]).await.expect_status(200);
    in_time(alice.get("/readyz")).await.expect_status(503);
    writing.rollback().await.unwrap();
    // Nobody has to write for that.
    in_time(async { while alice.get("/readyz").await.status != 200 {} }).await;
    alice.post("post_message", &form).await.expect_status(200);
    app.stop().await;
}
