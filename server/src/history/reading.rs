//! The documents of a plan that somebody may read.

use crate::access::PlanAccess;
use crate::store::{GrantedDocument, Logged, Store, StoreError};
use automerge::Automerge;
use coplan_core::{
    content,
    history::Prefix,
    policy::{Action, Granted, Resource},
    section::{Section, Sections},
    sync::hub::StoredDocument,
};
use std::sync::Arc;

/// Why history has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HistoryFailure {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored document cannot be loaded, or reading it made something panic.
    #[error("a document of the plan cannot be read")]
    Unusable,
}

/// A section of a plan that somebody may read, and the document that holds it.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) section: Arc<Section>,
    pub(crate) document: GrantedDocument,
}

/// A document with its log.
pub(crate) struct Reading {
    pub(crate) part: Part,
    pub(crate) document: Automerge,
    pub(crate) log: Vec<Logged>,
}

/// The sections of the plan that was granted which one may read, in the order in which they are shown. Without
/// `access`, all of them: for whoever has the database itself.
///
/// # Errors
/// `StoreError` if they could not be read.
pub(crate) async fn parts(
    store: &Store,
    sections: &Sections,
    granted: &Granted,
    access: Option<&PlanAccess<'_>>,
) -> Result<Vec<Part>, StoreError> {
    let documents = store.plan_sections(granted).await?;
    let part = |section: &Arc<Section>| {
        let of = documents.iter().find(|document| document.section == section.id)?;
        may_read(access, section).then(|| Part { section: Arc::clone(section), document: of.document })
    };
    Ok(sections.in_order().into_iter().filter_map(part).collect())
}

fn may_read(access: Option<&PlanAccess<'_>>, section: &Section) -> bool {
    access.is_none_or(|access| access.allows(Action::Read, Resource::Section(section)))
}

/// Loads documents with their logs, and gives them to `work`, away from the requests that do not take long.
///
/// # Errors
/// `HistoryFailure`, also if `work` panics.
pub(crate) async fn read<T: Send + 'static>(
    store: &Store,
    parts: Vec<Part>,
    work: impl FnOnce(&[Reading]) -> T + Send + 'static,
) -> Result<T, HistoryFailure> {
    let mut stored = Vec::with_capacity(parts.len());
    for part in parts {
        // The log first: what is stored between the two is in the document, and in no moment that is asked for.
        let log = store.log(&part.document, None).await?;
        let document = store.document(&part.document).await?.ok_or(HistoryFailure::Unusable)?;
        stored.push((part, log, document));
    }
    let done = tokio::task::spawn_blocking(move || {
        let open = |(part, log, stored)| Some(Reading { document: automerge_of(&stored)?, part, log });
        let readings: Option<Vec<Reading>> = stored.into_iter().map(open).collect();
        readings.map(|readings| work(&readings))
    });
    done.await.ok().flatten().ok_or_else(|| {
        tracing::error!("a stored document cannot be read for its history");
        HistoryFailure::Unusable
    })
}

/// The document that these bytes make, if they make all of it.
fn automerge_of(stored: &StoredDocument) -> Option<Automerge> {
    let snapshot = stored.snapshot.iter().map(|snapshot| &snapshot.bytes);
    let bytes: Vec<u8> = snapshot.chain(stored.changes.iter().map(|change| &change.bytes)).flatten().copied().collect();
    let covered = stored.snapshot.as_ref().map_or(0, |snapshot| snapshot.changes);
    let document = content::load_document(&bytes).ok()?;
    let whole = document.get_changes_meta(&[]).len() as u64 == covered + stored.changes.len() as u64;
    whole.then_some(document)
}

impl Reading {
    /// The heads after so many changes of the log, for each of these counts, which go up.
    pub(crate) fn heads_after(&self, counts: &[u64]) -> Vec<Vec<automerge::ChangeHash>> {
        let mut prefix = Prefix::default();
        let mut done = 0;
        let mut all = Vec::with_capacity(counts.len());
        for count in counts {
            for change in self.log.iter().take(usize::try_from(*count).unwrap_or(usize::MAX)).skip(done) {
                prefix.push(change.hash, &change.deps);
            }
            done = done.max(usize::try_from(*count).unwrap_or(usize::MAX));
            all.push(prefix.heads());
        }
        all
    }
}
