//! Who made a change, and when: what history, conflicts and decisions show beside what a change did.

use super::{GrantedDocument, Store, StoreError, heads};
use automerge::ChangeHash;
use coplan_core::{
    policy::{Scope, Subject},
    time::UtcMillis,
};
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

/// One change as the log has it, with its author.
pub(super) struct MadeRow {
    pub(super) position: i64,
    pub(super) hash: Vec<u8>,
    pub(super) received_at: i64,
    pub(super) claimed_at_s: i64,
    pub(super) account: String,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) job_title: String,
    pub(super) organisation: String,
    pub(super) organisation_name: String,
    pub(super) registration: String,
    pub(super) senior: bool,
}

impl MadeRow {
    /// The hash of the change, and its provenance. `document` is for the complaint about a damaged row.
    pub(super) fn authored(self, document: &str) -> Result<(ChangeHash, Authored), StoreError> {
        let subject = Subject {
            user: super::id(self.account, "author")?,
            name: self.name,
            role: super::role(self.role)?,
            job_title: self.job_title,
            organisation: super::id(self.organisation, "author")?,
            organisation_name: self.organisation_name,
            registration: Some(self.registration).filter(|registration| !registration.is_empty()),
            senior: self.senior,
            scope: Scope::default(),
        };
        let received_at = UtcMillis(self.received_at);
        let hash = heads::read_one(&self.hash, "change", document)?;
        Ok((hash, Authored { subject, received_at, claimed_at_s: self.claimed_at_s }))
    }
}

impl Store {
    /// Who made each of these changes of a document; a hash that the document does not have is left out.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn authored(
        &self,
        document: &GrantedDocument,
        changes: &[ChangeHash],
    ) -> Result<BTreeMap<ChangeHash, Authored>, StoreError> {
        let id = document.to_string();
        let mut found = BTreeMap::new();
        for some in changes.chunks(HASHES_AT_ONCE_MAX) {
            let wanted: Vec<String> = some.iter().map(|hash| hex::encode(hash.0)).collect();
            let wanted = serde_json::json!(wanted).to_string();
            let rows = sqlx::query_as!(
                MadeRow,
                r#"select change.position, change.hash, change.received_at, change.claimed_at_s, author.account,
                     author.name, author.role, author.job_title, author.organisation, author.organisation_name,
                     author.registration, author.senior as "senior: bool"
                 from change join author on author.id = change.author
                 where change.document = ? and change.hash in (select unhex(value) from json_each(?))"#,
                id,
                wanted
            )
            .fetch_all(&self.readers)
            .await?;
            for row in rows {
                let (hash, authored) = row.authored(&id)?;
                found.insert(hash, authored);
            }
        }
        Ok(found)
    }
}

/// Most hashes in one query.
const HASHES_AT_ONCE_MAX: usize = 1_000;
