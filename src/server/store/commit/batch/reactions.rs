//! What the messages of a batch have been reacted with, as far as the batch needs to know.

use std::collections::{HashMap, HashSet};

use crate::error::Problem;
use crate::model::ids::Seq;

/// Kinds of reactions that one person gives a message.
pub const BY_PERSON: i64 = 20;
/// Kinds of reactions on a message.
pub const ON_MESSAGE: i64 = 50;

/// What the database says about one reaction: whether the person gave it, and whether anybody did; how many kinds the person
/// gave the message; and how many there are on it, counted up to [`ON_MESSAGE`].
#[derive(sqlx::FromRow)]
pub struct ReactionRow {
    pub is_given: bool,
    pub is_there: bool,
    pub by_person: i64,
    pub kinds: i64,
}

/// Room, message.
type Place = (i64, Seq);

#[derive(Default)]
pub struct Reactions {
    given: HashSet<(Place, i64, String)>,
    there: HashSet<(Place, String)>,
    by_person: HashMap<(Place, i64), i64>,
    kinds: HashMap<Place, i64>,
}

impl Reactions {
    pub fn know(&mut self, place: Place, user: i64, emoji: &str, row: &ReactionRow) {
        if row.is_given {
            self.given.insert((place, user, emoji.to_owned()));
        }
        if row.is_there {
            self.there.insert((place, emoji.to_owned()));
        }
        self.by_person.insert((place, user), row.by_person);
        self.kinds.insert(place, row.kinds);
    }

    /// Whether this changes anything.
    ///
    /// # Errors
    ///
    /// There are too many kinds already.
    pub fn give(&mut self, place: Place, user: i64, emoji: &str) -> Result<bool, Problem> {
        if self.given.contains(&(place, user, emoji.to_owned())) {
            return Ok(false);
        }
        let by_person = self.by_person.entry((place, user)).or_default();
        let kinds = self.kinds.entry(place).or_default();
        let is_new = !self.there.contains(&(place, emoji.to_owned()));
        if *by_person >= BY_PERSON || (is_new && *kinds >= ON_MESSAGE) {
            return Err(Problem::TooManyReactions);
        }
        *by_person += 1;
        *kinds += i64::from(is_new);
        self.given.insert((place, user, emoji.to_owned()));
        self.there.insert((place, emoji.to_owned()));
        Ok(true)
    }

    /// Whether this changes anything. A kind that nobody gives any more counts until the end of the batch.
    pub fn take_back(&mut self, place: Place, user: i64, emoji: &str) -> bool {
        let was_given = self.given.remove(&(place, user, emoji.to_owned()));
        if was_given {
            *self.by_person.entry((place, user)).or_default() -= 1;
        }
        was_given
    }
}
