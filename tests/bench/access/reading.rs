//! Urgent views read as the service reads them for a request, in this process.

use crate::world::BenchError;
use coplan_core::{
    nhs_number::NhsNumber,
    policy::{Action, Policies, Resource, Subject},
    view::ViewKind,
};
use coplan_server::{
    access::PlanAccess,
    audit::trail::{self, Trail},
    clock::Clock,
    store::{AccountKind, PlanPage, Store},
};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Whether the event of a read is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audit {
    /// It is durable before the read is over.
    Kept,
    /// It is made, and goes nowhere.
    LeftOut,
}

/// A crew, and the people whose urgent views it may read.
#[derive(Clone)]
pub(super) struct Reading(Arc<Parts>);

struct Parts {
    store: Store,
    policies: Policies,
    crew: Subject,
    numbers: Vec<NhsNumber>,
    events: AtomicU64,
}

impl Reading {
    /// The first crew of a database, and everybody whose view it reads.
    pub(super) async fn open(database: &Path) -> Result<Self, BenchError> {
        let store = Store::open(&database.to_string_lossy()).await.map_err(BenchError::world)?;
        let accounts = store.accounts().await.map_err(BenchError::world)?;
        let crew = accounts.iter().find(|account| account.kind == AccountKind::Crew);
        let crew = crew.ok_or_else(|| BenchError::world("there is no crew"))?.subject();
        let page = PlanPage { limit: 500, ..PlanPage::default() };
        let plans = store.plans(&page).await.map_err(BenchError::world)?;
        let (policies, events) = (Policies::embedded(), AtomicU64::new(0));
        let everybody = Parts { store, policies, crew, numbers: Vec::new(), events };
        let mut numbers = Vec::new();
        for plan in plans {
            if everybody.read(&plan.person.nhs_number).await.is_ok() {
                numbers.push(plan.person.nhs_number);
            }
        }
        Ok(Self(Arc::new(Parts { numbers, ..everybody })))
    }

    /// The crew's account.
    pub(super) fn crew(&self) -> &str {
        self.0.crew.user.as_str()
    }

    /// Whose views there are.
    pub(super) fn numbers(&self) -> &[NhsNumber] {
        &self.0.numbers
    }

    /// Reads a second, by so many who each read one after the other.
    pub(super) async fn rate(&self, audit: Audit, at_once: usize, length: Duration) -> Result<f64, BenchError> {
        let begun = Instant::now();
        let mut readers = JoinSet::new();
        for first in 0..at_once {
            let parts = Arc::clone(&self.0);
            readers.spawn(async move {
                let mut reads = 0_usize;
                while begun.elapsed() < length {
                    parts.read_once(audit, first + reads * at_once).await?;
                    reads += 1;
                }
                Ok::<_, BenchError>(reads)
            });
        }
        let mut reads = 0;
        while let Some(reader) = readers.join_next().await {
            reads += reader.map_err(BenchError::world)??;
        }
        Ok(reads as f64 / begun.elapsed().as_secs_f64())
    }

    /// Closes the store; how many events were kept.
    pub(super) async fn close(self) -> u64 {
        self.0.store.close().await;
        self.0.events.load(Ordering::Relaxed)
    }
}

impl Parts {
    async fn read_once(&self, audit: Audit, nth: usize) -> Result<(), BenchError> {
        let number = &self.numbers[nth % self.numbers.len()];
        let trail = Trail::default();
        trail.clone().follow(self.read(number)).await?;
        let event = trail.left().ok_or_else(|| BenchError::world("a read left no event"))?;
        if audit == Audit::Kept {
            self.store.record(event).await.map_err(BenchError::world)?;
            self.events.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// As `GET /api/urgent` does it.
    async fn read(&self, number: &NhsNumber) -> Result<usize, BenchError> {
        let none = || BenchError::world("there is nothing to read");
        let plan = self.store.plan_of(number).await.map_err(BenchError::world)?.ok_or_else(none)?;
        let access = PlanAccess::of(&self.store, &self.policies, &self.crew, &plan, Clock.now()).await;
        let access = access.map_err(BenchError::world)?;
        let granted = access.decide(Action::ReadPublished, Resource::View(ViewKind::Urgent));
        let granted = granted.map_err(|denied| BenchError::world(denied.reason))?;
        let stored = self.store.view(&granted, ViewKind::Urgent, None).await.map_err(BenchError::world)?;
        let stored = stored.ok_or_else(none)?;
        trail::shows(stored.version, stored.sha256);
        Ok(stored.bytes.len())
    }
}
