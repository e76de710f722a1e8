//! The views that a publication has.

use crate::section::Audience;
use serde::{Deserialize, Serialize};

/// For whom a view is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ViewKind {
    /// Ambulance crews, 111, emergency departments.
    Urgent,
    /// Clinicians.
    Clinical,
    /// The person.
    Person,
    /// Social care: what it may see of the sections that it does not sync.
    SocialCare,
    /// Other systems: a FHIR R4 document of what clinicians see.
    Fhir,
}

impl ViewKind {
    /// Every view of a publication, in the order in which it holds them.
    pub const ALL: [Self; 5] = [Self::Urgent, Self::Clinical, Self::Person, Self::SocialCare, Self::Fhir];

    /// The views in the service's own JSON, in the same order. What is made of a publication for others to take away
    /// names the hash over these.
    pub const OWN: [Self; 4] = [Self::Urgent, Self::Clinical, Self::Person, Self::SocialCare];

    /// Its name in addresses and in the bytes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::Clinical => "clinical",
            Self::Person => "person",
            Self::SocialCare => "social-care",
            Self::Fhir => "fhir",
        }
    }

    /// The view of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Who reads it: it holds what a definition shows to this audience.
    #[must_use]
    pub const fn audience(self) -> Audience {
        match self {
            Self::Urgent => Audience::Emergency,
            Self::Clinical | Self::Fhir => Audience::Clinician,
            Self::Person => Audience::Person,
            Self::SocialCare => Audience::SocialCare,
        }
    }

    /// The media type of its bytes.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Fhir => "application/fhir+json",
            Self::Urgent | Self::Clinical | Self::Person | Self::SocialCare => "application/json",
        }
    }
}
