//! Joining rooms, and what is unread in them: the same on every device within a second.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::html::Html;
use crate::support::{Database, Person, Socket, TestApp, start, start_on};

/// The next `unread` frame of a room that says this; what came before it is out of date.
async fn told(socket: &mut Socket, room: i64, count: i64, mentions: i64) -> Value {
    let mut last = Value::Null;
    let telling = async {
        loop {
            last = socket.find("unread").await;
            if last["room"] == room && last["count"] == count && last["mentions"] == mentions {
                return last.clone();
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), telling).await.unwrap_or_else(|_| panic!("not {count}, {mentions}"))
}

async fn mine(person: &Person, room: i64) -> Value {
    let rooms = person.post("my_rooms", &[]).await.expect_status(200).json();
    rooms.as_array().unwrap().iter().find(|mine| mine["id"] == room).cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_joins_and_leaves_in_one_step() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let id = room.to_string();
    let fields = [("room", &*id)];
    app.visitor().post("join_room", &fields).await.expect_status(401);
    let place = bob.post("join_room", &fields).await.expect_status(200).json();
    assert_eq!((&place["role"], &place["read_seq"], &place["level"]), (&json!("member"), &json!(0), &json!("all")));
    bob.post("join_room", &fields).await.expect_status(200);
    assert_eq!(mine(&bob, room).await["members"], 2);
    bob.post("set_level", &[("room", &*id), ("level", "none")]).await.expect_status(200);
    assert_eq!(mine(&bob, room).await["level"], "none");
    bob.post("set_level", &[("room", &*id), ("level", "loud")]).await.expect_status(422);
    bob.post("leave_room", &fields).await.expect_status(200);
    bob.post("leave_room", &fields).await.expect_status(200);
    assert_eq!(mine(&bob, room).await, Value::Null);
    bob.post("set_level", &[("room", &*id), ("level", "none")]).await.expect_status(403);

    let secret = alice.room("Secret", "private").await.to_string();
    for name in ["join_room", "leave_room", "members", "room"] {
        let there = bob.post(name, &[("room", &*secret)]).await.expect_status(404).json();
        let nowhere = bob.post(name, &[("room", "77")]).await.expect_status(404).json();
        assert_eq!(there, nowhere, "{name}");
    }
    alice.post("add_member", &[("room", &*secret), ("username", "bob")]).await.expect_status(200);
    let members = bob.post("members", &[("room", &*secret)]).await.expect_status(200).json();
    assert_eq!((members[0]["role"].clone(), members[1]["user"]["username"].clone()), (json!("owner"), json!("bob")));

    // A form without script leads back to where it stood.
    let joined = bob.submit("join_room", &[("room", &*id), ("next", "/rooms/1")]).await;
    assert_eq!((joined.status, joined.header("location")), (303, "/rooms/1"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_devices_agree_on_what_is_unread() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let id = room.to_string();
    alice.post("join_room", &[("room", &*id)]).await.expect_status(200);
    let (mut phone, mut desk) = (alice.live(json!([])).await, alice.live(json!([{"room": room}])).await);
    told(&mut phone, room, 0, 0).await;
    let mut speaker = bob.live(json!([])).await;
    for (nonce, text) in [("1", "one"), ("2", "@ALICE님 two"), ("3", "three")] {
        assert_eq!(speaker.say(room, nonce, text).await["t"], "ack");
    }
    told(&mut phone, room, 3, 1).await;
    told(&mut desk, room, 3, 1).await;
    let shown = mine(&alice, room).await;
    assert_eq!((&shown["count"], &shown["mentions"]), (&json!(3), &json!(1)));

    phone.send(json!({"t": "read", "room": room, "seq": 2})).await;
    assert_eq!(told(&mut desk, room, 1, 0).await["read_seq"], 2);
    phone.send(json!({"t": "read", "room": room, "seq": 1})).await;
    desk.send(json!({"t": "unread_from", "room": room, "seq": 2})).await;
    assert_eq!(told(&mut phone, room, 2, 1).await["read_seq"], 1);
    let counted = alice.post("mark_read", &[("room", &*id), ("seq", "3")]).await.expect_status(200).json();
    assert_eq!(counted, json!({"count": 0, "mentions": 0, "read_seq": 3}));
    told(&mut phone, room, 0, 0).await;

    for (nonce, text) in [("4", "four"), ("5", "@alice")] {
        speaker.say(room, nonce, text).await;
    }
    told(&mut phone, room, 2, 1).await;
    speaker.send(json!({"t": "del", "id": 9, "room": room, "nonce": "d5", "target": 5})).await;
    told(&mut phone, room, 1, 0).await;
    speaker.send(json!({"t": "del", "id": 9, "room": room, "nonce": "d4", "target": 4})).await;
    told(&mut phone, room, 0, 0).await;

    // Who is put out has nothing left to read.
    speaker.say(room, "6", "six").await;
    told(&mut phone, room, 1, 0).await;
    alice.post("leave_room", &[("room", &*id)]).await.expect_status(200);
    told(&mut desk, room, 0, 0).await;
    for (name, seq, status) in [("mark_read", "x", 400), ("mark_read", "-1", 400), ("mark_read", "1", 403)] {
        alice.post(name, &[("room", &*id), ("seq", seq)]).await.expect_status(status);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_is_asked_before_they_belong_to_the_room_again() {
    let (app, _db) = start().await;
    let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
    let room = alice.room("Secret", "private").await;
    let id = room.to_string();
    let fields = [("room", &*id)];
    let add = async |name: &str| alice.post("add_member", &[("room", &*id), ("username", name)]).await;
    add("bob").await.expect_status(200);
    bob.post("leave_room", &fields).await.expect_status(200);
    assert_eq!(bob.post("invitations", &[]).await.expect_status(200).json(), json!([]));
    let next = format!("/rooms/{id}/members");
    let form = [("room", &*id), ("username", "bob"), ("next", &*next)];
    let page = alice.submit("add_member", &form).await.expect_status(409);
    assert!(page.text.contains("they have been invited"), "{}", page.text);
    let refused = add("bob").await.expect_status(409).json();
    assert_eq!((&refused["code"], &refused["field"]), (&json!("conflict"), &json!("username")));

    // Until bob accepts, nothing of the room is his.
    alice.post("post_message", &[("room", &*id), ("body", "hi @bob")]).await.expect_status(200);
    assert_eq!((mine(&bob, room).await, bob.post("unread", &[]).await.json()), (Value::Null, json!([])));
    bob.post("history", &fields).await.expect_status(404);
    let invited = bob.post("invitations", &[]).await.json();
    assert_eq!((&invited[0]["room"], &invited[0]["title"]), (&json!(room), &json!("Secret")));
    assert_eq!((&invited[0]["by"]["username"], invited.as_array().map(Vec::len)), (&json!("alice"), Some(1)));
    let page = bob.get("/unread").await.expect_status(200);
    let html = Html::read(&page.text);
    html.expect_harmless(page.nonce());
    assert!(page.text.contains("Invitations") && page.text.contains("alice invites you"), "{}", page.text);
    for person in [&carol, &app.visitor()] {
        for name in ["accept_invitation", "decline_invitation"] {
            assert!(matches!(person.post(name, &fields).await.status, 401 | 404));
        }
    }
    let accept = [("room", &*id), ("next", "/unread")];
    assert_eq!(bob.submit("accept_invitation", &accept).await.expect_status(303).header("location"), "/unread");
    assert_eq!(mine(&bob, room).await["count"], 0);
    assert!(bob.post("history", &fields).await.expect_status(200).text.contains("hi @bob"));
    bob.post("accept_invitation", &fields).await.expect_status(404);

    // Declined: the room is told the same as before, and bob nothing.
    bob.post("leave_room", &fields).await.expect_status(200);
    add("bob").await.expect_status(409);
    bob.post("decline_invitation", &fields).await.expect_status(200);
    assert_eq!(add("bob").await.expect_status(409).json(), refused);
    assert_eq!(bob.post("invitations", &[]).await.json(), json!([]));

    // Carol wants to be asked by every room, and the room takes it back.
    carol.post("update_privacy", &[("may_be_added", "false")]).await.expect_status(200);
    add("carol").await.expect_status(409);
    assert_eq!(carol.post("invitations", &[]).await.json().as_array().map(Vec::len), Some(1));
    alice.post("remove_member", &[("room", &id), ("username", "carol")]).await.expect_status(200);
    assert_eq!(carol.post("invitations", &[]).await.json(), json!([]));
    carol.post("accept_invitation", &fields).await.expect_status(404);
    app.stop().await;
}

/// A few numbers from a seed: enough for a walk that a failure can repeat.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // Knuth's multiplier for a linear congruential generator of 64 bits.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

async fn wander(app: &TestApp, seed: u64) {
    let (alice, bob) = (app.person(&format!("alice{seed}")).await, app.person(&format!("bob{seed}")).await);
    let room = bob.room("Walk", "public").await;
    let id = room.to_string();
    alice.post("join_room", &[("room", &*id)]).await.expect_status(200);
    let (mut phone, mut desk) = (alice.live(json!([])).await, alice.live(json!([{"room": room}])).await);
    let mut speaker = bob.live(json!([])).await;
    let (mut dice, mut head) = (Dice(seed), 0_u64);
    for step in 0..200 {
        let (nonce, seq) = (format!("n{seed}-{step}"), (dice.roll(head + 1) + 1).to_string());
        let fields = [("room", &*id), ("target", &*seq), ("seq", &*seq), ("nonce", &*nonce), ("body", "@alice edited")];
        match dice.roll(10) {
            0..=3 => {
                let body = if dice.roll(3) == 0 { format!("@alice{seed} {step}") } else { format!("{step}") };
                head = speaker.say(room, &nonce, &body).await["seq"].as_u64().unwrap_or(head);
            }
            4 => head = bob.post("edit_message", &fields).await.json()["seq"].as_u64().unwrap_or(head),
            5 => head = bob.post("delete_message", &fields).await.json()["seq"].as_u64().unwrap_or(head),
            6 => phone.send(json!({"t": "read", "room": room, "seq": dice.roll(head + 1)})).await,
            7 => desk.send(json!({"t": "unread_from", "room": room, "seq": dice.roll(head + 1) + 1})).await,
            8 => head = alice.post("post_message", &fields).await.json()["seq"].as_u64().unwrap_or(head),
            _ => {
                alice.post("leave_room", &fields).await.expect_status(200);
                alice.post("join_room", &fields).await.expect_status(200);
            }
        }
    }
    // One more of each, which the frames must end with.
    speaker.say(room, "end", "end").await;
    let mut shown = Value::Null;
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = mine(&alice, room).await;
        if now == shown {
            break;
        }
        shown = now;
    }
    let (count, mentions) = (shown["count"].as_i64().unwrap(), shown["mentions"].as_i64().unwrap());
    told(&mut phone, room, count, mentions).await;
    told(&mut desk, room, count, mentions).await;
    assert_eq!(mine(&alice, room).await, shown, "a reload changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_are_right_after_anything() {
    let (app, _db) = start().await;
    for seed in 1..=3 {
        wander(&app, seed).await;
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_read_at_once_and_unread_again() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let mut rooms = Vec::new();
    for title in ["Tea", "Cake"] {
        let room = alice.room(title, "public").await;
        bob.post("join_room", &[("room", &room.to_string())]).await.expect_status(200);
        alice.post("post_message", &[("room", &room.to_string()), ("body", "hi @bob")]).await.expect_status(200);
        rooms.push(room);
    }
    let counts = async || {
        let mine = bob.post("my_rooms", &[]).await.expect_status(200).json();
        mine.as_array()
            .unwrap()
            .iter()
            .map(|room| (room["count"].clone(), room["mentions"].clone()))
            .collect::<Vec<_>>()
    };
    let (none, one) = ((json!(0), json!(0)), (json!(1), json!(1)));
    assert_eq!(counts().await, [one.clone(), one.clone()]);
    let mut other_tab = bob.live(json!([])).await;
    let read = bob.post("mark_all_read", &[]).await.expect_status(200).json();
    assert_eq!(read["rooms"], 2);
    assert_eq!(counts().await, [none.clone(), none]);
    // Another tab is told.
    loop {
        let unread = other_tab.find("unread").await;
        if unread["count"] == 0 {
            break;
        }
    }
    let at = read["at"].to_string();
    assert_eq!(alice.post("undo_mark_all_read", &[("at", &at)]).await.expect_status(200).json()["rooms"], 0);
    assert_eq!(bob.post("undo_mark_all_read", &[("at", &at)]).await.expect_status(200).json()["rooms"], 2);
    assert_eq!(counts().await, [one.clone(), one]);
    for function in ["mark_all_read", "undo_mark_all_read"] {
        app.visitor().post(function, &[("at", "1")]).await.expect_status(401);
    }
    bob.post("undo_mark_all_read", &[("at", "x")]).await.expect_status(400);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unread_is_told_with_the_messages_that_it_counts() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let (tea, cake) = (alice.room("Tea", "public").await, alice.room("Cake", "private").await);
    let (tea_id, cake_id) = (tea.to_string(), cake.to_string());
    bob.post("join_room", &[("room", &tea_id)]).await.expect_status(200);
    alice.post("add_member", &[("room", &*cake_id), ("username", "bob")]).await.expect_status(200);
    assert_eq!(bob.post("unread", &[]).await.expect_status(200).json(), json!([]));
    assert!(bob.get("/unread").await.expect_status(200).text.contains("Nothing unread"));
    for body in ["first", "hi **@bob**", "last"] {
        alice.post("post_message", &[("room", &*tea_id), ("body", body)]).await.expect_status(200);
    }
    let news = bob.post("unread", &[]).await.json();
    assert_eq!(news.as_array().unwrap().len(), 1, "{news}");
    let told = &news[0];
    assert_eq!((&told["room"]["id"], &told["room"]["count"], &told["first"]), (&json!(tea), &json!(3), &json!(1)));
    assert_eq!((&told["mentions"][0]["seq"], &told["mentions"][0]["excerpt"]), (&json!(2), &json!("hi @bob")));
    let page = bob.get("/unread").await.expect_status(200);
    let html = Html::read(&page.text);
    html.expect_harmless(page.nonce());
    for href in [format!("/rooms/{tea}-tea/messages/1"), format!("/rooms/{tea}-tea/messages/2")] {
        assert!(html.all("a").any(|link| link.attribute("href") == Some(&href)), "{href}: {}", page.text);
    }
    let read = [("room", &*tea_id), ("seq", "3"), ("next", "/unread")];
    assert_eq!(bob.submit("mark_read", &read).await.expect_status(303).header("location"), "/unread");
    assert_eq!(bob.post("unread", &[]).await.json(), json!([]));
    app.visitor().post("unread", &[]).await.expect_status(401);
    app.visitor().get("/unread").await.expect_status(401);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_muted_for_a_time() {
    let (app, db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let id = room.to_string();
    let mute = async |minutes: &str| alice.post("mute_room", &[("room", &*id), ("minutes", minutes)]).await;
    let quiet_until = async || {
        let here = alice.post("open_room", &[("room", &*id)]).await.json()["membership"]["quiet_until"].clone();
        assert_eq!(here, mine(&alice, room).await["quiet_until"]);
        here.as_i64()
    };
    assert_eq!(quiet_until().await, None);
    mute("60").await.expect_status(200);
    let left = quiet_until().await.expect("a time") - chat_chat::server::ids::now();
    assert!((59 * 60_000..=60 * 60_000).contains(&left), "{left}");
    assert_eq!(mine(&alice, room).await["level"], "all", "what it was stays");
    alice.post("post_message", &[("room", &*id), ("body", "one may still talk")]).await.expect_status(200);
    // It ends by itself, by a press, and by a choice of what one wants to know of from now on.
    db.run("UPDATE members SET quiet_until = 1").await;
    assert_eq!(quiet_until().await, None);
    for end in [("mute_room", ("minutes", "0")), ("set_level", ("level", "all"))] {
        mute("10080").await.expect_status(200);
        assert!(quiet_until().await.is_some());
        alice.post(end.0, &[("room", &id), end.1]).await.expect_status(200);
        assert_eq!(quiet_until().await, None);
    }
    for minutes in ["-1", "10081", "9223372036854775807"] {
        assert_eq!(mute(minutes).await.expect_status(422).json()["field"], "minutes");
    }
    mute("soon").await.expect_status(400);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_belongs_to_a_room_no_more_is_told_on_every_device() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let (tea, cake) = (alice.room("Tea", "public").await, alice.room("Cake", "public").await);
    let (tea_id, cake_id) = (tea.to_string(), cake.to_string());
    for id in [&tea_id, &cake_id] {
        bob.post("join_room", &[("room", id)]).await.expect_status(200);
    }
    let mut other_tab = bob.live(json!([])).await;
    let gone = async |socket: &mut Socket, room: i64, gone: bool| loop {
        let unread = socket.find("unread").await;
        if unread["room"] == room && (unread["gone"] == true) == gone {
            return;
        }
    };
    gone(&mut other_tab, tea, false).await;
    // With nothing unread, and with something.
    bob.post("leave_room", &[("room", &*tea_id)]).await.expect_status(200);
    gone(&mut other_tab, tea, true).await;
    alice.post("post_message", &[("room", &cake_id), ("body", "hi")]).await.expect_status(200);
    alice.post("remove_member", &[("room", &*cake_id), ("username", "bob")]).await.expect_status(200);
    gone(&mut other_tab, cake, true).await;
    bob.post("join_room", &[("room", &*tea_id)]).await.expect_status(200);
    gone(&mut other_tab, tea, false).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_shares_the_work_and_hands_over_the_room() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let room = alice.room("Tea", "public").await;
    let id = room.to_string();
    bob.post("join_room", &[("room", &*id)]).await.expect_status(200);
    let mut ears = bob.live(json!([{"room": room}])).await;
    ears.expect("sub_ok").await;
    let set = async |person: &Person, username: &str, role: &str| {
        person.post("set_role", &[("room", &*id), ("username", username), ("role", role)]).await.status
    };
    assert_eq!(set(&alice, "bob", "king").await, 422);
    assert_eq!(set(&alice, "nobody", "moderator").await, 404);
    assert_eq!(set(&alice, "alice", "member").await, 403);
    assert_eq!(set(&alice, "bob", "moderator").await, 200);
    let told = ears.find("ev").await;
    assert_eq!((&told["k"], &told["member"]["role"]), (&json!("member"), &json!("moderator")));
    assert_eq!((&told["member"]["action"], &told["member"]["user"]["username"]), (&json!("role"), &json!("bob")));
    bob.post("update_room", &[("room", &*id), ("state", "resolved")]).await.expect_status(200);
    assert_eq!(mine(&bob, room).await["count"], 0, "nothing of it is to be read");
    assert_eq!(set(&alice, "bob", "owner").await, 200);
    assert_eq!(set(&alice, "bob", "member").await, 403);
    bob.post("update_room", &[("room", &*id), ("title", "Bob's tea")]).await.expect_status(200);
    let members = bob.post("members", &[("room", &*id)]).await.json();
    assert_eq!((&members[0]["role"], &members[1]["role"]), (&json!("moderator"), &json!("owner")));

    // The page offers each only what they may do.
    let page = bob.get(&format!("/rooms/{room}/members")).await;
    assert!(page.text.contains("/api/set_role") && page.text.contains("/api/remove_member"));
    assert!(!alice.get(&format!("/rooms/{room}/members")).await.text.contains("/api/set_role"));
    let refused = alice
        .submit(
            "set_role",
            &[("room", &id), ("username", "bob"), ("role", "member"), ("next", &format!("/rooms/{room}/members"))],
        )
        .await
        .expect_status(403);
    assert!(refused.text.contains("people-error"), "{}", refused.text);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_found_by_a_part_of_their_names() {
    let (app, _db) = start().await;
    let alice = app.person("alice").await;
    let room = alice.room("Tea", "public").await;
    let id = room.to_string();
    for (username, display_name) in [("jimin", "김지민"), ("zoë", "Zoë K."), ("하늘", "")] {
        let person = app.visitor();
        let fields = [("username", username), ("password", "correct horse"), ("display_name", display_name)];
        person.post("register", &fields).await.expect_status(200);
        person.post("join_room", &[("room", &*id)]).await.expect_status(200);
    }
    let found = async |q: &str| {
        let members = alice.post("members", &[("room", &*id), ("q", q)]).await.expect_status(200).json();
        let names = members.as_array().unwrap().iter().map(|one| one["user"]["username"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(found("지민").await, ["jimin"]);
    assert_eq!(found("ㅈㅁ").await, ["jimin"]);
    assert_eq!(found("ㅎㄴ").await, ["하늘"]);
    assert_eq!(found("ZOE\u{308}").await, ["zoë"]);
    assert_eq!(found("%").await, [""; 0]);
    assert_eq!(found(" ").await.len(), 4);
    alice.post("members", &[("room", &*id), ("q", &"x".repeat(10_000))]).await.expect_status(422);
    let page = alice.get(&format!("/rooms/{room}/members?q=%E3%85%88%E3%85%81")).await.expect_status(200);
    assert!(page.text.contains("data-user=\"jimin\"") && !page.text.contains("data-user=\"하늘\""));
    let page = alice.get(&format!("/rooms/{room}/members?q=nobody&after=x")).await.expect_status(200);
    assert!(page.text.contains("No member by that name"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_member_of_a_room_stays() {
    let (app, _db) = start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    for visibility in ["public", "unlisted", "private"] {
        let room = alice.room("Tea", visibility).await;
        let id = room.to_string();
        let refused = alice.post("leave_room", &[("room", &*id)]).await.expect_status(409).json();
        assert_eq!((&refused["code"], &refused["problem"]), (&json!("conflict"), &json!("last_member")));
        alice.post("update_room", &[("room", &*id), ("title", "Coffee")]).await.expect_status(200);
        let page = alice.submit("leave_room", &[("room", &*id), ("next", &format!("/rooms/{id}"))]).await;
        assert!(page.expect_status(409).text.contains("leave-error"), "the page says why");
        alice.post("add_member", &[("room", &*id), ("username", "bob")]).await.expect_status(200);
        // At once: one of them stays, and owns it.
        let fields = [("room", &*id)];
        let (first, second) = tokio::join!(alice.post("leave_room", &fields), bob.post("leave_room", &fields));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        let stays = if first.status == 409 { &alice } else { &bob };
        stays.post("update_room", &[("room", &*id), ("title", "Cake")]).await.expect_status(200);
        assert_eq!(mine(stays, room).await["members"], 1);
    }
    app.stop().await;
}

/// Rooms that were left by everybody before the last one had to stay, brought up to date.
async fn rooms_without_an_owner_get_one_again(database: Database) {
    let app = start_on(&database, &[]).await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let (empty, banned) = (alice.room("Empty", "private").await, alice.room("Banned", "public").await);
    let (back, others) = (alice.room("Back", "public").await, alice.room("Others", "public").await);
    let untouched = bob.room("Untouched", "public").await;
    for room in [back, others, untouched] {
        for person in [&bob, &alice] {
            person.post("join_room", &[("room", &room.to_string())]).await.expect_status(200);
        }
    }
    database.run(&format!("DELETE FROM members WHERE room_id = {empty}")).await;
    database.run(&format!("UPDATE members SET banned_ts = 1, banned_by_role = 'owner' WHERE room_id = {banned}")).await;
    database.run(&format!("UPDATE rooms SET members = 0 WHERE id IN ({empty}, {banned})")).await;
    database.run(&format!("UPDATE members SET role = 'member' WHERE room_id = {back}")).await;
    database.run(&format!("DELETE FROM members WHERE room_id = {others} AND role = 'owner'")).await;
    database.run(&format!("UPDATE rooms SET members = 1 WHERE id = {others}")).await;
    let dialect = if database.url.starts_with("sqlite:") { "sqlite" } else { "postgres" };
    let step = format!("migrations/{dialect}/0015_every_room_has_an_owner.sql");
    for change in std::fs::read_to_string(step).expect("the migration").split(";\n") {
        database.run(change).await;
    }
    let owns = async |person: &Person, room: i64| {
        person.post("update_room", &[("room", &*room.to_string()), ("title", "Mine")]).await.status == 200
    };
    for (room, members, by_alice, by_bob) in [
        (empty, 1, true, false),
        (banned, 1, true, false),
        (back, 2, true, false),
        (others, 1, false, true),
        (untouched, 2, false, true),
    ] {
        assert_eq!((owns(&alice, room).await, owns(&bob, room).await), (by_alice, by_bob), "{room}");
        let owner = if by_alice { &alice } else { &bob };
        assert_eq!(mine(owner, room).await["members"], members, "{room}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_without_an_owner_get_one_again_on_sqlite() {
    rooms_without_an_owner_get_one_again(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_without_an_owner_get_one_again_on_postgres() {
    rooms_without_an_owner_get_one_again(Database::postgres().await).await;
}
