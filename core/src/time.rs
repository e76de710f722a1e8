//! Time as the service keeps it: UTC milliseconds, handed in from outside.

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UtcMillis(pub i64);

impl UtcMillis {
    /// The moment `ms` milliseconds later; stays at the end of time rather than wrap.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment; negative if it lies before.
    #[must_use]
    pub const fn since_ms(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// RFC 3339 in UTC with milliseconds, as the API writes every time: `2026-11-21T14:05:03.120Z`.
    ///
    /// A moment outside the years 0 to 9999, which RFC 3339 cannot write, becomes the nearest it can.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        const FIRST_MS: i64 = -62_167_219_200_000;
        const LAST_MS: i64 = 253_402_300_799_999;
        let ms = self.0.clamp(FIRST_MS, LAST_MS);
        let moment =
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (date, clock) = (moment.date(), moment.time());
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            date.year(),
            u8::from(date.month()),
            date.day(),
            clock.hour(),
            clock.minute(),
            clock.second(),
            clock.millisecond()
        )
    }

    /// Reads RFC 3339, any offset; `None` if the text is not one.
    #[must_use]
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

    use super::*;

    #[test]
    fn times_are_written_in_utc_with_milliseconds_and_read_back() {
        let cases = [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (1_795_269_903_120, "2026-11-21T14:05:03.120Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        ];
        for (ms, text) in cases {
            assert_eq!(UtcMillis(ms).to_rfc3339(), text);
            assert_eq!(UtcMillis::from_rfc3339(text), Some(UtcMillis(ms)));
        }
    }

    #[test]
    fn any_offset_is_read_and_finer_parts_are_cut() {
        assert_eq!(UtcMillis::from_rfc3339("1970-01-01T01:00:00+01:00"), Some(UtcMillis(0)));
        assert_eq!(UtcMillis::from_rfc3339("1970-01-01T00:00:00.1239Z"), Some(UtcMillis(123)));
        assert_eq!(UtcMillis::from_rfc3339("1970-01-01T00:00:00"), None);
        assert_eq!(UtcMillis::from_rfc3339("yesterday"), None);
    }

    #[test]
    fn the_ends_of_time_are_held_not_wrapped() {
        assert_eq!(UtcMillis(i64::MAX).plus_ms(1), UtcMillis(i64::MAX));
        assert_eq!(UtcMillis(i64::MIN).since_ms(UtcMillis(1)), i64::MIN);
        assert_eq!(UtcMillis(i64::MAX).to_rfc3339(), "9999-12-31T23:59:59.999Z");
        assert_eq!(UtcMillis(i64::MIN).to_rfc3339(), "0000-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_moment_is_a_bare_number_in_json() {
        assert_eq!(serde_json::to_string(&UtcMillis(5)).unwrap(), "5");
        assert_eq!(UtcMillis(7).since_ms(UtcMillis(10)), -3);
    }
}
