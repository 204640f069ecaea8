//! What is read of a conversation besides its pages.

use chat_chat::model::room::Visibility;
use chat_chat::server::store::Db;
use chat_chat::server::store::commit::Change;

use super::{change, commit, message, room, user};

pub async fn messages_are_quoted_as_they_are_now(db: Db) {
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    let (tea, other) = (room(&db, alice, Visibility::Public).await, room(&db, alice, Visibility::Public).await);
    commit(&db, &[message(tea, alice, "a"), message(tea, bob, "b"), message(other, bob, "c")], 1).await;
    let edit = change(tea, alice, "e", Change::Edit { target: 1, body: "new".into() });
    commit(&db, &[edit, change(tea, bob, "d", Change::Delete { target: 2 })], 2).await;
    let quoted = db.quoted(tea, &[4, 2, 1, 3, 99]).await.unwrap();
    let told: Vec<_> = quoted.iter().map(|row| (row.seq, row.author().unwrap().id, row.body.as_deref())).collect();
    assert_eq!(told, [(1, alice, Some("new")), (2, bob, None)], "the edit and the deletion are no messages");
    assert!(db.quoted(tea, &[]).await.unwrap().is_empty());
}
