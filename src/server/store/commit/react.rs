//! Giving a reaction and taking it back, within the limits of a message.

use std::collections::{HashMap, HashSet};

use super::apply::{Apply, By, Effect, Refused};
use super::batch::{Batch, Numbered};
use super::statement::{Arg, Statement};
use crate::error::Problem;
use crate::model::action::React;
use crate::model::ids::Seq;
use crate::model::policy::Deed;

const ADD_REACTION: &str = "
    INSERT INTO reactions (room_id, target_seq, seq, emoji, user_id)
    VALUES ($1, $2, $3, $4, $5)";

const REMOVE_REACTION: &str = "
    DELETE FROM reactions
    WHERE room_id = $1 AND target_seq = $2 AND emoji = $3 AND user_id = $4";

const MARK_CHANGED: &str = "
    UPDATE events
    SET rev_seq = $3
    WHERE room_id = $1 AND seq = $2";

impl Apply for React {
    fn decide(&self, batch: &mut Batch<'_>, by: &By) -> Result<Effect, Refused> {
        by.may(Deed::Speak)?;
        batch.living(by, self.target).ok_or(Problem::TargetMissing)?;
        let (place, reactions) = ((by.room, self.target), &mut batch.reactions);
        let changes = if self.on {
            reactions.give(place, by.author, &self.emoji)?
        } else {
            reactions.take_back(place, by.author, &self.emoji)
        };
        Ok(if changes { Effect::Plain } else { Effect::Nothing })
    }

    fn statements(&self, Numbered { write, stored }: &Numbered<'_>, into: &mut Vec<Statement>) {
        let at = |sql, more: Vec<Arg>| Statement::at(sql, write.room, self.target, more);
        let (emoji, user) = (Arg::Text(self.emoji.clone()), Arg::Int(write.author.get()));
        into.push(if self.on {
            at(ADD_REACTION, vec![Arg::Int(stored.seq), emoji, user])
        } else {
            at(REMOVE_REACTION, vec![emoji, user])
        });
        into.push(at(MARK_CHANGED, vec![Arg::Int(stored.seq)]));
    }
}

/// Kinds of reactions that one person gives a message.
pub const BY_PERSON: i64 = 20;
/// Kinds of reactions on a message.
pub const ON_MESSAGE: i64 = 50;

/// Steps from kind to kind in the index, so that a reaction that many people gave costs no more than another.
pub const REACTION: &str = "
    WITH RECURSIVE kinds (emoji, count) AS (
        SELECT MIN(emoji), 1
        FROM reactions
        WHERE room_id = $1 AND target_seq = $2
        UNION ALL
        SELECT (
            SELECT MIN(r.emoji)
            FROM reactions r
            WHERE r.room_id = $1 AND r.target_seq = $2 AND r.emoji > kinds.emoji
        ), count + 1
        FROM kinds
        WHERE kinds.emoji IS NOT NULL AND count < $5
    )
    SELECT EXISTS (
        SELECT 1
        FROM reactions
        WHERE room_id = $1 AND target_seq = $2 AND user_id = $3 AND emoji = $4
    ) AS is_given, EXISTS (
        SELECT 1
        FROM reactions
        WHERE room_id = $1 AND target_seq = $2 AND emoji = $4
    ) AS is_there, (
        SELECT COUNT(*)
        FROM reactions
        WHERE room_id = $1 AND target_seq = $2 AND user_id = $3
    ) AS by_person, (
        SELECT COUNT(emoji)
        FROM kinds
    ) AS kinds";

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
