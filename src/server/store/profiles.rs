//! What people tell of themselves, and what they let others see.

use std::collections::HashSet;

use sqlx::QueryBuilder;

use super::{Db, Result, events, on_db, push_ids, stored};
use crate::model::ids::{Millis, UserId};
use crate::model::text;
use crate::model::user::{Account, Author, Privacy};
use crate::server::names;

#[derive(sqlx::FromRow)]
struct ProfileRow {
    id: i64,
    username: String,
    display_name: String,
    bio: String,
    created_ts: Millis,
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    username: String,
    display_name: String,
    bio: String,
    #[sqlx(flatten)]
    privacy: PrivacyRow,
}

#[derive(sqlx::FromRow)]
struct PrivacyRow {
    shows_presence: bool,
    shows_typing: bool,
    may_be_listed: bool,
    may_be_added: bool,
}

impl From<PrivacyRow> for Privacy {
    fn from(PrivacyRow { shows_presence, shows_typing, may_be_listed, may_be_added }: PrivacyRow) -> Self {
        Self { shows_presence, shows_typing, may_be_listed, may_be_added }
    }
}

/// What is `None` stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct PrivacyChange {
    pub shows_presence: Option<bool>,
    pub shows_typing: Option<bool>,
    pub may_be_listed: Option<bool>,
    pub may_be_added: Option<bool>,
}

const PROFILE: &str = "
    SELECT id, username, display_name, bio, created_ts
    FROM users
    WHERE username_key = $1";

const ACCOUNT: &str = "
    SELECT username, display_name, bio, shows_presence, shows_typing, may_be_listed, may_be_added
    FROM users
    WHERE id = $1";

const SET_PRIVACY: &str = "
    UPDATE users
    SET shows_presence = COALESCE($2, shows_presence), shows_typing = COALESCE($3, shows_typing),
        may_be_listed = COALESCE($4, may_be_listed), may_be_added = COALESCE($5, may_be_added)
    WHERE id = $1";

const PRIVACY: &str = "
    SELECT shows_presence, shows_typing, may_be_listed, may_be_added
    FROM users
    WHERE id = $1";

/// People who do not want others to see where they are.
const UNSEEN: &str = "SELECT id FROM users WHERE NOT shows_presence AND id IN (";
/// People who keep out of what search engines are shown.
const UNLISTED: &str = "SELECT id FROM users WHERE NOT may_be_listed AND id IN (";

impl Db {
    /// Somebody by username, what they tell of themselves, and since when they have an account.
    pub async fn profile(&self, username: &str) -> Result<Option<(Author, String, Millis)>> {
        let key = text::fold(username);
        let row: Option<ProfileRow> =
            on_db!(&self.read, pool => sqlx::query_as(PROFILE).bind(&key).fetch_optional(pool).await)?;
        let Some(ProfileRow { id, username, display_name, bio, created_ts }) = row else { return Ok(None) };
        Ok(Some((events::author(id, &username, &display_name)?, bio, created_ts)))
    }

    /// The display name as it was chosen.
    pub async fn account(&self, user: UserId) -> Result<Option<Account>> {
        let row: Option<AccountRow> =
            on_db!(&self.read, pool => sqlx::query_as(ACCOUNT).bind(user.get()).fetch_optional(pool).await)?;
        Ok(row.map(|AccountRow { username, display_name, bio, privacy }| Account {
            display_name: names::unmarked(&display_name, &username).to_owned(),
            bio,
            privacy: privacy.into(),
        }))
    }

    pub async fn set_privacy(&self, user: UserId, change: PrivacyChange) -> Result<()> {
        on_db!(&self.write, pool => sqlx::query(SET_PRIVACY)
            .bind(user.get())
            .bind(change.shows_presence)
            .bind(change.shows_typing)
            .bind(change.may_be_listed)
            .bind(change.may_be_added)
            .execute(pool)
            .await
            .map(drop))
    }

    /// What somebody lets others see; `None` if there is no such account.
    pub async fn privacy(&self, user: UserId) -> Result<Option<Privacy>> {
        let row: Option<PrivacyRow> =
            on_db!(&self.read, pool => sqlx::query_as(PRIVACY).bind(user.get()).fetch_optional(pool).await)?;
        Ok(row.map(Privacy::from))
    }

    /// Those of `users` who do not want others to see where they are.
    pub async fn unseen_among(&self, users: &[UserId]) -> Result<HashSet<UserId>> {
        self.found_among(UNSEEN, users).await
    }

    /// Those of `users` who keep what they say out of what search engines are shown.
    pub async fn unlisted_among(&self, users: &[UserId]) -> Result<HashSet<UserId>> {
        self.found_among(UNLISTED, users).await
    }

    /// `select` ends where the list of ids begins.
    async fn found_among(&self, select: &'static str, users: &[UserId]) -> Result<HashSet<UserId>> {
        let mut found = HashSet::new();
        for some in users.chunks(500) {
            let rows: Vec<i64> = on_db!(&self.read, pool => {
                let mut query = QueryBuilder::new(select);
                push_ids!(query, some);
                query.build_query_scalar().persistent(false).fetch_all(pool).await
            })?;
            for id in rows {
                found.insert(stored(UserId::try_from(id).ok(), "id")?);
            }
        }
        Ok(found)
    }
}
