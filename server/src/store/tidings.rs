//! What open streams wait for: a newer publication of a plan, or a change of who may see it.
//!
//! A plan has a place here while somebody follows it. Whatever publishes, or drops facts that were kept, says so here after
//! its commit; what another process published is found by asking again (`Store::hear_of_publications`). Only numbers are
//! kept, and of several tidings a slow listener hears the last.

use super::{Store, StoreError, plans::version};
use coplan_core::{id::PlanId, policy::Granted};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// The plans that somebody follows. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Tidings(Arc<Mutex<HashMap<PlanId, Place>>>);

struct Place {
    /// The newest publication; 0 before the first. Told anew, too, when access has changed.
    tell: watch::Sender<u32>,
    followers: usize,
}

/// One follower of a plan, until it is dropped.
pub struct Following {
    plan: PlanId,
    tidings: Tidings,
    told: watch::Receiver<u32>,
}

impl Tidings {
    fn places(&self) -> MutexGuard<'_, HashMap<PlanId, Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, plan: &PlanId) -> Following {
        let mut places = self.places();
        let new = || Place { tell: watch::Sender::new(0), followers: 0 };
        let place = places.entry(plan.clone()).or_insert_with(new);
        place.followers += 1;
        Following { plan: plan.clone(), tidings: self.clone(), told: place.tell.subscribe() }
    }

    /// A publication of the plan has been committed.
    pub(super) fn published(&self, plan: &PlanId, version: u32) {
        if let Some(place) = self.places().get(plan) {
            place.tell.send_if_modified(|newest| {
                let newer = version > *newest;
                *newest = version.max(*newest);
                newer
            });
        }
    }

    /// Who may see the plan, or any plan, has changed.
    pub(super) fn access_changed(&self, plan: Option<&PlanId>) {
        let places = self.places();
        let told = places.iter().filter(|(followed, _)| plan.is_none_or(|plan| plan == *followed));
        for (_, place) in told {
            place.tell.send_modify(|_| ());
        }
    }

    fn followed(&self) -> Vec<PlanId> {
        self.places().keys().cloned().collect()
    }
}

impl Following {
    /// The newest publication; 0 before the first. `changed` waits for what comes after.
    pub fn newest(&mut self) -> u32 {
        *self.told.borrow_and_update()
    }

    /// Waits until something has changed since `newest`: a publication, or who may see the plan.
    pub async fn changed(&mut self) {
        // The place stays for as long as anybody follows.
        let _told = self.told.changed().await;
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut places = self.tidings.places();
        if let Some(place) = places.get_mut(&self.plan) {
            place.followers -= 1;
            if place.followers == 0 {
                places.remove(&self.plan);
            }
        }
    }
}

impl Store {
    /// Follows the plan that was granted, from how it stands now.
    ///
    /// # Errors
    /// `StoreError` if that could not be read.
    pub async fn follow(&self, granted: &Granted) -> Result<Following, StoreError> {
        // First a place, then a look: whatever is published in between is heard.
        let following = self.tidings.enter(granted.plan());
        let plan = granted.plan().as_str();
        let row = sqlx::query!("select version from plan where id = ?", plan).fetch_optional(&self.readers).await?;
        if let Some(row) = row {
            self.tidings.published(granted.plan(), version(row.version, plan)?);
        }
        Ok(following)
    }

    /// Looks whether another process has published plans that somebody follows here.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn hear_of_publications(&self) -> Result<(), StoreError> {
        let followed = self.tidings.followed();
        if followed.is_empty() {
            return Ok(());
        }
        let ids = serde_json::json!(followed).to_string();
        let rows = sqlx::query!("select id, version from plan where id in (select value from json_each(?))", ids)
            .fetch_all(&self.readers)
            .await?;
        for row in rows {
            let newest = version(row.version, &row.id)?;
            self.tidings.published(&super::id(row.id, "plan")?, newest);
        }
        Ok(())
    }
}
