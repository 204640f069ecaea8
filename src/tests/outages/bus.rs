//! A Redis that is silent, or wants another password.

use serde_json::json;

use super::in_time;
use crate::support::proxy::{Proxy, place};
use crate::support::{Database, needed, start_on};

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_is_silent_holds_up_no_subscription() {
    let redis = needed("TEST_REDIS_URL");
    let proxy = Proxy::start(&place(&redis)).await;
    let url = proxy.instead_of(&redis);
    let database = Database::postgres().await;
    let (one, two) =
        (start_on(&database, &[("REDIS_URL", &url)]).await, start_on(&database, &[("REDIS_URL", &redis)]).await);
    let alice = one.person("alice").await;
    let mut rooms = Vec::new();
    for n in 0..24 {
        rooms.push(alice.room(&format!("Room {n}"), "public").await);
    }
    in_time(async {
        while !one.app.chat.bus.is_up() {
            tokio::task::yield_now().await
        }
    })
    .await;
    proxy.freeze();
    let subs: Vec<_> = rooms.iter().map(|room| json!({ "room": room, "since": 0 })).collect();
    let mut socket = alice.live(json!(subs)).await;
    in_time(async {
        for _ in &rooms {
            socket.expect("sub_ok").await;
        }
    })
    .await;
    in_time(async {
        while one.app.chat.bus.is_up() {
            tokio::task::yield_now().await
        }
    })
    .await;
    proxy.thaw();
    // Rooms that were opened meanwhile are heard of as well.
    in_time(async {
        while !one.app.chat.bus.is_up() {
            tokio::task::yield_now().await
        }
    })
    .await;
    let mut there = alice.on(&two).live(json!([])).await;
    assert_eq!(there.say(rooms[3], "n1", "over there").await["t"], "ack");
    assert_eq!(in_time(socket.expect("ev")).await["body"], "over there");
    in_time(one.stop()).await;
    in_time(two.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_refuses_us_is_told_apart_from_one_that_is_gone() {
    let redis = needed("TEST_REDIS_URL");
    for (url, trouble) in [
        (format!("redis://stranger:zebra-s3cret@{}", place(&redis)), "authentication failed"),
        ("redis://127.0.0.1:1".to_owned(), "unreachable"),
    ] {
        let database = Database::sqlite();
        let app = start_on(&database, &[("REDIS_URL", &url)]).await;
        let visitor = app.visitor();
        let ready = in_time(async {
            loop {
                let ready = visitor.get("/readyz").await.expect_status(200).json();
                if !ready["bus_trouble"].is_null() {
                    break ready;
                }
            }
        })
        .await;
        assert_eq!((&ready["bus"], &ready["bus_trouble"]), (&json!("degraded"), &json!(trouble)));
        app.stop().await;
    }
}
