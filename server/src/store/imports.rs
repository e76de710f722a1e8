//! Imports: what was taken over from which record, when and by whom.

use super::{Store, StoreError, audit};
use crate::{
    audit::{Event, action},
    import::SectionOutcome,
};
use coplan_core::{
    import::RecordKind,
    policy::{Granted, Subject},
    time::UtcMillis,
};
use sqlx::Connection;

/// An import, with what came of it.
#[derive(Debug, Clone)]
pub struct KeptImport {
    /// Its id, which its changes carry in their marks.
    pub id: String,
    /// The name of a configured source, or how else it came.
    pub source: String,
    /// What sort of record it was.
    pub record: RecordKind,
    /// Who asked for it.
    pub by: Subject,
    /// When.
    pub made_at: UtcMillis,
    /// What came of it, by section. Which of it may be told to whom is the caller's to decide.
    pub sections: Vec<SectionOutcome>,
}

impl Store {
    /// Keeps what came of an import of the plan that was granted, with its event if nothing was changed.
    ///
    /// # Errors
    /// `StoreError`; nothing was written then.
    pub async fn keep_import(&self, granted: &Granted, import: &KeptImport) -> Result<(), StoreError> {
        let (plan, record) = (granted.plan().as_str(), import.record.code());
        let damaged = |_| StoreError::Damaged { what: "import", id: import.id.clone() };
        let outcome = serde_json::to_string(&import.sections).map_err(damaged)?;
        let event = Event::of(Some(&import.by), action::IMPORT, import.made_at).of_plan(granted.plan());
        let event = Event { resource: Some(format!("import:{}", import.id)), ..event };
        let mut writer = self.writer().await?;
        let author = writer.author(&import.by).await?;
        // The event of a request that changed something is that change's, with the import as its reason.
        let event = writer.event(event).await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!(
            "insert into record_import (id, plan, author, made_at, source, record, outcome) values (?, ?, ?, ?, ?, ?, ?)",
            import.id,
            plan,
            author,
            import.made_at.0,
            import.source,
            record,
            outcome
        )
        .execute(&mut *transaction)
        .await?;
        audit::commit(transaction, event).await?;
        Ok(())
    }

    /// The imports of the plan that was granted, newest first.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn imports(&self, granted: &Granted) -> Result<Vec<KeptImport>, StoreError> {
        let plan = granted.plan().as_str();
        let rows = sqlx::query!(
            "select id, author, made_at, source, record, outcome from record_import where plan = ?
             order by made_at desc, id limit ?",
            plan,
            IMPORTS_LISTED_MAX
        )
        .fetch_all(&self.readers)
        .await?;
        let authors = self.authors_by_id(rows.iter().map(|row| row.author)).await?;
        rows.into_iter()
            .map(|row| {
                let damaged = || StoreError::Damaged { what: "import", id: row.id.clone() };
                Ok(KeptImport {
                    by: authors.get(&row.author).cloned().ok_or_else(damaged)?,
                    record: RecordKind::named(&row.record).ok_or_else(damaged)?,
                    sections: serde_json::from_str(&row.outcome).map_err(|_| damaged())?,
                    made_at: UtcMillis(row.made_at),
                    source: row.source,
                    id: row.id,
                })
            })
            .collect()
    }
}

/// Imports of a plan listed at once.
const IMPORTS_LISTED_MAX: i64 = 100;
