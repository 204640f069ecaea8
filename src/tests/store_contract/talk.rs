//! What is read of a conversation besides its pages.

use chat_chat::error::Problem;
use chat_chat::model::action::{Action, Add, Delete, Edit, Pin, Post, React, Remove, RoomPatch};
use chat_chat::model::notice::MemberAction;
use chat_chat::model::room::Visibility;
use chat_chat::model::user::{Author, Privacy};
use chat_chat::protocol::Kind;
use chat_chat::server::ids;
use chat_chat::server::store::Db;
use chat_chat::server::store::commit::{Outcome, Write};
use chat_chat::server::store::drafts::DraftRow;
use chat_chat::server::store::profiles::PrivacyChange;
use chat_chat::server::store::unread::Step;
use chat_chat::server::store::users::NewUser;

use super::{change, commit, message, room, user};

pub async fn messages_are_quoted_as_they_are_now(db: Db) {
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    let (tea, other) = (room(&db, alice, Visibility::Public).await, room(&db, alice, Visibility::Public).await);
    commit(&db, &[message(tea, alice, "a"), message(tea, bob, "b"), message(other, bob, "c")], 1).await;
    let edit = change(tea, alice, "e", Action::Edit(Edit { target: 1, body: "new".into() }));
    commit(&db, &[edit, change(tea, bob, "d", Action::Delete(Delete { target: 2 }))], 2).await;
    let quoted = db.quoted(tea, &[4, 2, 1, 3, 99]).await.unwrap();
    let told: Vec<_> = quoted.iter().map(|row| (row.seq, row.author().unwrap().id, row.body.as_deref())).collect();
    assert_eq!(told, [(1, alice, Some("new")), (2, bob, None)], "the edit and the deletion are no messages");
    assert!(db.quoted(tea, &[]).await.unwrap().is_empty());
}

pub async fn times_lead_into_the_log(db: Db) {
    let alice = user(&db, "alice").await;
    let tea = room(&db, alice, Visibility::Public).await;
    let before = async |from, moments: &[i64]| db.seqs_before(tea, from, moments).await.unwrap();
    assert_eq!(before(0, &[0, 5]).await, [0, 0], "nothing happened yet");
    for (nonce, now) in [("a", 3_010), ("b", 3_010), ("c", 3_020), ("d", 3_030), ("e", 3_030)] {
        commit(&db, &[message(tea, alice, nonce)], now).await;
    }
    assert_eq!(before(0, &[0, 3_010, 3_011, 3_020, 3_021, 3_030, 3_031, i64::MAX]).await, [0, 0, 2, 2, 3, 3, 5, 5]);
    assert_eq!(before(3, &[0, 3_011, 3_031]).await, [3, 3, 5]);
    commit(&db, &[change(tea, alice, "x", Action::Delete(Delete { target: 3 }))], 3_040).await;
    assert_eq!(db.spoken(tea, &[(0, 2), (2, 3), (3, 4), (5, 6)]).await.unwrap(), [0, 3]);
    assert!(db.spoken(tea, &[]).await.unwrap().is_empty());
    let around = async |from, seq, until| db.said_around(tea, from, seq, until).await.unwrap();
    assert_eq!(around(1, 3, 3).await, (Some(3_010), Some(3_030)), "what was deleted was not said");
    assert_eq!((around(3, 3, 5).await, around(1, 0, 0).await), ((None, None), (None, Some(3_010))));
}

