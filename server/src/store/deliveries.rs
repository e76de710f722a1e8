//! How far each target is with each plan.
//!
//! A target goes through the outbox at its own pace: `take_up` makes what is new there wait, `claim` begins an attempt,
//! `settle` ends it. Whatever an attempt may have left at the target is written down before it is sent, so that it can be
//! taken back whatever becomes of the answer.

use super::{Store, StoreError, Writer, audit, outbox::Told};
use crate::audit::{Event, action};
use coplan_core::{id::PlanId, policy::Subject, time::UtcMillis};
use sqlx::{Connection, SqliteConnection};

/// Which rows of the outbox a target gets of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// The newest, whatever came between.
    Newest,
    /// Every one in order, except what was published before a withdrawal.
    Each,
}

/// An attempt that has begun.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The row of the outbox.
    pub seq: i64,
    /// What it tells.
    pub told: Told,
    /// The publication.
    pub version: u32,
    /// When it was told to the outbox.
    pub at: UtcMillis,
    /// How often it has been tried before this.
    pub attempts: u32,
    /// How often that was the message's fault, or may have been.
    pub failures: u32,
    /// Number of the delivery at this target, from 1; the same at each attempt.
    pub event: i64,
    /// Names of what may be at the target.
    pub there: Vec<String>,
    /// What the kind of target noted the last time.
    pub note: String,
    /// Of what was delivered last.
    pub sha256: Option<[u8; 32]>,
}

/// How an attempt ended.
#[derive(Debug, Clone)]
pub enum Settled {
    /// It is there.
    Delivered {
        /// Names of what is at the target now.
        there: Vec<String>,
        /// For the kind of target to read the next time.
        note: String,
        /// Of what was delivered.
        sha256: [u8; 32],
        /// Whether anything was sent: what was there already is no disclosure.
        sent: bool,
    },
    /// It is tried again.
    Later {
        /// When.
        at: UtcMillis,
        /// Why.
        reason: String,
        /// Whether it was the message's fault, or may have been.
        failure: bool,
    },
    /// It is not tried again unless somebody says so.
    Dead {
        /// Why.
        reason: String,
    },
}

