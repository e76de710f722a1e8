//! A publication made again: from the change log, the definitions and the person as they were kept, and nothing else.
//!
//! Neither a snapshot nor a stored view is read, so that what comes out proves what is stored. The same build gives the
//! same bytes; a later one may write views in another way, and then says that they differ.

use super::{PublishFailure, authors, earlier, usable};
use crate::store::Store;
use coplan_core::{
    policy::Granted,
    publication::{self, Rendering},
    section::Sections,
    view::{Header, ViewKind},
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, sync::Arc};

/// What came out, beside what is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedAgain {
    /// The views that the publication has, made again.
    pub views: Vec<(ViewKind, Vec<u8>)>,
    /// The hash over its sections and these views.
    pub hash: [u8; 32],
    /// The hash under which it is stored.
    pub stored_hash: [u8; 32],
    /// The views whose stored bytes have another hash than those made again.
    pub differing: Vec<ViewKind>,
}

impl RenderedAgain {
    /// Whether everything came out as it is stored.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.hash == self.stored_hash && self.differing.is_empty()
    }
}

/// Makes the views of a publication again; `None` if there is no such publication. `sections` is only asked for what
/// was published before definitions were kept.
///
/// # Errors
/// `PublishFailure` if something that it was made of is damaged or missing.
pub async fn render_again(
    store: &Store,
    sections: &Arc<Sections>,
    granted: &Granted,
    version: u32,
) -> Result<Option<RenderedAgain>, PublishFailure> {
    let Some(published) = store.publication(granted, Some(version)).await? else { return Ok(None) };
    let person = match published.person {
        Some(person) => person,
        None => store.plan(granted).await?.ok_or(PublishFailure::UnknownPlan)?.0,
    };
    let ids: BTreeMap<_, _> =
        store.plan_sections(granted).await?.into_iter().map(|part| (part.section, part.document)).collect();
    let mut documents = BTreeMap::new();
    for part in &published.sections {
        let Some(id) = ids.get(&part.section) else { continue };
        let stored = store.load_log(id).await?.ok_or(PublishFailure::Unusable)?;
        documents.insert(part.section.clone(), usable(id, stored).await?);
    }
    let earlier = earlier(store, sections, &published.sections).await?;
    let parts = published.sections.clone();
    let read = move |_: &(), sections: &Sections| Rendering::read(&parts, sections, &earlier, &documents);
    let ((), rendering) = super::apart((), sections, read).await?;
    let rendering = rendering?;
    let authors = authors(store, &ids, &rendering.changes()).await?;
    let stored = store.view_hashes(granted, version).await?;
    let kinds: Vec<ViewKind> =
        ViewKind::ALL.into_iter().filter(|kind| stored.iter().any(|(it, _)| it == kind)).collect();
    let (published_at, circumstances) = (published.published_at, &published.circumstances);
    let header = Header { plan: granted.plan(), version, published_at, person: &person, circumstances };
    let views = rendering.views(&header, &kinds, &authors);
    let differs = |(kind, bytes): &(ViewKind, Vec<u8>)| {
        let sha256: [u8; 32] = Sha256::digest(bytes).into();
        !stored.contains(&(*kind, sha256))
    };
    let differing = views.iter().filter(|view| differs(view)).map(|(kind, _)| *kind).collect();
    let hash = publication::hash(&published.sections, &views);
    Ok(Some(RenderedAgain { views, hash, stored_hash: published.hash, differing }))
}
