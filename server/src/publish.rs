//! Publishing: documents loaded fresh from the store, frozen and rendered by core, written in one transaction.
//!
//! The same function serves "Sign and publish" and the worker. Documents are never taken from a hub's memory: what is
//! published is what a restart would find.

use crate::store::{Due, Store, StoreError};
use automerge::{Automerge, ChangeHash};
use coplan_core::{
    content,
    id::{PlanId, SectionId},
    policy::{Granted, Subject},
    publication::{self, PlanState, Publication, PublishError, PublishedSection, SectionRequest, Signer},
    section::{Sections, SignOff},
    sync::{DocumentId, hub::StoredDocument},
    time::UtcMillis,
    view::Person,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What is to be published.
#[derive(Debug, Clone)]
pub enum Selection {
    /// These sections at these heads.
    These(Vec<Wanted>),
    /// Every section without sign-off that has changed since it was published, as it is now.
    WhatNeedsNobody,
}

/// One section to be published.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The section.
    pub section: SectionId,
    /// The heads that were on the screen.
    pub heads: Vec<ChangeHash>,
    /// The right to sign it, where it needs a signature.
    pub signing: Option<Granted>,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishFailure {
    /// Core refused, with the reason.
    #[error(transparent)]
    Refused(#[from] PublishError),
    /// There is no such plan.
    #[error("no such plan")]
    UnknownPlan,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another publication of the plan came first, several times over.
    #[error("other publications of the plan came first {RACES_MAX} times")]
    Raced,
    /// A stored document cannot be loaded, or rendering it made something panic.
    #[error("a document of the plan cannot be rendered")]
    Unusable,
}

/// Publishes the selection; `None` if there is nothing to publish, and what was due is then settled.
///
/// # Errors
/// `PublishFailure`; all of it was published, or nothing was written.
pub async fn publish(
    store: &Store,
    sections: &Arc<Sections>,
    granted: &Granted,
    by: &Subject,
    selection: &Selection,
    due: Option<&Due>,
    now: UtcMillis,
) -> Result<Option<Publication>, PublishFailure> {
    for _ in 0..RACES_MAX {
        let Some(draft) = draft(store, sections, granted, by, selection, now).await? else {
            if let Some(due) = due {
                store.settle_due(due).await?;
            }
            return Ok(None);
        };
        let sections = Arc::clone(sections);
        let made = tokio::task::spawn_blocking(move || draft.make(&sections))
            .await
            .map_err(|_panicked| PublishFailure::Unusable)??;
        if store.publish(granted.plan(), &made, by, due).await? {
            return Ok(Some(made));
        }
    }
    Err(PublishFailure::Raced)
}

/// Everything that core needs, read from the store.
struct Draft {
    plan: PlanId,
    person: Person,
    version: u32,
    published: Vec<PublishedSection>,
    documents: BTreeMap<SectionId, Automerge>,
    wanted: Vec<(Wanted, UtcMillis)>,
    by: Subject,
    now: UtcMillis,
}

impl Draft {
    fn make(&self, sections: &Sections) -> Result<Publication, PublishError> {
        let state = PlanState {
            plan: &self.plan,
            person: &self.person,
            version: self.version,
            published: &self.published,
            sections,
            documents: &self.documents,
        };
        let request = |(wanted, changed_at): &(Wanted, UtcMillis)| SectionRequest {
            section: wanted.section.clone(),
            heads: wanted.heads.clone(),
            changed_at: *changed_at,
            signer: None,
        };
        let mut requests: Vec<SectionRequest<'_>> = self.wanted.iter().map(request).collect();
        for (request, (wanted, _)) in requests.iter_mut().zip(&self.wanted) {
            request.signer = wanted.signing.as_ref().map(|granted| Signer { granted, subject: &self.by });
        }
        publication::publish(&state, &requests, self.now)
    }
}

async fn draft(
    store: &Store,
    sections: &Sections,
    granted: &Granted,
    by: &Subject,
    selection: &Selection,
    now: UtcMillis,
) -> Result<Option<Draft>, PublishFailure> {
    let (person, _) = store.plan(granted).await?.ok_or(PublishFailure::UnknownPlan)?;
    let newest = store.publication(granted, None).await?;
    let (version, published) = newest.map_or((0, Vec::new()), |newest| (newest.version, newest.sections));
    let ids: BTreeMap<SectionId, DocumentId> =
        store.plan_sections(granted).await?.into_iter().map(|part| (part.section, part.document)).collect();
    let mut documents = BTreeMap::new();
    for section in needed(sections, selection, &published) {
        if let Some(id) = ids.get(&section) {
            documents.insert(section, load(store, id).await?);
        }
    }
    let wanted = match selection {
        Selection::These(these) => these.clone(),
        Selection::WhatNeedsNobody => changed(sections, &documents, &published),
    };
    if wanted.is_empty() && matches!(selection, Selection::WhatNeedsNobody) {
        return Ok(None);
    }
    let mut dated = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        let arrived_at = match ids.get(&wanted.section) {
            Some(id) => store.arrived_at(id, &wanted.heads).await?,
            None => None,
        };
        dated.push((wanted, arrived_at.unwrap_or(now)));
    }
    let (plan, by) = (granted.plan().clone(), by.clone());
    Ok(Some(Draft { plan, person, version, published, documents, wanted: dated, by, now }))
}

/// The sections whose documents are needed: what is asked for, and what the publication takes over from the last.
fn needed(sections: &Sections, selection: &Selection, published: &[PublishedSection]) -> BTreeSet<SectionId> {
    let before = published.iter().map(|published| published.section.clone());
    match selection {
        Selection::These(these) => these.iter().map(|wanted| wanted.section.clone()).chain(before).collect(),
        Selection::WhatNeedsNobody => {
            let free = sections.in_order().into_iter().filter(|section| section.sign_off == SignOff::None);
            free.map(|section| section.id.clone()).chain(before).collect()
        }
    }
}

fn changed(
    sections: &Sections,
    documents: &BTreeMap<SectionId, Automerge>,
    published: &[PublishedSection],
) -> Vec<Wanted> {
    let free = |id: &SectionId| sections.section(id).is_some_and(|section| section.sign_off == SignOff::None);
    let mut changed = Vec::new();
    for (section, document) in documents.iter().filter(|(section, _)| free(section)) {
        let mut heads = document.get_heads();
        heads.sort_unstable();
        let before = published.iter().find(|published| published.section == *section);
        // A document that holds only its genesis has nothing to show yet.
        let untouched = before.is_none() && document.get_changes_meta(&[]).len() <= 1;
        if !untouched && before.is_none_or(|published| published.heads != heads) {
            changed.push(Wanted { section: section.clone(), heads, signing: None });
        }
    }
    changed
}

/// A document as it is stored.
pub(crate) async fn load(store: &Store, id: &DocumentId) -> Result<Automerge, PublishFailure> {
    let stored = store.load_document(id).await?.ok_or(PublishFailure::Unusable)?;
    let loaded = tokio::task::spawn_blocking(move || automerge_of(&stored)).await.ok().flatten();
    loaded.ok_or_else(|| {
        tracing::error!(document.id = %id, "a stored document cannot be loaded");
        PublishFailure::Unusable
    })
}

/// The document that these bytes make, if they make all of it.
fn automerge_of(stored: &StoredDocument) -> Option<Automerge> {
    let covered = stored.snapshot.as_ref().map_or(0, |snapshot| snapshot.changes);
    let mut bytes = stored.snapshot.as_ref().map_or_else(Vec::new, |snapshot| snapshot.bytes.to_vec());
    for change in &stored.changes {
        bytes.extend_from_slice(&change.bytes);
    }
    let document = content::load_document(&bytes).ok()?;
    let whole = document.get_changes_meta(&[]).len() as u64 == covered + stored.changes.len() as u64;
    whole.then_some(document)
}

/// How often a publication is made again because another of the same plan came first.
const RACES_MAX: usize = 5;
