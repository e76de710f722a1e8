//! When a whole target rests: it asked for it, or several plans in a row came to nothing.
//!
//! One plan that fails by itself again and again never makes a target rest, so that it keeps no other back.

use super::backoff::Backoff;
use coplan_core::{id::PlanId, time::UtcMillis};
use std::collections::BTreeSet;

/// What is known of a target since the last time that it took or refused something.
#[derive(Debug, Default)]
pub(super) struct Pause {
    failing: BTreeSet<PlanId>,
    rests: u32,
    until: Option<UtcMillis>,
}

impl Pause {
    /// Until when nothing is sent.
    pub(super) fn until(&self, now: UtcMillis) -> Option<UtcMillis> {
        self.until.filter(|until| *until > now)
    }

    /// It answered.
    pub(super) fn answered(&mut self) {
        *self = Self::default();
    }

    /// It asked to be left alone until then.
    pub(super) fn asked(&mut self, until: UtcMillis) {
        self.until = self.until.max(Some(until));
    }

    /// A plan could not be delivered because of the target.
    pub(super) fn failed(&mut self, plan: &PlanId, backoff: Backoff, chance: u64, now: UtcMillis) {
        if self.failing.len() < PLANS_MAX {
            self.failing.insert(plan.clone());
        }
        if self.failing.len() >= PLANS_MAX && self.until(now).is_none() {
            self.rests = self.rests.saturating_add(1);
            self.asked(now.plus_ms(backoff.wait_ms(self.rests, chance)));
        }
    }
}

/// So many different plans in a row, and it is the target's fault.
const PLANS_MAX: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { first_ms: 1_000, most_ms: 8_000 };
    const NOW: UtcMillis = UtcMillis(1_000_000);

    fn plan(number: u32) -> PlanId {
        format!("plan-{number}").parse().unwrap()
    }

    #[test]
    fn a_target_rests_when_several_plans_failed_and_not_for_one_that_fails_again_and_again() {
        let mut pause = Pause::default();
        for _ in 0..100 {
            pause.failed(&plan(1), BACKOFF, 999, NOW);
        }
        assert_eq!(pause.until(NOW), None);
        pause.failed(&plan(2), BACKOFF, 999, NOW);
        pause.failed(&plan(3), BACKOFF, 999, NOW);
        assert_eq!(pause.until(NOW), Some(NOW.plus_ms(1_000)));
        let later = NOW.plus_ms(1_000);
        assert_eq!(pause.until(later), None, "it is tried again");
        pause.failed(&plan(1), BACKOFF, 1_999, later);
        assert_eq!(pause.until(later), Some(later.plus_ms(2_000)), "and rests longer");
        pause.answered();
        assert_eq!(pause.until(later), None);
    }
}
