//! From where on members read, who may undo what, and who is asked before they belong to a room.

use chat_chat::error::Problem;
use chat_chat::model::action::{Action, Add, Delete, Post, React, Remove, RoomPatch, SetRole};
use chat_chat::model::ids::{RoomId, UserId};
use chat_chat::model::room::Visibility;
use chat_chat::protocol::Kind;
use chat_chat::server::store::Db;
use chat_chat::server::store::commit::{Outcome, Write};
use chat_chat::server::store::profiles::PrivacyChange;
use chat_chat::server::store::unread::Step;

use super::{change, commit, message, room, user};

fn add(room: RoomId, by: UserId, nonce: &str, user: UserId) -> Write {
    change(room, by, nonce, Action::Add(Add { user }))
}

fn remove(room: RoomId, by: UserId, nonce: &str, user: UserId, ban: bool) -> Write {
    change(room, by, nonce, Action::Remove(Remove { user, ban }))
}

fn moderator(room: RoomId, by: UserId, nonce: &str, user: UserId) -> Write {
    change(room, by, nonce, Action::SetRole(SetRole { user, role: chat_chat::model::room::Role::Moderator }))
}

fn to(room: RoomId, by: UserId, nonce: &str, visibility: Visibility) -> Write {
    let patch = RoomPatch { visibility: Some(visibility), ..RoomPatch::default() };
    change(room, by, nonce, Action::Room(Box::new(patch)))
}

fn kind(outcome: &Outcome) -> Result<Kind, Problem> {
    match outcome {
        Outcome::Stored(stored) => Ok(stored.kind),
        Outcome::Refused(problem) => Err(problem.clone()),
        Outcome::Duplicate { .. } => panic!("nothing is repeated here"),
    }
}

pub async fn members_read_from_where_they_came(db: Db) {
    let mut people = Vec::new();
    for name in ["alice", "old", "poster", "joiner", "helper", "guest", "banned", "late"] {
        people.push(user(&db, name).await);
    }
    let [alice, old, poster, joiner, helper, guest, banned, late] = people[..] else { unreachable!() };
    let tea = room(&db, alice, Visibility::Private).await;
    let from = async |user| db.relation(tea, Some(user)).await.unwrap().unwrap().visible_from;
    assert!(!db.join(tea, joiner, 1).await.unwrap(), "nobody comes by themselves into a closed room");
    let secret = Write { mentions: vec![poster], ..message(tea, alice, "1") };
    commit(&db, &[secret, add(tea, alice, "2", old), remove(tea, alice, "3", banned, true)], 1).await;
    // Opened and entered in one transaction.
    let opened = [to(tea, alice, "4", Visibility::Public), message(tea, poster, "5"), add(tea, alice, "6", banned)];
    commit(&db, &opened, 2).await;
    assert!(db.join(tea, joiner, 3).await.unwrap());
    assert!(db.join(tea, helper, 3).await.unwrap());
    for (person, expected) in [(alice, 0), (old, 0), (poster, 4), (joiner, 4), (banned, 4), (guest, 4)] {
        assert_eq!(from(person).await, Some(expected), "{person}");
    }
    // What they may not read is not there for them: neither to be changed, nor to be counted.
    let about = |nonce: &str, target| {
        let answer = Write {
            action: Action::Post(Post { body: "x".into(), reply_to: Some(target) }),
            ..message(tea, joiner, &format!("{nonce}a"))
        };
        let react = Action::React(React { target, emoji: "x".into(), on: true });
        let delete = Action::Delete(Delete { target });
        [answer, change(tea, joiner, &format!("{nonce}r"), react), change(tea, joiner, &format!("{nonce}d"), delete)]
    };
    let (hidden, missing) = (commit(&db, &about("h", 1), 4).await, commit(&db, &about("m", 99), 4).await);
    assert_eq!(hidden, missing);
    assert_eq!(hidden[0], Outcome::Refused(Problem::ReplyTargetMissing));
    db.read(&[((poster, tea), Step::Before(1))]).await.unwrap();
    let unread = db.unread(&[((poster, tea), 6)]).await.unwrap()[0].1;
    assert_eq!((unread.count, unread.mentions, unread.read_seq), (0, 0, 3));
    assert_eq!((db.first_unread(poster, tea).await.unwrap(), db.first_unreads(poster).await.unwrap().len()), (None, 0));
    assert!(db.unread_mentions(poster, 9).await.unwrap().is_empty());

    // Closed again: who is let in reads what those who let them in do.
    let closed = [
        moderator(tea, alice, "7", helper),
        to(tea, alice, "8", Visibility::Private),
        add(tea, helper, "9", guest),
        remove(tea, alice, "10", joiner, false),
        add(tea, alice, "11", joiner),
    ];
    commit(&db, &closed, 5).await;
    assert_eq!((from(helper).await, from(guest).await, from(joiner).await), (Some(4), Some(4), Some(0)));
    assert_eq!(from(late).await, None);
    commit(&db, &[to(tea, alice, "12", Visibility::Unlisted)], 6).await;
    assert!(db.join(tea, late, 7).await.unwrap());
    let again = db.relation(tea, None).await.unwrap().unwrap();
    assert_eq!((from(late).await, again.visible_from), (Some(again.open_from), Some(again.open_from)));
    assert!(again.open_from > 4);
    assert_eq!(from(poster).await, Some(4), "whoever stayed keeps what they had");
    // A second time, through a ban and back.
    commit(&db, &[remove(tea, alice, "13", poster, true), add(tea, alice, "14", poster)], 8).await;
    assert_eq!(from(poster).await, Some(again.open_from));
}

