//! The worker of one target: takes up what is new, and delivers what is due, several plans at a time.
//!
//! INVARIANT: of one plan, one delivery is under way at a time. What is under way when the process ends is tried again by
//! the next, with the same idempotency keys.

use super::{
    attempt::{self, Attempt, Stop},
    client::{Client, Failure},
    pause::Pause,
    targets::Target,
};
use crate::{
    access::PlanAccess,
    clock::Clock,
    random,
    store::{Claimed, SettledDelivery, Store, StoreError, Told},
};
use coplan_core::{
    id::PlanId,
    policy::{Action, Policies, Resource, Subject},
    time::UtcMillis,
    view::ViewKind,
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{
    sync::Mutex,
    task::{Id, JoinError, JoinSet},
};
use tokio_util::sync::CancellationToken;

/// What the deliveries of one target share.
pub(super) struct Shared {
    pub(super) store: Store,
    pub(super) policies: Arc<Policies>,
    pub(super) target: Target,
    pub(super) client: Client,
    /// Held by whoever greets the target.
    pub(super) greeting: Mutex<()>,
}

/// What an attempt says of the target.
enum Said {
    /// It took or refused something.
    Answered,
    /// It was not there, or asked to be left alone.
    Away(Option<Duration>),
    /// Nothing was asked of it.
    Nothing,
}

/// Delivers until the service stops.
pub(super) async fn run(shared: Arc<Shared>, stopping: CancellationToken) {
    let mut worker = Worker { shared, under_way: JoinSet::new(), plans: HashMap::new(), pause: Pause::default() };
    let mut counted_at = UtcMillis(0);
    while !stopping.is_cancelled() {
        let now = Clock.now();
        let next = worker.round(now).await.unwrap_or_else(|error| {
            tracing::error!(delivery.target = worker.shared.target.id, %error, "a target's deliveries were not read");
            ROUND_EVERY
        });
        if now.0 - counted_at.0 >= COUNTED_EVERY_MS {
            counted_at = now;
            worker.count(now).await;
        }
        tokio::select! {
            () = stopping.cancelled() => {}
            Some(ended) = worker.under_way.join_next_with_id(), if !worker.under_way.is_empty() => worker.ended(ended),
            () = tokio::time::sleep(next) => {}
        }
    }
}

struct Worker {
    shared: Arc<Shared>,
    under_way: JoinSet<Said>,
    /// What is under way, by the task that does it.
    plans: HashMap<Id, PlanId>,
    pause: Pause,
}

impl Worker {
    /// Begins what is due; how long until it is worth looking again.
    async fn round(&mut self, now: UtcMillis) -> Result<Duration, StoreError> {
        let target = &self.shared.target;
        while self.shared.store.take_up(&target.id, target.kind.pace(), now).await? {}
        if let Some(until) = self.pause.until(now) {
            return Ok(wait(until, now));
        }
        let free = (target.concurrency as usize).saturating_sub(self.plans.len());
        if free > 0 {
            let most = u32::try_from(free + self.plans.len()).unwrap_or(u32::MAX);
            let due = self.shared.store.deliveries_due(&target.id, now, most).await?;
            let due: Vec<PlanId> =
                due.into_iter().filter(|plan| !self.plans.values().any(|other| other == plan)).take(free).collect();
            for plan in due {
                let task = self.under_way.spawn(deliver(Arc::clone(&self.shared), plan.clone()));
                self.plans.insert(task.id(), plan);
            }
        }
        let next = self.shared.store.next_delivery(&self.shared.target.id, now).await?;
        Ok(next.map_or(ROUND_EVERY, |at| wait(at, now)))
    }

    fn ended(&mut self, ended: Result<(Id, Said), JoinError>) {
        let (id, said) = match ended {
            Ok(ended) => ended,
            // A panic is logged by the runtime; the delivery is tried again when its lease is over.
            Err(error) => (error.id(), Said::Nothing),
        };
        let Some(plan) = self.plans.remove(&id) else { return };
        let now = Clock.now();
        match said {
            Said::Answered => self.pause.answered(),
            Said::Nothing => {}
            Said::Away(wish) => {
                let chance = u64::from_be_bytes(random::bytes());
                self.pause.failed(&plan, self.shared.target.backoff, chance, now);
                if let Some(wish) = wish {
                    self.pause.asked(now.plus_ms(i64::try_from(wish.as_millis()).unwrap_or(i64::MAX)));
                }
            }
        }
    }

    async fn count(&self, now: UtcMillis) {
        let target = self.shared.target.id.clone();
        let Ok(counts) = self.shared.store.delivery_counts(&target).await else { return };
        let oldest_ms = counts.oldest.map_or(0, |at| (now.0 - at.0).max(0));
        let gauge = |name: &'static str, value: i64| {
            metrics::gauge!(name, "target" => target.clone()).set(i32::try_from(value).unwrap_or(i32::MAX));
        };
        gauge("coplan_outbox_waiting", counts.waiting);
        gauge("coplan_outbox_dead", counts.dead);
        gauge("coplan_outbox_oldest_age_s", oldest_ms / 1_000);
    }
}

