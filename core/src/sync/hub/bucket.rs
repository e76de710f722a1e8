//! A token bucket: so much at once, so much a second, by a clock that is handed in.

use crate::time::UtcMillis;

/// What is left, in thousandths of a token, and since when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    burst: i64,
    per_second: i64,
    /// Below nothing when what was taken turned out larger than what was there.
    left_milli: i64,
    at: UtcMillis,
}

impl Bucket {
    pub(super) fn full((burst, per_second): (u32, u32), now: UtcMillis) -> Self {
        let burst = i64::from(burst) * 1_000;
        Self { burst, per_second: i64::from(per_second), left_milli: burst, at: now }
    }

    /// Takes one token if there is one.
    pub(super) fn take_one(&mut self, now: UtcMillis) -> bool {
        let some = self.has_some(now);
        if some {
            self.spend(1);
        }
        some
    }

    /// Whether at least one token is there: for work whose size is known only once it is done.
    pub(super) fn has_some(&mut self, now: UtcMillis) -> bool {
        let passed_ms = now.since_ms(self.at).max(0);
        self.at = self.at.max(now);
        self.left_milli = self.burst.min(self.left_milli.saturating_add(passed_ms.saturating_mul(self.per_second)));
        self.left_milli >= 1_000
    }

    /// Whether nothing is missing.
    pub(super) fn is_full(&mut self, now: UtcMillis) -> bool {
        self.has_some(now) && self.left_milli == self.burst
    }

    /// Takes tokens for work that has been done; what is missing has to come in before there is more.
    pub(super) fn spend(&mut self, tokens: usize) {
        let tokens = i64::try_from(tokens).unwrap_or(i64::MAX);
        self.left_milli = self.left_milli.saturating_sub(tokens.saturating_mul(1_000));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let mut bucket = Bucket::full((2, 10), UtcMillis(0));
        assert!(bucket.take_one(UtcMillis(0)) && bucket.take_one(UtcMillis(0)) && !bucket.take_one(UtcMillis(0)));
        assert!(!bucket.take_one(UtcMillis(99)) && bucket.take_one(UtcMillis(100)));
        assert!(!bucket.take_one(UtcMillis(50)), "a clock that steps back gives nothing");
    }

    #[test]
    fn what_was_spent_beyond_the_bucket_has_to_come_in_first() {
        let mut bucket = Bucket::full((2, 10), UtcMillis(0));
        bucket.spend(12);
        assert!(!bucket.has_some(UtcMillis(1_000)) && bucket.has_some(UtcMillis(1_100)));
    }
}
