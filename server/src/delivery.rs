//! Delivery: what is published goes to other systems, and what may no longer be shared is taken back from them.
//!
//! The outbox (`store/outbox.rs`) is written with the publication; each target of the targets file has a worker that goes
//! through it at its own pace. So a target that is slow or down delays no publication and no other target, and a plan that
//! a target refuses delays no other plan.
//!
//! INVARIANT: delivery is at least once and in order for each plan, and every attempt at the same delivery has the same
//! idempotency keys and leaves the same at the target. Whatever may be there is written down before it is sent.
//! INVARIANT: nothing is sent of a plan whose newest row of the outbox is a withdrawal.
//! INVARIANT: neither the log, the counts nor the reasons that are kept hold anything of what was sent or answered.
//!
//! What it deliberately does not do: take anything from a target (`import` does), or ask it what it holds, but for a record
//! locator, which makes up the names of what it is sent.

pub(crate) mod address;
mod attempt;
mod backoff;
mod client;
pub mod command;
mod fhir_documents;
mod fhir_server;
pub mod kinds;
mod mesh;
mod pause;
mod record_locator;
mod subscription;
pub mod targets;
mod worker;

use crate::{
    clock::Clock,
    store::{Store, StoreError},
};
use coplan_core::{policy::Policies, time::UtcMillis};
use std::{sync::Arc, time::Duration};
use targets::Target;
use tokio::sync::Mutex;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Why deliveries do not begin.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// TLS, or a certificate file.
    #[error("no HTTPS client can be made for the target `{0}`")]
    NoClient(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Begins to deliver: a task for each target, and one that notices objections that end by themselves.
///
/// # Errors
/// `DeliveryError`; then nothing is delivered.
pub async fn start(
    store: &Store,
    policies: &Arc<Policies>,
    targets: Vec<Target>,
    stopping: &CancellationToken,
    tasks: &TaskTracker,
) -> Result<(), DeliveryError> {
    tasks.spawn(reconsider(store.clone(), stopping.clone()));
    let named: Vec<&str> = targets.iter().map(|target| target.id.as_str()).collect();
    for (target, plans) in store.targets_left(&named).await? {
        tracing::error!(
            delivery.target = target,
            plans,
            "a target that the targets file no longer names has copies of plans, and nothing takes them back: \
             name it again with `retired = true`"
        );
        let plans = i32::try_from(plans).unwrap_or(i32::MAX);
        metrics::gauge!("coplan_outbox_left_behind", "target" => target).set(plans);
    }
    let mut workers = Vec::new();
    for target in targets {
        let client =
            client::Client::new(target.http.clone()).map_err(|_| DeliveryError::NoClient(target.id.clone()))?;
        store.begin_target(&target.id, target.settings, Clock.now()).await?;
        let (store, policies) = (store.clone(), Arc::clone(policies));
        workers.push(Arc::new(worker::Shared { store, policies, target, client, greeting: Mutex::default() }));
    }
    for shared in workers {
        tasks.spawn(worker::run(shared, stopping.clone()));
    }
    Ok(())
}

async fn reconsider(store: Store, stopping: CancellationToken) {
    let mut done = UtcMillis(0);
    loop {
        let now = Clock.now();
        match store.reconsider_sharing(done, now).await {
            Ok(()) => done = now,
            Err(error) => tracing::error!(%error, "objections that have ended were not read"),
        }
        if stopping.run_until_cancelled(tokio::time::sleep(RECONSIDERED_EVERY)).await.is_none() {
            return;
        }
    }
}

/// How often it is looked for objections that have ended.
const RECONSIDERED_EVERY: Duration = Duration::from_secs(5);