pub async fn replies_make_chains(db: Db) {
    let alice = user(&db, "alice").await;
    let (tea, other) = (room(&db, alice, Visibility::Public).await, room(&db, alice, Visibility::Public).await);
    let reply = |room, nonce: &str, to| {
        let action = Action::Post(Post { body: "x".into(), reply_to: Some(to) });
        Write { action, ..message(room, alice, nonce) }
    };
    let told =
        [message(tea, alice, "1"), reply(tea, "2", 1), reply(tea, "3", 1), reply(tea, "4", 2), reply(tea, "5", 4)];
    commit(&db, &told, 1).await;
    commit(&db, &[message(other, alice, "o1"), reply(other, "o2", 1)], 1).await;
    commit(&db, &[change(tea, alice, "e", Action::Edit(Edit { target: 5, body: "y".into() }))], 1).await;
    let up = async |seq, limit| db.answered_by(tea, seq, limit).await.unwrap();
    assert_eq!((up(5, 9).await, up(5, 2).await, up(1, 9).await), (vec![5, 4, 2, 1], vec![5, 4], vec![1]));
    assert_eq!((up(6, 9).await, up(99, 9).await), (vec![], vec![]), "an edit is no message");
    let down = async |seq, limit| db.answers_to(tea, seq, limit).await.unwrap();
    assert_eq!((down(1, 9).await.len(), down(1, 2).await, down(2, 9).await), (4, vec![2, 3], vec![4, 5]));
    assert!(down(5, 9).await.is_empty());
}

pub async fn messages_are_pinned(db: Db) {
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    let tea = room(&db, alice, Visibility::Public).await;
    commit(&db, &[message(tea, bob, "a"), message(tea, bob, "b"), message(tea, bob, "c")], 1).await;
    let pin = |author, nonce: &str, target, on| change(tea, author, nonce, Action::Pin(Pin { target, on }));
    let outcomes = commit(
        &db,
        &[
            pin(bob, "1", 2, true),
            pin(alice, "2", 2, true),
            pin(alice, "3", 2, true),
            pin(alice, "4", 9, true),
            pin(alice, "5", 1, true),
            pin(alice, "6", 3, false),
            pin(alice, "7", 3, true),
        ],
        2,
    )
    .await;
    let kind = |outcome: Outcome| match outcome {
        Outcome::Stored(stored) => Ok((stored.seq, stored.kind)),
        Outcome::Refused(problem) => Err(problem),
        Outcome::Duplicate { .. } => panic!("nothing is repeated here"),
    };
    assert_eq!(
        outcomes.into_iter().map(kind).collect::<Vec<_>>(),
        [
            Err(Problem::NotAllowed),
            Ok((4, Kind::Pin)),
            Ok((5, Kind::Skip)),
            Err(Problem::TargetMissing),
            Ok((6, Kind::Pin)),
            Ok((7, Kind::Skip)),
            Ok((8, Kind::Pin)),
        ]
    );
    let pinned = async |floor, limit| {
        let rows = db.pinned(tea, floor, limit, None).await.unwrap();
        let messages = rows.into_iter().map(|row| row.message(tea, None).unwrap());
        messages.inspect(|message| assert!(message.pinned)).map(|message| message.seq).collect::<Vec<_>>()
    };
    assert_eq!((pinned(1, 9).await, pinned(2, 9).await, pinned(1, 1).await), (vec![3, 1, 2], vec![3, 2], vec![3]));
    let told = db.events_since(tea, 3, 1).await.unwrap().remove(0).event().unwrap().0;
    assert_eq!((told.k, told.target, told.on, told.emoji), (Kind::Pin, Some(2), Some(true), None));
    let shown = db.messages_after(tea, 1, 1, None).await.unwrap().remove(0).message(tea, None).unwrap();
    assert_eq!((shown.seq, shown.pinned, shown.rev), (2, true, 4));

    commit(&db, &[pin(alice, "8", 3, false), change(tea, bob, "d", Action::Delete(Delete { target: 2 }))], 3).await;
    assert_eq!(pinned(1, 9).await, [1], "what is deleted is not pinned");
    assert_eq!(commit(&db, &[pin(alice, "9", 2, true)], 4).await, [Outcome::Refused(Problem::TargetMissing)]);
}

