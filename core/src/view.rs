//! Views: what one audience reads of a plan, as bytes that never change again.
//!
//! INVARIANT: the same inputs give the same bytes. Keys stand in a fixed order, there is no white space, and only what
//! holds something appears.
//! INVARIANT: no view picks a winner where people disagree. What is disputed stands once, without a value, with what each
//! of them wrote, who they are and when; its label says so, so that a reader which does not know the mark cannot fail to
//! show it. In a signed section the signed value stays, marked as disputed since it was signed.
//! INVARIANT: a value that denies a list, as "no known allergy" does, is never shown as a value beside what it denies.
//!
//! INVARIANT: of a person whose whereabouts are withheld, no view shows a field whose definition says where they live, nor
//! in whose name anybody signed or wrote; it says that something is withheld.
//!
//! A signed section is read at its signed heads; its disputes are those of the working document. What was added to it
//! since, disputed or not, is not shown: nobody has signed that it is there at all. But a field that was empty when the
//! section was signed, and is disputed now, says so.
//!
//! To add a view: a variant of `ViewKind` at the end, its name, its audience and its media type; `render` writes it, unless
//! it has a form of its own, which `publication::Rendering` then asks for.

pub(crate) mod body;
mod circumstances;
mod fields;
mod records;
#[cfg(test)]
mod tests;

pub use crate::view_kind::ViewKind;
use crate::{
    conflict::Conflict,
    content::Content,
    decision,
    id::{PlanId, SectionId},
    nhs_number::NhsNumber,
    policy::Subject,
    section::{Section, SignOff},
    time::UtcMillis,
};
use automerge::ChangeHash;
use body::{Body, PersonBody, SectionBody, Standing, is_false};
pub use circumstances::{Circumstances, Custodian};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Whose plan it is, as demographics had it at the publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// NHS number.
    pub nhs_number: NhsNumber,
    /// Full name.
    pub name: String,
    /// The name they like to be called by.
    pub preferred_name: Option<String>,
    /// Date of birth, `YYYY-MM-DD`.
    pub born: String,
    /// The national feed restricts where they are: no view says it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub withheld: bool,
}

/// The head of a view.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// The plan.
    pub plan: &'a PlanId,
    /// Number of the publication within the plan, from 1.
    pub version: u32,
    /// When it was published.
    pub published_at: UtcMillis,
    /// Whose plan it is.
    pub person: &'a Person,
    /// What stood around the plan at the publication.
    pub circumstances: &'a Circumstances,
}

/// A signature, with the identity as the session gave it then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Who.
    pub by: Subject,
    /// When.
    pub at: UtcMillis,
}

/// Who made a change, as the session gave them then, and when the service took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Who.
    pub by: Subject,
    /// When it arrived.
    pub at: UtcMillis,
}

/// The authors of changes that views name.
pub type Authors = BTreeMap<ChangeHash, Author>;

/// One section as a publication holds it.
#[derive(Debug, Clone, Copy)]
pub struct SectionView<'a> {
    /// The definition by which it is read.
    pub section: &'a Section,
    /// What it holds at its published heads.
    pub content: &'a Content,
    /// What is disputed in it: for a signed section, in the working document.
    pub conflicts: &'a [Conflict],
    /// Its decision records, for a section that holds them.
    pub records: &'a [decision::Kind],
    /// The publication that froze it at these heads.
    pub since_version: u32,
    /// When that was, or for a section without sign-off when it last changed.
    pub since_at: UtcMillis,
    /// Who signed it.
    pub signed: Option<&'a Signed>,
    /// The heads at which it is published, sorted.
    pub heads: &'a [ChangeHash],
}

/// The bytes of one view in the service's own JSON. Sections stand in the order of their definitions; one that shows this audience nothing is left
/// out. Whoever is not among `authors` is not named.
#[must_use]
pub fn render(kind: ViewKind, header: &Header<'_>, sections: &[SectionView<'_>], authors: &Authors) -> Vec<u8> {
    serde_json::to_vec(&body(kind, header, sections, authors)).expect("a view holds only text keys and finite numbers")
}

/// What this audience sees, before it is written. Of `kind` only its name and its audience count.
pub(crate) fn body<'a>(
    kind: ViewKind,
    header: &Header<'a>,
    sections: &[SectionView<'a>],
    authors: &'a Authors,
) -> Body<'a> {
    let mut sections = sections.to_vec();
    sections.sort_by_key(|view| (view.section.order, &view.section.id));
    Body {
        view: kind.as_str(),
        plan: header.plan,
        version: header.version,
        published_at: header.published_at.to_rfc3339(),
        withheld: header.person.withheld,
        person: PersonBody::from(header.person),
        sections: sections.iter().filter_map(|view| section_body(kind, header.person, view, authors)).collect(),
    }
}

fn section_body<'a>(
    kind: ViewKind,
    person: &Person,
    view: &SectionView<'a>,
    authors: &'a Authors,
) -> Option<SectionBody<'a>> {
    let section = view.section;
    if !kind.shows(&section.audiences) || (person.withheld && section.locates_throughout) {
        return None;
    }
    let reading = fields::Reading {
        kind,
        conflicts: view.conflicts,
        records: view.records,
        authors,
        signed: view.signed.is_some(),
        withheld: person.withheld,
    };
    let fields = reading.fields(&section.fields, &section.audiences, &view.content.fields, "");
    (!fields.is_empty()).then(|| SectionBody {
        section: &section.id,
        title: &section.title,
        sign_off: section.sign_off,
        version: view.since_version,
        standing: standing(view, person.withheld),
        fields,
    })
}

/// A view in the service's own JSON without some of its sections, for somebody from whom the person keeps them. What is for
/// emergencies, and the document for other systems, has none that may be kept, or is not read by those who act for the
/// person: these stay as they are.
///
/// # Errors
/// `serde_json::Error` if the bytes are no view.
pub fn without(kind: ViewKind, bytes: &[u8], kept: &BTreeSet<SectionId>) -> Result<Vec<u8>, serde_json::Error> {
    if !ViewKind::OWN.contains(&kind) {
        return Ok(bytes.to_vec());
    }
    let mut view: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(bytes)?;
    if let Some(serde_json::Value::Array(sections)) = view.get_mut("sections") {
        let is_kept = |section: &serde_json::Value| {
            section["section"].as_str().is_some_and(|id| kept.iter().any(|kept| kept.as_str() == id))
        };
        sections.retain(|section| !is_kept(section));
    }
    serde_json::to_vec(&view)
}

fn standing<'a>(view: &SectionView<'a>, withheld: bool) -> Standing<'a> {
    match (view.signed, view.section.sign_off) {
        (Some(signed), _) => Standing::Signed {
            by: &signed.by.name,
            job_title: &signed.by.job_title,
            organisation: organisation(&signed.by.organisation_name, withheld),
            at: signed.at.to_rfc3339(),
        },
        (None, SignOff::None) => Standing::Shared { at: view.since_at.to_rfc3339() },
        (None, _) => Standing::NotSigned { at: view.since_at.to_rfc3339() },
    }
}

/// In whose name somebody signed or wrote, unless that may tell where the person is registered or lives.
fn organisation(name: &str, withheld: bool) -> &str {
    if withheld { WITHHELD } else { name }
}

/// What stands in the place of what is withheld.
const WITHHELD: &str = "(withheld)";
