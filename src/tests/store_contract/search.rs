//! What the search index keeps, and what is found in it.

use chat_chat::model::action::{Action, Delete, Edit};
use chat_chat::model::room::Visibility;
use chat_chat::server::store::Db;
use chat_chat::server::store::search::{Batch, Doc, Gram, LOCK, Progress, Scope};

use super::{change, commit, message, migrated, room, user};
use crate::support::Database;

pub async fn the_index_of_the_search_follows_the_log(db: Db) {
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    let id = room(&db, alice, Visibility::Unlisted).await;
    commit(&db, &[message(id, alice, "a"), message(id, alice, "b")], 5_000).await;
    let due = db.lagging(0, 9).await.unwrap().remove(0);
    assert_eq!((due.room_id, due.head, due.indexed_seq, due.edited_ts), (id.get(), 2, 0, 0));
    assert!(due.post_is_due && db.lagging(5_001, 9).await.unwrap().is_empty());
    let post = db.post_to_index(id.get()).await.unwrap().unwrap();
    assert_eq!((post.title.as_str(), post.body.as_str(), post.tags.as_str()), ("Café au lait", "body", ""));
    assert_eq!(post.created_ts, 2_000);
    let entries = db.entries_to_index(id.get(), 1, 9).await.unwrap();
    assert_eq!((entries.len(), entries[0].seq, entries[0].target_seq, entries[0].ts), (1, 2, 2, 5_000));
    assert_eq!(entries[0].body.as_deref(), Some("text of b"));

    let doc = |seq, grams: Option<&str>| Doc { room_id: id.get(), seq, ts: 5_000, grams: grams.map(str::to_owned) };
    let step = async |docs, indexed_seq| {
        let rooms = vec![Progress { room_id: id.get(), indexed_seq, edited_ts: 0 }];
        assert!(db.index(&Batch { docs, rooms }).await.unwrap());
    };
    let having = async |token: &str, is_prefix, before| {
        let gram = Gram { token: token.to_owned(), is_prefix };
        db.candidates(&[gram], before, 9).await.unwrap()
    };
    step(vec![doc(0, Some("aa bb")), doc(1, Some("ab")), doc(2, Some("bb"))], 2).await;
    assert!(db.lagging(0, 9).await.unwrap().is_empty());
    let all = having("a", true, i64::MAX).await;
    assert_eq!((all.len(), having("a", false, i64::MAX).await.len()), (2, 0));
    assert_eq!(having("a", true, all[0]).await, all[1..]);
    let [second, post] = having("bb", false, i64::MAX).await[..] else { panic!("two texts have it") };
    assert!(second > all[0] && all[0] > post, "the newest is the highest");

    let seen = async |reader, unlisted| {
        let found = db.found(&[post, second], Scope { reader, unlisted }).await.unwrap();
        found.into_iter().map(|found| (found.seq, found.body, found.ts)).collect::<Vec<_>>()
    };
    let both = [(2, "text of b".to_owned(), 5_000), (0, "body".to_owned(), 2_000)];
    assert_eq!((seen(Some(alice), false).await, seen(Some(bob), true).await), (both.to_vec(), both.to_vec()));
    assert_eq!((seen(Some(bob), false).await, seen(None, false).await), (vec![], vec![]));
    let found = db.found(&[second], Scope { reader: Some(alice), unlisted: false }).await.unwrap().remove(0);
    assert_eq!((found.id, found.room().unwrap(), found.author().unwrap().id), (second, id, alice));
    assert_eq!((found.title.as_str(), found.tags.as_str()), ("Café au lait", ""));
    assert!(db.found(&[], Scope { reader: None, unlisted: true }).await.unwrap().is_empty());

    let edit = change(id, alice, "e", Action::Edit(Edit { target: 1, body: "new".into() }));
    commit(&db, &[edit, change(id, alice, "d", Action::Delete(Delete { target: 2 }))], 6_000).await;
    let entries = db.entries_to_index(id.get(), 2, 9).await.unwrap();
    let told: Vec<_> = entries.into_iter().map(|entry| (entry.target_seq, entry.ts, entry.body)).collect();
    assert_eq!(told, [(1, 5_000, Some("new".to_owned())), (2, 5_000, None)]);
    assert_eq!(seen(Some(alice), false).await, both[1..], "what is deleted is gone before the index knows");
    step(vec![doc(1, Some("cc")), doc(2, None)], 4).await;
    assert_eq!((having("a", true, i64::MAX).await, having("bb", false, i64::MAX).await), (vec![post], vec![post]));
    assert_eq!(having("cc", false, i64::MAX).await, all[..1], "a text keeps its place");
}

#[tokio::test]
async fn one_node_indexes_at_a_time() {
    let database = Database::postgres().await;
    let db = migrated(&database).await;
    let batch = || Batch { docs: vec![], rooms: vec![Progress { room_id: 1, indexed_seq: 1, edited_ts: 0 }] };
    let other = sqlx::PgPool::connect(&database.url).await.unwrap();
    let mut tx = other.begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *tx).await.unwrap();
    assert!(!db.index(&batch()).await.unwrap());
    tx.commit().await.unwrap();
    assert!(db.index(&batch()).await.unwrap());
}