pub async fn people_are_found_by_the_beginnings_of_their_names(db: Db) {
    let (alice, bob, zoe) = (user(&db, "alice").await, user(&db, "Bob").await, ids::random());
    let new = NewUser { id: zoe, username: "zoe", display_name: "Émile", password_hash: "", admin: false, now: 1 };
    assert!(db.add_user(new).await.unwrap());
    let (tea, eve) = (room(&db, alice, Visibility::Public).await, user(&db, "eve").await);
    let told = [message(tea, bob, "1"), message(tea, eve, "2"), message(tea, alice, "3"), message(tea, bob, "4")];
    commit(&db, &told, 1).await;
    commit(&db, &[change(tea, alice, "ban", Action::Remove(Remove { user: eve, ban: true }))], 2).await;
    db.join(tea, zoe, 3).await.unwrap();
    let ids = |people: Vec<Author>| people.into_iter().map(|person| person.id).collect::<Vec<_>>();
    let speakers = async |floor, recent, prefix: &str, limit| {
        ids(db.recent_speakers(tea, floor, recent, prefix, limit).await.unwrap())
    };
    assert_eq!(speakers(1, 9, "", 9).await, [bob, alice], "the last first, and nobody who is banned");
    assert_eq!((speakers(1, 9, "bo", 9).await, speakers(1, 9, "name", 1).await), (vec![bob], vec![bob]));
    assert_eq!(
        (speakers(1, 1, "", 9).await, speakers(4, 9, "", 9).await, speakers(1, 9, "x", 9).await),
        (vec![bob], vec![bob], vec![])
    );
    let members = async |prefix: &str, limit| ids(db.members_called(tea, prefix, limit).await.unwrap());
    assert_eq!(members("", 9).await, [alice, bob, zoe]);
    assert_eq!(
        (members("émi", 9).await, members("name", 1).await, members("%", 9).await),
        (vec![zoe], vec![alice], vec![])
    );
}

pub async fn reactions_name_people(db: Db) {
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    let tea = room(&db, alice, Visibility::Public).await;
    let react = |author, nonce: &str, target, emoji: &str| {
        change(tea, author, nonce, Action::React(React { target, emoji: emoji.to_owned(), on: true }))
    };
    commit(&db, &[message(tea, alice, "1"), message(tea, alice, "2")], 1).await;
    let given =
        [react(bob, "a", 1, "👍"), react(alice, "b", 1, "🎉"), react(alice, "c", 1, "👍"), react(bob, "d", 2, "🎉")];
    commit(&db, &given, 2).await;
    let told = async |target, limit| {
        let found = db.reactors(tea, target, limit).await.unwrap();
        let ids = |people: Vec<Author>| people.into_iter().map(|person| person.id).collect::<Vec<_>>();
        found.into_iter().map(|found| (found.emoji, ids(found.people))).collect::<Vec<_>>()
    };
    assert_eq!(told(1, 9).await, [("👍".to_owned(), vec![bob, alice]), ("🎉".to_owned(), vec![alice])]);
    assert_eq!(told(1, 1).await, [("👍".to_owned(), vec![bob]), ("🎉".to_owned(), vec![alice])]);
    assert_eq!(told(3, 9).await, []);
}

pub async fn reading_everything_can_be_taken_back(db: Db) {
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    let (tea, cake, old) = (
        room(&db, alice, Visibility::Public).await,
        room(&db, alice, Visibility::Public).await,
        room(&db, alice, Visibility::Public).await,
    );
    for room in [tea, cake, old] {
        db.join(room, bob, 1).await.unwrap();
    }
    commit(&db, &[message(tea, alice, "1"), message(tea, alice, "2"), message(cake, alice, "3")], 2).await;
    db.read(&[((bob, tea), Step::Forward(1))]).await.unwrap();
    let place = async |room| db.relation(room, Some(bob)).await.unwrap().unwrap().membership.unwrap().read_seq;
    let mut moved = db.read_all(bob, 50).await.unwrap();
    moved.sort_unstable();
    let mut both = vec![tea, cake];
    both.sort_unstable();
    assert_eq!(moved, both, "where nothing was unread nothing moves");
    assert_eq!((place(tea).await, place(cake).await, place(old).await), (2, 1, 0));
    assert!(db.read_all(bob, 51).await.unwrap().is_empty());
    assert_eq!(db.relation(tea, Some(alice)).await.unwrap().unwrap().membership.unwrap().read_seq, 0, "others stay");
    assert!(db.unread_all(bob, 49).await.unwrap().is_empty() && db.unread_all(alice, 50).await.unwrap().is_empty());
    assert_eq!(db.unread_all(bob, 50).await.unwrap().len(), 2);
    assert_eq!((place(tea).await, place(cake).await), (1, 0));
    assert!(db.unread_all(bob, 50).await.unwrap().is_empty(), "once");
}