pub async fn what_the_owner_decided_stays_until_the_owner_decides_otherwise(db: Db) {
    let (alice, helper) = (user(&db, "alice").await, user(&db, "helper").await);
    let (one, two) = (user(&db, "one").await, user(&db, "two").await);
    let tea = room(&db, alice, Visibility::Public).await;
    db.join(tea, helper, 1).await.unwrap();
    commit(&db, &[moderator(tea, alice, "1", helper)], 1).await;
    let outcomes = commit(
        &db,
        &[
            remove(tea, alice, "2", one, true),
            add(tea, helper, "3", one),
            remove(tea, helper, "4", two, true),
            add(tea, helper, "5", two),
            remove(tea, helper, "6", two, true),
            remove(tea, helper, "7", two, true),
            // The owner makes the ban their own.
            remove(tea, alice, "8", two, true),
            add(tea, helper, "9", two),
            add(tea, alice, "10", two),
        ],
        2,
    )
    .await;
    let kinds: Vec<_> = outcomes.iter().map(kind).collect();
    let (told, refused) = (Ok(Kind::Member), Err(Problem::NotAllowed));
    assert_eq!(
        kinds,
        [
            told.clone(),
            refused.clone(),
            told.clone(),
            told.clone(),
            told.clone(),
            Ok(Kind::Skip),
            told.clone(),
            refused.clone(),
            told
        ]
    );
    assert_eq!(commit(&db, &[add(tea, helper, "11", one)], 3).await.iter().map(kind).collect::<Vec<_>>(), [refused]);
    assert!(db.relation(tea, Some(one)).await.unwrap().unwrap().is_banned);
}

