//! What a publication holds, read from the documents and ready to be written as views.

use super::{PublishError, PublishedSection, content_hash};
use crate::{
    conflict::{Conflict, conflicts, conflicts_since_signed},
    content::{self, Content},
    decision, fhir,
    id::SectionId,
    print,
    section::{Section, Sections},
    view::{Authors, Header, SectionView, ViewKind, render},
};
use automerge::{Automerge, ChangeHash};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Definitions by their hash.
pub type Definitions = BTreeMap<[u8; 32], Arc<Section>>;

/// The sections of a publication as they were read, each by the definition it was published by.
#[derive(Debug, Clone)]
pub struct Rendering {
    sections: Vec<Read>,
}

#[derive(Debug, Clone)]
struct Read {
    frozen: PublishedSection,
    section: Arc<Section>,
    content: Content,
    conflicts: Vec<Conflict>,
    records: Vec<decision::Kind>,
}

impl Rendering {
    /// Reads the sections of a publication: how `prepare` does, and how anybody can make its views again. A section that
    /// was published before definitions had hashes is read by its definition of now, and its disputes are not looked for.
    ///
    /// # Errors
    /// `UnknownSection` without a document, `UnknownDefinition` without the definition, `UnknownHeads` if the document
    /// lacks the heads.
    pub fn read(
        published: &[PublishedSection],
        sections: &Sections,
        earlier: &Definitions,
        documents: &BTreeMap<SectionId, Automerge>,
    ) -> Result<Self, PublishError> {
        let read = published.iter().map(|frozen| {
            let section = definition(frozen, sections, earlier)?;
            let document = document(documents, &frozen.section)?;
            let all = frozen.heads.iter().chain(frozen.checked_heads.iter().flatten());
            if frozen.heads.is_empty() || !has_all(document, all) {
                return Err(PublishError::UnknownHeads(frozen.section.clone()));
            }
            Ok(Read::at_heads(frozen, section, document))
        });
        Ok(Self { sections: read.collect::<Result<_, _>>()? })
    }

    /// The changes whose authors the views name, by section.
    #[must_use]
    pub fn changes(&self) -> BTreeMap<SectionId, BTreeSet<ChangeHash>> {
        let named = |read: &Read| {
            let contenders = read.conflicts.iter().flat_map(|conflict| &conflict.contenders);
            let changes: BTreeSet<_> = contenders.map(|contender| contender.change).collect();
            (!changes.is_empty()).then(|| (read.section.id.clone(), changes))
        };
        self.sections.iter().filter_map(named).collect()
    }

    /// The bytes of these views, in the order of `ViewKind::ALL`.
    #[must_use]
    pub fn views(&self, header: &Header<'_>, kinds: &[ViewKind], authors: &Authors) -> Vec<(ViewKind, Vec<u8>)> {
        let views: Vec<_> = self.sections.iter().map(Read::view).collect();
        let own = |kind: &ViewKind| (*kind, render(*kind, header, &views, authors));
        let mut made: Vec<(ViewKind, Vec<u8>)> = ViewKind::OWN.iter().map(own).collect();
        if kinds.contains(&ViewKind::Fhir) {
            let frozen: Vec<_> = self.sections.iter().map(|read| read.frozen.clone()).collect();
            let content_hash = content_hash(&frozen, &made);
            made.push((ViewKind::Fhir, fhir::document(header, &views, authors, &content_hash)));
        }
        if kinds.contains(&ViewKind::Print) {
            let view = render(ViewKind::Print, header, &views, authors);
            let check = header.circumstances.check.as_deref();
            made.push((ViewKind::Print, print::two_sides(&view, check).expect("a view reads its own JSON")));
        }
        made.retain(|(kind, _)| kinds.contains(kind));
        made
    }
}

impl Read {
    fn at_heads(frozen: &PublishedSection, section: Arc<Section>, document: &Automerge) -> Self {
        let heads = unless_now(document, &frozen.heads);
        let checked = frozen.checked_heads.as_deref();
        Self {
            content: content::read(document, heads, &section),
            conflicts: checked.map_or_else(Vec::new, |checked| disputes(document, frozen, checked, &section)),
            records: records(document, heads, &section),
            frozen: frozen.clone(),
            section,
        }
    }

    fn view(&self) -> SectionView<'_> {
        SectionView {
            section: &self.section,
            content: &self.content,
            conflicts: &self.conflicts,
            records: &self.records,
            since_version: self.frozen.since_version,
            since_at: self.frozen.since_at,
            signed: self.frozen.signed.as_ref(),
            heads: &self.frozen.heads,
        }
    }
}

/// The definition by which a section was published.
pub(super) fn definition(
    frozen: &PublishedSection,
    sections: &Sections,
    earlier: &Definitions,
) -> Result<Arc<Section>, PublishError> {
    let now = sections.section(&frozen.section);
    match frozen.definition_hash {
        None => now.cloned().ok_or_else(|| PublishError::UnknownSection(frozen.section.clone())),
        Some(hash) => {
            let known = earlier.get(&hash).or_else(|| now.filter(|section| section.hash() == hash));
            known.cloned().ok_or_else(|| PublishError::UnknownDefinition(frozen.section.clone()))
        }
    }
}

pub(super) fn document<'d>(
    documents: &'d BTreeMap<SectionId, Automerge>,
    section: &SectionId,
) -> Result<&'d Automerge, PublishError> {
    documents.get(section).ok_or_else(|| PublishError::UnknownSection(section.clone()))
}

pub(super) fn has_all<'h>(document: &Automerge, mut heads: impl Iterator<Item = &'h ChangeHash>) -> bool {
    heads.all(|head| document.get_change_meta_by_hash(head).is_some())
}

/// What is disputed at `checked` in a section that is published as `frozen`.
pub(super) fn disputes(
    document: &Automerge,
    frozen: &PublishedSection,
    checked: &[ChangeHash],
    section: &Section,
) -> Vec<Conflict> {
    if section.is_decided() {
        // Records that disagree are shown as records.
        return Vec::new();
    }
    let heads = unless_now(document, checked);
    // Without a signature nothing is read that is not in the working document.
    if frozen.signed.is_none() || frozen.heads == checked {
        return conflicts(document, heads, section);
    }
    conflicts_since_signed(document, &frozen.heads, heads, section)
}

fn records(document: &Automerge, heads: Option<&[ChangeHash]>, section: &Section) -> Vec<decision::Kind> {
    if section.is_decided() { decision::read(document, heads, section) } else { Vec::new() }
}

/// `None` where the heads are those of the document as it is, which is quicker to read.
fn unless_now<'h>(document: &Automerge, heads: &'h [ChangeHash]) -> Option<&'h [ChangeHash]> {
    let asked: BTreeSet<_> = heads.iter().collect();
    let now = document.get_heads();
    let same = asked.len() == now.len() && now.iter().all(|head| asked.contains(head));
    (!same).then_some(heads)
}
