//! Publications: sections frozen at exact heads, with the bytes of every view and a hash over both.
//!
//! INVARIANT: a section that needs a signature is published only at heads that somebody who may sign it has signed, and
//! never goes back behind them. The same inputs give the same publication, byte for byte.
//!
//! It does not decide who may sign: `policy::decide` does, and what it handed out is asked for here.

mod readiness;
#[cfg(test)]
mod tests;

pub use readiness::{Blocked, missing_required, open_conflicts};

use crate::{
    content,
    id::{PlanId, SectionId, UserId},
    policy::{Action, Granted, Subject},
    section::{Section, Sections, SignOff},
    time::UtcMillis,
    view::{Header, Person, SectionView, Signed, ViewKind, render},
};
use automerge::{Automerge, ChangeHash};
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What a plan's publications so far come to, and the documents to go on from.
#[derive(Debug, Clone, Copy)]
pub struct PlanState<'a> {
    /// The plan.
    pub plan: &'a PlanId,
    /// Whose it is.
    pub person: &'a Person,
    /// Number of the newest publication; 0 before the first.
    pub version: u32,
    /// What the newest publication holds.
    pub published: &'a [PublishedSection],
    /// The definitions.
    pub sections: &'a Sections,
    /// The document of each section that is requested or was published, with everything that is stored of it.
    pub documents: &'a BTreeMap<SectionId, Automerge>,
}

/// One section to be published.
#[derive(Debug, Clone)]
pub struct SectionRequest<'a> {
    /// The section.
    pub section: SectionId,
    /// The heads that were on the screen, in any order.
    pub heads: Vec<ChangeHash>,
    /// When the last change that these heads cover arrived.
    pub changed_at: UtcMillis,
    /// Who signs; a section without sign-off needs nobody.
    pub signer: Option<Signer<'a>>,
}

/// Somebody who signs a section, with the proof that they may.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    /// What `policy::decide` handed out for `Action::Sign` on this section of this plan.
    pub granted: &'a Granted,
    /// The identity to be shown.
    pub subject: &'a Subject,
}

/// A publication. It never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Its number within the plan, from 1.
    pub version: u32,
    /// When it was made.
    pub published_at: UtcMillis,
    /// Every section that it holds, by section id.
    pub sections: Vec<PublishedSection>,
    /// The bytes of every view, in the order of `ViewKind::ALL`.
    pub views: Vec<(ViewKind, Vec<u8>)>,
    /// SHA-256 over the sections and the views.
    pub hash: [u8; 32],
}

/// A section at the heads at which a publication holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishedSection {
    /// The section.
    pub section: SectionId,
    /// Version of the definition by which it was read.
    pub definition: u32,
    /// The heads it is frozen at, sorted.
    #[serde(serialize_with = "in_hex")]
    pub heads: Vec<ChangeHash>,
    /// What it took to publish it.
    pub sign_off: SignOff,
    /// Who signed it, for a section that needs it.
    pub signed: Option<Signed>,
    /// The publication that froze it at these heads.
    pub since_version: u32,
    /// When that was, or for a section without sign-off when it last changed.
    pub since_at: UtcMillis,
}

/// Why nothing was published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// No section was named.
    #[error("no section was named")]
    Nothing,
    /// The same section was named twice.
    #[error("`{0}` was named twice")]
    Twice(SectionId),
    /// No definition, or no document, of that name.
    #[error("the plan has no section `{0}`")]
    UnknownSection(SectionId),
    /// No signature by somebody who may sign.
    #[error("`{0}` needs the signature of somebody who may sign it")]
    NotAllowed(SectionId),
    /// No heads, or a head that is not in the document.
    #[error("the document of `{0}` does not have these heads")]
    UnknownHeads(SectionId),
    /// The heads do not cover what was published last.
    #[error("a newer state of `{0}` has been published")]
    SupersededHeads(SectionId),
    /// Required fields hold nothing.
    #[error("required fields are empty")]
    MissingRequired(Vec<Blocked>),
    /// Fields where two people set different values without having seen each other, and nobody has picked.
    #[error("fields have more than one value, and somebody must pick")]
    OpenConflicts(Vec<Blocked>),
}

impl PublishError {
    /// The stable name of its problem document.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing-to-publish",
            Self::Twice(_) => "section-twice",
            Self::UnknownSection(_) => "unknown-section",
            Self::NotAllowed(_) => "not-allowed",
            Self::UnknownHeads(_) => "unknown-heads",
            Self::SupersededHeads(_) => "superseded-heads",
            Self::MissingRequired(_) => "missing-required",
            Self::OpenConflicts(_) => "open-conflicts",
        }
    }
}

