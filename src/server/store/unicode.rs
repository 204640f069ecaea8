//! What is stored by Unicode's tables, made anew where it was stored by other ones: skeletons of names, and reactions.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::{Db, Result, on_db};
use crate::model::text::{fold, is_blank};
use crate::server::{emoji, names};

/// Under this name `meta` keeps by which tables it was stored.
const NAME: &str = "unicode";

/// Rows in one INSERT.
const ROWS: usize = 1_000;

const STORED_BY: &str = "
    SELECT value
    FROM meta
    WHERE name = $1";

/// Other nodes that start at the same time wait behind this row.
const LOCK: &str = "
    INSERT INTO meta (name, value)
    VALUES ($1, '')
    ON CONFLICT (name) DO UPDATE SET value = meta.value
    RETURNING value";

const STORE: &str = "
    UPDATE meta
    SET value = $2
    WHERE name = $1";

const PEOPLE: &str = "
    SELECT id, username, display_name, admin
    FROM users
    ORDER BY created_ts, id";

const FORGET: &str = "
    DELETE FROM skeletons";

const SET_DISPLAY_NAME: &str = "
    UPDATE users
    SET display_name = $2, display_key = $3
    WHERE id = $1";

const KINDS: &str = "
    SELECT DISTINCT emoji
    FROM reactions";

const MERGE: &str = "
    INSERT INTO reactions (room_id, target_seq, emoji, user_id, seq)
    SELECT room_id, target_seq, $2, user_id, seq
    FROM reactions
    WHERE emoji = $1
    ON CONFLICT (room_id, target_seq, emoji, user_id) DO NOTHING";

const DROP: &str = "
    DELETE FROM reactions
    WHERE emoji = $1";

#[derive(sqlx::FromRow)]
struct Person {
    id: i64,
    username: String,
    display_name: String,
    admin: bool,
}

impl Db {
    /// Reads all names and reactions once after the tables have changed, in one transaction. Accounts whose names look
    /// alike stay; the oldest has the name.
    pub(super) async fn follow_unicode(&self) -> Result<()> {
        let stored: Option<String> = on_db!(&self.read, pool => {
            sqlx::query_scalar(STORED_BY).bind(NAME).fetch_optional(pool).await
        })?;
        if stored.as_deref() == Some(names::VERSION) {
            return Ok(());
        }
        on_db!(&self.write, pool => {
            let mut tx = pool.begin_with(self.begin_write()).await?;
            if self.is_shared() {
                sqlx::raw_sql("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0").execute(&mut *tx).await?;
            }
            let stored: String = sqlx::query_scalar(LOCK).bind(NAME).fetch_one(&mut *tx).await?;
            if stored == names::VERSION {
                return Ok(());
            }
            let plan = Plan::of(sqlx::query_as(PEOPLE).fetch_all(&mut *tx).await?);
            sqlx::query(FORGET).execute(&mut *tx).await?;
            for rows in plan.skeletons.chunks(ROWS) {
                let mut query = QueryBuilder::new("INSERT INTO skeletons (skeleton, is_username, user_id) ");
                query.push_values(rows, |mut row, (skeleton, is_username, user)| {
                    row.push_bind(skeleton).push_bind(*is_username).push_bind(*user);
                });
                query.build().persistent(false).execute(&mut *tx).await?;
            }
            for (user, name) in plan.shown {
                sqlx::query(SET_DISPLAY_NAME).bind(user).bind(&name).bind(fold(&name)).execute(&mut *tx).await?;
            }
            let kinds: Vec<String> = sqlx::query_scalar(KINDS).fetch_all(&mut *tx).await?;
            for kind in kinds {
                if let Ok(in_full) = emoji::in_full(&kind)
                    && in_full != kind
                {
                    sqlx::query(MERGE).bind(&kind).bind(in_full).execute(&mut *tx).await?;
                    sqlx::query(DROP).bind(&kind).execute(&mut *tx).await?;
                }
            }
            sqlx::query(STORE).bind(NAME).bind(names::VERSION).execute(&mut *tx).await?;
            tx.commit().await
        })
    }
}

/// What becomes of the names of all accounts.
struct Plan {
    /// The skeleton, whether it is of a username, and whose it is.
    skeletons: Vec<(String, bool, i64)>,
    /// Display names that change.
    shown: Vec<(i64, String)>,
}

impl Plan {
    /// `people` in the order in which they came.
    fn of(people: Vec<Person>) -> Self {
        let mut usernames: HashMap<String, i64> = HashMap::new();
        for Person { id, username, .. } in &people {
            usernames.entry(names::skeleton(username)).or_insert(*id);
        }
        let (mut displayed, mut shown) = (HashMap::new(), Vec::new());
        for Person { id, username, display_name, admin } in people {
            let chosen = names::unmarked(&display_name, &username);
            let now = if is_blank(chosen) {
                username.clone()
            } else if names::is_own_username(chosen, &username) {
                chosen.to_owned()
            } else {
                let skeleton = names::skeleton(chosen);
                let is_anothers = usernames.get(&skeleton).is_some_and(|owner| *owner != id);
                let is_free = !is_anothers && !displayed.contains_key(&skeleton);
                if is_free && (admin || !names::is_reserved(chosen)) && !names::shows_handle(chosen) {
                    displayed.insert(skeleton, id);
                    chosen.to_owned()
                } else {
                    names::marked(chosen, &username)
                }
            };
            if now != display_name {
                shown.push((id, now));
            }
        }
        let of = |is_username| move |(skeleton, user)| (skeleton, is_username, user);
        Self {
            skeletons: usernames.into_iter().map(of(true)).chain(displayed.into_iter().map(of(false))).collect(),
            shown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_came_first_has_the_name() {
        let person = |id, username: &str, display_name: &str, admin| Person {
            id,
            username: username.to_owned(),
            display_name: display_name.to_owned(),
            admin,
        };
        let plan = Plan::of(vec![
            person(1, "alice", "Alice", false),
            person(2, "аlice", "ALICE", false),
            person(3, "jimin", "지민", false),
            person(4, "jimin2", "지민 (@jimin2)", false),
            person(5, "bob", "alice (@alice)", false),
            person(6, "carol", "관리자", false),
            person(7, "boss", "관리자", true),
            person(8, "dave", "\u{3164}", false),
            person(9, "eve", "Eve (@eve)", false),
        ]);
        assert_eq!(
            plan.shown,
            [
                (2, "ALICE (@аlice)".to_owned()),
                (5, "alice (@alice) (@bob)".to_owned()),
                (6, "관리자 (@carol)".to_owned()),
                (8, "dave".to_owned()),
                (9, "Eve".to_owned()),
            ],
            "what was right stays, and what need not be marked any more is not"
        );
        let has = |name: &str, is_username, user| plan.skeletons.contains(&(names::skeleton(name), is_username, user));
        assert!(has("alice", true, 1) && has("지민", false, 3) && has("관리자", false, 7));
        assert!(!plan.skeletons.iter().any(|(_, _, user)| *user == 2));
    }
}
