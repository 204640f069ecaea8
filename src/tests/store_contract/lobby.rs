//! The lobby's categories and tags, and who has which role.

use chat_chat::error::Problem;
use chat_chat::model::action::{Action, SetRole};
use chat_chat::model::category::Category;
use chat_chat::model::notice::MemberAction;
use chat_chat::model::room::{Role, Visibility};
use chat_chat::protocol::Kind;
use chat_chat::server::ids;
use chat_chat::server::store::Db;
use chat_chat::server::store::commit::Outcome;
use chat_chat::server::store::rooms::NewRoom;

use super::{change, commit, draft, message, room, user};

pub async fn categories_are_named_and_ordered(db: Db) {
    let keys = async || db.categories().await.unwrap().into_iter().map(|one| one.key).collect::<Vec<_>>();
    assert_eq!(keys().await, ["general", "tech", "games", "music", "study", "local", "life"]);
    let food = Category { key: "food".into(), name_en: "Food".into(), name_ko: "음식".into() };
    assert!(db.add_category(&food).await.unwrap());
    assert!(!db.add_category(&food).await.unwrap());
    assert_eq!(db.categories().await.unwrap().last(), Some(&food));
    let songs = Category { key: "music".into(), name_en: "Songs".into(), name_ko: String::new() };
    assert!(db.rename_category(&songs).await.unwrap());
    assert!(!db.rename_category(&Category { key: "nope".into(), ..songs.clone() }).await.unwrap());
    assert!(db.categories().await.unwrap().contains(&songs));
    db.order_categories(&["food", "tech", "general", "games", "music", "study", "local", "life"]).await.unwrap();
    assert_eq!(keys().await[..3], ["food", "tech", "general"]);

    let alice = user(&db, "alice").await;
    room(&db, alice, Visibility::Private).await;
    let used = db.rooms_by_category().await.unwrap();
    assert_eq!((used.get("tech"), used.get("food")), (Some(&1), None));
    assert!(!db.remove_category("tech").await.unwrap(), "somebody's room is in it");
    for key in ["food", "general", "games", "music", "study", "local", "life"] {
        assert!(db.remove_category(key).await.unwrap(), "{key}");
        assert!(!db.category_exists(key).await.unwrap());
    }
    assert_eq!(keys().await, ["tech"]);
}

pub async fn the_last_category_stays(db: Db) {
    for key in ["general", "tech", "games", "music", "study", "local"] {
        assert!(db.remove_category(key).await.unwrap());
    }
    assert!(!db.remove_category("life").await.unwrap());
}

pub async fn tags_are_suggested_by_how_often_they_are_used(db: Db) {
    let alice = user(&db, "alice").await;
    let add = async |category: &'static str, tags: &[&str], visibility: Visibility| {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let new = NewRoom { category, tags: &tags, visibility, ..draft(ids::random(), alice) };
        assert!(db.add_room(new).await.unwrap());
    };
    add("tech", &["Rust", "web"], Visibility::Public).await;
    add("tech", &["rust"], Visibility::Public).await;
    for _ in 0..3 {
        add("music", &["jazz"], Visibility::Public).await;
    }
    add("tech", &["secret"], Visibility::Private).await;
    add("tech", &["hidden"], Visibility::Unlisted).await;
    assert_eq!(db.common_tags("tech", 9).await.unwrap(), ["rust", "web", "jazz"]);
    assert_eq!(db.common_tags("music", 2).await.unwrap(), ["jazz", "rust"]);
}

pub async fn an_owner_shares_the_work_and_hands_over_the_room(db: Db) {
    let (alice, bob, carol) = (user(&db, "alice").await, user(&db, "bob").await, user(&db, "carol").await);
    let room = room(&db, alice, Visibility::Public).await;
    db.join(room, bob, 1).await.unwrap();
    let role = async |user| {
        let access = db.relation(room, Some(user)).await.unwrap().unwrap();
        access.membership.map(|membership| membership.role)
    };
    let set = |author, nonce, user, role| change(room, author, nonce, Action::SetRole(SetRole { user, role }));
    let outcomes = commit(
        &db,
        &[
            set(bob, "1", bob, Role::Moderator),
            set(bob, "2", alice, Role::Member),
            set(alice, "3", alice, Role::Member),
            set(alice, "4", carol, Role::Moderator),
            set(alice, "5", bob, Role::Moderator),
            set(alice, "6", bob, Role::Moderator),
            set(bob, "7", alice, Role::Member),
        ],
        5_000,
    )
    .await;
    let refused = |at: usize| match &outcomes[at] {
        Outcome::Refused(problem) => Some(problem.clone()),
        _ => None,
    };
    assert_eq!([0, 1, 2, 6].map(refused), [const { Some(Problem::NotAllowed) }; 4]);
    assert_eq!(refused(3), Some(Problem::NotFound), "only a member has a role");
    let Outcome::Stored(promoted) = &outcomes[4] else { panic!("{outcomes:?}") };
    let told = promoted.member.as_ref().unwrap();
    assert_eq!((promoted.kind, promoted.evicts, told.user.id), (Kind::Member, None, bob));
    assert_eq!((told.role, told.action), (Role::Moderator, MemberAction::Role));
    assert!(matches!(&outcomes[5], Outcome::Stored(again) if again.kind == Kind::Skip), "{outcomes:?}");
    assert_eq!(role(bob).await, Some(Role::Moderator));

    // What a new role permits and forbids holds from the next write of the same batch on.
    let batch = [
        set(alice, "8", bob, Role::Owner),
        set(alice, "9", bob, Role::Member),
        set(bob, "10", alice, Role::Member),
        message(room, alice, "11"),
    ];
    let outcomes = commit(&db, &batch, 6_000).await;
    assert!(matches!(outcomes[0], Outcome::Stored(_)) && matches!(outcomes[2], Outcome::Stored(_)), "{outcomes:?}");
    assert_eq!(outcomes[1], Outcome::Refused(Problem::NotAllowed));
    assert_eq!((role(alice).await, role(bob).await), (Some(Role::Member), Some(Role::Owner)));
    let found = db.room(room).await.unwrap().unwrap();
    assert_eq!((found.members, found.messages), (2, 1));
    let places = [((bob, room), found.head)];
    assert_eq!(db.unread(&places).await.unwrap()[0].1.count, 1, "a role is nothing to read");
    let (event, _) = db.events_since(room, 2, 1).await.unwrap().remove(0).event().unwrap();
    assert_eq!((event.k, event.member.unwrap().role, event.author.id), (Kind::Member, Role::Owner, alice));
}
