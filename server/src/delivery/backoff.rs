//! When to try again: exponential, with full jitter, within a bound.

use std::time::Duration;

/// How long a target's deliveries wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The longest first wait, in milliseconds.
    pub first_ms: i64,
    /// The longest wait of all, in milliseconds.
    pub most_ms: i64,
}

impl Backoff {
    /// How long to wait after `attempts` attempts, in milliseconds: anything from nothing to twice the longest wait
    /// before, as `chance` falls, so that what failed together is not tried again together.
    #[must_use]
    pub fn wait_ms(self, attempts: u32, chance: u64) -> i64 {
        let longest = self.first_ms.saturating_mul(1_i64 << attempts.saturating_sub(1).min(DOUBLINGS_MAX));
        let longest = longest.clamp(1, self.most_ms.max(1));
        i64::try_from(chance % longest.unsigned_abs()).unwrap_or_default() + 1
    }
}

/// What `Retry-After` asks for (RFC 9110, section 10.2.3), within a bound; a date counts from `now_s`, in seconds of Unix
/// time. What cannot be read asks for nothing.
#[must_use]
pub(super) fn retry_after(value: &str, now_s: i64) -> Option<Duration> {
    let asked_s = match value.trim().parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let date = time::PrimitiveDateTime::parse(value.trim(), HTTP_DATE).ok()?.assume_utc();
            u64::try_from((date.unix_timestamp() - now_s).max(0)).ok()?
        }
    };
    Some(Duration::from_secs(asked_s.min(RETRY_AFTER_S_MAX)))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
const HTTP_DATE: &[time::format_description::BorrowedFormatItem<'_>] = time::macros::format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// After how many attempts the wait grows no longer, whatever the bound.
const DOUBLINGS_MAX: u32 = 20;

/// The longest that a target may ask us to wait, in seconds.
const RETRY_AFTER_S_MAX: u64 = 3_600;

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { first_ms: 1_000, most_ms: 300_000 };

    #[test]
    fn waits_double_up_to_the_bound_and_never_are_nothing() {
        let longest = |attempts| BACKOFF.wait_ms(attempts, u64::MAX / 1_000_000 * 1_000_000 - 1);
        for (attempts, most) in [(1, 1_000), (2, 2_000), (3, 4_000), (9, 256_000), (10, 300_000), (4_000_000, 300_000)]
        {
            assert!((1..=most).contains(&longest(attempts)), "{attempts}: {}", longest(attempts));
            assert_eq!(BACKOFF.wait_ms(attempts, u64::try_from(most).unwrap() - 1), most);
            assert_eq!(BACKOFF.wait_ms(attempts, 0), 1);
        }
        assert_eq!(Backoff { first_ms: 5, most_ms: 0 }.wait_ms(1, 77), 1);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_within_an_hour() {
        let in_s = |value| retry_after(value, 784_111_777).map(|wait| wait.as_secs());
        assert_eq!(in_s("120"), Some(120));
        assert_eq!(in_s("999999999"), Some(3_600));
        assert_eq!(in_s("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60));
        assert_eq!(in_s("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        for unreadable in ["", "soon", "-5", "Sunday, 06-Nov-94 08:49:37 GMT"] {
            assert_eq!(in_s(unreadable), None, "{unreadable}");
        }
    }
}
