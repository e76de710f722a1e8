//! Authors by the number of their row: who did a thing, as their session said they were then.

use super::{Store, StoreError};
use coplan_core::policy::{Role, Scope, Subject};
use std::collections::{BTreeMap, BTreeSet};

/// Who did what, by the number of their row. The service itself is not among them.
pub(super) type AuthorsById = BTreeMap<i64, Subject>;

impl Store {
    /// The people of these rows.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub(super) async fn authors_by_id(&self, ids: impl IntoIterator<Item = i64>) -> Result<AuthorsById, StoreError> {
        let ids: BTreeSet<i64> = ids.into_iter().collect();
        let ids = serde_json::json!(ids).to_string();
        let rows = sqlx::query!(
            r#"select id, account, name, role, job_title, organisation, organisation_name, registration,
                 senior as "senior: bool"
             from author where id in (select value from json_each(?))"#,
            ids
        )
        .fetch_all(&self.readers)
        .await?;
        let mut authors = BTreeMap::new();
        for row in rows {
            let role = super::role(row.role)?;
            if role == Role::System {
                continue;
            }
            let subject = Subject {
                user: super::id(row.account, "author")?,
                name: row.name,
                role,
                job_title: row.job_title,
                organisation: super::id(row.organisation, "author")?,
                organisation_name: row.organisation_name,
                registration: Some(row.registration).filter(|registration| !registration.is_empty()),
                senior: row.senior,
                scope: Scope::default(),
            };
            authors.insert(row.id, subject);
        }
        Ok(authors)
    }
}
