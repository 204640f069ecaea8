//! How a conversation is laid out: a line where a day begins, and one name above what somebody says in a row.

use std::sync::Arc;

use super::timeline::{Row, State, Timeline};
use crate::model::ids::{Millis, Seq, UserId};
use crate::model::message::Quote;

/// Somebody who goes on within this is not named again.
const RUN: Millis = 300_000;

/// A row with what depends on the one above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub row: Arc<Row>,
    /// It begins a run of its author: avatar, name and time are shown.
    pub first: bool,
    pub day: bool,
    /// The line above which everything has been read.
    pub line: bool,
    /// What it answers.
    pub quote: Option<Quote>,
}

/// Where the reader's line is: above the first message of somebody else from `seq` on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    pub me: Option<UserId>,
    pub seq: Option<Seq>,
}

/// `day_of` numbers the days: by UTC on the server, which does not know the reader's, by theirs in the browser.
pub fn lay_out(timeline: &Timeline, day_of: fn(Millis) -> i64, line: Line) -> Vec<Shown> {
    let mut above: Option<&Row> = None;
    let mut shown = Vec::new();
    let mut wanted = line.seq;
    for row in timeline.rows() {
        let is_unread = wanted.is_some_and(|line| row.seq.is_some_and(|seq| seq >= line)) && !row.deleted;
        let line = is_unread && Some(row.author.id) != line.me;
        if line {
            wanted = None;
        }
        let day = above.is_none_or(|above| day_of(above.ts) != day_of(row.ts));
        let goes_on = above.is_some_and(|above| {
            above.author.id == row.author.id
                && (row.ts - above.ts).abs() <= RUN
                && row.reply_to.is_none()
                && !matches!(above.state, State::Failed(_))
        });
        let quote = row.reply_to.filter(|_| !row.deleted).and_then(|seq| timeline.quote(seq));
        let row_now = timeline.changed(row).map_or_else(|| Arc::clone(row), Arc::new);
        shown.push(Shown { row: row_now, first: day || line || !goes_on, day, line, quote });
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

    fn with_line(said: &[(i64, Millis)], line: Line) -> Vec<Shown> {
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
        let page = History {
            messages: messages.collect(),
            head: 99,
            floor: 1,
            epoch: String::new(),
            more: false,
            older: false,
            newer: false,
            quotes: Vec::new(),
        };
        lay_out(&Timeline::load(page, None), |ts| ts.div_euclid(DAY), line)
    }

    fn laid_out(said: &[(i64, Millis)]) -> Vec<(bool, bool)> {
        with_line(said, Line::default()).iter().map(|shown| (shown.first, shown.day)).collect()
    }

    fn lines(said: &[(i64, Millis)], seq: Seq) -> Vec<bool> {
        let line = Line { me: UserId::try_from(1).ok(), seq: Some(seq) };
        with_line(said, line).iter().map(|shown| shown.line).collect()
    }

    #[test]
    fn a_run_ends_with_its_author_and_after_five_minutes() {
        let said = [(1, 0), (1, RUN), (1, 2 * RUN + 1), (2, 2 * RUN + 2)];
        assert_eq!(laid_out(&said), [(true, true), (false, false), (true, false), (true, false)]);
    }

    #[test]
    fn the_line_is_above_the_first_unread_message_of_somebody_else() {
        let said = [(2, 0), (2, 1), (1, 2), (2, 3), (2, 4)];
        assert_eq!(lines(&said, 2), [false, true, false, false, false]);
        assert_eq!(lines(&said, 3), [false, false, false, true, false]);
        assert_eq!(lines(&said, 6), [false; 5]);
        let shown = with_line(&said, Line { me: None, seq: Some(5) });
        assert!(shown[4].first, "what stands below the line has a name");
    }

    #[test]
    fn a_day_begins_with_a_name() {
        assert_eq!(laid_out(&[(1, DAY - 1), (1, DAY)]), [(true, true), (true, true)]);
    }
}
