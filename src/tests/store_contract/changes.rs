//! What becomes of messages, and of who belongs to a room.

use chat_chat::error::Problem;
use chat_chat::model::action::{Action, Add, Delete, Edit, React, Remove};
use chat_chat::model::notice::MemberAction;
use chat_chat::model::room::{Role, Visibility};
use chat_chat::protocol::Kind;
use chat_chat::server::ids;
use chat_chat::server::store::Db;
use chat_chat::server::store::commit::Outcome;

use super::{change, commit, message, room, stored, user};

pub async fn messages_change_and_the_log_tells_their_latest_text(db: Db) {
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    let room = room(&db, alice, Visibility::Public).await;
    commit(&db, &[message(room, bob, "a"), message(room, bob, "b")], 1).await;
    let edit = |author, nonce, target| {
        change(room, author, nonce, Action::Edit(Edit { target, body: format!("new {nonce}") }))
    };
    let delete = |author, nonce, target| change(room, author, nonce, Action::Delete(Delete { target }));
    let outcomes = commit(
        &db,
        &[
            edit(bob, "e1", 1),
            edit(bob, "e2", 1),
            edit(alice, "e3", 1),
            edit(bob, "e4", 99),
            delete(alice, "d1", 2),
            edit(bob, "e5", 2),
            delete(bob, "d2", 2),
        ],
        5_000,
    )
    .await;
    let kind = |outcome: &Outcome| match outcome {
        Outcome::Stored(stored) => Ok((stored.seq, stored.kind)),
        Outcome::Refused(problem) => Err(problem.clone()),
        Outcome::Duplicate { .. } => panic!("nothing is repeated here"),
    };
    assert_eq!(
        outcomes.iter().map(kind).collect::<Vec<_>>(),
        [
            Ok((3, Kind::Edit)),
            Ok((4, Kind::Edit)),
            Err(Problem::NotAllowed),
            Err(Problem::TargetMissing),
            Ok((5, Kind::Del)),
            Err(Problem::TargetMissing),
            Err(Problem::TargetMissing),
        ]
    );
    let page = db.messages_before(room, 9, 9, None).await.unwrap();
    let page: Vec<_> = page.into_iter().map(|row| row.message(room, None).unwrap()).collect();
    assert_eq!((page[0].seq, page[0].deleted, page[0].body.as_str(), page[0].rev), (2, true, "", 5));
    assert_eq!((page[1].seq, page[1].body.as_str(), page[1].rev), (1, "new e2", 4));
    assert_eq!((page[1].edited_ts, page[0].edited_ts), (Some(5_000), None));
    let log = db.events_since(room, 0, 99).await.unwrap();
    let log: Vec<_> = log.into_iter().map(|row| row.event().unwrap().0).collect();
    let told: Vec<_> = log.iter().map(|event| (event.k, event.target, event.body.as_deref())).collect();
    assert_eq!(
        told,
        [
            (Kind::Msg, None, Some("new e2")),
            (Kind::Msg, None, None),
            (Kind::Edit, Some(1), Some("new e2")),
            (Kind::Edit, Some(1), Some("new e2")),
            (Kind::Del, Some(2), None),
        ]
    );
    assert_eq!(commit(&db, &[edit(bob, "e1", 1)], 6_000).await, [Outcome::Duplicate { seq: 3, ts: 5_000 }]);
    assert_eq!(db.room(room).await.unwrap().unwrap().messages, 1);
}

