//! The one place that asks the machine what time it is.

use coplan_core::time::UtcMillis;
use std::time::SystemTime;

/// The machine's clock. Whatever needs the time is given this, or better the time itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock;

impl Clock {
    /// Now.
    #[must_use]
    pub fn now(self) -> UtcMillis {
        let ms = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        };
        UtcMillis(ms)
    }
}
