//! What privacy officers look at: relationships that staff of their organisation have asserted, and broken glass.

use super::{AuditPage, Chained, Store, StoreError, audit, authors::AuthorsById, id};
use crate::audit::{Event, Outcome};
use coplan_core::{
    id::PlanId,
    policy::{Granted, Subject},
    time::UtcMillis,
};
use serde::Deserialize;
use sqlx::Connection;

/// A relationship to be looked at.
#[derive(Debug, Clone)]
pub struct ReviewItem {
    /// The relationship.
    pub id: String,
    /// `asserted` or `break-glass`.
    pub kind: String,
    /// The plan.
    pub plan: PlanId,
    /// Since when.
    pub from: UtcMillis,
    /// Until when.
    pub until: UtcMillis,
    /// Why, in their words.
    pub reason: String,
    /// Who.
    pub by: Subject,
    /// What was made of it.
    pub finding: Option<ReviewFinding>,
    /// What is to be remembered of it.
    pub note: Option<String>,
}

/// What a privacy officer makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReviewFinding {
    /// There was reason.
    InOrder,
    /// There was none.
    NotInOrder,
}

impl ReviewFinding {
    /// Its name in the database and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InOrder => "in-order",
            Self::NotInOrder => "not-in-order",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::InOrder, Self::NotInOrder].into_iter().find(|finding| finding.as_str() == name)
    }
}

struct Row {
    id: String,
    kind: String,
    plan: String,
    from_at: i64,
    until_at: i64,
    reason: String,
    review: Option<String>,
    review_note: Option<String>,
    author: i64,
}

impl Row {
    fn item(self, authors: &AuthorsById) -> Result<ReviewItem, StoreError> {
        let damaged = || StoreError::Damaged { what: "relationship", id: self.id.clone() };
        Ok(ReviewItem {
            by: authors.get(&self.author).cloned().ok_or_else(damaged)?,
            plan: id(self.plan.clone(), "relationship")?,
            id: self.id,
            kind: self.kind,
            from: UtcMillis(self.from_at),
            until: UtcMillis(self.until_at),
            reason: self.reason,
            finding: self.review.as_deref().and_then(ReviewFinding::named),
            note: self.review_note,
        })
    }
}

impl Store {
    /// What the organisation of whoever was granted has to look at, newest first; or what has been looked at.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn review(&self, granted: &Granted, open: bool) -> Result<Vec<ReviewItem>, StoreError> {
        let organisation = granted.decision().subject.organisation.as_str();
        let rows = sqlx::query_as!(
            Row,
            "select id, kind, plan, from_at, until_at, reason, review, review_note, author from relationship
             where organisation = ?1 and kind in ('asserted', 'break-glass') and (reviewed_at is null) = ?2
             order by from_at desc, id limit ?3",
            organisation,
            open,
            LISTED_MAX
        )
        .fetch_all(&self.readers)
        .await?;
        let authors = self.authors_by_id(rows.iter().map(|row| row.author)).await?;
        rows.into_iter().map(|row| row.item(&authors)).collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn review_one(&self, granted: &Granted, wanted: &str) -> Result<Option<ReviewItem>, StoreError> {
        let organisation = granted.decision().subject.organisation.as_str();
        let row = sqlx::query_as!(
            Row,
            "select id, kind, plan, from_at, until_at, reason, review, review_note, author from relationship
             where id = ? and organisation = ? and kind in ('asserted', 'break-glass')",
            wanted,
            organisation
        )
        .fetch_optional(&self.readers)
        .await?;
        let authors = self.authors_by_id(row.iter().map(|row| row.author)).await?;
        row.map(|row| row.item(&authors)).transpose()
    }

    /// Says what was made of one; false if there is none of that id.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn finish_review(
        &self,
        granted: &Granted,
        wanted: &str,
        (finding, note): (ReviewFinding, &str),
        by: &Subject,
        now: UtcMillis,
    ) -> Result<bool, StoreError> {
        let (organisation, finding) = (granted.decision().subject.organisation.as_str(), finding.as_str());
        let mut writer = self.writer().await?;
        let author = writer.author(by).await?;
        let event = Event::decided(granted.decision(), Outcome::Allowed);
        let event = writer.event(Event { resource: Some(format!("relationship:{wanted}")), ..event }).await?;
        let mut transaction = writer.connection.begin().await?;
        let done = sqlx::query!(
            "update relationship set reviewed_at = ?, reviewed_by = ?, review = ?, review_note = ?
             where id = ? and organisation = ? and kind in ('asserted', 'break-glass')",
            now.0,
            author,
            finding,
            note,
            wanted,
            organisation
        )
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        audit::commit(transaction, event.map(|event| event.because(finding))).await?;
        Ok(true)
    }

    /// What somebody did with a plan while their relationship with it lasted, oldest first.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn audit_under(&self, item: &ReviewItem) -> Result<Vec<Chained>, StoreError> {
        let page = AuditPage { from: item.from, until: item.until, ..AuditPage::newest(OPENED_MAX) };
        let mut rows = self.audit_of_plan(&item.plan, page).await?;
        rows.reverse();
        rows.retain(|chained| chained.row.author.as_ref().is_some_and(|author| author.0 == item.by.user.as_str()));
        Ok(rows)
    }
}

/// Most relationships in one list.
const LISTED_MAX: i64 = 500;

/// Most events of one relationship.
const OPENED_MAX: u32 = 2_000;
