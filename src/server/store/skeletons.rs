//! Names that look alike: who has one already, and who shows one.

use sqlx::QueryBuilder;

use super::{Db, Result, on_db};
use crate::model::ids::UserId;
use crate::model::text::fold;
use crate::server::names;

const WHO: &str = "
    SELECT username
    FROM users
    WHERE id = $1";

pub(super) const RELEASE: &str = "
    DELETE FROM skeletons
    WHERE user_id = $1 AND NOT is_username";

/// Takes a display name for somebody, unless it is another's name of either kind.
const SHOW: &str = "
    INSERT INTO skeletons (skeleton, is_username, user_id)
    SELECT $1, FALSE, $2
    WHERE NOT EXISTS (SELECT 1 FROM skeletons WHERE skeleton = $1 AND user_id <> $2)
    ON CONFLICT (skeleton, is_username) DO NOTHING";

pub(super) const SET_PROFILE: &str = "
    UPDATE users
    SET display_name = COALESCE($2, display_name), display_key = COALESCE($3, display_key), bio = COALESCE($4, bio)
    WHERE id = $1";

impl Db {
    /// Whether somebody has a username of one of these skeletons.
    pub async fn has_username_like(&self, skeletons: &[String]) -> Result<bool> {
        on_db!(&self.read, pool => {
            let mut query =
                QueryBuilder::new("SELECT EXISTS (SELECT 1 FROM skeletons WHERE is_username AND skeleton IN (");
            let mut list = query.separated(", ");
            for skeleton in skeletons {
                list.push_bind(skeleton);
            }
            query.push("))");
            query.build_query_scalar().persistent(false).fetch_one(pool).await
        })
    }

    /// What is `None` stays. The username is put behind a display name that is, or looks like, somebody else's username, or
    /// the display name of somebody who had it first.
    pub async fn set_profile(&self, user: UserId, display_name: Option<&str>, bio: Option<&str>) -> Result<()> {
        on_db!(&self.write, pool => {
            let mut tx = pool.begin_with(self.begin_write()).await?;
            let mut shown = None;
            if let Some(name) = display_name {
                let username: String = sqlx::query_scalar(WHO).bind(user.get()).fetch_one(&mut *tx).await?;
                sqlx::query(RELEASE).bind(user.get()).execute(&mut *tx).await?;
                let is_free = names::is_own_username(name, &username) || {
                    let show = sqlx::query(SHOW).bind(names::skeleton(name)).bind(user.get());
                    show.execute(&mut *tx).await?.rows_affected() == 1
                };
                shown = Some(if is_free { name.to_owned() } else { names::marked(name, &username) });
            }
            sqlx::query(SET_PROFILE)
                .bind(user.get())
                .bind(&shown)
                .bind(shown.as_deref().map(fold))
                .bind(bio)
                .execute(&mut *tx)
                .await?;
            tx.commit().await
        })
    }
}
