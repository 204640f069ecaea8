//! How a conversation is laid out: a line where a day begins, one name above what somebody says in a row, and between the
//! messages what was done to the room.

use std::sync::Arc;

use super::timeline::{Row, State, Timeline};
use crate::model::ids::{Millis, Seq, UserId};
use crate::model::message::Quote;
use crate::model::notice::Notice;

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
    /// What was done to the room since the message above it; the first `before_day` of them before the day began.
    pub notices: Vec<Arc<Notice>>,
    pub before_day: usize,
}

/// Where the reader's line is: above the first message of somebody else from `seq` on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    pub me: Option<UserId>,
    pub seq: Option<Seq>,
}

/// `day_of` numbers the days: by UTC on the server, which does not know the reader's, by theirs in the browser. Beside the
/// rows: what was done to the room after the last of them.
pub fn lay_out(timeline: &Timeline, day_of: fn(Millis) -> i64, line: Line) -> (Vec<Shown>, Vec<Arc<Notice>>) {
    let mut notices = timeline.notices().peekable();
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
        let notices: Vec<_> =
            std::iter::from_fn(|| notices.next_if(|notice| row.seq.is_none_or(|seq| notice.seq < seq)).cloned())
                .collect();
        let before_day = notices.iter().filter(|notice| day && day_of(notice.ts) != day_of(row.ts)).count();
        let goes_on = above.is_some_and(|above| {
            above.author.id == row.author.id
                && (row.ts - above.ts).abs() <= RUN
                && row.reply_to.is_none()
                && notices.is_empty()
                && !matches!(above.state, State::Failed(_))
        });
        let quote = row.reply_to.filter(|_| !row.deleted).and_then(|seq| timeline.quote(seq));
        let row_now = timeline.changed(row).map_or_else(|| Arc::clone(row), Arc::new);
        let first = day || line || !goes_on;
        shown.push(Shown { row: row_now, first, day, line, quote, notices, before_day });
        above = Some(row);
    }
    (shown, notices.cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::{RoomId, UserId};
    use crate::model::message::{History, Message};
    use crate::model::user::Author;

    const DAY: Millis = 86_400_000;

    fn with_line(said: &[(i64, Millis)], line: Line) -> Vec<Shown> {
        laid_out_with(said, Vec::new(), line).0
    }

    fn laid_out_with(said: &[(i64, Millis)], notices: Vec<Notice>, line: Line) -> (Vec<Shown>, Vec<Arc<Notice>>) {
        let messages = said.iter().zip((10..).step_by(10)).map(|((who, ts), seq)| Message {
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
            notices,
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
        assert_eq!(lines(&said, 20), [false, true, false, false, false]);
        assert_eq!(lines(&said, 30), [false, false, false, true, false]);
        assert_eq!(lines(&said, 60), [false; 5]);
        let shown = with_line(&said, Line { me: None, seq: Some(50) });
        assert!(shown[4].first, "what stands below the line has a name");
    }

    #[test]
    fn a_day_begins_with_a_name() {
        assert_eq!(laid_out(&[(1, DAY - 1), (1, DAY)]), [(true, true), (true, true)]);
    }

    #[test]
    fn what_was_done_to_the_room_stands_where_it_was_done() {
        let did = |seq, ts| {
            let author =
                Author { id: UserId::try_from(1).unwrap(), username: String::new(), display_name: String::new() };
            Notice { seq, author, ts, member: None, changed: None }
        };
        // The messages have the seqs 10, 20 and 30.
        let said = [(1, 0), (1, 1), (1, DAY + 9)];
        let notices = [(1, 0), (11, 0), (21, 2), (22, DAY), (31, DAY + 10)].map(|(seq, ts)| did(seq, ts)).into();
        let (rows, after) = laid_out_with(&said, notices, Line::default());
        let told: Vec<_> = rows
            .iter()
            .map(|shown| (shown.notices.iter().map(|it| it.seq).collect::<Vec<_>>(), shown.before_day, shown.first))
            .collect();
        assert_eq!(told, [(vec![1], 0, true), (vec![11], 0, true), (vec![21, 22], 1, true)]);
        assert_eq!(after.iter().map(|it| it.seq).collect::<Vec<_>>(), [31]);
    }
}
