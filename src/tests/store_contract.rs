//! Every method of the store, on both databases: on SQLite a forgotten parameter is no error, it is NULL.

use chat_chat::error::Problem;
use chat_chat::i18n::Lang;
use chat_chat::model::action::{Action, Post, Remove};
use chat_chat::model::ids::{Nonce, RoomId, UserId};
use chat_chat::model::room::{Match, Role, RoomState, Sort, Visibility};
use chat_chat::model::user::Theme;
use chat_chat::protocol::Kind;
use chat_chat::server::ids;
use chat_chat::server::store::Db;
use chat_chat::server::store::commit::{Outcome, Stored, Write};
use chat_chat::server::store::rooms::{LobbyQuery, NewRoom};
use chat_chat::server::store::users::NewUser;

use self::changes::{
    members_are_let_in_and_put_out, messages_change_and_the_log_tells_their_latest_text, reactions_count_people,
};
use self::consent::{
    a_room_has_to_ask_whoever_left_it_or_wants_to_be_asked, members_read_from_where_they_came,
    what_the_owner_decided_stays_until_the_owner_decides_otherwise,
};
use self::lobby::{
    an_owner_shares_the_work_and_hands_over_the_room, categories_are_named_and_ordered,
    tags_are_suggested_by_how_often_they_are_used, the_last_category_stays,
};
use self::posts::{
    cards_tell_what_changes, posts_change_and_keep_what_they_were, rooms_are_put_by_and_come_back,
    what_was_said_to_few_stays_with_them,
};
use self::reading::{people_come_and_go_and_a_room_keeps_an_owner, what_is_unread_is_counted};
use self::search::the_index_of_the_search_follows_the_log;
use self::talk::{
    former_texts_are_kept_with_their_times, messages_are_pinned, messages_are_quoted_as_they_are_now,
    people_are_found_by_the_beginnings_of_their_names, people_tell_of_themselves_and_hide, reactions_name_people,
    reading_everything_can_be_taken_back, replies_make_chains, times_lead_into_the_log, what_is_being_written_is_kept,
    what_is_done_to_a_room_is_found_between_its_messages,
};
use crate::support::Database;

mod changes;
mod consent;
mod lobby;
mod posts;
mod reading;
mod search;
mod talk;

/// Makes one test per database of each contract.
macro_rules! on_both {
    ($($contract:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $contract() {
                let database = super::Database::sqlite();
                super::$contract(super::migrated(&database).await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $contract() {
                let database = super::Database::postgres().await;
                super::$contract(super::migrated(&database).await).await;
            })+
        }
    };
}

on_both!(
    migrating_again_changes_nothing,
    what_is_remembered_first_stays,
    accounts_are_found_by_id_and_by_name_in_any_case,
    sessions_live_until_they_expire,
    an_account_has_fifty_sessions_and_the_oldest_end,
    a_room_keeps_everything_it_was_given,
    the_lobby_lists_what_one_may_see,
    messages_are_numbered_without_gaps,
    a_batch_decides_each_message_for_itself,
    messages_page_both_ways,
    messages_change_and_the_log_tells_their_latest_text,
    reactions_count_people,
    members_are_let_in_and_put_out,
    what_a_recheck_asks,
    people_come_and_go_and_a_room_keeps_an_owner,
    what_is_unread_is_counted,
    posts_change_and_keep_what_they_were,
    what_was_said_to_few_stays_with_them,
    rooms_are_put_by_and_come_back,
    cards_tell_what_changes,
    the_index_of_the_search_follows_the_log,
    rooms_that_opted_in_are_listed,
    categories_are_named_and_ordered,
    the_last_category_stays,
    tags_are_suggested_by_how_often_they_are_used,
    an_owner_shares_the_work_and_hands_over_the_room,
    messages_are_quoted_as_they_are_now,
    times_lead_into_the_log,
    replies_make_chains,
    messages_are_pinned,
    people_are_found_by_the_beginnings_of_their_names,
    reactions_name_people,
    reading_everything_can_be_taken_back,
    former_texts_are_kept_with_their_times,
    people_tell_of_themselves_and_hide,
    what_is_being_written_is_kept,
    what_is_done_to_a_room_is_found_between_its_messages,
    a_room_has_to_ask_whoever_left_it_or_wants_to_be_asked,
    members_read_from_where_they_came,
    what_the_owner_decided_stays_until_the_owner_decides_otherwise,
);

async fn migrated(database: &Database) -> Db {
    let db = Db::open(&database.url).await.expect("a database");
    db.migrate().await.expect("migrations");
    db
}

async fn user(db: &Db, name: &str) -> UserId {
    let id = ids::random();
    let display_name = format!("Name of {name}");
    let new =
        NewUser { id, username: name, display_name: &display_name, password_hash: "hash", admin: false, now: 1_000 };
    assert!(db.add_user(new).await.unwrap());
    id
}

fn draft(id: RoomId, author: UserId) -> NewRoom<'static> {
    NewRoom {
        id,
        author,
        title: "Café au lait",
        body: "body",
        category: "tech",
        tags: &[],
        visibility: Visibility::Public,
        indexed: false,
        nonce: None,
        now: 2_000,
    }
}

