//! Publishing: documents loaded fresh from the store, frozen and rendered by core, written in one transaction.
//!
//! The same function serves "Sign and publish" and the worker. Documents are never taken from a hub's memory: what is
//! published is what a restart would find. Of the change log only the rows of what is disputed are looked up for their
//! authors, however long it is.

mod again;

pub use again::{RenderedAgain, render_again};

use crate::store::{Due, GrantedDocument, Store, StoreError};
use automerge::{Automerge, ChangeHash};
use coplan_core::{
    content, decision,
    id::{PlanId, SectionId, UserId},
    policy::{Granted, Subject},
    publication::{
        self, Definitions, PlanState, Prepared, Publication, PublishError, PublishedSection, SectionRequest, Signer,
    },
    section::Sections,
    sync::{DocumentId, hub::StoredDocument},
    time::UtcMillis,
    view::{Author, Authors, Circumstances, Person},
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
    /// Every section without sign-off that has changed since it was published, as it is now; and what has become of the
    /// disputes of those that are signed.
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
        let draft = draft(store, sections, granted, by, selection, now).await?;
        let documents = draft.ids.clone();
        let (draft, prepared) = apart(draft, sections, |draft, sections| draft.prepare(sections)).await?;
        let prepared = match prepared {
            Err(PublishError::Nothing) if matches!(selection, Selection::WhatNeedsNobody) => {
                if let Some(due) = due {
                    store.settle_due(due).await?;
                }
                return Ok(None);
            }
            prepared => prepared?,
        };
        let authors = authors(store, &documents, &prepared.changes()).await?;
        let render = move |draft: &Draft, _: &Sections| {
            prepared.clone().render(&draft.plan, &draft.person, &draft.circumstances, &authors)
        };
        let (_, made) = apart(draft, sections, render).await?;
        if store.publish(granted, &made, by, due).await? {
            return Ok(Some(made));
        }
    }
    Err(PublishFailure::Raced)
}

/// Runs what takes long on another thread, with everything that it needs.
async fn apart<T: Send + 'static, R: Send + 'static>(
    held: T,
    sections: &Arc<Sections>,
    work: impl FnOnce(&T, &Sections) -> R + Send + 'static,
) -> Result<(T, R), PublishFailure> {
    let sections = Arc::clone(sections);
    let work = move || {
        let made = work(&held, &sections);
        (held, made)
    };
    tokio::task::spawn_blocking(work).await.map_err(|_panicked| PublishFailure::Unusable)
}

/// Everything that core needs, read from the store.
struct Draft {
    plan: PlanId,
    person: Person,
    circumstances: Circumstances,
    version: u32,
    withheld: bool,
    published: Vec<PublishedSection>,
    earlier: Definitions,
    ids: BTreeMap<SectionId, GrantedDocument>,
    documents: BTreeMap<SectionId, Automerge>,
    lapsed: BTreeSet<UserId>,
    wanted: Vec<(Wanted, UtcMillis)>,
    by: Subject,
    now: UtcMillis,
}

impl Draft {
    fn prepare(&self, sections: &Sections) -> Result<Prepared, PublishError> {
        let state = PlanState {
            plan: &self.plan,
            person: &self.person,
            circumstances: &self.circumstances,
            version: self.version,
            withheld: self.withheld,
            published: &self.published,
            sections,
            earlier: &self.earlier,
            documents: &self.documents,
            lapsed: &self.lapsed,
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
        publication::prepare(&state, &requests, self.now)
    }
}

async fn draft(
    store: &Store,
    sections: &Sections,
    granted: &Granted,
    by: &Subject,
    selection: &Selection,
    now: UtcMillis,
) -> Result<Draft, PublishFailure> {
    let (person, _) = store.plan(granted).await?.ok_or(PublishFailure::UnknownPlan)?;
    let circumstances = store.circumstances(granted).await?.of(&person);
    let newest = store.publication(granted, None).await?;
    let withheld = newest.as_ref().and_then(|newest| newest.person.as_ref()).is_some_and(|person| person.withheld);
    let (version, published) = newest.map_or((0, Vec::new()), |newest| (newest.version, newest.sections));
    let ids: BTreeMap<SectionId, GrantedDocument> =
        store.plan_sections(granted).await?.into_iter().map(|part| (part.section, part.document)).collect();
    let mut documents = BTreeMap::new();
    for section in needed(sections, selection, &published, &ids) {
        if let Some(id) = ids.get(&section) {
            documents.insert(section, load(store, id).await?);
        }
    }
    let (wanted, lapsed) = match selection {
        Selection::These(these) if signs(these) => (these.clone(), lapsed(store, sections, &documents).await?),
        Selection::These(these) => (these.clone(), BTreeSet::new()),
        Selection::WhatNeedsNobody => (changed(sections, &documents, &published), BTreeSet::new()),
    };
    let mut dated = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        let arrived_at = match ids.get(&wanted.section) {
            Some(id) => store.arrived_at(id, &wanted.heads).await?,
            None => None,
        };
        dated.push((wanted, arrived_at.unwrap_or(now)));
    }
    let earlier = earlier(store, sections, &published).await?;
    let (plan, by) = (granted.plan().clone(), by.clone());
    let wanted = dated;
    Ok(Draft {
        plan,
        person,
        circumstances,
        version,
        withheld,
        published,
        earlier,
        ids,
        documents,
        lapsed,
        wanted,
        by,
        now,
    })
}

