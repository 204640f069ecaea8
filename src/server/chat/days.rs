//! Every day of a room is a page, and every year a calendar of them. Days are those of UTC, unless an address says by
//! which clocks they are: those of the access, for the line above the first message of a day.

use super::history::MAX_LIMIT;
use super::{Access, Chat};
use crate::error::{AppError, Problem, Result};
use crate::model::civil::{self, DAY};
use crate::model::ids::{RoomId, Seq};
use crate::model::message::HistoryQuery;
use crate::model::room::{Calendar, Days};
use crate::server::actor::Actor;
use crate::server::head;

const MINUTE: i64 = 60_000;

/// The day that an address or a caller names, by clocks so many minutes ahead of UTC.
pub fn parse(written: &str, tz: Option<i64>) -> Result<(i64, i64)> {
    let none = |field| AppError::from(Problem::NoSuchDay).on(field);
    let tz = tz.unwrap_or(0);
    if tz.unsigned_abs() >= (DAY / MINUTE).unsigned_abs() {
        return Err(none("tz"));
    }
    Ok((civil::parse_date(written).ok_or_else(|| none("day"))?, tz))
}

impl Chat {
    /// A day with its neighbours, and where its messages are.
    pub async fn day(&self, access: &Access, day: i64, tz: i64) -> Result<(Days, HistoryQuery)> {
        let room = access.room;
        let floor = access.floor();
        let ahead = tz * MINUTE;
        let bounds = self.db.seqs_before(room, floor - 1, &[day * DAY - ahead, (day + 1) * DAY - ahead]).await?;
        let &[before, until] = bounds.as_slice() else { return Err(Problem::Internal.into()) };
        let (earlier, later) = self.db.said_around(room, floor, before, until).await?;
        let date = |ts: i64| civil::date(ts + ahead);
        let days = Days { day: civil::date(day * DAY), tz, before: earlier.map(date), after: later.map(date) };
        let page =
            HistoryQuery { after: Some(before), until: Some(until), limit: MAX_LIMIT, ..HistoryQuery::default() };
        Ok((days, page))
    }
}

/// The days of a year on which something was said; of the last one, if none is named.
pub async fn calendar(actor: &Actor, room: RoomId, year: Option<i64>) -> Result<Calendar> {
    let chat = &actor.app.chat;
    let access = chat.access(room, actor.user_id()).await?;
    let found = chat.db.room(room).await?.ok_or(Problem::NotFound)?;
    let year_of = |ts| civil::year_month_day(civil::day(ts)).0;
    let (first, last) = (year_of(found.ts), year_of(found.last_ts));
    let year = year.unwrap_or(last);
    if !(first..=last).contains(&year) {
        return Err(AppError::from(Problem::NoSuchDay).on("year"));
    }
    let dates: Vec<i64> = (civil::day_of(year, 1, 1)..=civil::day_of(year + 1, 1, 1)).collect();
    let moments: Vec<_> = dates.iter().map(|day| day * DAY).collect();
    let bounds = chat.db.seqs_before(room, access.floor() - 1, &moments).await?;
    let stretches: Vec<_> = bounds.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let busy: Vec<_> = stretches.iter().copied().filter(|(after, until)| until > after).collect();
    let spoken = chat.db.spoken(room, &busy).await?;
    let is_spoken = |(after, until): &(Seq, Seq)| until > after && spoken.binary_search(after).is_ok();
    let days = dates.iter().zip(stretches).filter(|(_, stretch)| is_spoken(stretch));
    let days = days.map(|(day, (after, until))| (civil::date(day * DAY), until - after)).collect();
    head::unlisted();
    Ok(Calendar { year, years: (first, last), days })
}
