//! Reading the chain as it stands, and what it is checked against.

use super::{
    Store, StoreError,
    audit_digest::{empty_root, next_root, publication_digest},
    documents::chunk_has_hash,
    heads,
};
use crate::audit::chain::{Row, RowAuthor};
use coplan_core::{id::PlanId, policy::Subject, time::UtcMillis};
use sha2::{Digest, Sha256};

/// A row of the chain as it is stored.
#[derive(Debug, Clone)]
pub struct Chained {
    /// What its hash should cover.
    pub row: Row,
    /// Its hash, whatever it is.
    pub hash: Vec<u8>,
}

/// Which events of a plan.
#[derive(Debug, Clone, Copy)]
pub struct AuditPage {
    /// Only those before this one.
    pub before: i64,
    /// Only those of this moment or later.
    pub from: UtcMillis,
    /// Only those of this moment or earlier.
    pub until: UtcMillis,
    /// At most so many.
    pub limit: u32,
}

impl AuditPage {
    /// The newest of all.
    #[must_use]
    pub const fn newest(limit: u32) -> Self {
        Self { before: i64::MAX, from: UtcMillis(i64::MIN), until: UtcMillis(i64::MAX), limit }
    }
}

/// A view that was read in an emergency.
#[derive(Debug, Clone)]
pub struct ReadInJob {
    /// When.
    pub at: UtcMillis,
    /// Whose plan.
    pub plan: PlanId,
    /// Of which publication.
    pub version: u32,
    /// Which view.
    pub view: String,
    /// Of its bytes, in hex.
    pub sha256: String,
    /// By whom.
    pub by: Subject,
}

/// A document's log as it is stored.
#[derive(Debug, Clone, Default)]
pub struct LogState {
    /// The root after each row, by how many rows it covers less one.
    pub roots: Vec<[u8; 32]>,
    /// Where the positions do not go on without a gap.
    pub gap: Option<i64>,
    /// Positions of rows whose bytes do not have their hash.
    pub damaged: Vec<i64>,
}

/// A row of an outer join, as SQLite hands it out.
struct AuditRow {
    seq: i64,
    at: i64,
    via: Option<String>,
    assurance: Option<i64>,
    session: Option<i64>,
    action: String,
    plan: Option<String>,
    resource: Option<String>,
    outcome: String,
    rules: String,
    connection: Option<String>,
    reason: Option<String>,
    job: Option<String>,
    version: Option<i64>,
    sha256: Option<Vec<u8>>,
    hash: Vec<u8>,
    has_author: bool,
    account: Option<String>,
    name: Option<String>,
    role: Option<String>,
    job_title: Option<String>,
    organisation: Option<String>,
    organisation_name: Option<String>,
    registration: Option<String>,
    senior: Option<bool>,
}

impl AuditRow {
    fn chained(self) -> Chained {
        let author = self.has_author.then(|| {
            RowAuthor(
                self.account.unwrap_or_default(),
                self.name.unwrap_or_default(),
                self.role.unwrap_or_default(),
                self.job_title.unwrap_or_default(),
                self.organisation.unwrap_or_default(),
                self.organisation_name.unwrap_or_default(),
                self.registration.unwrap_or_default(),
                self.senior.unwrap_or_default(),
            )
        });
        let row = Row {
            seq: self.seq,
            at: self.at,
            author,
            via: self.via,
            assurance: self.assurance,
            session: self.session,
            action: self.action,
            plan: self.plan,
            resource: self.resource,
            outcome: self.outcome,
            rules: self.rules,
            connection: self.connection,
            reason: self.reason,
            job: self.job,
            version: self.version,
            sha256: self.sha256.map(hex::encode),
        };
        Chained { row, hash: self.hash }
    }
}