pub async fn a_room_has_to_ask_whoever_left_it_or_wants_to_be_asked(db: Db) {
    let (alice, helper, bob) = (user(&db, "alice").await, user(&db, "helper").await, user(&db, "bob").await);
    let tea = room(&db, alice, Visibility::Private).await;
    let member = async || db.relation(tea, Some(bob)).await.unwrap().unwrap().membership.is_some();
    commit(&db, &[add(tea, alice, "1", bob), add(tea, alice, "2", helper), moderator(tea, alice, "3", helper)], 1)
        .await;
    assert!(member().await, "somebody who has never been there is added at once");
    assert!(db.leave(tea, bob, 2).await.unwrap());
    assert_eq!(kind(&commit(&db, &[add(tea, alice, "4", bob)], 3).await[0]), Ok(Kind::Skip));
    assert!(!member().await);
    assert!(!db.accept(tea, bob, 4).await.unwrap(), "nobody has invited them");
    db.invite(tea, bob, helper, 2, 5).await.unwrap();
    let told = db.invitations(bob, 9).await.unwrap();
    assert_eq!((told.len(), told[0].room, told[0].by.id, told[0].ts), (1, tea, helper, 5));
    assert!(db.invitations(bob, 0).await.unwrap().is_empty() && db.invitations(helper, 9).await.unwrap().is_empty());
    // It holds for as long as who invited may let people in.
    let demoted = Action::SetRole(SetRole { user: helper, role: chat_chat::model::room::Role::Member });
    commit(&db, &[change(tea, alice, "5", demoted)], 6).await;
    assert!(db.invitations(bob, 9).await.unwrap().is_empty() && !db.accept(tea, bob, 7).await.unwrap());
    db.invite(tea, bob, alice, 2, 8).await.unwrap();
    assert!(db.accept(tea, bob, 9).await.unwrap());
    assert!(!db.accept(tea, bob, 10).await.unwrap());
    let access = db.relation(tea, Some(bob)).await.unwrap().unwrap();
    assert_eq!((access.visible_from, access.membership.unwrap().read_seq), (Some(2), 5));
    assert_eq!(db.room(tea).await.unwrap().unwrap().members, 3);

    // Put out by others and let in again: they did not leave.
    let back = [remove(tea, alice, "6", bob, false), add(tea, alice, "7", bob)];
    assert_eq!(commit(&db, &back, 11).await.iter().map(kind).collect::<Vec<_>>(), [Ok(Kind::Member), Ok(Kind::Member)]);
    db.leave(tea, bob, 12).await.unwrap();
    db.invite(tea, bob, alice, 0, 13).await.unwrap();
    assert!(db.decline(tea, bob, 14).await.unwrap() && !db.decline(tea, bob, 14).await.unwrap());
    db.invite(tea, bob, alice, 0, 15).await.unwrap();
    assert!(db.invitations(bob, 9).await.unwrap().is_empty(), "who declined is left alone");
    let month = 31 * 24 * 60 * 60 * 1000;
    db.invite(tea, bob, alice, 0, month).await.unwrap();
    assert_eq!(db.invitations(bob, 9).await.unwrap().len(), 1);
    db.withdraw(tea, bob).await.unwrap();
    assert!(db.invitations(bob, 9).await.unwrap().is_empty());

    // A ban is lifted all the same, and is the end of every invitation.
    db.invite(tea, bob, alice, 0, month).await.unwrap();
    commit(&db, &[remove(tea, alice, "8", bob, true)], month).await;
    assert!(db.invitations(bob, 9).await.unwrap().is_empty() && !db.accept(tea, bob, month).await.unwrap());
    commit(&db, &[add(tea, alice, "9", bob)], month).await;
    let access = db.relation(tea, Some(bob)).await.unwrap().unwrap();
    assert!(!access.is_banned && access.membership.is_none());

    // Who wants to be asked is asked by every room, and comes by themselves as ever.
    let open = room(&db, alice, Visibility::Public).await;
    let asks = PrivacyChange { may_be_added: Some(false), ..PrivacyChange::default() };
    db.set_privacy(bob, asks).await.unwrap();
    assert_eq!(kind(&commit(&db, &[add(open, alice, "10", bob)], month).await[0]), Ok(Kind::Skip));
    db.invite(open, bob, alice, 0, month).await.unwrap();
    assert_eq!(db.invitations(bob, 9).await.unwrap().len(), 1);
    assert!(db.join(open, bob, month).await.unwrap());
    assert!(db.invitations(bob, 9).await.unwrap().is_empty());
    db.leave(open, bob, month).await.unwrap();
    commit(&db, &[message(open, bob, "11")], month).await;
    commit(&db, &[remove(open, alice, "12", bob, false)], month).await;
    db.set_privacy(bob, PrivacyChange { may_be_added: Some(true), ..PrivacyChange::default() }).await.unwrap();
    assert_eq!(kind(&commit(&db, &[add(open, alice, "13", bob)], month).await[0]), Ok(Kind::Member));
}