pub async fn former_texts_are_kept_with_their_times(db: Db) {
    let alice = user(&db, "alice").await;
    let tea = room(&db, alice, Visibility::Public).await;
    commit(&db, &[message(tea, alice, "a"), message(tea, alice, "b")], 3_000).await;
    let edit = |nonce: &str, body: &str| change(tea, alice, nonce, Action::Edit(Edit { target: 1, body: body.into() }));
    commit(&db, &[edit("e1", "second")], 4_000).await;
    commit(&db, &[edit("e2", "third")], 5_000).await;
    let former = async |seq, limit| db.revisions(tea, seq, limit).await.unwrap();
    assert_eq!(former(1, 9).await, [("second".to_owned(), 4_000), ("text of a".to_owned(), 3_000)]);
    assert_eq!(former(1, 1).await, [("second".to_owned(), 4_000)]);
    assert_eq!(former(2, 9).await, []);
    commit(&db, &[change(tea, alice, "d", Action::Delete(Delete { target: 1 }))], 6_000).await;
    assert_eq!(former(1, 9).await, []);
}

pub async fn what_is_being_written_is_kept(db: Db) {
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    let (tea, cake) = (room(&db, alice, Visibility::Public).await, room(&db, alice, Visibility::Public).await);
    let draft = |body: &str, reply_to, ts| DraftRow { body: body.to_owned(), reply_to, ts };
    assert_eq!(db.draft(alice, tea).await.unwrap(), None);
    db.keep_draft(alice, tea, &draft("on", Some(7), 1), 2).await.unwrap();
    db.keep_draft(alice, tea, &draft("on and on", None, 2), 2).await.unwrap();
    db.keep_draft(bob, tea, &draft("bob's", None, 3), 2).await.unwrap();
    assert_eq!(db.draft(alice, tea).await.unwrap(), Some(draft("on and on", None, 2)));
    assert_eq!(db.draft(alice, cake).await.unwrap(), None);
    db.drop_draft(alice, tea).await.unwrap();
    db.drop_draft(alice, tea).await.unwrap();
    assert_eq!(db.draft(alice, tea).await.unwrap(), None);
    assert_eq!(db.draft(bob, tea).await.unwrap(), Some(draft("bob's", None, 3)));
    let third = room(&db, alice, Visibility::Public).await;
    for (room, ts) in [(tea, 4), (cake, 5), (tea, 6), (third, 7)] {
        db.keep_draft(alice, room, &draft("x", None, ts), 2).await.unwrap();
    }
    assert_eq!(db.draft(alice, cake).await.unwrap(), None, "the oldest of three, where two may be kept");
    assert_eq!(db.draft(alice, tea).await.unwrap(), Some(draft("x", None, 6)));
    assert_eq!(db.draft(alice, third).await.unwrap(), Some(draft("x", None, 7)));
    assert!(db.draft(bob, tea).await.unwrap().is_some());
}