impl Store {
    /// Rows of the chain after one, in their order.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn audit_after(&self, seq: i64) -> Result<Vec<Chained>, StoreError> {
        let rows = sqlx::query_as!(
            AuditRow,
            r#"select seq as "seq!: i64", at, via, assurance, session, action, plan, resource, outcome, rules, connection, reason, job,
                 version, sha256, hash, audit.author is not null as "has_author!: bool", author.account as "account?",
                 author.name as "name?", author.role as "role?", author.job_title as "job_title?",
                 author.organisation as "organisation?", author.organisation_name as "organisation_name?",
                 author.registration as "registration?", author.senior as "senior?: bool"
             from audit left join author on author.id = audit.author where seq > ? order by seq limit ?"#,
            seq,
            ROWS_AT_ONCE
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(AuditRow::chained).collect())
    }

    /// What was asked of a plan and done with it, newest first; not what the chain digests of it.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn audit_of_plan(&self, plan: &PlanId, page: AuditPage) -> Result<Vec<Chained>, StoreError> {
        let plan = plan.as_str();
        let rows = sqlx::query_as!(
            AuditRow,
            r#"select seq as "seq!: i64", at, via, assurance, session, action, plan, resource, outcome, rules, connection,
                 reason, job, version, sha256, hash, audit.author is not null as "has_author!: bool",
                 author.account as "account?", author.name as "name?", author.role as "role?",
                 author.job_title as "job_title?", author.organisation as "organisation?",
                 author.organisation_name as "organisation_name?", author.registration as "registration?",
                 author.senior as "senior?: bool"
             from audit left join author on author.id = audit.author
             where plan = ? and seq < ? and at between ? and ? and action not in ('log:digest', 'publication:take-in')
             order by seq desc limit ?"#,
            plan,
            page.before,
            page.from.0,
            page.until.0,
            page.limit
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(AuditRow::chained).collect())
    }

    /// The plan that an event is about; none for an event that is not told of.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn plan_of_event(&self, seq: i64) -> Result<Option<PlanId>, StoreError> {
        let row = sqlx::query!(
            "select plan from audit where seq = ? and action not in ('log:digest', 'publication:take-in')",
            seq
        )
        .fetch_optional(&self.readers)
        .await?;
        // Somebody may have asked for a plan by a name that is none.
        Ok(row.and_then(|row| row.plan?.parse().ok()))
    }

    /// The views that were read in an emergency that a dispatcher gave a number, oldest first.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn reads_in_job(&self, job: &str) -> Result<Vec<ReadInJob>, StoreError> {
        let rows = sqlx::query!(
            r#"select audit.at, audit.plan as "plan!", audit.resource as "resource!", audit.version as "version!",
                 audit.sha256 as "sha256!", audit.author as "author!"
             from audit where job = ? and action = 'view:read' and outcome = 'allowed'
                 and plan is not null and resource is not null and version is not null and sha256 is not null
                 and author is not null
             order by seq limit ?"#,
            job,
            ROWS_AT_ONCE
        )
        .fetch_all(&self.readers)
        .await?;
        let authors = self.authors_by_id(rows.iter().map(|row| row.author)).await?;
        rows.into_iter()
            .map(|row| {
                let damaged = || StoreError::Damaged { what: "audit", id: "a read".to_owned() };
                Ok(ReadInJob {
                    at: UtcMillis(row.at),
                    plan: super::id(row.plan, "audit")?,
                    version: u32::try_from(row.version).map_err(|_| damaged())?,
                    view: row.resource.trim_start_matches("view:").to_owned(),
                    sha256: hex::encode(row.sha256),
                    by: authors.get(&row.author).cloned().ok_or_else(damaged)?,
                })
            })
            .collect()
    }

    /// Every publication that is stored.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn all_publications(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = sqlx::query!("select plan, version from publication order by plan, version")
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.into_iter().map(|row| (row.plan, row.version)).collect())
    }

    /// What the chain should hold of a publication; `None` if there is none.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn digest_of_publication(&self, plan: &str, version: i64) -> Result<Option<[u8; 32]>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        publication_digest(&mut connection, plan, version).await
    }

    /// Views of a publication whose bytes do not have their hash.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn damaged_views(&self, plan: &str, version: i64) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query!(
            "select view, bytes, bytes_sha256 from publication_view where plan = ? and version = ? order by view",
            plan,
            version
        )
        .fetch_all(&self.readers)
        .await?;
        let damaged = rows.into_iter().filter(|row| Sha256::digest(&row.bytes)[..] != row.bytes_sha256);
        Ok(damaged.map(|row| row.view).collect())
    }

    /// Every document that is stored.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn all_documents(&self) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query!("select id from document order by id").fetch_all(&self.readers).await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    /// The log of a document, row by row.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn log_state(&self, document: &str) -> Result<LogState, StoreError> {
        let mut state = LogState::default();
        let mut root = empty_root(document);
        for row in self.log_rows(document, 0).await? {
            root = next_root(&root, &row);
            state.roots.push(root);
        }
        let rows =
            sqlx::query!("select position, hash, bytes from change where document = ? order by position", document)
                .fetch_all(&self.readers)
                .await?;
        for (row, expected) in rows.into_iter().zip(0..) {
            if row.position != expected {
                state.gap = state.gap.or(Some(expected));
            }
            let hash = heads::read_one(&row.hash, "change", document);
            if !hash.is_ok_and(|hash| chunk_has_hash(&row.bytes, &hash)) {
                state.damaged.push(row.position);
            }
        }
        Ok(state)
    }
}

/// Rows read at once.
const ROWS_AT_ONCE: i64 = 5_000;
