//! The categories of the lobby.

use std::collections::HashMap;

use super::{Db, Result, on_db};
use crate::model::category::Category;

#[derive(sqlx::FromRow)]
struct CategoryRow {
    key: String,
    name_en: String,
    name_ko: String,
}

const ALL: &str = "
    SELECT key, name_en, name_ko
    FROM categories
    ORDER BY position, key";

const EXISTS: &str = "
    SELECT COUNT(*)
    FROM categories
    WHERE key = $1";

const COUNT_ROOMS: &str = "
    SELECT category, COUNT(*)
    FROM rooms
    GROUP BY category";

const ADD: &str = "
    INSERT INTO categories (key, name_en, name_ko, position)
    SELECT $1, $2, $3, COALESCE(MAX(position), 0) + 1
    FROM categories
    WHERE TRUE
    ON CONFLICT (key) DO NOTHING";

const RENAME: &str = "
    UPDATE categories
    SET name_en = $2, name_ko = $3
    WHERE key = $1";

const PLACE: &str = "
    UPDATE categories
    SET position = $2
    WHERE key = $1";

/// The last one stays: every room is in one.
const REMOVE: &str = "
    DELETE FROM categories
    WHERE key = $1
      AND NOT EXISTS (SELECT 1 FROM rooms WHERE category = $1)
      AND (SELECT COUNT(*) FROM categories) > 1";

impl Db {
    /// All of them, in the order shown.
    pub async fn categories(&self) -> Result<Vec<Category>> {
        let rows: Vec<CategoryRow> = on_db!(&self.read, pool => sqlx::query_as(ALL).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(|CategoryRow { key, name_en, name_ko }| Category { key, name_en, name_ko }).collect())
    }

    pub async fn category_exists(&self, key: &str) -> Result<bool> {
        let count: i64 = on_db!(&self.read, pool => sqlx::query_scalar(EXISTS).bind(key).fetch_one(pool).await)?;
        Ok(count > 0)
    }

    /// How many rooms are in each category that has any.
    pub async fn rooms_by_category(&self) -> Result<HashMap<String, i64>> {
        let rows: Vec<(String, i64)> = on_db!(&self.read, pool => sqlx::query_as(COUNT_ROOMS).fetch_all(pool).await)?;
        Ok(rows.into_iter().collect())
    }

    /// Adds a category behind the others; `false` if its key is taken.
    pub async fn add_category(&self, category: &Category) -> Result<bool> {
        on_db!(&self.write, pool => sqlx::query(ADD)
            .bind(&category.key)
            .bind(&category.name_en)
            .bind(&category.name_ko)
            .execute(pool)
            .await
            .map(|done| done.rows_affected() == 1))
    }

    /// `false` if there is none with this key.
    pub async fn rename_category(&self, category: &Category) -> Result<bool> {
        on_db!(&self.write, pool => sqlx::query(RENAME)
            .bind(&category.key)
            .bind(&category.name_en)
            .bind(&category.name_ko)
            .execute(pool)
            .await
            .map(|done| done.rows_affected() == 1))
    }

    /// Puts the categories into this order. Those that are not named keep their place numbers.
    pub async fn order_categories(&self, keys: &[&str]) -> Result<()> {
        on_db!(&self.write, pool => {
            let mut tx = pool.begin_with(self.begin_write()).await?;
            for (position, key) in (1_i64..).zip(keys) {
                sqlx::query(PLACE).bind(*key).bind(position).execute(&mut *tx).await?;
            }
            tx.commit().await
        })
    }

    /// Removes a category without rooms; `false` if it has some, is the last one or does not exist.
    pub async fn remove_category(&self, key: &str) -> Result<bool> {
        on_db!(&self.write, pool => {
            sqlx::query(REMOVE).bind(key).execute(pool).await.map(|done| done.rows_affected() == 1)
        })
    }
}