pub async fn people_tell_of_themselves_and_hide(db: Db) {
    let (alice, bob) = (user(&db, "Alice").await, user(&db, "bob").await);
    let (author, bio, since) = db.profile("aLICE").await.unwrap().unwrap();
    assert_eq!((author.id, author.display_name.as_str(), bio.as_str(), since), (alice, "Name of Alice", "", 1_000));
    assert!(db.profile("nobody").await.unwrap().is_none());
    db.set_profile(alice, Some("Élise"), None).await.unwrap();
    db.set_profile(alice, None, Some("tea")).await.unwrap();
    let account = db.account(alice).await.unwrap().unwrap();
    assert_eq!((account.display_name.as_str(), account.bio.as_str()), ("Élise", "tea"));
    let open = Privacy { shows_presence: true, shows_typing: true, may_be_listed: true, may_be_added: true };
    assert_eq!(account.privacy, open);
    let tea = room(&db, alice, Visibility::Public).await;
    assert_eq!(db.members_called(tea, "éli", 9).await.unwrap().len(), 1, "the new name is found");
    room(&db, alice, Visibility::Unlisted).await;
    let by =
        async |user, limit| db.rooms_by(user, limit).await.unwrap().into_iter().map(|room| room.id).collect::<Vec<_>>();
    assert_eq!((by(alice, 9).await, by(alice, 0).await, by(bob, 9).await), (vec![tea], vec![], vec![]));

    let change = PrivacyChange { shows_presence: Some(false), ..PrivacyChange::default() };
    db.set_privacy(alice, change).await.unwrap();
    assert_eq!(db.privacy(alice).await.unwrap(), Some(Privacy { shows_presence: false, ..open }));
    let change = PrivacyChange {
        shows_typing: Some(false),
        may_be_listed: Some(false),
        may_be_added: Some(false),
        ..PrivacyChange::default()
    };
    db.set_privacy(alice, change).await.unwrap();
    let closed = Privacy { shows_presence: false, shows_typing: false, may_be_listed: false, may_be_added: false };
    assert_eq!(db.privacy(alice).await.unwrap(), Some(closed));
    assert_eq!(db.privacy(ids::random()).await.unwrap(), None);
    assert_eq!(db.unseen_among(&[alice, bob]).await.unwrap(), [alice].into());
    assert!(db.unseen_among(&[]).await.unwrap().is_empty());
    assert_eq!(db.unlisted_among(&[alice, bob]).await.unwrap(), [alice].into());
    assert!(db.account(ids::random()).await.unwrap().is_none());
}

pub async fn what_is_done_to_a_room_is_found_between_its_messages(db: Db) {
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    let tea = room(&db, alice, Visibility::Public).await;
    let patch = RoomPatch { title: Some("Later".into()), ..RoomPatch::default() };
    let like = Action::React(React { target: 1, emoji: "👍".into(), on: true });
    let writes = [
        message(tea, alice, "1"),
        change(tea, alice, "2", Action::Add(Add { user: bob })),
        change(tea, bob, "3", like),
        change(tea, alice, "4", Action::Room(Box::new(patch))),
        message(tea, bob, "5"),
        change(tea, alice, "6", Action::Remove(Remove { user: bob, ban: true })),
    ];
    for write in writes {
        commit(&db, &[write], 7_000).await;
    }
    let told = async |after, until, limit| {
        let rows = db.notices(tea, after, until, limit).await.unwrap();
        rows.into_iter().map(|row| row.event().unwrap().0.notice().unwrap()).collect::<Vec<_>>()
    };
    let seqs =
        async |after, until, limit| told(after, until, limit).await.into_iter().map(|it| it.seq).collect::<Vec<_>>();
    assert_eq!(seqs(0, 9, 9).await, [6, 4, 2]);
    assert_eq!(seqs(0, 9, 2).await, [6, 4]);
    assert_eq!(seqs(2, 5, 9).await, [4]);
    let all = told(0, 9, 9).await;
    assert_eq!(all[1].changed.as_ref().unwrap().title.as_deref(), Some("Later"));
    let member = all[0].member.clone().unwrap();
    assert_eq!((member.user.id, member.action, all[0].author.id, all[0].ts), (bob, MemberAction::Ban, alice, 7_000));
}