async fn room(db: &Db, author: UserId, visibility: Visibility) -> RoomId {
    let id = ids::random();
    assert!(db.add_room(NewRoom { visibility, ..draft(id, author) }).await.unwrap());
    id
}

fn message(room: RoomId, author: UserId, nonce: &str) -> Write {
    Write {
        room,
        author,
        nonce: Nonce::try_from(nonce.to_owned()).unwrap(),
        fingerprint: 7,
        mentions: Vec::new(),
        action: Action::Post(Post { body: format!("text of {nonce}"), reply_to: None }),
    }
}

async fn commit(db: &Db, writes: &[Write], now: i64) -> Vec<Outcome> {
    db.commit(&writes.iter().collect::<Vec<_>>(), now).await.unwrap()
}

fn stored(seq: i64, ts: i64) -> Outcome {
    Outcome::Stored(Stored {
        seq,
        ts,
        kind: Kind::Msg,
        member: None,
        changed: None,
        joined: false,
        opens: false,
        evicts: None,
    })
}

/// The same for a message whose author belongs to the room by it.
fn joined(seq: i64, ts: i64) -> Outcome {
    let Outcome::Stored(stored) = stored(seq, ts) else { unreachable!() };
    Outcome::Stored(Stored { joined: true, ..stored })
}

fn change(room: RoomId, author: UserId, nonce: &str, action: Action) -> Write {
    Write { action, ..message(room, author, nonce) }
}

async fn migrating_again_changes_nothing(db: Db) {
    let alice = user(&db, "alice").await;
    db.migrate().await.unwrap();
    assert!(db.user(alice.get()).await.unwrap().is_some());
    db.probe().await.unwrap();
    db.close().await;
    assert!(db.probe().await.is_err());
}

async fn what_is_remembered_first_stays(db: Db) {
    assert_eq!(db.remembered("epoch", "one").await.unwrap(), "one");
    assert_eq!(db.remembered("epoch", "two").await.unwrap(), "one");
    assert_eq!(db.remembered("key", "three").await.unwrap(), "three");
}

async fn accounts_are_found_by_id_and_by_name_in_any_case(db: Db) {
    let id = user(&db, "Zoë지민").await;
    let again =
        NewUser { id: ids::random(), username: "zOË지민", display_name: "", password_hash: "", admin: true, now: 0 };
    assert!(!db.add_user(again).await.unwrap());
    let found = db.user_named("ZOE\u{308}지민").await.unwrap().expect("the same name, typed otherwise");
    let author = found.author().unwrap();
    assert_eq!((author.id, author.username.as_str(), author.display_name.as_str()), (id, "Zoë지민", "Name of Zoë지민"));
    assert_eq!((found.password.as_str(), found.admin, found.lang(), found.theme()), ("hash", false, None, None));

    assert!(db.set_password(id.get(), "wrong", "other hash").await.unwrap().is_none());
    assert_eq!(db.set_password(id.get(), "hash", "other hash").await.unwrap(), Some(Vec::new()));
    db.make_admin(id.get()).await.unwrap();
    db.set_lang(id, Some(Lang::Ko)).await.unwrap();
    db.set_theme(id, Some(Theme::Dark)).await.unwrap();
    let found = db.user(id.get()).await.unwrap().unwrap();
    assert_eq!((found.password.as_str(), found.admin), ("other hash", true));
    assert_eq!((found.lang(), found.theme()), (Some(Lang::Ko), Some(Theme::Dark)));
    assert!(found.enter_sends);
    db.set_enter_sends(id, false).await.unwrap();
    assert!(!db.user(id.get()).await.unwrap().unwrap().enter_sends);
    db.set_lang(id, None).await.unwrap();
    db.set_theme(id, None).await.unwrap();
    let found = db.user(id.get()).await.unwrap().unwrap();
    assert_eq!((found.lang(), found.theme()), (None, None));
    assert!(db.user(1).await.unwrap().is_none());
    assert!(db.user_named("nobody").await.unwrap().is_none());
}

