//! Posts change, are opened and closed, put by and brought back.

use chat_chat::error::Problem;
use chat_chat::model::action::{Action, Remove, RoomPatch};
use chat_chat::model::ids::{RoomId, UserId};
use chat_chat::model::notice::RoomChange;
use chat_chat::model::room::{RoomState, Visibility};
use chat_chat::protocol::Kind;
use chat_chat::server::ids;
use chat_chat::server::store::Db;
use chat_chat::server::store::commit::{Outcome, Write};
use chat_chat::server::store::rooms::{LobbyQuery, NewRoom};

use super::{change, commit, draft, message, room, user};

fn patch(room: RoomId, author: UserId, nonce: &str, patch: RoomPatch) -> Write {
    change(room, author, nonce, Action::Room(Box::new(patch)))
}

pub async fn posts_change_and_keep_what_they_were(db: Db) {
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    let id = ids::random();
    assert!(db.add_room(NewRoom { tags: &["old".to_owned()], ..draft(id, alice) }).await.unwrap());
    db.join(id, bob, 1).await.unwrap();
    let new = RoomPatch {
        title: Some("새 제목".into()),
        body: Some("new".into()),
        category: Some("music".into()),
        tags: Some(vec!["New".into()]),
        state: Some(RoomState::Resolved),
        indexed: Some(true),
        ..RoomPatch::default()
    };
    assert_eq!(commit(&db, &[patch(id, bob, "b", new.clone())], 1).await, [Outcome::Refused(Problem::NotAllowed)]);
    let outcome = commit(&db, &[patch(id, alice, "a", new)], 9_000).await;
    let Outcome::Stored(stored) = &outcome[0] else { panic!("{outcome:?}") };
    assert_eq!((stored.seq, stored.kind), (1, Kind::Room));
    let room = db.room(id).await.unwrap().unwrap();
    assert_eq!((&*room.title, &*room.body, &*room.category), ("새 제목", "new", "music"));
    assert_eq!((room.tags, room.state, room.indexed), (vec!["New".to_owned()], RoomState::Resolved, true));
    assert_eq!((room.edited_ts, room.head), (Some(9_000), 1));
    let of_tag = async |tag: &str| {
        let tags = [tag.to_owned()];
        let query = LobbyQuery { tags: &tags, ..LobbyQuery::all(9) };
        db.lobby(&query).await.unwrap().len()
    };
    assert_eq!((of_tag("old").await, of_tag("new").await), (0, 1));
    assert_eq!(db.room_revisions(id).await.unwrap(), [(1, "Café au lait".to_owned(), "body".to_owned())]);

    let log = db.events_since(id, 0, 9).await.unwrap();
    let (event, _) = log.into_iter().next().unwrap().event().unwrap();
    let told = RoomChange {
        title: Some("새 제목".into()),
        body: true,
        category: Some("music".into()),
        tags: Some(vec!["New".into()]),
        state: Some(RoomState::Resolved),
        indexed: Some(true),
        visibility: None,
    };
    assert_eq!((event.k, event.changed.as_deref()), (Kind::Room, Some(&told)));
    let same = RoomPatch { state: Some(RoomState::Resolved), ..RoomPatch::default() };
    let again = commit(&db, &[patch(id, alice, "again", same)], 1).await;
    assert!(matches!(&again[0], Outcome::Stored(stored) if stored.kind == Kind::Skip), "{again:?}");
}

pub async fn what_was_said_to_few_stays_with_them(db: Db) {
    let alice = user(&db, "alice").await;
    let to = |visibility| RoomPatch { visibility: Some(visibility), ..RoomPatch::default() };
    let open_from = async |room| db.relation(room, None).await.unwrap().unwrap().open_from;

    let secret = room(&db, alice, Visibility::Private).await;
    commit(&db, &[message(secret, alice, "1"), message(secret, alice, "2")], 1).await;
    let outcome = commit(&db, &[patch(secret, alice, "3", to(Visibility::Public))], 2).await;
    assert!(matches!(&outcome[0], Outcome::Stored(stored) if stored.opens), "{outcome:?}");
    assert_eq!(open_from(secret).await, 3);

    // Whoever had the link could read it all.
    let linked = room(&db, alice, Visibility::Unlisted).await;
    commit(&db, &[message(linked, alice, "4"), patch(linked, alice, "5", to(Visibility::Public))], 1).await;
    assert_eq!(open_from(linked).await, 0);
    let index = RoomPatch { indexed: Some(true), ..RoomPatch::default() };
    commit(&db, &[patch(linked, alice, "6", index)], 1).await;
    assert!(db.room(linked).await.unwrap().unwrap().indexed);
    commit(&db, &[patch(linked, alice, "7", to(Visibility::Private))], 1).await;
    let closed = db.room(linked).await.unwrap().unwrap();
    assert_eq!((closed.visibility, closed.indexed), (Visibility::Private, false));
}

pub async fn rooms_are_put_by_and_come_back(db: Db) {
    let alice = user(&db, "alice").await;
    let tea = room(&db, alice, Visibility::Public).await;
    commit(&db, &[message(tea, alice, "1")], 10_000).await;
    let state = async || db.room(tea).await.unwrap().unwrap().state;
    assert_eq!((db.archive_idle(10_000).await.unwrap(), state().await), (0, RoomState::Open));
    assert_eq!((db.archive_idle(10_001).await.unwrap(), state().await), (1, RoomState::Archived));
    commit(&db, &[message(tea, alice, "2"), message(tea, alice, "3")], 20_000).await;
    assert_eq!(state().await, RoomState::Open);
    let lock = RoomPatch { state: Some(RoomState::Locked), ..RoomPatch::default() };
    commit(&db, &[patch(tea, alice, "4", lock)], 20_000).await;
    assert_eq!((db.archive_idle(i64::MAX).await.unwrap(), state().await), (0, RoomState::Locked));
}

pub async fn cards_tell_what_changes(db: Db) {
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    let tea = room(&db, alice, Visibility::Public).await;
    let private = room(&db, alice, Visibility::Private).await;
    let linked = room(&db, alice, Visibility::Unlisted).await;
    commit(&db, &[message(tea, alice, "1"), message(private, alice, "2")], 30_000).await;
    let cards = db.cards(&[tea, ids::random()]).await.unwrap();
    assert_eq!(cards.len(), 1);
    let (card, visibility) = &cards[0];
    assert_eq!((card.room, card.messages, card.members, card.head), (tea, 1, 1, 1));
    assert_eq!(*visibility, Visibility::Public);
    let asked = [(tea, alice), (private, alice), (private, bob)];
    assert_eq!(db.members_among(&asked).await.unwrap(), [(tea, alice), (private, alice)].into());
    assert!(db.members_among(&[]).await.unwrap().is_empty());
    assert_eq!(db.latest_activity().await.unwrap(), 30_000);
    let sorted = |mut rooms: Vec<RoomId>| {
        rooms.sort_unstable();
        rooms
    };
    let all = [tea, private, linked];
    assert_eq!(sorted(db.readable(&all, None).await.unwrap()), sorted(vec![tea, linked]));
    assert_eq!(sorted(db.readable(&all, Some(alice)).await.unwrap()), sorted(all.to_vec()));
    commit(&db, &[change(tea, alice, "ban", Action::Remove(Remove { user: bob, ban: true }))], 1).await;
    assert_eq!(db.readable(&all, Some(bob)).await.unwrap(), [linked]);
}
