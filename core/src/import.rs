//! What another record says of a person, taken over into their plan: FHIR JSON in, a plan of edits out.
//!
//! A Bundle is read (`Bundle`), must be about the person of the plan (`Bundle::check_person`), and gives what was found in
//! it (`found`): problems, allergies and medicines, each with an id that stays the same for the same entry of the same
//! record. `plan` compares that with what the section's document holds and says which edits to make.
//!
//! INVARIANT: an import writes only what an import wrote last. An item or a field that anybody else ever wrote in, since it
//! was imported or before, is theirs: it is never changed, removed or brought back; the difference is told.
//! INVARIANT: the same record twice is no change; the date at an item is that of the import which last changed it.
//! INVARIANT: names, codes and doses are never cut. What does not fit is told and left out.
//!
//! An import is known by its change: by an actor of the service, with the mark of an import as its message. That an item is
//! an import's stands in its id, which no client would make by chance, and in `record_source` for those who read it.
//!
//! To take over one more kind of resource: a variant of `Topic` with its place, and its file beside `allergy`.

mod allergy;
mod attachment;
mod bundle;
mod coding;
mod document_change;
mod dose;
mod fault;
mod found;
mod medicine;
mod narrative;
mod patient;
mod problem;
mod refresh;
#[cfg(test)]
mod tests;
mod values;

pub use attachment::{AttachedDocument, Passage, page, read_document};
pub use bundle::{BUNDLE_BYTES_MAX, Bundle, DEPTH_MAX, RESOURCES_MAX};
pub use document_change::{is_import, mark};
pub use fault::{Fault, ImportError};
pub use found::{Found, FoundItem, Unusable, found};
pub use narrative::sanitised;
pub use patient::{Taken, demographics};
pub use refresh::{Left, Plan, Reason, Touched, plan};
pub use values::Difference;

use serde::{Deserialize, Serialize};

/// What is taken over into a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// `Condition`.
    Problems,
    /// `AllergyIntolerance`.
    Allergies,
    /// `MedicationStatement` and `MedicationRequest`.
    Medicines,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 3] = [Self::Problems, Self::Allergies, Self::Medicines];

    /// The section that it belongs in.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::Problems | Self::Allergies => "health",
            Self::Medicines => "medicines",
        }
    }

    /// The list in that section.
    #[must_use]
    pub const fn list(self) -> &'static str {
        match self {
            Self::Problems => "problems",
            Self::Allergies => "allergies",
            Self::Medicines => "current_medicines",
        }
    }

    /// The resources that hold it.
    #[must_use]
    pub const fn resources(self) -> &'static [&'static str] {
        match self {
            Self::Problems => &["Condition"],
            Self::Allergies => &["AllergyIntolerance"],
            Self::Medicines => &["MedicationStatement", "MedicationRequest"],
        }
    }
}

/// What sort of record something is from; the codes of `record_source` in the definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordKind {
    /// The general practice's.
    #[default]
    GpRecord,
    /// A shared care record.
    SharedRecord,
    /// A hospital's.
    HospitalRecord,
    /// Another.
    OtherRecord,
}

impl RecordKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::GpRecord, Self::SharedRecord, Self::HospitalRecord, Self::OtherRecord];

    /// The code in the document.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::GpRecord => "gp-record",
            Self::SharedRecord => "shared-record",
            Self::HospitalRecord => "hospital-record",
            Self::OtherRecord => "other-record",
        }
    }

    /// The kind of that code.
    #[must_use]
    pub fn named(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The reason that stands with an item which is not there any more.
    const fn gone(self) -> &'static str {
        match self {
            Self::GpRecord => "no longer in the GP record",
            Self::SharedRecord => "no longer in the shared care record",
            Self::HospitalRecord => "no longer in the hospital record",
            Self::OtherRecord => "no longer in the other record",
        }
    }
}

/// The record that something is taken over from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What sort of record.
    pub kind: RecordKind,
    /// Which one: entries of two records are never taken for each other, whatever their ids. Empty if nobody knows: then an
    /// entry is known again only by what is its own in all the world, and by its words where it has nothing of that sort.
    pub name: String,
}