impl Store {
    /// Makes what is new in the outbox wait for a target; true if there may be more.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn take_up(&self, target: &str, pace: Pace, now: UtcMillis) -> Result<bool, StoreError> {
        if !self.has_news(target).await? {
            return Ok(false);
        }
        let mut writer = self.writer().await?;
        let mut transaction = writer.connection.begin().await?;
        let rows = sqlx::query!(
            r#"select outbox.seq, outbox.plan from outbox, delivery_target
             where delivery_target.id = ?1 and outbox.seq > delivery_target.taken_up order by outbox.seq limit ?2"#,
            target,
            TAKEN_UP_AT_ONCE_MAX
        )
        .fetch_all(&mut *transaction)
        .await?;
        let Some(last) = rows.last().map(|row| row.seq) else { return Ok(false) };
        for row in &rows {
            match pace {
                Pace::Newest => wait_for_newest(&mut transaction, target, &row.plan, row.seq, now).await?,
                Pace::Each => wait_for_each(&mut transaction, target, &row.plan, row.seq, now).await?,
            }
        }
        sqlx::query!("update delivery_target set taken_up = ? where id = ?", last, target)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(i64::try_from(rows.len()).is_ok_and(|rows| rows == TAKEN_UP_AT_ONCE_MAX))
    }

    async fn has_news(&self, target: &str) -> Result<bool, StoreError> {
        let row = sqlx::query!(
            r#"select coalesce((select max(seq) from outbox), 0) > taken_up as "news!: bool"
             from delivery_target where id = ?"#,
            target
        )
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.is_some_and(|row| row.news))
    }

    /// Plans whose turn it is at `now`, those first that should have been tried first.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn deliveries_due(&self, target: &str, now: UtcMillis, most: u32) -> Result<Vec<PlanId>, StoreError> {
        let rows = sqlx::query!(
            "select plan from delivery where target = ? and state = 'waiting' and next_at <= ?
             order by next_at, plan limit ?",
            target,
            now.0,
            most
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(|row| super::id(row.plan, "delivery")).collect()
    }

    /// When the next delivery of a target is due that is not due yet.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn next_delivery(&self, target: &str, after: UtcMillis) -> Result<Option<UtcMillis>, StoreError> {
        let row = sqlx::query!(
            r#"select min(next_at) as "at?: i64" from delivery
             where target = ? and state = 'waiting' and next_at > ?"#,
            target,
            after.0
        )
        .fetch_one(&self.readers)
        .await?;
        Ok(row.at.map(UtcMillis))
    }

    /// Begins an attempt at what a plan waits with; if nobody ends it, it is tried again at `next_at`. None if nothing
    /// waits.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn claim(
        &self,
        target: &str,
        plan: &PlanId,
        pace: Pace,
        next_at: UtcMillis,
    ) -> Result<Option<Claimed>, StoreError> {
        let name = plan.as_str();
        let mut writer = self.writer().await?;
        let mut transaction = writer.connection.begin().await?;
        let Some(seq) = row_to_deliver(&mut transaction, target, name, pace).await? else { return Ok(None) };
        sqlx::query!(
            "update delivery_target set events = events + 1 where id = ?1 and exists (
                 select 1 from delivery where target = ?1 and plan = ?2 and event_seq <> ?3)",
            target,
            name,
            seq
        )
        .execute(&mut *transaction)
        .await?;
        let row = sqlx::query!(
            r#"update delivery set
                 attempts = case when seq = ?3 then attempts else 0 end + 1,
                 failures = case when seq = ?3 then failures else 0 end,
                 event = case when event_seq = ?3 then event
                     else (select events from delivery_target where id = ?1) end,
                 event_seq = ?3, seq = ?3, next_at = ?4
             where target = ?1 and plan = ?2
             returning attempts, failures, event, there, note, sha256"#,
            target,
            name,
            seq,
            next_at.0
        )
        .fetch_one(&mut *transaction)
        .await?;
        let told = sqlx::query!("select what, version, at from outbox where seq = ?", seq)
            .fetch_one(&mut *transaction)
            .await?;
        transaction.commit().await?;
        let damaged = || StoreError::Damaged { what: "delivery", id: name.to_owned() };
        Ok(Some(Claimed {
            seq,
            told: Told::named(&told.what),
            version: super::plans::version(told.version, name)?,
            at: UtcMillis(told.at),
            attempts: u32::try_from(row.attempts - 1).unwrap_or(u32::MAX),
            failures: u32::try_from(row.failures).unwrap_or(u32::MAX),
            event: row.event,
            there: serde_json::from_str(&row.there).map_err(|_| damaged())?,
            note: row.note,
            sha256: row.sha256.map(|hash| super::heads::read_one(&hash, "delivery", name)).transpose()?.map(|h| h.0),
        }))
    }

    /// Writes down what may be at the target from now on, before it is sent.
    ///
    /// # Errors
    /// `StoreError` if it was not written: then it must not be sent.
    pub async fn expect_there(&self, target: &str, plan: &PlanId, there: &[String]) -> Result<(), StoreError> {
        let (plan, there) = (plan.as_str(), serde_json::json!(there).to_string());
        let mut writer = self.writer().await?;
        sqlx::query!("update delivery set there = ? where target = ? and plan = ?", there, target, plan)
            .execute(&mut writer.connection)
            .await?;
        Ok(())
    }

    /// Ends an attempt. What was delivered is audited in the same transaction: another system has it now.
    ///
    /// # Errors
    /// `StoreError` if nothing was written; then it is tried again.
    pub async fn settle(
        &self,
        target: &str,
        plan: &PlanId,
        claimed: &Claimed,
        settled: &Settled,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        let name = plan.as_str();
        let mut writer = self.writer().await?;
        let event = match settled {
            Settled::Delivered { sha256, sent: true, .. } => {
                disclosed(&mut writer, target, plan, claimed, *sha256, now).await?
            }
            _ => None,
        };
        let mut transaction = writer.connection.begin().await?;
        write_settled(&mut transaction, target, name, claimed.seq, settled, now).await?;
        if !matches!(settled, Settled::Later { .. }) {
            wait_for_next(&mut transaction, target, name, claimed.seq, now).await?;
        }
        audit::commit(transaction, event).await?;
        Ok(())
    }
}

async fn disclosed(
    writer: &mut Writer,
    target: &str,
    plan: &PlanId,
    claimed: &Claimed,
    sha256: [u8; 32],
    now: UtcMillis,
) -> Result<Option<audit::Ready>, StoreError> {
    let did = match claimed.told {
        Told::Publish => action::DELIVER,
        Told::Withdraw => action::WITHDRAW,
    };
    let event = Event::of(Some(&Subject::system()), did, now).of_plan(plan);
    let mut event = writer.event(Event { resource: Some(format!("target:{target}")), ..event }).await?;
    if let Some(event) = &mut event {
        event.is_of(claimed.version.into(), Some(sha256));
    }
    Ok(event)
}

