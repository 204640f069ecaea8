//! The categories as this node knows them: every page shows them, and hardly ever do they change.

use std::sync::{Arc, PoisonError, RwLock};

use super::store::{Db, Result};
use crate::i18n::{Lang, categories::name};
use crate::model::category::Category;

#[derive(Default)]
pub struct Categories(RwLock<Arc<[Category]>>);

impl Categories {
    /// All of them, in the order shown.
    pub fn all(&self) -> Arc<[Category]> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Key and name of each in `lang`.
    pub fn named(&self, lang: Lang) -> Vec<(String, String)> {
        self.all().iter().map(|category| (category.key.clone(), name(category, lang))).collect()
    }

    /// What the category `key` is called; one that is not known yet by its key.
    pub fn name(&self, key: &str, lang: Lang) -> String {
        let all = self.all();
        all.iter().find(|category| category.key == key).map_or_else(|| key.to_owned(), |category| name(category, lang))
    }

    /// Reads them again.
    pub async fn reload(&self, db: &Db) -> Result<()> {
        let all = db.categories().await?.into();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = all;
        Ok(())
    }
}
