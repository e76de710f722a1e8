//! Days and times as people in the United Kingdom read them: Europe/London, whatever the machine believes.
//!
//! Summer time runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October (The Summer Time
//! Order 2002).

use crate::time::UtcMillis;
use time::{Date, Duration, Month, OffsetDateTime, Weekday};

/// A moment as RFC 3339 writes it, in London: `21 November 2026, 14:05`. What is no moment comes back as it is.
#[must_use]
pub fn moment(rfc3339: &str) -> String {
    match inside(rfc3339) {
        Some(at) => format!("{}, {:02}:{:02}", date(at.date()), at.hour(), at.minute()),
        None => rfc3339.to_owned(),
    }
}

/// The day of a moment in London: `21 November 2026`.
pub(crate) fn day(rfc3339: &str) -> String {
    inside(rfc3339).map_or_else(|| rfc3339.to_owned(), |at| date(at.date()))
}

/// A calendar date `YYYY-MM-DD` in words. What is no date comes back as it is.
pub(crate) fn calendar(text: &str) -> String {
    UtcMillis::from_rfc3339(&format!("{text}T12:00:00Z"))
        .and_then(utc)
        .map_or_else(|| text.to_owned(), |at| date(at.date()))
}

/// The first moment of a day `YYYY-MM-DD` in London.
#[must_use]
pub fn begins(day: &str) -> Option<UtcMillis> {
    midnight(utc(UtcMillis::from_rfc3339(&format!("{day}T00:00:00Z"))?)?)
}

/// The moment at which a day `YYYY-MM-DD` is over in London.
#[must_use]
pub fn ends(day: &str) -> Option<UtcMillis> {
    midnight(utc(UtcMillis::from_rfc3339(&format!("{day}T00:00:00Z"))?)?.checked_add(Duration::DAY)?)
}

/// Midnight in London of the day whose midnight in UTC this is. Clocks change after midnight.
fn midnight(of: OffsetDateTime) -> Option<UtcMillis> {
    let an_hour_before = of.checked_sub(Duration::HOUR)?;
    let at = if is_summer(an_hour_before)? { an_hour_before } else { of };
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok().map(UtcMillis)
}

fn is_summer(at: OffsetDateTime) -> Option<bool> {
    Some(change(at.year(), Month::March)? <= at && at < change(at.year(), Month::October)?)
}

fn inside(rfc3339: &str) -> Option<OffsetDateTime> {
    let at = utc(UtcMillis::from_rfc3339(rfc3339)?)?;
    Some(if is_summer(at)? { at + Duration::HOUR } else { at })
}

fn utc(at: UtcMillis) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.0) * 1_000_000).ok()
}

/// When the clocks change in this month: 01:00 UTC on its last Sunday.
fn change(year: i32, month: Month) -> Option<OffsetDateTime> {
    let mut day = Date::from_calendar_date(year, month, month.length(year)).ok()?;
    while day.weekday() != Weekday::Sunday {
        day = day.previous_day()?;
    }
    Some(day.with_hms(1, 0, 0).ok()?.assume_utc())
}

fn date(date: Date) -> String {
    format!("{} {} {}", date.day(), date.month(), date.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_on_paper_is_londons_in_winter_and_in_summer() {
        for (utc, london) in [
            ("2026-11-21T14:05:59.999Z", "21 November 2026, 14:05"),
            ("2026-07-01T23:30:00Z", "2 July 2026, 00:30"),
            ("2026-03-29T00:59:59Z", "29 March 2026, 00:59"),
            ("2026-03-29T01:00:00Z", "29 March 2026, 02:00"),
            ("2026-10-25T00:59:59Z", "25 October 2026, 01:59"),
            ("2026-10-25T01:00:00Z", "25 October 2026, 01:00"),
            ("2024-12-31T23:59:00Z", "31 December 2024, 23:59"),
            ("no time", "no time"),
        ] {
            assert_eq!(moment(utc), london);
        }
        assert_eq!(day("2026-07-01T23:30:00Z"), "2 July 2026");
        assert_eq!((calendar("1968-03-17").as_str(), calendar("17/3/68").as_str()), ("17 March 1968", "17/3/68"));
    }

    #[test]
    fn a_day_begins_and_ends_at_midnight_in_london_on_the_days_of_the_clocks_too() {
        for (day, first, last) in [
            ("2026-01-15", "2026-01-15T00:00:00.000Z", "2026-01-16T00:00:00.000Z"),
            ("2026-07-15", "2026-07-14T23:00:00.000Z", "2026-07-15T23:00:00.000Z"),
            ("2026-03-29", "2026-03-29T00:00:00.000Z", "2026-03-29T23:00:00.000Z"),
            ("2026-10-25", "2026-10-24T23:00:00.000Z", "2026-10-26T00:00:00.000Z"),
            ("2026-12-31", "2026-12-31T00:00:00.000Z", "2027-01-01T00:00:00.000Z"),
        ] {
            let both = [begins(day), ends(day)].map(|at| at.map(UtcMillis::to_rfc3339));
            assert_eq!(both, [Some(first.to_owned()), Some(last.to_owned())], "{day}");
        }
        assert_eq!((begins("2026-02-30"), ends("soon")), (None, None));
    }
}
