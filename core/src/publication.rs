//! Publications: sections frozen at exact heads, with the bytes of every view and a hash over both.
//!
//! INVARIANT: a section that needs a signature is published only at heads that somebody who may sign it has signed, and
//! never goes back behind them. The same inputs give the same publication, byte for byte.
//! INVARIANT: nothing is signed while anybody disagrees about it. Every conflict at the heads that are signed keeps a
//! section from being signed, and so does every conflict of its working document: a screen that did not show yet what
//! somebody else wrote must not hide it. Contradictions that a rule calls severe do the same where they touch the section.
//! Changes which no conflict comes of are no hindrance; they are not covered, and un-sign the section they are in.
//!
//! A signed section stands at its signed heads until somebody signs it again. Only its disputes follow the working
//! document: each publication looks at it as it is then (`checked_heads`) and marks what has become disputed. So is a
//! signed denial ("No known allergies") of a list that holds something now, whether or not it still stands there.
//!
//! Publishing goes in two steps, because views name people and core knows only changes: `prepare` checks, freezes and
//! reads, and says whose changes must be named; `Prepared::render` writes the views. `publish` does both.
//!
//! It does not decide who may sign: `policy::decide` does, and what it handed out is asked for here.

mod freeze;
mod readiness;
mod rendering;
#[cfg(test)]
mod tests;

pub use freeze::prepare;
pub use readiness::{Blocked, missing_required, open_conflicts};
pub use rendering::{Definitions, Rendering};

use crate::{
    contradiction::Contradiction,
    id::{PlanId, SectionId, UserId},
    policy::{Granted, Subject},
    section::{Sections, SignOff},
    time::UtcMillis,
    view::{Authors, Circumstances, Header, Person, Signed, ViewKind},
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
    /// What stands around it.
    pub circumstances: &'a Circumstances,
    /// Number of the newest publication; 0 before the first.
    pub version: u32,
    /// Whether the newest publication withholds where the person lives; whether it should now is `person`'s.
    pub withheld: bool,
    /// What the newest publication holds.
    pub published: &'a [PublishedSection],
    /// The definitions as they are now.
    pub sections: &'a Sections,
    /// The definitions by which sections were published that have another one now.
    pub earlier: &'a Definitions,
    /// The document of each section that is requested or was published, with everything that is stored of it; where
    /// something is to be signed, of every section of the plan.
    pub documents: &'a BTreeMap<SectionId, Automerge>,
    /// Those who recorded decisions and have no longer the role in which they did.
    pub lapsed: &'a BTreeSet<UserId>,
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
    /// Whose plan it is, as the views say it.
    pub person: Person,
    /// What stood around the plan, as the views say it.
    pub circumstances: Circumstances,
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
    /// Hash of that definition. Publications of before it was kept do not have it.
    #[serde(serialize_with = "one_in_hex", skip_serializing_if = "Option::is_none")]
    pub definition_hash: Option<[u8; 32]>,
    /// The heads it is frozen at, sorted.
    #[serde(serialize_with = "in_hex")]
    pub heads: Vec<ChangeHash>,
    /// The heads up to which the working document was looked at for disputes, sorted.
    #[serde(serialize_with = "some_in_hex", skip_serializing_if = "Option::is_none")]
    pub checked_heads: Option<Vec<ChangeHash>>,
    /// How many changes `heads` cover, to tell without the document whether it has others. Follows from `heads`.
    #[serde(skip)]
    pub changes: Option<u64>,
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
    /// Its definition shows it to nobody but those who sync it.
    #[error("`{0}` is never published")]
    NeverPublished(SectionId),
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
    /// Fields where people wrote different things without having seen each other, and nobody has picked.
    #[error("fields have more than one value, and somebody must pick")]
    OpenConflicts(Vec<Blocked>),
    /// What is to be signed contradicts something else in the plan.
    #[error("what is to be signed contradicts something else in the plan")]
    Contradiction(Vec<Contradiction>),
    /// The definition by which a section was published is not there.
    #[error("the definition by which `{0}` was published is missing")]
    UnknownDefinition(SectionId),
}

impl PublishError {
    /// The stable name of its problem document.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing-to-publish",
            Self::Twice(_) => "section-twice",
            Self::UnknownSection(_) => "unknown-section",
            Self::NeverPublished(_) => "never-published",
            Self::NotAllowed(_) => "not-allowed",
            Self::UnknownHeads(_) => "unknown-heads",
            Self::SupersededHeads(_) => "superseded-heads",
            Self::MissingRequired(_) => "missing-required",
            Self::OpenConflicts(_) => "open-conflicts",
            Self::Contradiction(_) => "contradiction",
            Self::UnknownDefinition(_) => "unknown-definition",
        }
    }
}

/// Publishes the requested sections together with what was published before. Without a request, it publishes what has
/// become disputed, or is no longer, since it was signed, and what is to be withheld now, or no longer.
///
/// `authors` is asked for the changes whose authors the views name, by section.
///
/// # Errors
/// `PublishError`; all sections are published, or none.
pub fn publish(
    state: &PlanState<'_>,
    requests: &[SectionRequest<'_>],
    now: UtcMillis,
    authors: impl FnOnce(&BTreeMap<SectionId, BTreeSet<ChangeHash>>) -> Authors,
) -> Result<Publication, PublishError> {
    let prepared = prepare(state, requests, now)?;
    let authors = authors(&prepared.changes());
    Ok(prepared.render(state.plan, state.person, state.circumstances, &authors))
}

/// A publication of which only the views are missing.
#[derive(Debug, Clone)]
pub struct Prepared {
    version: u32,
    published_at: UtcMillis,
    sections: Vec<PublishedSection>,
    rendering: Rendering,
}

impl Prepared {
    /// The changes whose authors the views name, by section.
    #[must_use]
    pub fn changes(&self) -> BTreeMap<SectionId, BTreeSet<ChangeHash>> {
        self.rendering.changes()
    }

    /// Writes the views.
    #[must_use]
    pub fn render(
        self,
        plan: &PlanId,
        person: &Person,
        circumstances: &Circumstances,
        authors: &Authors,
    ) -> Publication {
        let Self { version, published_at, sections, rendering } = self;
        let header = Header { plan, version, published_at, person, circumstances };
        let views = rendering.views(&header, &ViewKind::ALL, authors);
        let hash = hash(&sections, &views);
        let (person, circumstances) = (person.clone(), circumstances.clone());
        Publication { version, published_at, person, circumstances, sections, views, hash }
    }
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

/// The hash over the sections and the views in the service's own JSON: what a view that others take away can name of the
/// publication which it is part of.
#[must_use]
pub fn content_hash(sections: &[PublishedSection], views: &[(ViewKind, Vec<u8>)]) -> [u8; 32] {
    let own: Vec<_> = views.iter().filter(|(kind, _)| ViewKind::OWN.contains(kind)).cloned().collect();
    hash(sections, &own)
}

fn in_hex<S: Serializer>(heads: &[ChangeHash], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(heads.iter().map(ToString::to_string))
}

fn some_in_hex<S: Serializer>(heads: &Option<Vec<ChangeHash>>, serializer: S) -> Result<S::Ok, S::Error> {
    in_hex(heads.as_deref().unwrap_or_default(), serializer)
}

fn one_in_hex<S: Serializer>(hash: &Option<[u8; 32]>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hash.map(hex::encode).unwrap_or_default())
}