/// The definitions by which sections were published that have another one now.
async fn earlier(
    store: &Store,
    sections: &Sections,
    published: &[PublishedSection],
) -> Result<Definitions, PublishFailure> {
    let mut found = Definitions::new();
    for part in published {
        let Some(hash) = part.definition_hash else { continue };
        let of_now = sections.section(&part.section).is_some_and(|section| section.hash() == hash);
        if !of_now && let Some(section) = store.definition(&hash).await? {
            found.insert(hash, section);
        }
    }
    Ok(found)
}

/// Who made these changes.
async fn authors(
    store: &Store,
    documents: &BTreeMap<SectionId, GrantedDocument>,
    changes: &BTreeMap<SectionId, BTreeSet<ChangeHash>>,
) -> Result<Authors, PublishFailure> {
    let mut authors = Authors::new();
    for (section, changes) in changes {
        let Some(document) = documents.get(section) else { continue };
        let changes: Vec<ChangeHash> = changes.iter().copied().collect();
        let found = store.authored(document, &changes).await?;
        let named = found.into_iter().map(|(hash, made)| (hash, Author { by: made.subject, at: made.received_at }));
        authors.extend(named);
    }
    Ok(authors)
}

/// Those who recorded decisions which stand, and whose account has another role now. Somebody without an account is not
/// known to have lost theirs.
///
/// # Errors
/// `StoreError` if an account could not be read.
pub(crate) async fn lapsed(
    store: &Store,
    sections: &Sections,
    documents: &BTreeMap<SectionId, Automerge>,
) -> Result<BTreeSet<UserId>, StoreError> {
    let mut recorders = BTreeSet::new();
    for (id, document) in documents {
        let Some(section) = sections.section(id).filter(|section| section.is_decided()) else { continue };
        let kinds = decision::read(document, None, section);
        let standing = kinds.iter().flat_map(decision::Kind::standing);
        recorders.extend(standing.map(|record| (record.recorded.user.clone(), record.recorded.role.clone())));
    }
    let mut lapsed = BTreeSet::new();
    for (user, role) in recorders {
        let Ok(user) = user.parse::<UserId>() else { continue };
        let account = store.account(&user).await?;
        if account.is_some_and(|account| serde_json::json!(account.role) != role) {
            lapsed.insert(user);
        }
    }
    Ok(lapsed)
}

fn signs(these: &[Wanted]) -> bool {
    these.iter().any(|wanted| wanted.signing.is_some())
}

/// The sections whose documents are needed: what is asked for, and what the publication takes over from the last. What
/// is signed may contradict any section.
fn needed(
    sections: &Sections,
    selection: &Selection,
    published: &[PublishedSection],
    ids: &BTreeMap<SectionId, GrantedDocument>,
) -> BTreeSet<SectionId> {
    let before = published.iter().map(|published| published.section.clone());
    match selection {
        Selection::These(these) if signs(these) => ids.keys().cloned().collect(),
        Selection::These(these) => these.iter().map(|wanted| wanted.section.clone()).chain(before).collect(),
        Selection::WhatNeedsNobody => {
            let free = sections.in_order().into_iter().filter(|section| section.publishes_itself());
            free.map(|section| section.id.clone()).chain(before).collect()
        }
    }
}

fn changed(
    sections: &Sections,
    documents: &BTreeMap<SectionId, Automerge>,
    published: &[PublishedSection],
) -> Vec<Wanted> {
    let free = |id: &SectionId| sections.section(id).filter(|section| section.publishes_itself());
    let mut changed = Vec::new();
    for (section, document, definition) in documents.iter().filter_map(|(id, document)| Some((id, document, free(id)?)))
    {
        let mut heads = document.get_heads();
        heads.sort_unstable();
        let before = published.iter().find(|published| published.section == *section);
        // A document that holds only its genesis has nothing to show yet.
        let untouched = before.is_none() && document.get_changes_meta(&[]).len() <= 1;
        let same = |published: &PublishedSection| {
            published.heads == heads && published.definition_hash == Some(definition.hash())
        };
        if !untouched && !before.is_some_and(same) {
            changed.push(Wanted { section: section.clone(), heads, signing: None });
        }
    }
    changed
}

/// A document as it is stored.
pub(crate) async fn load(store: &Store, id: &GrantedDocument) -> Result<Automerge, PublishFailure> {
    let stored = store.document(id).await?.ok_or(PublishFailure::Unusable)?;
    usable(id, stored).await
}

/// The document that was stored so, if it can be loaded whole.
async fn usable(id: &DocumentId, stored: StoredDocument) -> Result<Automerge, PublishFailure> {
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
