//! A token bucket: so much at once, so much a second, by a clock that is handed in.

use crate::time::UtcMillis;

/// What is left, in thousandths of a token, and since when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    burst: u64,
    per_second: u64,
    left_milli: u64,
    at: UtcMillis,
}

impl Bucket {
    pub(super) fn full((burst, per_second): (u32, u32), now: UtcMillis) -> Self {
        let burst = u64::from(burst) * 1_000;
        Self { burst, per_second: u64::from(per_second), left_milli: burst, at: now }
    }

    /// Takes `tokens` if they are there. A request larger than the whole bucket passes when the bucket is full.
    pub(super) fn take(&mut self, tokens: usize, now: UtcMillis) -> bool {
        let passed_ms = u64::try_from(now.since_ms(self.at)).unwrap_or(0);
        self.at = self.at.max(now);
        self.left_milli = self.burst.min(self.left_milli.saturating_add(passed_ms.saturating_mul(self.per_second)));
        let wanted = (tokens as u64).saturating_mul(1_000).min(self.burst);
        if self.left_milli < wanted {
            return false;
        }
        self.left_milli -= wanted;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let mut bucket = Bucket::full((2, 10), UtcMillis(0));
        assert!(bucket.take(1, UtcMillis(0)) && bucket.take(1, UtcMillis(0)) && !bucket.take(1, UtcMillis(0)));
        assert!(!bucket.take(1, UtcMillis(99)) && bucket.take(1, UtcMillis(100)));
        assert!(!bucket.take(1, UtcMillis(50)), "a clock that steps back gives nothing");
        assert!(bucket.take(50, UtcMillis(5_000)), "more than the bucket holds passes when it is full");
    }
}
