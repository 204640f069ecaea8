//! Accounts.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::{Db, Result, on_db, skeletons, stored};
use crate::i18n::Lang;
use crate::model::ids::{Millis, UserId};
use crate::model::text::fold;
use crate::model::user::{Author, Theme};
use crate::server::names;

/// An account as it is stored. `Debug` leaves the password hash out, because axum-login logs users.
#[derive(Clone, sqlx::FromRow)]
pub struct UserRow {
    id: i64,
    username: String,
    display_name: String,
    pub password: String,
    pub admin: bool,
    lang: Option<String>,
    theme: Option<String>,
    pub enter_sends: bool,
}

impl std::fmt::Debug for UserRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserRow").field("id", &self.id).finish_non_exhaustive()
    }
}

impl UserRow {
    pub fn author(&self) -> Result<Author> {
        Ok(Author {
            id: stored(UserId::try_from(self.id).ok(), "id")?,
            username: self.username.clone(),
            display_name: self.display_name.clone(),
        })
    }

    pub const fn raw_id(&self) -> i64 {
        self.id
    }

    pub fn lang(&self) -> Option<Lang> {
        self.lang.as_deref().and_then(Lang::parse)
    }

    pub fn theme(&self) -> Option<Theme> {
        self.theme.as_deref().and_then(Theme::parse)
    }
}

/// Somebody who was looked for by a name.
pub struct Named {
    pub id: UserId,
    pub username: String,
}

pub struct NewUser<'a> {
    pub id: UserId,
    pub username: &'a str,
    pub display_name: &'a str,
    pub password_hash: &'a str,
    pub admin: bool,
    pub now: Millis,
}

const INSERT: &str = "
    INSERT INTO users (id, username, username_key, display_name, display_key, password, admin, created_ts)
    VALUES ($1, $2, $3, $2, $3, $4, $5, $6)
    ON CONFLICT (username_key) DO NOTHING";

const HAVE: &str = "
    INSERT INTO skeletons (skeleton, is_username, user_id)
    VALUES ($1, TRUE, $2)
    ON CONFLICT (skeleton, is_username) DO NOTHING";

const SHOWN_BY: &str = "
    SELECT u.id, u.username, u.display_name
    FROM skeletons s
    JOIN users u ON u.id = s.user_id
    WHERE s.skeleton = $1 AND NOT s.is_username";

const BY_ID: &str = "
    SELECT id, username, display_name, password, admin, lang, theme, enter_sends
    FROM users
    WHERE id = $1";

const BY_KEY: &str = "
    SELECT id, username, display_name, password, admin, lang, theme, enter_sends
    FROM users
    WHERE username_key = $1";

const ANY: &str = "
    SELECT id
    FROM users
    LIMIT 1";

const SET_ADMIN: &str = "
    UPDATE users
    SET admin = TRUE
    WHERE id = $1";

const SET_LANG: &str = "
    UPDATE users
    SET lang = $2
    WHERE id = $1";

const SET_THEME: &str = "
    UPDATE users
    SET theme = $2
    WHERE id = $1";

const SET_ENTER_SENDS: &str = "
    UPDATE users
    SET enter_sends = $2
    WHERE id = $1";

impl Db {
    /// Adds an account; `false` if somebody has the name, in whatever case, or one that looks like it.
    ///
    /// Somebody who has shown that name shows the username behind it from here on.
    pub async fn add_user(&self, user: NewUser<'_>) -> Result<bool> {
        let skeleton = names::skeleton(user.username);
        let is_added: Result<bool> = on_db!(&self.write, pool => {
            let mut tx = pool.begin_with(self.begin_write()).await?;
            let added = sqlx::query(INSERT)
                .bind(user.id.get())
                .bind(user.username)
                .bind(fold(user.username))
                .bind(user.password_hash)
                .bind(user.admin)
                .bind(user.now)
                .execute(&mut *tx)
                .await?;
            if added.rows_affected() == 0 {
                return Ok(false);
            }
            let had = sqlx::query(HAVE).bind(&skeleton).bind(user.id.get()).execute(&mut *tx).await?;
            if had.rows_affected() == 0 {
                return Ok(false);
            }
            let shown_by: Option<(i64, String, String)> =
                sqlx::query_as(SHOWN_BY).bind(&skeleton).fetch_optional(&mut *tx).await?;
            if let Some((other, username, display_name)) = shown_by {
                let marked = names::marked(&display_name, &username);
                sqlx::query(skeletons::RELEASE).bind(other).execute(&mut *tx).await?;
                sqlx::query(skeletons::SET_PROFILE)
                    .bind(other)
                    .bind(&marked)
                    .bind(fold(&marked))
                    .bind(None::<&str>)
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
            Ok(true)
        });
        let is_added = is_added?;
        if is_added && user.display_name != user.username {
            self.set_profile(user.id, Some(user.display_name), None).await?;
        }
        Ok(is_added)
    }

    pub async fn user(&self, id: i64) -> Result<Option<UserRow>> {
        on_db!(&self.read, pool => sqlx::query_as(BY_ID).bind(id).fetch_optional(pool).await)
    }

    pub async fn user_named(&self, username: &str) -> Result<Option<UserRow>> {
        let key = fold(username);
        on_db!(&self.read, pool => sqlx::query_as(BY_KEY).bind(&key).fetch_optional(pool).await)
    }

    /// The accounts with these folded names.
    pub async fn users_named(&self, keys: &[String]) -> Result<HashMap<String, Named>> {
        let rows: Vec<(String, i64, String)> = on_db!(&self.read, pool => {
            let mut query = QueryBuilder::new("SELECT username_key, id, username FROM users WHERE username_key IN (");
            let mut list = query.separated(", ");
            for key in keys {
                list.push_bind(key);
            }
            query.push(")");
            query.build_query_as().persistent(false).fetch_all(pool).await
        })?;
        let named = |(key, id, username): (String, i64, String)| {
            Ok((key, Named { id: stored(UserId::try_from(id).ok(), "id")?, username }))
        };
        rows.into_iter().map(named).collect()
    }

    /// Whether there is no account yet.
    pub async fn is_empty(&self) -> Result<bool> {
        let any: Option<i64> = on_db!(&self.read, pool => sqlx::query_scalar(ANY).fetch_optional(pool).await)?;
        Ok(any.is_none())
    }

    pub async fn make_admin(&self, id: i64) -> Result<()> {
        on_db!(&self.write, pool => sqlx::query(SET_ADMIN).bind(id).execute(pool).await.map(drop))
    }

    /// `None` goes back to what the browser asks for.
    pub async fn set_lang(&self, id: UserId, lang: Option<Lang>) -> Result<()> {
        let lang = lang.map(Lang::as_str);
        on_db!(&self.write, pool => sqlx::query(SET_LANG).bind(id.get()).bind(lang).execute(pool).await.map(drop))
    }

    /// `None` goes back to the system's.
    pub async fn set_theme(&self, id: UserId, theme: Option<Theme>) -> Result<()> {
        let theme = theme.map(Theme::as_str);
        on_db!(&self.write, pool => sqlx::query(SET_THEME).bind(id.get()).bind(theme).execute(pool).await.map(drop))
    }

    pub async fn set_enter_sends(&self, id: UserId, sends: bool) -> Result<()> {
        on_db!(&self.write, pool => {
            sqlx::query(SET_ENTER_SENDS).bind(id.get()).bind(sends).execute(pool).await.map(drop)
        })
    }
}