async fn sessions_live_until_they_expire(db: Db) {
    let alice = user(&db, "alice").await;
    assert_eq!(db.revocation_mark().await.unwrap(), None);
    assert_eq!(db.add_session(b"one", None, "first", 100).await.unwrap(), Some(Vec::new()));
    assert_eq!(db.add_session(b"one", None, "second", 100).await.unwrap(), None);
    assert_eq!(db.session(b"one", 99).await.unwrap(), Some(("first".into(), 100)));
    assert_eq!(db.session(b"one", 100).await.unwrap(), None);
    assert_eq!(db.save_session(b"one", Some(alice.get()), "third", 150).await.unwrap(), Some(Vec::new()));
    assert!(db.touch_session(b"one", 200).await.unwrap());
    assert_eq!(db.session(b"one", 150).await.unwrap(), Some(("third".into(), 200)));
    // What has ended does not come back, whoever was about to write.
    assert_eq!(db.save_session(b"two", Some(alice.get()), "new", 300).await.unwrap(), None);
    assert!(!db.touch_session(b"two", 300).await.unwrap());
    assert_eq!(db.session(b"two", 0).await.unwrap(), None);
    assert_eq!(db.delete_expired_sessions(200).await.unwrap(), 1);
    db.delete_session(b"one").await.unwrap();
    assert_eq!(db.revocation_mark().await.unwrap(), None, "it had ended by itself");
    db.add_session(b"three", Some(alice.get()), "{}", 300).await.unwrap();
    db.delete_session(b"three").await.unwrap();
    assert_eq!(db.session(b"three", 0).await.unwrap(), None);
    let mark = db.revocation_mark().await.unwrap();
    assert!(mark.is_some());
    let bob = user(&db, "bob").await;
    for (id, user) in [(b"a1", alice), (b"a2", alice), (b"b1", bob)] {
        db.add_session(id, Some(user.get()), "{}", 300).await.unwrap();
    }
    let mut ended = db.set_password(alice.get(), "hash", "another").await.unwrap().unwrap();
    ended.sort();
    assert_eq!(ended, [b"a1".to_vec(), b"a2".to_vec()]);
    assert!(db.session(b"b1", 0).await.unwrap().is_some());
    assert_ne!(db.revocation_mark().await.unwrap(), mark);
}

async fn an_account_has_fifty_sessions_and_the_oldest_end(db: Db) {
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    assert_eq!(db.add_session(b"bob's", Some(bob.get()), "{}", 1).await.unwrap(), Some(Vec::new()));
    assert_eq!(db.add_session(b"nobody's", None, "{}", 1).await.unwrap(), Some(Vec::new()));
    for n in 1..=50_u8 {
        assert_eq!(db.add_session(&[n], Some(alice.get()), "{}", n.into()).await.unwrap(), Some(Vec::new()), "{n}");
    }
    let mark = db.revocation_mark().await.unwrap();
    assert!(db.touch_session(&[1], 99).await.unwrap(), "it is used");
    // Even if a clock stands behind, the new one is not the oldest.
    assert_eq!(db.add_session(b"new", Some(alice.get()), "{}", 1).await.unwrap(), Some(vec![vec![2]]));
    assert_ne!(db.revocation_mark().await.unwrap(), mark, "other nodes look who is gone");
    for (id, lives) in [(&[1_u8][..], true), (&[2], false), (&[3], true), (b"new", true), (b"bob's", true)] {
        assert_eq!(db.session(id, 0).await.unwrap().is_some(), lives, "{id:?}");
    }
    // Signing in with a session that there is already.
    assert_eq!(db.save_session(b"nobody's", Some(alice.get()), "{}", 70).await.unwrap(), Some(vec![b"new".to_vec()]));
}