pub async fn reactions_count_people(db: Db) {
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    let room = room(&db, alice, Visibility::Public).await;
    commit(&db, &[message(room, alice, "a")], 1).await;
    let react = |author, nonce, emoji: &str, on| {
        change(room, author, nonce, Action::React(React { target: 1, emoji: emoji.to_owned(), on }))
    };
    let outcomes = commit(
        &db,
        &[
            react(bob, "r1", "👍", true),
            react(alice, "r2", "👍", true),
            react(alice, "r3", "👍", true),
            react(alice, "r4", "❤️", true),
            react(bob, "r5", "🎉", false),
        ],
        5_000,
    )
    .await;
    let kinds: Vec<_> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Stored(stored) => stored.kind,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, [Kind::React, Kind::React, Kind::Skip, Kind::React, Kind::Skip]);
    let seen = |reader| {
        let db = db.clone();
        async move {
            let row = db.messages_before(room, 2, 1, reader).await.unwrap().remove(0);
            let message = row.message(room, reader).unwrap();
            (message.rev, message.reactions.into_iter().map(|r| (r.emoji, r.count, r.mine)).collect::<Vec<_>>())
        }
    };
    assert_eq!(seen(Some(bob)).await, (5, vec![("👍".into(), 2, true), ("❤️".into(), 1, false)]));
    commit(&db, &[react(bob, "r6", "👍", false)], 6_000).await;
    assert_eq!(seen(None).await, (7, vec![("👍".into(), 1, false), ("❤️".into(), 1, false)]));
    commit(&db, &[change(room, alice, "d", Action::Delete(Delete { target: 1 }))], 7_000).await;
    assert_eq!(seen(None).await, (8, vec![]));
    let log = db.events_since(room, 1, 1).await.unwrap().remove(0).event().unwrap().0;
    assert_eq!((log.emoji.as_deref(), log.on, log.target), (Some("👍"), Some(true), Some(1)));
}

pub async fn members_are_let_in_and_put_out(db: Db) {
    let (alice, bob, mallory) = (user(&db, "alice").await, user(&db, "bob").await, user(&db, "mallory").await);
    let room = room(&db, alice, Visibility::Private).await;
    let add = |author, nonce, user| change(room, author, nonce, Action::Add(Add { user }));
    let remove = |author, nonce, user, ban| change(room, author, nonce, Action::Remove(Remove { user, ban }));
    let outcomes = commit(
        &db,
        &[
            add(bob, "1", bob),
            add(alice, "2", bob),
            message(room, bob, "3"),
            remove(bob, "4", alice, true),
            remove(alice, "5", bob, false),
            message(room, bob, "6"),
            remove(alice, "7", mallory, true),
            add(alice, "8", ids::random()),
        ],
        5_000,
    )
    .await;
    assert_eq!(outcomes[0], Outcome::Refused(Problem::NotFound));
    let Outcome::Stored(added) = &outcomes[1] else { panic!("{:?}", outcomes[1]) };
    let let_in = added.member.as_ref().unwrap();
    assert_eq!((let_in.user.username.as_str(), let_in.action, added.evicts), ("bob", MemberAction::Add, None));
    assert_eq!(outcomes[2], stored(2, 5_000));
    assert_eq!(outcomes[3], Outcome::Refused(Problem::NotAllowed));
    let Outcome::Stored(removed) = &outcomes[4] else { panic!("{:?}", outcomes[4]) };
    assert_eq!((removed.kind, removed.evicts), (Kind::Member, Some(bob)));
    assert_eq!(outcomes[5], Outcome::Refused(Problem::NotFound));
    let Outcome::Stored(banned) = &outcomes[6] else { panic!("{:?}", outcomes[6]) };
    assert_eq!(banned.member.as_ref().unwrap().action, MemberAction::Ban);
    assert_eq!(outcomes[7], Outcome::Refused(Problem::NotFound));
    assert!(db.relation(room, Some(mallory)).await.unwrap().unwrap().is_banned);
    assert!(db.relation(room, Some(bob)).await.unwrap().unwrap().membership.is_none());
    assert_eq!(db.room(room).await.unwrap().unwrap().members, 1);
    let (event, evicts) = db.events_since(room, 2, 1).await.unwrap().remove(0).event().unwrap();
    assert_eq!((event.k, evicts, event.member.unwrap().role), (Kind::Member, Some(bob), Role::Member));
    commit(&db, &[add(alice, "9", mallory)], 6_000).await;
    assert!(db.relation(room, Some(mallory)).await.unwrap().unwrap().membership.is_some());
}
