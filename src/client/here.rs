//! Who is in a room and who is writing there, as this connection has been told.

use crate::model::ids::{Millis, UserId};
use crate::model::user::Author;

/// Whoever has said that they write is forgotten after this, unless they say so again.
pub const TYPING_FOR: Millis = 5_000;
/// People that are known by name; beyond it a count is enough.
const MOST: usize = 200;

/// Who is in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Here {
    pub count: u64,
    /// Those who agreed to be named, in the order in which they came.
    pub people: Vec<Author>,
}

impl Here {
    pub fn take(&mut self, count: u64, join: Vec<Author>, leave: &[Author]) {
        self.count = count;
        let is_in = |people: &[Author], id: UserId| people.iter().any(|person| person.id == id);
        self.people.retain(|person| !is_in(leave, person.id));
        for person in join {
            if self.people.len() < MOST && !is_in(&self.people, person.id) {
                self.people.push(person);
            }
        }
    }
}

/// Who is writing, and until when that is believed.
#[derive(Clone, Debug, Default)]
pub struct Typing(Vec<(Author, Millis)>);

impl Typing {
    pub fn heard(&mut self, people: Vec<Author>, now: Millis) {
        for person in people {
            self.said(person.id);
            self.0.push((person, now + TYPING_FOR));
        }
    }

    /// They have said it: they do not write it any more.
    pub fn said(&mut self, who: UserId) {
        self.0.retain(|(person, _)| person.id != who);
    }

    pub fn people(&mut self, now: Millis) -> Vec<Author> {
        self.0.retain(|(_, until)| *until > now);
        self.0.iter().map(|(person, _)| person.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: i64) -> Author {
        Author { id: UserId::try_from(id).unwrap(), username: format!("u{id}"), display_name: String::new() }
    }

    fn ids(people: &[Author]) -> Vec<i64> {
        people.iter().map(|person| person.id.get()).collect()
    }

    #[test]
    fn people_come_and_go_by_name() {
        let mut here = Here::default();
        here.take(2, vec![person(1), person(2)], &[]);
        here.take(3, vec![person(2), person(3)], &[person(1)]);
        assert_eq!((here.count, ids(&here.people)), (3, vec![2, 3]));
    }

    #[test]
    fn whoever_writes_is_forgotten_when_they_have_said_it_or_after_a_while() {
        let mut typing = Typing::default();
        typing.heard(vec![person(1), person(2)], 0);
        typing.heard(vec![person(1)], 1_000);
        assert_eq!(ids(&typing.people(4_999)), [2, 1]);
        assert_eq!(ids(&typing.people(5_000)), [1]);
        typing.said(person(1).id);
        assert_eq!(ids(&typing.people(5_000)), [0_i64; 0]);
    }
}