async fn a_room_keeps_everything_it_was_given(db: Db) {
    let alice = user(&db, "alice").await;
    let id = ids::random();
    let tags = ["Rust".to_owned(), "게임".to_owned()];
    let full = NewRoom { tags: &tags, indexed: true, nonce: Some("n"), ..draft(id, alice) };
    assert!(db.add_room(full.clone()).await.unwrap());
    assert!(!db.add_room(NewRoom { id: ids::random(), ..full }).await.unwrap());
    let found = db.room(id).await.unwrap().unwrap();
    assert_eq!(db.room_with_nonce(alice, "n").await.unwrap().as_ref(), Some(&found));
    assert_eq!((found.id, found.author.username.as_str(), found.slug.as_str()), (id, "alice", "café-au-lait"));
    assert_eq!((found.title.as_str(), found.body.as_str(), found.category.as_str()), ("Café au lait", "body", "tech"));
    assert_eq!((found.tags.as_slice(), found.visibility), (tags.as_slice(), Visibility::Public));
    assert_eq!((found.indexed, found.state, found.ts, found.last_ts), (true, RoomState::Open, 2_000, 2_000));
    assert_eq!((found.head, found.members, found.messages), (0, 1, 0));
    assert_eq!(db.head(id).await.unwrap(), Some(0));
    assert_eq!(db.heads(&[id]).await.unwrap().get(&id), Some(&0));
    assert!(db.category_exists("tech").await.unwrap());
    assert!(!db.category_exists("nope").await.unwrap());

    let owner = db.relation(id, Some(alice)).await.unwrap().unwrap();
    assert_eq!(owner.membership.map(|membership| membership.role), Some(Role::Owner));
    let visitor = db.relation(id, None).await.unwrap().unwrap();
    assert!(visitor.membership.is_none() && !visitor.is_banned && visitor.visibility == Visibility::Public);
    let nowhere = ids::random();
    assert!(db.relation(nowhere, Some(alice)).await.unwrap().is_none());
    assert!(db.room(nowhere).await.unwrap().is_none());
    assert!(db.room_with_nonce(alice, "other").await.unwrap().is_none());
    assert!(db.head(nowhere).await.unwrap().is_none());
}

async fn the_lobby_lists_what_one_may_see(db: Db) {
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    let public = ids::random();
    let tags = ["Rust", "카페"].map(str::to_owned);
    assert!(db.add_room(NewRoom { tags: &tags, now: 1, ..draft(public, alice) }).await.unwrap());
    let private = room(&db, alice, Visibility::Private).await;
    let unlisted = room(&db, alice, Visibility::Unlisted).await;
    commit(&db, &[message(public, alice, "n")], 9_000).await;
    let all = LobbyQuery::all(9);
    let seen = async |query: &LobbyQuery<'_>| {
        db.lobby(query).await.unwrap().into_iter().map(|room| room.id).collect::<Vec<_>>()
    };
    assert_eq!(seen(&all).await, [public]);
    assert_eq!(seen(&LobbyQuery { reader: Some(bob), ..all }).await, [public]);
    let own = seen(&LobbyQuery { reader: Some(alice), ..all }).await;
    assert_eq!(own[0], public, "the last active comes first");
    assert!(own.contains(&private) && own.contains(&unlisted));
    let by_age = seen(&LobbyQuery { sort: Sort::New, reader: Some(alice), ..all }).await;
    assert_eq!(by_age[2], public, "it is the oldest");
    assert_eq!(seen(&LobbyQuery { sort: Sort::Popular, reader: Some(alice), ..all }).await[0], public);
    let tagged = async |tags: &[&str], matching: Match| {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        seen(&LobbyQuery { tags: &tags, matching, ..all }).await
    };
    assert_eq!(tagged(&["rUST"], Match::Any).await, [public]);
    assert_eq!(tagged(&["go"], Match::Any).await, []);
    assert_eq!(tagged(&["go", "카페"], Match::Any).await, [public]);
    assert_eq!(tagged(&["go", "카페"], Match::All).await, []);
    assert_eq!(tagged(&["rust", "카페"], Match::All).await, [public]);
    assert_eq!(seen(&LobbyQuery { state: Some(RoomState::Open), ..all }).await, [public]);
    assert_eq!(seen(&LobbyQuery { among: Some(&[public, private]), ..all }).await, [public]);
    assert_eq!(seen(&LobbyQuery { among: Some(&[]), ..all }).await, []);
    assert_eq!(seen(&LobbyQuery { state: Some(RoomState::Archived), ..all }).await, []);
    assert_eq!(seen(&LobbyQuery { category: Some("tech"), ..all }).await, [public]);
    assert_eq!(seen(&LobbyQuery { category: Some("games"), ..all }).await, []);
    assert_eq!(seen(&LobbyQuery { before: Some((9_000, public.get())), ..all }).await, []);
    assert_eq!(seen(&LobbyQuery { limit: 1, reader: Some(alice), ..all }).await, [public]);
}

