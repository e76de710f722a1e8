//! What a person does not want to be shared. An objection is of the person, and stands whatever becomes of the plan;
//! one that was withdrawn stays as history.

use super::{Store, StoreError, access, audit};
use coplan_core::{
    id::PlanId,
    policy::{Granted, ObjectionGrade, SharingChoice, Subject},
    time::UtcMillis,
};
use sqlx::Connection;

/// An objection as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewObjection {
    /// Its id.
    pub id: String,
    /// How far it goes.
    pub grade: ObjectionGrade,
    /// Why, in the person's words or in those of whom they told.
    pub reason: String,
    /// Until when; for good if not said.
    pub until: Option<UtcMillis>,
}

/// An objection that stands.
#[derive(Debug, Clone)]
pub struct StandingObjection {
    /// What was recorded.
    pub objection: NewObjection,
    /// When.
    pub from: UtcMillis,
    /// By whom; none if the service did.
    pub by: Option<Subject>,
}

/// Why an objection was not recorded.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("at most {OBJECTIONS_MAX} objections stand at the same time")]
pub struct TooManyObjections;

impl Store {
    /// From how many changes of the plan's decisions its choices about sharing were derived; none if they never were.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn sharing_as_of(&self, granted: &Granted) -> Result<Option<u64>, StoreError> {
        let plan = granted.plan().as_str();
        let row =
            sqlx::query!("select sharing_as_of from plan where id = ?", plan).fetch_optional(&self.readers).await?;
        Ok(row.and_then(|row| row.sharing_as_of).map(i64::cast_unsigned))
    }

    /// Takes over what the person chose about sharing, as so many changes of their decisions have it. It holds at once.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn put_sharing_choices(
        &self,
        granted: &Granted,
        choices: &[SharingChoice],
        changes: u64,
    ) -> Result<(), StoreError> {
        let (plan, changes) = (granted.plan().as_str(), changes.cast_signed());
        let json = serde_json::to_string(choices).unwrap_or_else(|_| "[]".to_owned());
        let mut writer = self.writer().await?;
        let mut transaction = writer.connection.begin().await?;
        // Of two who follow at the same time, the one who has seen more.
        let written = sqlx::query!(
            "update plan set sharing_choices = ?1, sharing_as_of = ?2
             where id = ?3 and (sharing_as_of is null or sharing_as_of < ?2)",
            json,
            changes,
            plan
        )
        .execute(&mut *transaction)
        .await?;
        if written.rows_affected() == 0 {
            return Ok(());
        }
        access::changed(&mut transaction, Some(plan), None).await?;
        transaction.commit().await?;
        self.forget_facts(Some(granted.plan()));
        Ok(())
    }

    /// Plans after one whose choices about sharing were never derived, in the order of their ids.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn plans_without_sharing(&self, after: Option<&PlanId>) -> Result<Vec<PlanId>, StoreError> {
        let after = after.map_or("", PlanId::as_str);
        let rows = sqlx::query!(
            "select id from plan where sharing_as_of is null and id > ? order by id limit ?",
            after,
            PLANS_AT_ONCE
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(|row| super::id(row.id, "plan")).collect()
    }

    /// The objections of the person whose plan was granted that stand at `now`, the oldest first.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn standing_objections(
        &self,
        granted: &Granted,
        now: UtcMillis,
    ) -> Result<Vec<StandingObjection>, StoreError> {
        let plan = granted.plan().as_str();
        let rows = sqlx::query!(
            "select objection.id, objection.grade, objection.reason, objection.author, objection.from_at,
                 objection.until_at
             from plan join objection on objection.nhs_number = plan.nhs_number
             where plan.id = ?1 and objection.withdrawn_at is null
                 and (objection.until_at is null or objection.until_at > ?2)
             order by objection.from_at, objection.id",
            plan,
            now.0
        )
        .fetch_all(&self.readers)
        .await?;
        let authors = self.authors_by_id(rows.iter().map(|row| row.author)).await?;
        rows.into_iter()
            .map(|row| {
                let damaged = || StoreError::Damaged { what: "objection", id: row.id.clone() };
                let grade = ObjectionGrade::named(&row.grade).ok_or_else(damaged)?;
                let objection =
                    NewObjection { id: row.id, grade, reason: row.reason, until: row.until_at.map(UtcMillis) };
                Ok(StandingObjection { objection, from: UtcMillis(row.from_at), by: authors.get(&row.author).cloned() })
            })
            .collect()
    }

    /// Records an objection of the person whose plan was granted.
    ///
    /// # Errors
    /// `StoreError` if nothing was written; inside, `TooManyObjections`.
    pub async fn object(
        &self,
        granted: &Granted,
        new: &NewObjection,
        by: &Subject,
        now: UtcMillis,
    ) -> Result<Result<(), TooManyObjections>, StoreError> {
        let (plan, grade, until) = (granted.plan().as_str(), new.grade.as_str(), new.until.map(|until| until.0));
        let mut writer = self.writer().await?;
        let event = writer.noted().await?;
        let author = writer.author(by).await?;
        let mut transaction = writer.connection.begin().await?;
        let row = sqlx::query!(
            r#"select count(*) as "standing!: i64" from plan join objection on objection.nhs_number = plan.nhs_number
             where plan.id = ? and objection.withdrawn_at is null
                 and (objection.until_at is null or objection.until_at > ?)"#,
            plan,
            now.0
        )
        .fetch_one(&mut *transaction)
        .await?;
        if row.standing >= OBJECTIONS_MAX {
            return Ok(Err(TooManyObjections));
        }
        sqlx::query!(
            "insert into objection (id, nhs_number, grade, reason, author, from_at, until_at)
             select ?, nhs_number, ?, ?, ?, ?, ? from plan where id = ?",
            new.id,
            grade,
            new.reason,
            author,
            now.0,
            until,
            plan
        )
        .execute(&mut *transaction)
        .await?;
        access::changed(&mut transaction, Some(plan), None).await?;
        audit::commit(transaction, event).await?;
        self.forget_facts(Some(granted.plan()));
        Ok(Ok(()))
    }

    /// Withdraws an objection of the person whose plan was granted; false if none of that id stands.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn withdraw_objection(
        &self,
        granted: &Granted,
        id: &str,
        by: &Subject,
        now: UtcMillis,
    ) -> Result<bool, StoreError> {
        let plan = granted.plan().as_str();
        let mut writer = self.writer().await?;
        let event = writer.noted().await?;
        let author = writer.author(by).await?;
        let mut transaction = writer.connection.begin().await?;
        let withdrawn = sqlx::query!(
            "update objection set withdrawn_at = ?1, withdrawn_by = ?2
             where id = ?3 and withdrawn_at is null
                 and nhs_number = (select nhs_number from plan where id = ?4)",
            now.0,
            author,
            id,
            plan
        )
        .execute(&mut *transaction)
        .await?;
        if withdrawn.rows_affected() == 0 {
            return Ok(false);
        }
        access::changed(&mut transaction, Some(plan), None).await?;
        audit::commit(transaction, event).await?;
        self.forget_facts(Some(granted.plan()));
        Ok(true)
    }
}

/// Objections of one person that stand at the same time.
pub(super) const OBJECTIONS_MAX: i64 = 20;

/// Plans read at once.
const PLANS_AT_ONCE: i64 = 500;
