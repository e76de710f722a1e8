//! The worker: publishes, within 5 seconds of an edit, what needs nobody's signature.
//!
//! What is due stands in the store, marked in the same transaction as the edit, so that a restart forgets nothing. A plan
//! that fails is tried again later and later, and never holds up another.

use crate::{
    access::PlanAccess,
    clock::Clock,
    definitions::CurrentSections,
    publish::{self, PublishFailure, Selection},
    sharing_choice,
    store::{Due, Store, StoreError},
};
use coplan_core::{
    id::PlanId,
    policy::{Action, Policies, Resource, Subject},
    time::UtcMillis,
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// The service itself, where it does something by itself.
#[must_use]
pub fn system() -> Subject {
    Subject::system()
}

/// Publishes what is due, until the service stops.
pub async fn run(
    store: Store,
    sections: CurrentSections,
    policies: Arc<Policies>,
    clock: Clock,
    stopping: CancellationToken,
) {
    let mut worker = Worker { store, sections, policies, failing: HashMap::new() };
    while stopping.run_until_cancelled(tokio::time::sleep(ROUND_EVERY)).await.is_some() {
        if let Err(error) = worker.round(clock.now()).await {
            tracing::error!(%error, "the worker could not read what is due");
        }
    }
}

struct Worker {
    store: Store,
    sections: CurrentSections,
    policies: Arc<Policies>,
    /// Plans that failed: how often, and when to try again.
    failing: HashMap<PlanId, (u32, UtcMillis)>,
}

impl Worker {
    /// One pass over everything that is due at `now`.
    async fn round(&mut self, now: UtcMillis) -> Result<(), StoreError> {
        let due = self.store.due(now.plus_ms(-QUIET_MS), now.plus_ms(-WAITING_MS_MAX)).await?;
        self.failing.retain(|plan, _| due.iter().any(|due| due.plan == *plan));
        for due in due {
            if self.failing.get(&due.plan).is_some_and(|(_, not_before)| *not_before > now) {
                continue;
            }
            match self.publish(&due, now).await {
                Ok(()) => drop(self.failing.remove(&due.plan)),
                Err(error) => self.put_off(due.plan, now, &error),
            }
        }
        metrics::gauge!("coplan_publications_failing").set(u32::try_from(self.failing.len()).unwrap_or(u32::MAX));
        Ok(())
    }

    async fn publish(&self, due: &Due, now: UtcMillis) -> Result<(), PublishFailure> {
        let by = system();
        let access = PlanAccess::of(&self.store, &self.policies, &by, &due.plan, now).await?;
        let granted = access.decide(Action::See, Resource::Plan).map_err(|_| PublishFailure::UnknownPlan)?;
        sharing_choice::follow(&self.store, &self.sections.get(), &granted).await?;
        let what = Selection::WhatNeedsNobody;
        let made = publish::publish(&self.store, &self.sections.get(), &granted, &by, &what, Some(due), now).await?;
        if made.is_some() {
            metrics::counter!("coplan_publications_total", "by" => "worker").increment(1);
        }
        Ok(())
    }

    fn put_off(&mut self, plan: PlanId, now: UtcMillis, error: &PublishFailure) {
        metrics::counter!("coplan_publication_failures_total").increment(1);
        let times = self.failing.get(&plan).map_or(0, |(times, _)| *times);
        let wait_ms = (RETRY_FIRST_MS << times.min(10)).min(RETRY_MS_MAX);
        tracing::error!(plan.id = %plan, %error, retry_in_ms = wait_ms, "a plan was not published");
        self.failing.insert(plan, (times + 1, now.plus_ms(wait_ms)));
    }
}

/// How often the worker looks.
const ROUND_EVERY: Duration = Duration::from_millis(500);

/// A plan is published once nobody has changed it for so long, in milliseconds,
const QUIET_MS: i64 = 2_000;

/// or once its first unpublished edit is so old, in milliseconds: with a round and the work itself, below 5 seconds.
const WAITING_MS_MAX: i64 = 4_000;

/// How long a plan that failed waits the first time, in milliseconds; twice as long each time after.
const RETRY_FIRST_MS: i64 = 1_000;

/// How long a plan that failed waits at most, in milliseconds.
const RETRY_MS_MAX: i64 = 5 * 60 * 1_000;

#[cfg(test)]
mod tests;