async fn messages_are_numbered_without_gaps(db: Db) {
    assert_eq!(commit(&db, &[], 1).await, []);
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    let room = room(&db, alice, Visibility::Public).await;
    assert_eq!(
        commit(&db, &[message(room, alice, "a"), message(room, bob, "a")], 5_000).await,
        [stored(1, 5_000), joined(2, 5_000)]
    );
    // The clock stepped back: time in a room does not.
    assert_eq!(commit(&db, &[message(room, bob, "b")], 4_000).await, [stored(3, 5_000)]);
    assert_eq!(commit(&db, &[message(room, bob, "b")], 6_000).await, [Outcome::Duplicate { seq: 3, ts: 5_000 }]);
    let reused = Write { fingerprint: 8, ..message(room, bob, "b") };
    assert_eq!(commit(&db, &[reused], 6_000).await, [Outcome::Refused(Problem::NonceReused)]);
    let found = db.room(room).await.unwrap().unwrap();
    assert_eq!((found.head, found.messages, found.members, found.last_ts), (3, 3, 2, 5_000));
    let joined = db.relation(room, Some(bob)).await.unwrap().unwrap().membership.unwrap();
    assert_eq!((joined.role, joined.read_seq), (Role::Member, 2));
    let events = db.events_since(room, 1, 10).await.unwrap();
    let count = events.len();
    let (event, evicts) = events.into_iter().next().unwrap().event().unwrap();
    assert_eq!(evicts, None);
    assert_eq!((event.seq, event.k, event.author.username.as_str(), event.ts), (2, Kind::Msg, "bob", 5_000));
    assert_eq!((event.nonce.unwrap().as_str(), event.body.as_deref()), ("a", Some("text of a")));
    assert_eq!(count, 2);
    assert_eq!(db.events_since(room, 0, 1).await.unwrap().len(), 1);
}

async fn a_batch_decides_each_message_for_itself(db: Db) {
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    let (public, private) = (room(&db, alice, Visibility::Public).await, room(&db, alice, Visibility::Private).await);
    let reply = |nonce, target| {
        let action = Action::Post(Post { body: "a reply".into(), reply_to: Some(target) });
        Write { action, ..message(public, alice, nonce) }
    };
    commit(&db, &[message(public, alice, "first")], 1).await;
    let batch = [
        message(private, bob, "p"),
        message(ids::random(), bob, "nowhere"),
        message(public, bob, "same"),
        message(public, bob, "same"),
        reply("r1", 1),
        reply("r2", 99),
        message(private, alice, "own"),
    ];
    let outcomes = commit(&db, &batch, 5_000).await;
    assert_eq!(
        outcomes,
        [
            Outcome::Refused(Problem::NotFound),
            Outcome::Refused(Problem::NotFound),
            joined(2, 5_000),
            Outcome::Duplicate { seq: 2, ts: 5_000 },
            stored(3, 5_000),
            Outcome::Refused(Problem::ReplyTargetMissing),
            stored(1, 5_000),
        ]
    );
    let replied = db.messages_after(public, 2, 1, None).await.unwrap().remove(0).message(public, None).unwrap();
    assert_eq!((replied.reply_to, replied.nonce), (Some(1), None));
}

async fn messages_page_both_ways(db: Db) {
    let alice = user(&db, "alice").await;
    let room = room(&db, alice, Visibility::Public).await;
    let batch: Vec<_> = (1..=9).map(|n| message(room, alice, &format!("n{n}"))).collect();
    commit(&db, &batch, 5_000).await;
    let seqs = |rows: Vec<chat_chat::server::store::events::MessageRow>| {
        rows.into_iter().map(|row| row.message(room, Some(alice)).unwrap().seq).collect::<Vec<_>>()
    };
    assert_eq!(seqs(db.messages_before(room, 5, 3, None).await.unwrap()), [4, 3, 2]);
    assert_eq!(seqs(db.messages_after(room, 5, 3, None).await.unwrap()), [6, 7, 8]);
    let own = db.messages_before(room, 2, 1, None).await.unwrap().remove(0).message(room, Some(alice)).unwrap();
    assert_eq!((own.nonce.unwrap().as_str(), own.body.as_str(), own.rev), ("n1", "text of n1", 1));
}

