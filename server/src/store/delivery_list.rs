//! Deliveries as those who run the service see them: listed, counted, and told to try again.

use super::{Store, StoreError, outbox::Told};
use coplan_core::time::UtcMillis;

/// A delivery as it is listed.
#[derive(Debug, Clone)]
pub struct ListedDelivery {
    /// The target.
    pub target: String,
    /// The plan.
    pub plan: String,
    /// The publication that it is at.
    pub version: i64,
    /// What is told.
    pub told: Told,
    /// `waiting`, `delivered` or `dead`.
    pub state: String,
    /// Since when.
    pub since: UtcMillis,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub next_at: UtcMillis,
    /// Why the last attempt failed.
    pub reason: String,
}

/// How many deliveries of a target are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliveryCounts {
    /// That wait.
    pub waiting: i64,
    /// When the oldest of them was told to the outbox.
    pub oldest: Option<UtcMillis>,
    /// That are not tried again by themselves.
    pub dead: i64,
}

impl Store {
    /// Deliveries, all or those of a target or a plan, those first that are not delivered.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn deliveries(
        &self,
        target: Option<&str>,
        plan: Option<&str>,
    ) -> Result<Vec<ListedDelivery>, StoreError> {
        let rows = sqlx::query!(
            "select delivery.target, delivery.plan, delivery.state, delivery.since, delivery.attempts, delivery.next_at,
                 delivery.reason, outbox.version, outbox.what
             from delivery join outbox on outbox.seq = delivery.seq
             where (?1 is null or delivery.target = ?1) and (?2 is null or delivery.plan = ?2)
             order by delivery.target, delivery.state = 'delivered', delivery.state, delivery.since, delivery.plan
             limit ?3",
            target,
            plan,
            LISTED_MAX
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| ListedDelivery {
                target: row.target,
                plan: row.plan,
                version: row.version,
                told: Told::named(&row.what),
                state: row.state,
                since: UtcMillis(row.since),
                attempts: row.attempts,
                next_at: UtcMillis(row.next_at),
                reason: row.reason,
            })
            .collect())
    }

    /// Lets everything that is dead or waits be tried at once, of all or of a target or a plan; how many these are.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn retry_deliveries(
        &self,
        target: Option<&str>,
        plan: Option<&str>,
        now: UtcMillis,
    ) -> Result<u64, StoreError> {
        let mut writer = self.writer().await?;
        let done = sqlx::query!(
            "update delivery set since = case when state = 'dead' then ?1 else since end, state = 'waiting', next_at = ?1,
                 attempts = 0, failures = 0
             where state <> 'delivered' and (?2 is null or target = ?2) and (?3 is null or plan = ?3)",
            now.0,
            target,
            plan
        )
        .execute(&mut writer.connection)
        .await?;
        Ok(done.rows_affected())
    }

    /// How many deliveries of a target are in which state.
    ///
    /// # Errors
    /// `StoreError` if they could not be counted.
    pub async fn delivery_counts(&self, target: &str) -> Result<DeliveryCounts, StoreError> {
        let row = sqlx::query!(
            r#"select coalesce(sum(delivery.state = 'waiting'), 0) as "waiting!: i64",
                 coalesce(sum(delivery.state = 'dead'), 0) as "dead!: i64",
                 min(case when delivery.state = 'waiting' then outbox.at end) as "oldest?: i64"
             from delivery join outbox on outbox.seq = delivery.seq
             where delivery.target = ? and delivery.state in ('waiting', 'dead')"#,
            target
        )
        .fetch_one(&self.readers)
        .await?;
        Ok(DeliveryCounts { waiting: row.waiting, oldest: row.oldest.map(UtcMillis), dead: row.dead })
    }
}

/// Deliveries that are listed at once.
const LISTED_MAX: i64 = 10_000;
