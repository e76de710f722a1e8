//! Attachments: documents of other records, kept beside a plan as they came.

use super::{Store, StoreError, audit};
use crate::audit::{Event, Outcome, action};
use coplan_core::{
    import::RecordKind,
    policy::{Granted, Subject},
    time::UtcMillis,
};
use sha2::{Digest, Sha256};
use sqlx::Connection;

/// An attachment without its bytes.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// Its id.
    pub id: String,
    /// What it calls itself.
    pub title: String,
    /// The organisation that wrote it; empty if it does not say.
    pub organisation: String,
    /// When it was written, as it says.
    pub dated: String,
    /// What sort of record it is from.
    pub source: RecordKind,
    /// Who added it.
    pub by: Subject,
    /// When.
    pub added_at: UtcMillis,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

/// What came of adding an attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attached {
    /// It is there now.
    Made,
    /// These very bytes were there already, under this id.
    There(String),
    /// The plan has as many as it may have.
    Full,
}

impl Store {
    /// Keeps a document beside the plan that was granted, unless its bytes are there or the plan has `max` of them.
    ///
    /// # Errors
    /// `StoreError`; nothing was written then.
    pub async fn attach(
        &self,
        granted: &Granted,
        attachment: &Attachment,
        bytes: &[u8],
        max: u32,
    ) -> Result<Attached, StoreError> {
        let (plan, source, sha256) = (granted.plan().as_str(), attachment.source.code(), &attachment.sha256[..]);
        let event = Event::decided(granted.decision(), Outcome::Allowed);
        let event = Event { action: action::ATTACH.into(), sha256: Some(attachment.sha256), ..event };
        let event = Event { resource: Some(format!("attachment:{}", attachment.id)), ..event };
        let mut writer = self.writer().await?;
        let author = writer.author(&attachment.by).await?;
        let event = writer.event(event).await?;
        let mut transaction = writer.connection.begin().await?;
        let there = sqlx::query!("select id from attachment where plan = ? and sha256 = ?", plan, sha256)
            .fetch_optional(&mut *transaction)
            .await?;
        if let Some(row) = there {
            return Ok(Attached::There(row.id));
        }
        let kept = sqlx::query!("select count(*) as kept from attachment where plan = ?", plan)
            .fetch_one(&mut *transaction)
            .await?;
        if kept.kept >= i64::from(max) {
            return Ok(Attached::Full);
        }
        sqlx::query!(
            "insert into attachment (id, plan, author, added_at, title, organisation, dated, source, sha256, bytes)
             values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            attachment.id,
            plan,
            author,
            attachment.added_at.0,
            attachment.title,
            attachment.organisation,
            attachment.dated,
            source,
            sha256,
            bytes
        )
        .execute(&mut *transaction)
        .await?;
        audit::commit(transaction, event).await?;
        Ok(Attached::Made)
    }

    /// The attachments of the plan that was granted, newest first. While it is withheld where the person lives, they are
    /// there for the person and those named for them alone: what another record wrote may say it anywhere.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn attachments(&self, granted: &Granted) -> Result<Vec<Attachment>, StoreError> {
        let (plan, may_know_where) = (granted.plan().as_str(), granted.decision().connection.may_know_where());
        let rows = sqlx::query!(
            r#"select attachment.id as "id!", author as "author!", added_at as "added_at!", title as "title!",
                 organisation as "organisation!", dated as "dated!", source as "source!", sha256 as "sha256!"
             from attachment join plan on plan.id = attachment.plan join person on person.nhs_number = plan.nhs_number
             where attachment.plan = ?1 and (person.withheld = 0 or ?2)
             order by added_at desc, attachment.id limit ?3"#,
            plan,
            may_know_where,
            ATTACHMENTS_LISTED_MAX
        )
        .fetch_all(&self.readers)
        .await?;
        let authors = self.authors_by_id(rows.iter().map(|row| row.author)).await?;
        rows.into_iter()
            .map(|row| {
                let damaged = || StoreError::Damaged { what: "attachment", id: row.id.clone() };
                Ok(Attachment {
                    by: authors.get(&row.author).cloned().ok_or_else(damaged)?,
                    source: RecordKind::named(&row.source).ok_or_else(damaged)?,
                    sha256: row.sha256.as_slice().try_into().map_err(|_| damaged())?,
                    added_at: UtcMillis(row.added_at),
                    title: row.title,
                    organisation: row.organisation,
                    dated: row.dated,
                    id: row.id,
                })
            })
            .collect()
    }

    /// The bytes of an attachment of the plan that was granted, with their hash; for whoever is shown it in the list.
    ///
    /// # Errors
    /// `StoreError`, also if they do not have the hash that they were stored under.
    pub async fn attachment(&self, granted: &Granted, id: &str) -> Result<Option<(Vec<u8>, [u8; 32])>, StoreError> {
        let (plan, may_know_where) = (granted.plan().as_str(), granted.decision().connection.may_know_where());
        let row = sqlx::query!(
            "select attachment.bytes, attachment.sha256
             from attachment join plan on plan.id = attachment.plan join person on person.nhs_number = plan.nhs_number
             where attachment.plan = ?1 and attachment.id = ?2 and (person.withheld = 0 or ?3)",
            plan,
            id,
            may_know_where
        )
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let sha256: [u8; 32] = Sha256::digest(&row.bytes).into();
        if row.sha256 != sha256 {
            return Err(StoreError::Damaged { what: "attachment", id: id.to_owned() });
        }
        Ok(Some((row.bytes, sha256)))
    }
}

/// Attachments of a plan listed at once: as many as it may have.
const ATTACHMENTS_LISTED_MAX: i64 = 200;