async fn deliver(shared: Arc<Shared>, plan: PlanId) -> Said {
    one(&shared, &plan).await.unwrap_or_else(|error| {
        let target = &shared.target.id;
        tracing::error!(delivery.target = target, plan.id = %plan, %error, "a delivery was not kept account of");
        Said::Nothing
    })
}

async fn one(shared: &Shared, plan: &PlanId) -> Result<Said, StoreError> {
    let target = &shared.target;
    // Should the process end meanwhile: not before this attempt has certainly ended.
    let lease_ms = i64::try_from(target.http.timeout_ms).unwrap_or(i64::MAX).min(target.backoff.most_ms);
    let lease = Clock.now().plus_ms(lease_ms.max(target.backoff.first_ms));
    let Some(mut claimed) = shared.store.claim(&target.id, plan, target.kind.pace(), lease).await? else {
        return Ok(Said::Nothing);
    };
    if target.retired {
        claimed.told = Told::Withdraw;
    }
    let begun = std::time::Instant::now();
    let made = make(shared, plan, &claimed).await;
    let said = match &made {
        Err(Stop::Failure(Failure::Away(_, wish))) => Said::Away(*wish),
        Err(Stop::Store(_) | Stop::Impossible(_)) => Said::Nothing,
        _ => Said::Answered,
    };
    let (settled, outcome) = attempt::settled(target, &claimed, made);
    report(target, plan, &claimed, &settled, outcome);
    metrics::histogram!("coplan_delivery_seconds", "target" => target.id.clone()).record(begun.elapsed().as_secs_f64());
    shared.store.settle(&target.id, plan, &claimed, &settled, Clock.now()).await?;
    Ok(said)
}

async fn make(shared: &Shared, plan: &PlanId, claimed: &Claimed) -> Result<attempt::Done, Stop> {
    let (store, service) = (&shared.store, Subject::system());
    let access = PlanAccess::of(store, &shared.policies, &service, plan, Clock.now()).await?;
    let read = |kind| access.decide(Action::ReadPublished, Resource::View(kind));
    let granted = read(ViewKind::Fhir).map_err(|_| Stop::Impossible("the rules do not let the service read it"))?;
    let Shared { target, client, greeting, .. } = shared;
    Attempt { store, target, client, granted: &granted, claimed, greeting }.make().await
}

fn report(target: &Target, plan: &PlanId, claimed: &Claimed, settled: &SettledDelivery, outcome: &'static str) {
    let labels = [("target", target.id.clone()), ("outcome", outcome.to_owned())];
    metrics::counter!("coplan_deliveries_total", &labels).increment(1);
    let (target, version, attempts) = (&target.id, claimed.version, claimed.attempts + 1);
    match settled {
        SettledDelivery::Delivered { .. } => {
            tracing::debug!(delivery.target = target, plan.id = %plan, plan.version = version, attempts, "delivered");
        }
        SettledDelivery::Later { reason, .. } => {
            tracing::warn!(
                delivery.target = target, plan.id = %plan, plan.version = version, attempts, reason,
                "a delivery is tried again later"
            );
        }
        SettledDelivery::Dead { reason } => {
            tracing::error!(
                delivery.target = target, plan.id = %plan, plan.version = version, attempts, reason,
                "a delivery was given up; `coplan outbox retry` tries it again"
            );
        }
    }
}

fn wait(until: UtcMillis, now: UtcMillis) -> Duration {
    Duration::from_millis((until.0 - now.0).max(1).unsigned_abs()).min(ROUND_EVERY)
}

/// How often a worker looks for what is new.
const ROUND_EVERY: Duration = Duration::from_millis(250);

/// How often what waits is counted, in milliseconds.
const COUNTED_EVERY_MS: i64 = 1_000;
