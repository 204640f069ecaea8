//! Joining, leaving, and what members have not read.

use chat_chat::model::action::{Action, Delete, Edit, Remove};
use chat_chat::model::room::{Level, Role, Unread, Visibility};
use chat_chat::server::store::Db;
use chat_chat::server::store::commit::Write;
use chat_chat::server::store::unread::Step;

use super::{change, commit, message, room, user};

pub async fn people_come_and_go_and_a_room_keeps_an_owner(db: Db) {
    let (alice, bob, eve) = (user(&db, "alice").await, user(&db, "bob").await, user(&db, "eve").await);
    let room = room(&db, alice, Visibility::Public).await;
    commit(&db, &[message(room, alice, "a")], 1).await;
    assert!(db.join(room, bob, 5).await.unwrap());
    assert!(!db.join(room, bob, 6).await.unwrap(), "once is enough");
    assert!(db.join(room, eve, 7).await.unwrap());
    assert_eq!(db.room(room).await.unwrap().unwrap().members, 3);
    let place = db.relation(room, Some(bob)).await.unwrap().unwrap().membership.unwrap();
    assert_eq!((place.role, place.read_seq, place.level), (Role::Member, 1, Level::All));

    assert!(db.set_level(room, bob, Level::Mentions).await.unwrap());
    assert_eq!(db.relation(room, Some(bob)).await.unwrap().unwrap().membership.unwrap().level, Level::Mentions);
    assert!(db.mute(room, bob, Some(9)).await.unwrap());
    let muted = async || {
        let mine = db.my_rooms(bob, 9).await.unwrap();
        let place = db.relation(room, Some(bob)).await.unwrap().unwrap().membership.unwrap();
        assert_eq!(mine[0].quiet_until, place.quiet_until);
        (place.level, place.quiet_until)
    };
    assert_eq!(muted().await, (Level::Mentions, Some(9)));
    assert!(db.set_level(room, bob, Level::Mentions).await.unwrap());
    assert_eq!(muted().await, (Level::Mentions, None), "a level says what there is from now on");
    let names = |members: Vec<chat_chat::model::room::Member>| {
        members.into_iter().map(|member| (member.user.username, member.role)).collect::<Vec<_>>()
    };
    let all = names(db.members(room, "", 9).await.unwrap());
    assert_eq!(all[0], ("alice".to_owned(), Role::Owner));
    assert_eq!(all.len(), 3);
    assert_eq!(names(db.members(room, "ALICE", 1).await.unwrap()), [("bob".to_owned(), Role::Member)]);

    assert!(db.leave(room, alice, 8).await.unwrap());
    assert!(!db.leave(room, alice, 8).await.unwrap());
    let heir = db.relation(room, Some(bob)).await.unwrap().unwrap().membership.unwrap();
    assert_eq!(heir.role, Role::Owner, "the one who has been there longest");
    assert_eq!(db.relation(room, Some(eve)).await.unwrap().unwrap().membership.unwrap().role, Role::Member);
    commit(&db, &[change(room, bob, "ban", Action::Remove(Remove { user: eve, ban: true }))], 9).await;
    assert!(!db.join(room, eve, 10).await.unwrap(), "a ban is no membership, and no way back");
    assert!(!db.leave(room, eve, 8).await.unwrap());
    assert!(!db.set_level(room, eve, Level::None).await.unwrap());
    assert!(!db.mute(room, eve, Some(9)).await.unwrap());
    assert!(!db.leave(room, bob, 11).await.unwrap(), "nobody would be left, whoever is banned");
    assert_eq!(db.relation(room, Some(bob)).await.unwrap().unwrap().membership.unwrap().role, Role::Owner);
    assert_eq!(db.room(room).await.unwrap().unwrap().members, 1);
    assert_eq!(db.rooms_of(bob, 9).await.unwrap(), [room]);
    assert_eq!(db.rooms_of(eve, 9).await.unwrap(), []);
}

pub async fn what_is_unread_is_counted(db: Db) {
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    let tea = room(&db, alice, Visibility::Public).await;
    db.join(tea, bob, 1).await.unwrap();
    let naming = Write { mentions: vec![bob], ..message(tea, alice, "2") };
    commit(&db, &[message(tea, alice, "1"), naming, message(tea, bob, "own"), message(tea, alice, "4")], 2).await;
    let unread = async |head| db.unread(&[((bob, tea), head)]).await.unwrap()[0].1;
    assert_eq!(unread(4).await, Unread { count: 3, mentions: 1, read_seq: 0 });
    assert_eq!(unread(1).await, Unread { count: 1, mentions: 0, read_seq: 0 }, "of the first events only");
    assert_eq!(db.unread(&[((alice, tea), 4)]).await.unwrap()[0].1.count, 1);

    let step = async |step| db.read(&[((bob, tea), step)]).await.unwrap();
    step(Step::Forward(2)).await;
    assert_eq!(unread(4).await, Unread { count: 1, mentions: 0, read_seq: 2 });
    step(Step::Forward(1)).await;
    assert_eq!(unread(4).await.read_seq, 2, "never back by itself");
    step(Step::Before(2)).await;
    assert_eq!(unread(4).await, Unread { count: 2, mentions: 1, read_seq: 1 });
    step(Step::Forward(i64::MAX)).await;
    assert_eq!(unread(4).await, Unread { count: 0, mentions: 0, read_seq: 4 }, "there is no further than the end");
    assert!(db.first_unreads(bob).await.unwrap().is_empty() && db.unread_mentions(bob, 9).await.unwrap().is_empty());
    step(Step::Before(1)).await;
    assert_eq!(db.first_unreads(bob).await.unwrap(), [(tea, (1, 2_000))].into());
    assert_eq!(db.unread_mentions(bob, 9).await.unwrap(), [(tea, vec![2])].into());
    assert!(db.unread_mentions(bob, 0).await.unwrap().is_empty());

    commit(&db, &[change(tea, alice, "del", Action::Delete(Delete { target: 2 }))], 3).await;
    assert_eq!(unread(5).await, Unread { count: 2, mentions: 0, read_seq: 0 });
    assert!(db.unread_mentions(bob, 9).await.unwrap().is_empty(), "it is gone");
    let edit = change(tea, alice, "edit", Action::Edit(Edit { target: 1, body: "@bob".into() }));
    commit(&db, &[Write { mentions: vec![bob], ..edit }], 3).await;
    assert_eq!(unread(6).await, Unread { count: 2, mentions: 1, read_seq: 0 });
    assert_eq!(db.mentioned(&[(tea, 1), (tea, 2)]).await.unwrap(), [((bob, tea), 1)]);
    assert_eq!(db.names_in(tea, &[1, 2, 3]).await.unwrap(), [(1, "bob".to_owned(), "bob".to_owned())]);
    assert!(db.names_in(tea, &[]).await.unwrap().is_empty());

    let mine = db.my_rooms(bob, 9).await.unwrap();
    assert_eq!((mine.len(), mine[0].id, mine[0].unread()), (1, tea, Some(unread(6).await)));
    assert_eq!(mine[0].level, Some(Level::All));
    db.leave(tea, bob, 8).await.unwrap();
    assert_eq!(db.unread(&[((bob, tea), 6)]).await.unwrap(), []);
    assert_eq!(db.my_rooms(bob, 9).await.unwrap(), []);
    let found = db.users_named(&["alice".to_owned(), "nobody".to_owned()]).await.unwrap();
    assert_eq!((found.len(), found["alice"].id, &*found["alice"].username), (1, alice, "alice"));
}
