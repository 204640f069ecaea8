//! What one account may store, and how often passwords are tried for it.

use crate::support::person::Answer;
use crate::support::{Person, start_with};

const QUOTAS: [(&str, &str); 1] = [("CHAT_QUOTAS", "on")];

async fn open(person: &Person, title: &str) -> Answer {
    let fields = [("title", title), ("body", "text"), ("category", "tech"), ("visibility", "public")];
    person.submit("create_room", &fields).await
}

#[track_caller]
fn expect_later(refused: &Answer) {
    assert_eq!(refused.status, 429, "{}", refused.text);
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_opens_a_few_rooms_a_day() {
    let (app, _db) = start_with(&QUOTAS).await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    // What is refused for another reason costs nothing.
    for _ in 0..10 {
        open(&alice, "").await.expect_status(422);
    }
    for n in 0..5 {
        open(&alice, &format!("Room {n}")).await.expect_status(303);
    }
    let refused = open(&alice, "One room more").await;
    expect_later(&refused);
    assert!(refused.text.contains("One room more"), "what was typed is not lost");
    open(&bob, "Another's").await.expect_status(303);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_adds_a_few_people_an_hour() {
    let (app, _db) = start_with(&QUOTAS).await;
    let (alice, _bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await.to_string();
    let member = [("room", &*room), ("username", "bob")];
    for _ in 0..30 {
        alice.post("add_member", &member).await.expect_status(200);
        alice.post("remove_member", &member).await.expect_status(200);
    }
    expect_later(&alice.post("add_member", &member).await);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_saves_drafts_no_faster_than_people_type() {
    let (app, _db) = start_with(&QUOTAS).await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await.to_string();
    let fields = [("room", &*room), ("body", "well")];
    let saved = futures_util::future::join_all((0..100).map(|_| alice.post("save_draft", &fields))).await;
    let refused: Vec<_> = saved.iter().filter(|answer| answer.status != 200).collect();
    assert!((20..=70).contains(&refused.len()), "{} of 100", refused.len());
    refused.into_iter().for_each(expect_later);
    bob.post("save_draft", &fields).await.expect_status(200);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_guesses_at_once_are_as_many_one_after_the_other() {
    let (app, _db) = start_with(&[("CHAT_RATE_AUTH", "on")]).await;
    app.person("alice").await;
    let visitor = app.visitor();
    let fields = [("username", "alice"), ("password", "wrong zebra")];
    let guesses = futures_util::future::join_all((0..34).map(|_| visitor.post("login", &fields))).await;
    let tried = guesses.iter().filter(|guess| guess.status == 401).count();
    let refused = guesses.iter().filter(|guess| guess.status == 429).count();
    // Two of one account are hashed at once; what else comes then is not tried.
    assert!((1..=5).contains(&tried) && tried + refused == 34, "{tried} tried, {refused} refused");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn loops_of_right_sign_ins_leave_others_their_turn() {
    let (app, _db) = start_with(&[]).await;
    for name in ["greedy", "alice", "bob", "carol"] {
        app.person(name).await;
    }
    let sign_in = |name: &'static str| {
        let person = app.visitor();
        async move { person.post("login", &[("username", name), ("password", "correct horse")]).await.status }
    };
    let greedy = futures_util::future::join_all((0..60).map(|_| sign_in("greedy")));
    let others = futures_util::future::join_all(["alice", "bob", "carol"].map(sign_in));
    let (greedy, others) = tokio::join!(greedy, others);
    assert_eq!(others, [200; 3]);
    assert!(greedy.iter().all(|status| [200, 429].contains(status)) && greedy.contains(&200), "{greedy:?}");
    app.stop().await;
}
