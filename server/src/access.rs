//! Who may do what, for one request: core's decision with the facts of the plan, as the store has them now.
//!
//! INVARIANT: a handler reaches plan content only with what `PlanAccess` hands out, and nothing is handed out without a
//! decision of core's.

use crate::{
    audit::trail,
    store::{Store, StoreError},
};
use coplan_core::{
    id::PlanId,
    policy::{Access, Action, Denied, Granted, PlanFacts, Policies, Resource, Subject},
    time::UtcMillis,
};
use std::sync::Arc;

/// What one subject may do with one plan, at one moment.
#[derive(Debug, Clone)]
pub struct PlanAccess<'r> {
    /// Who asks.
    pub subject: &'r Subject,
    /// What is so about the plan.
    pub facts: Arc<PlanFacts>,
    policies: &'r Policies,
    now: UtcMillis,
}

impl<'r> PlanAccess<'r> {
    /// Reads what the rules ask about the plan.
    ///
    /// # Errors
    /// `StoreError` if it could not be read; then nobody may do anything.
    pub async fn of(
        store: &Store,
        policies: &'r Policies,
        subject: &'r Subject,
        plan: &PlanId,
        now: UtcMillis,
    ) -> Result<Self, StoreError> {
        Ok(Self { subject, facts: store.facts(plan).await?, policies, now })
    }

    /// With facts that were read already.
    #[must_use]
    pub const fn from_facts(
        policies: &'r Policies,
        subject: &'r Subject,
        facts: Arc<PlanFacts>,
        now: UtcMillis,
    ) -> Self {
        Self { subject, facts, policies, now }
    }

    /// Whether `decide` would say yes, where nothing is done with the answer but show it.
    #[must_use]
    pub fn allows(&self, action: Action, resource: Resource<'_>) -> bool {
        self.access().allows(self.subject, action, resource)
    }

    /// Decides, and notes the decision in the trail of the request: yes or no, it is kept before the answer leaves, and in
    /// the transaction of what it allowed where that writes.
    ///
    /// # Errors
    /// `Denied` with the reason.
    pub fn decide(&self, action: Action, resource: Resource<'_>) -> Result<Granted, Denied> {
        let decided = self.access().decide(self.subject, action, resource);
        match &decided {
            Ok(granted) => trail::allowed(granted),
            Err(denied) => trail::refused(denied),
        }
        decided
    }

    /// The right to a part of what the request was granted as a whole; whoever has none is shown the rest. The event of the
    /// request is the decision about the whole.
    #[must_use]
    pub fn part(&self, action: Action, resource: Resource<'_>) -> Option<Granted> {
        self.access().decide(self.subject, action, resource).ok()
    }

    fn access(&self) -> Access<'_> {
        Access { policies: self.policies, facts: &self.facts, now: self.now }
    }
}