#[tokio::test]
async fn access_tells_from_where_on_a_room_is_open_on_sqlite() {
    access_tells_from_where_on_a_room_is_open(&Database::sqlite()).await;
}

#[tokio::test]
async fn access_tells_from_where_on_a_room_is_open_on_postgres() {
    access_tells_from_where_on_a_room_is_open(&Database::postgres().await).await;
}

async fn access_tells_from_where_on_a_room_is_open(database: &Database) {
    let db = migrated(database).await;
    let alice = user(&db, "alice").await;
    let room = room(&db, alice, Visibility::Public).await;
    let access = db.relation(room, None).await.unwrap().unwrap();
    assert_eq!((access.open_from, access.indexed_from), (0, 0));
    database.run(&format!("UPDATE rooms SET open_from = 3, indexed_from = 5 WHERE id = {room}")).await;
    for reader in [None, Some(alice)] {
        let access = db.relation(room, reader).await.unwrap().unwrap();
        assert_eq!((access.open_from, access.indexed_from), (3, 5));
    }
}

async fn rooms_that_opted_in_are_listed(db: Db) {
    let alice = user(&db, "alice").await;
    let listed = async |limit, skipped| {
        let rooms = db.listed_rooms(limit, skipped).await.unwrap();
        rooms.into_iter().map(|room| (room.path, room.last_ts)).collect::<Vec<_>>()
    };
    let (old, new) = (ids::random(), ids::random());
    assert!(db.add_room(NewRoom { indexed: true, title: "👍", now: 1, ..draft(old, alice) }).await.unwrap());
    assert!(db.add_room(NewRoom { indexed: true, ..draft(new, alice) }).await.unwrap());
    for visibility in [Visibility::Unlisted, Visibility::Private] {
        assert!(db.add_room(NewRoom { indexed: true, visibility, ..draft(ids::random(), alice) }).await.unwrap());
    }
    room(&db, alice, Visibility::Public).await;
    let (new, old) = ((format!("/rooms/{new}-café-au-lait"), 2_000), (format!("/rooms/{old}"), 1));
    assert_eq!(listed(9, 0).await, [new.clone(), old.clone()]);
    assert_eq!(listed(1, 0).await, [new]);
    assert_eq!(listed(1, 1).await, [old]);
    assert_eq!(db.count_listed().await.unwrap(), 2);
}

async fn what_a_recheck_asks(db: Db) {
    let (alice, bob) = (user(&db, "alice").await, user(&db, "bob").await);
    let (public, private) = (room(&db, alice, Visibility::Public).await, room(&db, alice, Visibility::Private).await);
    commit(&db, &[change(public, alice, "b", Action::Remove(Remove { user: bob, ban: true }))], 1).await;
    let nowhere = ids::random();
    let rooms = [public, private, nowhere];
    let readers = db.readers(&rooms).await.unwrap();
    assert!(!readers.contains_key(&nowhere));
    for (room, reader) in
        [public, private].into_iter().flat_map(|room| [None, Some(alice), Some(bob)].map(|it| (room, it)))
    {
        let access = db.relation(room, reader).await.unwrap().unwrap();
        assert_eq!(readers[&room].visible_from(reader), access.visible_from, "{room} {reader:?}");
    }
    let from = |reader| (readers[&public].visible_from(reader), readers[&private].visible_from(reader));
    assert_eq!((from(None), from(Some(alice)), from(Some(bob))), ((Some(0), None), (Some(0), Some(0)), (None, None)));
    db.add_session(b"one", Some(alice.get()), "{}", 50).await.unwrap();
    db.add_session(b"two", Some(alice.get()), "{}", 90).await.unwrap();
    db.add_session(b"nobody", None, "{}", 90).await.unwrap();
    let asked = [b"one".to_vec(), b"two".to_vec(), b"three".to_vec(), b"nobody".to_vec()];
    let living = db.living_sessions(&asked, 60).await.unwrap();
    let living: Vec<_> = living.iter().map(|living| (&*living.id_hash, living.user, &*living.password)).collect();
    assert_eq!(living, [(&b"two"[..], alice, "hash")]);
}
