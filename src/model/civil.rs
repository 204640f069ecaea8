//! Milliseconds as dates and times of the Gregorian calendar, in UTC, without a clock or a library.

use super::ids::Millis;

pub const DAY: i64 = 24 * 60 * 60 * 1_000;

/// `2026-11-21T20:41:05Z`, for machines.
pub fn iso(ts: Millis) -> String {
    format!("{}T{}:{:02}Z", date(ts), clock(ts), ts.div_euclid(1_000).rem_euclid(60))
}

/// `2026-11-21`.
pub fn date(ts: Millis) -> String {
    let (year, month, day) = of_day(day(ts));
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

/// Year, month and day of the month. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
/// `civil_from_days`: years begin in March, so that the leap day is the last one.
const fn of_day(day: i64) -> (i64, i64, i64) {
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
        }
    }
}
