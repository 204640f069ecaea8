//! Milliseconds as dates and times of the Gregorian calendar, in UTC, without a clock or a library.

use super::ids::Millis;

pub const DAY: i64 = 24 * 60 * 60 * 1_000;

/// `2026-11-21T20:41:05Z`, for machines.
pub fn iso(ts: Millis) -> String {
    format!("{}T{}:{:02}Z", date(ts), clock(ts), ts.div_euclid(1_000).rem_euclid(60))
}

/// `2026-11-21`.
pub fn date(ts: Millis) -> String {
    let (year, month, day) = year_month_day(day(ts));
    format!("{year:04}-{month:02}-{day:02}")
}

/// `20:41`.
pub fn clock(ts: Millis) -> String {
    let minutes = ts.rem_euclid(DAY) / 60_000;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Days since 1970-01-01.
pub const fn day(ts: Millis) -> i64 {
    ts.div_euclid(DAY)
}

/// The day that a date names, counted as by [`day`]; `None` for what is not written like `2026-11-21`, or in no calendar.
pub fn parse_date(written: &str) -> Option<i64> {
    let part = |part: Option<&str>| part?.parse::<u32>().ok().map(i64::from);
    let day = day_of(part(written.get(..4))?, part(written.get(5..7))?, part(written.get(8..))?);
    // Writing it again tells whether there is such a day, and whether it was written so.
    (date(day * DAY) == written).then_some(day)
}

/// The day of a date, counted as by [`day`]; `month` is 1 to 12. Source: as below, `days_from_civil`.
pub const fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * (month + 9).rem_euclid(12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of the month. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
/// `civil_from_days`: years begin in March, so that the leap day is the last one.
pub const fn year_month_day(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + (month <= 2) as i64;
    (year, month, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_have_their_dates() {
        let known = [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59Z"),
            (1_795_293_665_000, "2026-11-21T20:41:05Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
        ];
        for (ts, written) in known {
            assert_eq!(iso(ts), written);
            assert_eq!(parse_date(&written[..10]), Some(day(ts)));
        }
    }

    #[test]
    fn every_day_is_found_by_its_date_and_nothing_else_is() {
        for n in -200_000..200_000 {
            let (year, month, of_month) = year_month_day(n);
            assert_eq!(day_of(year, month, of_month), n);
        }
        let none = [
            "2026-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
            "2026-1-01",
            "26-01-01",
            "2026-01-01 ",
            "+026-01-01",
            "2026-01-4294967295",
            "2026/01/01",
            "",
            "가나-01-01",
            "2026-01-가",
        ];
        for written in none {
            assert_eq!(parse_date(written), None, "{written}");
        }
    }
}
