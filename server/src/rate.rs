//! How often somebody may try to sign in.

use coplan_core::id::UserId;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;

/// A token bucket for each user, so that one cannot keep another out.
pub struct SignInRate(DefaultKeyedRateLimiter<UserId>);

impl SignInRate {
    /// Buckets that are full.
    #[must_use]
    pub fn new() -> Self {
        Self(RateLimiter::keyed(Quota::per_second(SIGN_INS_PER_SECOND).allow_burst(SIGN_INS_AT_ONCE)))
    }

    /// Whether this user may sign in now. Only ask for users that exist: each is remembered.
    #[must_use]
    pub fn allows(&self, user: &UserId) -> bool {
        self.0.check_key(user).is_ok()
    }
}

impl Default for SignInRate {
    fn default() -> Self {
        Self::new()
    }
}

/// How often one user may sign in, in the long run.
const SIGN_INS_PER_SECOND: NonZeroU32 = NonZeroU32::new(5).expect("not zero");

/// How often one user may sign in at once, after a pause.
const SIGN_INS_AT_ONCE: NonZeroU32 = NonZeroU32::new(60).expect("not zero");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_user_who_signs_in_too_often_keeps_nobody_else_out() {
        let rate = SignInRate::new();
        let (eager, calm) = ("eager".parse().unwrap_or_else(|_| unreachable!()), "calm".parse::<UserId>());
        let allowed = (0..1_000).filter(|_| rate.allows(&eager)).count();
        assert!((60..200).contains(&allowed), "{allowed}");
        assert!(calm.is_ok_and(|calm| rate.allows(&calm)));
    }
}
