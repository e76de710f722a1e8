//! Who made a change, and when: what history, conflicts and decisions show beside what a change did.

use super::{Store, StoreError, heads};
use automerge::ChangeHash;
use coplan_core::{policy::Subject, sync::DocumentId, time::UtcMillis};
use std::collections::BTreeMap;

/// The provenance of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authored {
    /// Who delivered it, as their session said they were then.
    pub subject: Subject,
    /// When it arrived; within a document this never goes back.
    pub received_at: UtcMillis,
    /// The device's clock when it was made, in seconds since 1970: a claim.
    pub claimed_at_s: i64,
}

impl Store {
    /// Who made each of these changes of a document; a hash that the document does not have is left out.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn authored(
        &self,
        document: &DocumentId,
        changes: &[ChangeHash],
    ) -> Result<BTreeMap<ChangeHash, Authored>, StoreError> {
        let id = document.to_string();
        let mut found = BTreeMap::new();
        for some in changes.chunks(HASHES_AT_ONCE_MAX) {
            let wanted: Vec<String> = some.iter().map(|hash| hex::encode(hash.0)).collect();
            let wanted = serde_json::json!(wanted).to_string();
            let rows = sqlx::query!(
                r#"select change.hash, change.received_at, change.claimed_at_s, author.account, author.name, author.role,
                     author.job_title, author.organisation, author.organisation_name, author.registration,
                     author.senior as "senior: bool"
                 from change join author on author.id = change.author
                 where change.document = ? and change.hash in (select unhex(value) from json_each(?))"#,
                id,
                wanted
            )
            .fetch_all(&self.readers)
            .await?;
            for row in rows {
                let subject = Subject {
                    user: super::id(row.account, "author")?,
                    name: row.name,
                    role: super::role(row.role)?,
                    job_title: row.job_title,
                    organisation: super::id(row.organisation, "author")?,
                    organisation_name: row.organisation_name,
                    registration: Some(row.registration).filter(|registration| !registration.is_empty()),
                    senior: row.senior,
                };
                let received_at = UtcMillis(row.received_at);
                let authored = Authored { subject, received_at, claimed_at_s: row.claimed_at_s };
                found.insert(heads::read_one(&row.hash, "change", &id)?, authored);
            }
        }
        Ok(found)
    }
}

/// Most hashes in one query.
const HASHES_AT_ONCE_MAX: usize = 1_000;
