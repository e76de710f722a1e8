//! Changes that were refused, kept so that nothing that somebody typed is lost.

use super::{Store, StoreError, heads};
use automerge::ChangeHash;
use coplan_core::{id::SectionId, policy::Granted, time::UtcMillis};

/// A refused change, with its text where that could be read.
#[derive(Debug, Clone)]
pub struct Quarantined {
    /// The section it was meant for.
    pub section: SectionId,
    /// Its hash, as it claims.
    pub hash: ChangeHash,
    /// The reason's stable name.
    pub code: String,
    /// The reason as a sentence.
    pub reason: String,
    /// The text that it would have written.
    pub text: String,
    /// Who delivered it.
    pub by: String,
    /// Their organisation's name.
    pub organisation: String,
    /// When it arrived.
    pub received_at: UtcMillis,
}

impl Store {
    /// What stands in quarantine for the section that was granted, newest first; nothing if the grant is for the plan
    /// as a whole, because a refused change may hold anything that the section may hold.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn quarantined(&self, granted: &Granted) -> Result<Vec<Quarantined>, StoreError> {
        let Some(section) = granted.section() else {
            return Ok(Vec::new());
        };
        let (plan, section) = (granted.plan().as_str(), section.as_str());
        let rows = sqlx::query!(
            "select document.section, quarantine.hash, quarantine.code, quarantine.reason, quarantine.text,
                 quarantine.received_at, author.name, author.organisation_name
             from document join quarantine on quarantine.document = document.id
                 join author on author.id = quarantine.author
             where document.plan = ? and document.section = ?
             order by quarantine.id desc limit ?",
            plan,
            section,
            QUARANTINED_LISTED_MAX
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Quarantined {
                    hash: heads::read_one(&row.hash, "quarantine", section)?,
                    section: super::id(row.section, "section")?,
                    code: row.code,
                    reason: row.reason,
                    text: row.text,
                    by: row.name,
                    organisation: row.organisation_name,
                    received_at: UtcMillis(row.received_at),
                })
            })
            .collect()
    }
}

/// Most refused changes of a section listed at once.
const QUARANTINED_LISTED_MAX: i64 = 200;
