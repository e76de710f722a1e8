//! The change log read as history, and when somebody last looked.

use super::{Authored, GrantedDocument, Store, StoreError, audit, authored::MadeRow, heads, plans::version};
use crate::audit::{Event, Outcome};
use automerge::{ActorId, ChangeHash};
use coplan_core::{
    id::{PlanId, SectionId, UserId},
    policy::{Granted, Scope, Subject},
    section::SignOff,
    time::UtcMillis,
};
use sqlx::Connection;
use std::collections::BTreeMap;

/// One change of a document's log, as its place in history needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Its hash.
    pub hash: ChangeHash,
    /// The changes it depends on.
    pub deps: Vec<ChangeHash>,
    /// When it arrived.
    pub received_at: UtcMillis,
}

/// One change of a document's log with its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeChange {
    /// Its place in the log, from 0.
    pub position: u64,
    /// Its hash.
    pub hash: ChangeHash,
    /// Who made it, and when.
    pub made: Authored,
}

/// A publication as history tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedBy {
    /// Its number within the plan.
    pub version: u32,
    /// When it was made.
    pub published_at: UtcMillis,
    /// Who published it.
    pub by: Subject,
    /// The sections that it froze anew.
    pub changed: Vec<(SectionId, SignOff)>,
}

impl Store {
    /// The log of a document in the order of storing: all of it, or what had arrived by a moment.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn log(&self, document: &GrantedDocument, until: Option<UtcMillis>) -> Result<Vec<Logged>, StoreError> {
        let id = document.to_string();
        let until = until.map_or(i64::MAX, |until| until.0);
        let rows = sqlx::query!(
            "select hash, deps, received_at from change where document = ? and received_at <= ? order by position",
            id,
            until
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Logged {
                    hash: heads::read_one(&row.hash, "change", &id)?,
                    deps: heads::read(&row.deps, "change", &id)?,
                    received_at: UtcMillis(row.received_at),
                })
            })
            .collect()
    }

    /// The newest `limit` changes of a document below a position, newest first, with their authors.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn made_below(
        &self,
        document: &GrantedDocument,
        position: u64,
        limit: u32,
    ) -> Result<Vec<MadeChange>, StoreError> {
        let id = document.to_string();
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        let rows = sqlx::query_as!(
            MadeRow,
            r#"select change.position, change.hash, change.received_at, change.claimed_at_s, author.account,
                 author.name, author.role, author.job_title, author.organisation, author.organisation_name,
                 author.registration, author.senior as "senior: bool"
             from change join author on author.id = change.author
             where change.document = ? and change.position < ? order by change.position desc limit ?"#,
            id,
            position,
            limit
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter()
            .map(|row| {
                let position = row.position.cast_unsigned();
                let (hash, made) = row.authored(&id)?;
                Ok(MadeChange { position, hash, made })
            })
            .collect()
    }

    /// How many changes of a document had arrived by a moment.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn changes_by(&self, document: &GrantedDocument, moment: UtcMillis) -> Result<u64, StoreError> {
        let id = document.to_string();
        let row = sqlx::query!(
            "select position from change where document = ? and received_at <= ? order by position desc limit 1",
            id,
            moment.0
        )
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.map_or(0, |row| row.position.cast_unsigned() + 1))
    }

    /// Whose each device of a document is: of whoever delivered its first change.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn people_of(&self, document: &GrantedDocument) -> Result<BTreeMap<ActorId, UserId>, StoreError> {
        let id = document.to_string();
        let rows = sqlx::query!(
            "select change.actor, author.account from change join author on author.id = change.author
             where change.document = ? and change.seq = 1",
            id
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(|row| Ok((ActorId::from(row.actor), super::id(row.account, "author")?))).collect()
    }

    /// The number of the publication that stood at a moment: the newest made by then, if any.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn version_at(&self, granted: &Granted, moment: UtcMillis) -> Result<Option<u32>, StoreError> {
        let plan = granted.plan().as_str();
        let row = sqlx::query!(
            "select version from publication where plan = ? and published_at <= ? order by version desc limit 1",
            plan,
            moment.0
        )
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| version(row.version, plan)).transpose()
    }

    /// Publications below a version, newest first, each with who made it and what it froze anew.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn published_below(
        &self,
        granted: &Granted,
        below: u32,
        limit: u32,
    ) -> Result<Vec<PublishedBy>, StoreError> {
        let plan = granted.plan().as_str();
        let rows = sqlx::query!(
            r#"select publication.version, publication.published_at, author.account, author.name, author.role,
                 author.job_title, author.organisation, author.organisation_name, author.registration,
                 author.senior as "senior: bool",
                 (select json_group_array(json_array(part.section, part.sign_off)) from publication_section part
                      where part.plan = publication.plan and part.version = publication.version
                          and part.since_version = publication.version) as "changed!: String"
             from publication join author on author.id = publication.author
             where publication.plan = ? and publication.version < ? order by publication.version desc limit ?"#,
            plan,
            below,
            limit
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter()
            .map(|row| {
                let damaged = || StoreError::Damaged { what: "publication", id: plan.to_owned() };
                let by = Subject {
                    user: super::id(row.account, "author")?,
                    name: row.name,
                    role: super::role(row.role)?,
                    job_title: row.job_title,
                    organisation: super::id(row.organisation, "author")?,
                    organisation_name: row.organisation_name,
                    registration: Some(row.registration).filter(|registration| !registration.is_empty()),
                    senior: row.senior,
                    scope: Scope::default(),
                };
                let changed = serde_json::from_str(&row.changed).map_err(|_| damaged())?;
                let published_at = UtcMillis(row.published_at);
                Ok(PublishedBy { version: version(row.version, plan)?, published_at, by, changed })
            })
            .collect()
    }

    /// When a plan was begun; `None` if there is no such plan.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn begun_at(&self, plan: &PlanId) -> Result<Option<UtcMillis>, StoreError> {
        let id = plan.as_str();
        let row = sqlx::query!("select created_at from plan where id = ?", id).fetch_optional(&self.readers).await?;
        Ok(row.map(|row| UtcMillis(row.created_at)))
    }

    /// Remembers that somebody looked at the plan that was granted.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn look(&self, granted: &Granted, at: UtcMillis) -> Result<(), StoreError> {
        let (plan, account) = (granted.plan().as_str(), granted.user().as_str());
        let mut writer = self.writer().await?;
        let event = writer.event(Event::decided(granted.decision(), Outcome::Allowed)).await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!(
            "insert into look (plan, account, at) values (?, ?, ?)
             on conflict (plan, account) do update set at = max(at, excluded.at)",
            plan,
            account,
            at.0
        )
        .execute(&mut *transaction)
        .await?;
        audit::commit(transaction, event).await?;
        Ok(())
    }

    /// When somebody last looked at the plan that was granted, if ever.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn last_look(&self, granted: &Granted) -> Result<Option<UtcMillis>, StoreError> {
        let (plan, account) = (granted.plan().as_str(), granted.user().as_str());
        let row = sqlx::query!("select at from look where plan = ? and account = ?", plan, account)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map(|row| UtcMillis(row.at)))
    }
}
