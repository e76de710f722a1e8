//! Relationships: why a single member of staff may have to do with a plan, for a while.
//!
//! One of a kind stands at a time for each of them: a new one takes the place of the last. A row that has ended stays.

use super::{Store, StoreError, access, audit};
use coplan_core::{
    id::{PlanId, UserId},
    policy::{RelationshipKind, Subject},
    time::UtcMillis,
};
use sqlx::Connection;

/// A relationship as it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRelationship {
    /// Its id.
    pub id: String,
    /// The plan.
    pub plan: PlanId,
    /// By what it stands.
    pub kind: RelationshipKind,
    /// Why, in their own words.
    pub reason: String,
    /// When it ends by itself.
    pub until: UtcMillis,
}

/// A relationship that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingRelationship {
    /// Its id.
    pub id: String,
    /// Whose.
    pub user: UserId,
    /// The name others see.
    pub name: String,
    /// Their role in the organisation's words.
    pub job_title: String,
    /// The organisation's name.
    pub organisation: String,
    /// By what it stands.
    pub kind: RelationshipKind,
    /// Why, in their own words.
    pub reason: String,
    /// Since when.
    pub from: UtcMillis,
    /// When it ends by itself.
    pub until: UtcMillis,
}

impl Store {
    /// Begins a relationship of `by` with a plan. Whether they may has been decided.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn begin_relationship(
        &self,
        new: &NewRelationship,
        by: &Subject,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        let (plan, user, organisation) = (new.plan.as_str(), by.user.as_str(), by.organisation.as_str());
        let kind = new.kind.as_str();
        let mut writer = self.writer().await?;
        let event = writer.noted().await?;
        let author = writer.author(by).await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!(
            "update relationship set ended_at = ?1
             where plan = ?2 and account = ?3 and organisation = ?4 and kind = ?5 and ended_at is null and until_at > ?1",
            now.0,
            plan,
            user,
            organisation,
            kind
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "insert into relationship (id, plan, account, organisation, kind, reason, author, from_at, until_at)
             values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            new.id,
            plan,
            user,
            organisation,
            kind,
            new.reason,
            author,
            now.0,
            new.until.0
        )
        .execute(&mut *transaction)
        .await?;
        access::changed(&mut transaction, Some(plan), None).await?;
        audit::commit(transaction, event).await?;
        self.forget_facts(Some(&new.plan));
        Ok(())
    }

    /// Ends a relationship of one's own; false if there is none of that id that stands.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn end_relationship(&self, id: &str, user: &UserId, now: UtcMillis) -> Result<bool, StoreError> {
        let user = user.as_str();
        let mut writer = self.writer().await?;
        let event = writer.noted().await?;
        let mut transaction = writer.connection.begin().await?;
        let ended = sqlx::query!(
            "update relationship set ended_at = ?1
             where id = ?2 and account = ?3 and ended_at is null and until_at > ?1 returning plan",
            now.0,
            id,
            user
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(ended) = ended else { return Ok(false) };
        access::changed(&mut transaction, Some(&ended.plan), None).await?;
        audit::commit(transaction, event).await?;
        self.forget_facts(Some(&super::id(ended.plan, "plan")?));
        Ok(true)
    }

    /// The relationships with a plan that stand at `now`, newest first.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub(super) async fn standing_relationships(
        &self,
        plan: &PlanId,
        now: UtcMillis,
    ) -> Result<Vec<StandingRelationship>, StoreError> {
        let plan = plan.as_str();
        let rows = sqlx::query!(
            "select relationship.id, relationship.account, relationship.kind, relationship.reason, relationship.from_at,
                 relationship.until_at, author.name, author.job_title, author.organisation_name
             from relationship join author on author.id = relationship.author
             where relationship.plan = ? and relationship.ended_at is null and relationship.until_at > ?
             order by relationship.from_at desc, relationship.id limit ?",
            plan,
            now.0,
            RELATIONSHIPS_LISTED_MAX
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter()
            .map(|row| {
                let damaged = || StoreError::Damaged { what: "relationship", id: row.id.clone() };
                Ok(StandingRelationship {
                    kind: RelationshipKind::named(&row.kind).ok_or_else(damaged)?,
                    user: super::id(row.account, "account")?,
                    id: row.id,
                    name: row.name,
                    job_title: row.job_title,
                    organisation: row.organisation_name,
                    reason: row.reason,
                    from: UtcMillis(row.from_at),
                    until: UtcMillis(row.until_at),
                })
            })
            .collect()
    }
}

/// Relationships of one plan that are listed.
const RELATIONSHIPS_LISTED_MAX: i64 = 200;