/// Publishes the requested sections together with what was published before.
///
/// # Errors
/// `PublishError`; all sections are published, or none.
pub fn publish(
    state: &PlanState<'_>,
    requests: &[SectionRequest<'_>],
    now: UtcMillis,
) -> Result<Publication, PublishError> {
    if requests.is_empty() {
        return Err(PublishError::Nothing);
    }
    let mut named = BTreeSet::new();
    if let Some(twice) = requests.iter().find(|request| !named.insert(&request.section)) {
        return Err(PublishError::Twice(twice.section.clone()));
    }
    let version = state.version + 1;
    let mut frozen = requests
        .iter()
        .map(|request| freeze(state, request, version, now))
        .collect::<Result<Vec<_>, PublishError>>()?;
    ready(state, &frozen)?;
    frozen.extend(state.published.iter().filter(|section| !named.contains(&section.section)).cloned());
    frozen.sort_by(|a, b| a.section.cmp(&b.section));
    let header = Header { plan: state.plan, version, published_at: now, person: state.person };
    let views = views(&header, &frozen, state.sections, state.documents)?;
    let hash = hash(&frozen, &views);
    Ok(Publication { version, published_at: now, sections: frozen, views, hash })
}

/// The views of sections at their published heads: how `publish` renders them, and how anybody can make them again.
///
/// # Errors
/// `UnknownSection` without a definition or a document, `UnknownHeads` if a document lacks the heads.
pub fn views(
    header: &Header<'_>,
    published: &[PublishedSection],
    sections: &Sections,
    documents: &BTreeMap<SectionId, Automerge>,
) -> Result<Vec<(ViewKind, Vec<u8>)>, PublishError> {
    let mut read = Vec::new();
    for frozen in published {
        let (section, document) = parts(sections, documents, &frozen.section)?;
        if !has_heads(document, &frozen.heads) {
            return Err(PublishError::UnknownHeads(frozen.section.clone()));
        }
        read.push((frozen, section, content::read(document, Some(&frozen.heads), section)));
    }
    let views = read.iter().map(|(frozen, section, content)| SectionView {
        section,
        content,
        since_version: frozen.since_version,
        since_at: frozen.since_at,
        signed: frozen.signed.as_ref(),
    });
    let views: Vec<_> = views.collect();
    Ok(ViewKind::ALL.map(|kind| (kind, render(kind, header, &views))).to_vec())
}

/// SHA-256 over the sections in their canonical form and the bytes of the views, each with its length before it.
#[must_use]
pub fn hash(sections: &[PublishedSection], views: &[(ViewKind, Vec<u8>)]) -> [u8; 32] {
    let sections = serde_json::to_vec(sections).expect("published sections have only text keys");
    let mut hasher = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    add(&sections);
    for (kind, bytes) in views {
        add(kind.as_str().as_bytes());
        add(bytes);
    }
    hasher.finalize().into()
}

fn freeze(
    state: &PlanState<'_>,
    request: &SectionRequest<'_>,
    version: u32,
    now: UtcMillis,
) -> Result<PublishedSection, PublishError> {
    let (section, document) = parts(state.sections, state.documents, &request.section)?;
    let signed = signature(state, section, request.signer, now)?;
    if !has_heads(document, &request.heads) {
        return Err(PublishError::UnknownHeads(section.id.clone()));
    }
    let before = state.published.iter().find(|published| published.section == section.id);
    if before.is_some_and(|published| !covers(document, &request.heads, &published.heads)) {
        return Err(PublishError::SupersededHeads(section.id.clone()));
    }
    let mut heads = request.heads.clone();
    heads.sort_unstable();
    heads.dedup();
    Ok(PublishedSection {
        section: section.id.clone(),
        definition: section.version,
        heads,
        sign_off: section.sign_off,
        since_version: version,
        since_at: if signed.is_some() { now } else { request.changed_at },
        signed,
    })
}

fn signature(
    state: &PlanState<'_>,
    section: &Section,
    signer: Option<Signer<'_>>,
    now: UtcMillis,
) -> Result<Option<Signed>, PublishError> {
    if section.sign_off == SignOff::None {
        return Ok(None);
    }
    let holds = |signer: &Signer<'_>| {
        let granted = signer.granted;
        let user: &UserId = &signer.subject.user;
        granted.action() == Action::Sign
            && granted.plan() == state.plan
            && granted.section() == Some(&section.id)
            && granted.user() == user
    };
    let signer = signer.filter(holds).ok_or_else(|| PublishError::NotAllowed(section.id.clone()))?;
    Ok(Some(Signed { by: signer.subject.clone(), at: now }))
}

/// Refuses with every conflict, or every gap, of all the sections that are to be signed.
fn ready(state: &PlanState<'_>, frozen: &[PublishedSection]) -> Result<(), PublishError> {
    let (mut conflicts, mut missing) = (Vec::new(), Vec::new());
    for published in frozen.iter().filter(|published| published.sign_off != SignOff::None) {
        let (section, document) = parts(state.sections, state.documents, &published.section)?;
        let content = content::read(document, Some(&published.heads), section);
        conflicts.extend(open_conflicts(section, &content));
        missing.extend(missing_required(section, &content));
    }
    if !conflicts.is_empty() {
        return Err(PublishError::OpenConflicts(conflicts));
    }
    if missing.is_empty() { Ok(()) } else { Err(PublishError::MissingRequired(missing)) }
}

fn parts<'a>(
    sections: &'a Sections,
    documents: &'a BTreeMap<SectionId, Automerge>,
    id: &SectionId,
) -> Result<(&'a Section, &'a Automerge), PublishError> {
    let section = sections.section(id).map(AsRef::as_ref);
    section.zip(documents.get(id)).ok_or_else(|| PublishError::UnknownSection(id.clone()))
}

fn has_heads(document: &Automerge, heads: &[ChangeHash]) -> bool {
    !heads.is_empty() && heads.iter().all(|head| document.get_change_meta_by_hash(head).is_some())
}

/// Whether everything up to `before` is part of what `heads` show.
fn covers(document: &Automerge, heads: &[ChangeHash], before: &[ChangeHash]) -> bool {
    let later: BTreeSet<ChangeHash> = document.get_changes_meta(heads).iter().map(|change| change.hash).collect();
    before.iter().all(|head| !later.contains(head))
}

fn in_hex<S: Serializer>(heads: &[ChangeHash], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(heads.iter().map(ToString::to_string))
}
