//! The FHIR documents of publications, as the read API finds them: the newest, one version, or those of a while.

use super::{Store, StoreError, heads, plans::version};
use coplan_core::{policy::Granted, time::UtcMillis};
use sha2::{Digest, Sha256};

/// Which documents of a plan.
#[derive(Debug, Clone, Copy)]
pub struct WantedDocuments<'w> {
    /// Of this version only.
    pub version: Option<u32>,
    /// Of every publication; otherwise of the newest, unless a version is named.
    pub all: bool,
    /// Only those before this version.
    pub before: Option<u32>,
    /// Only those published at this moment or later.
    pub from: UtcMillis,
    /// Only those published at this moment or earlier.
    pub until: UtcMillis,
    /// At most so many.
    pub limit: u32,
    /// Versions whose bytes are not needed.
    pub has: &'w [u32],
    /// Nor are those needed that were published by then, in seconds since 1970.
    pub has_since_s: i64,
}

impl WantedDocuments<'_> {
    /// The newest, whoever has it.
    #[must_use]
    pub const fn newest() -> Self {
        let (from, until) = (UtcMillis(i64::MIN), UtcMillis(i64::MAX));
        Self { version: None, all: false, before: None, from, until, limit: 1, has: &[], has_since_s: i64::MIN }
    }
}

/// A document as it is served.
#[derive(Debug, Clone)]
pub struct StoredDocument {
    /// The publication it belongs to.
    pub version: u32,
    /// When that was made.
    pub published_at: UtcMillis,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// The bytes, unless they are not needed.
    pub bytes: Option<Vec<u8>>,
}

impl Store {
    /// Documents of the plan that was granted, newest first. While it is withheld where the person lives, one that was
    /// published without is there for those named for them alone, as with every view.
    ///
    /// # Errors
    /// `StoreError::Damaged` if bytes do not have their hash: better nothing than something else.
    pub async fn documents(
        &self,
        granted: &Granted,
        wanted: &WantedDocuments<'_>,
    ) -> Result<Vec<StoredDocument>, StoreError> {
        // As with the view of such a document.
        if !granted.kept().is_empty() {
            return Ok(Vec::new());
        }
        let plan = granted.plan().as_str();
        let may_know_where = granted.decision().connection.may_know_where();
        let has = serde_json::json!(wanted.has).to_string();
        let before = wanted.before.unwrap_or(u32::MAX);
        let rows = sqlx::query!(
            r#"select publication.version, publication.published_at, publication_view.bytes_sha256,
                 case when publication.version in (select value from json_each(?1)) or publication.published_at / 1000 <= ?2
                     then null else publication_view.bytes end as "bytes?: Vec<u8>"
             from publication_view
             join publication on publication.plan = publication_view.plan
                 and publication.version = publication_view.version
             join plan on plan.id = publication.plan join person on person.nhs_number = plan.nhs_number
             where publication.plan = ?3 and publication_view.view = 'fhir'
                 and (publication.version = ?4 or (?4 is null and (?5 or publication.version = plan.version)))
                 and publication.version < ?6 and publication.published_at between ?7 and ?8
                 and (person.withheld = 0 or ?9 or json_extract(publication.person, '$.withheld'))
             order by publication.version desc limit ?10"#,
            has,
            wanted.has_since_s,
            plan,
            wanted.version,
            wanted.all,
            before,
            wanted.from.0,
            wanted.until.0,
            may_know_where,
            wanted.limit
        )
        .fetch_all(&self.readers)
        .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let sha256 = heads::read_one(&row.bytes_sha256, "published view", plan)?.0;
            if row.bytes.as_ref().is_some_and(|bytes| Sha256::digest(bytes)[..] != sha256) {
                return Err(StoreError::Damaged { what: "published view", id: format!("{plan} {}", row.version) });
            }
            let published_at = UtcMillis(row.published_at);
            found.push(StoredDocument { version: version(row.version, plan)?, published_at, sha256, bytes: row.bytes });
        }
        Ok(found)
    }
}