async fn wait_for_newest(
    transaction: &mut SqliteConnection,
    target: &str,
    plan: &str,
    seq: i64,
    now: UtcMillis,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into delivery (target, plan, seq, state, since, next_at) values (?1, ?2, ?3, 'waiting', ?4, ?4)
         on conflict (target, plan) do update set seq = ?3, state = 'waiting', since = ?4, next_at = ?4, attempts = 0,
             failures = 0, reason = ''",
        target,
        plan,
        seq,
        now.0
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// What waits already goes first; `wait_for_next` comes to this one.
async fn wait_for_each(
    transaction: &mut SqliteConnection,
    target: &str,
    plan: &str,
    seq: i64,
    now: UtcMillis,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into delivery (target, plan, seq, state, since, next_at) values (?1, ?2, ?3, 'waiting', ?4, ?4)
         on conflict (target, plan) do update set seq = ?3, state = 'waiting', since = ?4, next_at = ?4, attempts = 0,
             failures = 0, reason = ''
         where delivery.state <> 'waiting'",
        target,
        plan,
        seq,
        now.0
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Once a row is settled, the next that was taken up meanwhile and not waited for.
async fn wait_for_next(
    transaction: &mut SqliteConnection,
    target: &str,
    plan: &str,
    seq: i64,
    now: UtcMillis,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update delivery set state = 'waiting', since = ?4, next_at = ?4, attempts = 0, failures = 0, reason = '',
             seq = (select min(outbox.seq) from outbox where outbox.plan = ?2 and outbox.seq > ?3)
         where target = ?1 and plan = ?2 and seq = ?3 and exists (
             select 1 from outbox, delivery_target
             where delivery_target.id = ?1 and outbox.plan = ?2 and outbox.seq > ?3
                 and outbox.seq <= delivery_target.taken_up)",
        target,
        plan,
        seq,
        now.0
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// The row of the outbox whose turn it is: a withdrawal overtakes whatever was published before it.
async fn row_to_deliver(
    transaction: &mut SqliteConnection,
    target: &str,
    plan: &str,
    pace: Pace,
) -> Result<Option<i64>, sqlx::Error> {
    let at = sqlx::query!("select seq from delivery where target = ? and plan = ? and state = 'waiting'", target, plan)
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(at) = at else { return Ok(None) };
    let row = sqlx::query!(
        r#"select max(seq) as "newest!: i64", coalesce(max(case when what = 'withdraw' then seq end), 0) as "withdrawn!: i64"
         from outbox where plan = ?"#,
        plan
    )
    .fetch_one(transaction)
    .await?;
    Ok(Some(match pace {
        Pace::Newest => row.newest,
        Pace::Each => at.seq.max(row.withdrawn),
    }))
}

/// What became of a row says nothing of a later one that waits by now; what is at the target holds all the same.
async fn write_settled(
    transaction: &mut SqliteConnection,
    target: &str,
    plan: &str,
    seq: i64,
    settled: &Settled,
    now: UtcMillis,
) -> Result<(), sqlx::Error> {
    match settled {
        Settled::Delivered { there, note, sha256, .. } => {
            let (there, sha256) = (serde_json::json!(there).to_string(), &sha256[..]);
            sqlx::query!(
                "update delivery set there = ?1, note = ?2, sha256 = ?3,
                     state = case when seq = ?6 then 'delivered' else state end,
                     since = case when seq = ?6 then ?7 else since end,
                     reason = case when seq = ?6 then '' else reason end
                 where target = ?4 and plan = ?5",
                there,
                note,
                sha256,
                target,
                plan,
                seq,
                now.0
            )
            .execute(transaction)
            .await?;
        }
        Settled::Later { at, reason, failure } => {
            sqlx::query!(
                "update delivery set next_at = ?1, reason = ?2, failures = failures + ?3
                 where target = ?4 and plan = ?5 and seq = ?6 and state = 'waiting'",
                at.0,
                reason,
                failure,
                target,
                plan,
                seq
            )
            .execute(transaction)
            .await?;
        }
        Settled::Dead { reason } => {
            sqlx::query!(
                "update delivery set state = 'dead', since = ?1, reason = ?2, failures = failures + 1
                 where target = ?3 and plan = ?4 and seq = ?5",
                now.0,
                reason,
                target,
                plan,
                seq
            )
            .execute(transaction)
            .await?;
        }
    }
    Ok(())
}

/// Rows of the outbox that a target takes up in one transaction.
const TAKEN_UP_AT_ONCE_MAX: i64 = 200;
