//! How a conversation is laid out: a line where a day begins, and one name above what somebody says in a row.

use crate::model::ids::Millis;

use super::timeline::{Row, State, Timeline};

/// Somebody who goes on within this is not named again.
const RUN: Millis = 300_000;

/// A row with what depends on the one above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub row: Row,
    /// It begins a run of its author: avatar, name and time are shown.
    pub first: bool,
    pub day: bool,
}

/// `day_of` numbers the days: by UTC on the server, which does not know the reader's, by theirs in the browser.
pub fn lay_out(timeline: &Timeline, day_of: fn(Millis) -> i64) -> Vec<Shown> {
    let mut above: Option<&Row> = None;
    let mut shown = Vec::new();
    for row in timeline.rows() {
        let day = above.is_none_or(|above| day_of(above.ts) != day_of(row.ts));
        let goes_on = above.is_some_and(|above| {
            above.author.id == row.author.id
                && (row.ts - above.ts).abs() <= RUN
                && row.reply_to.is_none()
                && !matches!(above.state, State::Failed(_))
        });
        shown.push(Shown { row: row.clone(), first: day || !goes_on, day });
        above = Some(row);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::{RoomId, UserId};
    use crate::model::message::{History, Message};
    use crate::model::user::Author;

    const DAY: Millis = 86_400_000;

    fn laid_out(said: &[(i64, Millis)]) -> Vec<(bool, bool)> {
        let messages = said.iter().zip(1..).map(|((who, ts), seq)| Message {
            room: RoomId::try_from(1).unwrap(),
            seq,
            rev: seq,
            author: Author {
                id: UserId::try_from(*who).unwrap(),
                username: String::new(),
                display_name: String::new(),
            },
            nonce: None,
            body: String::new(),
            doc: None,
            ts: *ts,
            edited_ts: None,
            deleted: false,
            reply_to: None,
            pinned: false,
            reactions: Vec::new(),
        });
        let messages = messages.collect();
        let page = History { messages, head: 99, floor: 1, epoch: String::new(), more: false, quotes: Vec::new() };
        lay_out(&Timeline::load(page, None), |ts| ts.div_euclid(DAY))
            .iter()
            .map(|shown| (shown.first, shown.day))
            .collect()
    }

    #[test]
    fn a_run_ends_with_its_author_and_after_five_minutes() {
        let said = [(1, 0), (1, RUN), (1, 2 * RUN + 1), (2, 2 * RUN + 2)];
        assert_eq!(laid_out(&said), [(true, true), (false, false), (true, false), (true, false)]);
    }

    #[test]
    fn a_day_begins_with_a_name() {
        assert_eq!(laid_out(&[(1, DAY - 1), (1, DAY)]), [(true, true), (true, true)]);
    }
}
