//! Members from before there was a place from which on they read: the step of the schema finds it out, as far as it can.

use chat_chat::server::ids;

use crate::support::{Database, Person, start_on};

/// What the schema knew before members had a place from which on they read, brought up to date.
async fn members_of_an_older_schema_keep_what_was_theirs(database: Database) {
    let app = start_on(&database, &[]).await;
    let alice = app.person("alice").await;
    let room = alice.room("Diary", "private").await;
    let id = room.to_string();
    let by = async |person: &Person, name: &str, fields: &[(&str, &str)]| {
        let fields: Vec<_> = [("room", &*id)].into_iter().chain(fields.iter().copied()).collect();
        person.post(name, &fields).await.expect_status(200);
        // No two of these are of one millisecond.
        let now = ids::now();
        while ids::now() <= now {}
    };
    let mut people = Vec::new();
    for name in ["old", "late", "guest", "one", "two", "helper"] {
        people.push(app.person(name).await);
    }
    by(&alice, "add_member", &[("username", "old")]).await;
    by(&alice, "add_member", &[("username", "helper")]).await;
    by(&alice, "set_role", &[("username", "helper"), ("role", "moderator")]).await;
    by(&alice, "update_room", &[("visibility", "public")]).await;
    by(&people[1], "join_room", &[]).await;
    by(&alice, "remove_member", &[("username", "one"), ("ban", "true")]).await;
    by(&people[5], "remove_member", &[("username", "two"), ("ban", "true")]).await;
    by(&alice, "update_room", &[("visibility", "private")]).await;
    by(&alice, "add_member", &[("username", "guest")]).await;
    database.run("UPDATE members SET visible_from = 0, banned_by_role = NULL").await;
    let dialect = if database.url.starts_with("sqlite:") { "sqlite" } else { "postgres" };
    let step = std::fs::read_to_string(format!("migrations/{dialect}/0013_visible_from.sql")).expect("the migration");
    for change in step.split(";\n").filter(|part| part.contains("\nUPDATE members")) {
        database.run(change).await;
    }
    for (name, expected) in [("alice", 0), ("old", 0), ("late", 4), ("guest", 0), ("helper", 0)] {
        let user = app.app.chat.db.user_named(name).await.unwrap().unwrap().author().unwrap().id;
        let access = app.app.chat.db.relation(room.try_into().unwrap(), Some(user)).await.unwrap().unwrap();
        assert_eq!(access.visible_from, Some(expected), "{name}");
    }
    // Whose ban it was is known.
    let add = async |name: &str| people[5].post("add_member", &[("room", &*id), ("username", name)]).await.status;
    assert_eq!((add("one").await, add("two").await), (403, 200));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_an_older_schema_keep_what_was_theirs_on_sqlite() {
    members_of_an_older_schema_keep_what_was_theirs(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_an_older_schema_keep_what_was_theirs_on_postgres() {
    members_of_an_older_schema_keep_what_was_theirs(Database::postgres().await).await;
}
