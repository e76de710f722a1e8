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
    /// Paper: two sides of HTML for whoever comes, which lie where anybody in the house can read them.
    Print,
}

impl ViewKind {
    /// Every view of a publication, in the order in which it holds them.
    pub const ALL: [Self; 6] = [Self::Urgent, Self::Clinical, Self::Person, Self::SocialCare, Self::Fhir, Self::Print];

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
            Self::Print => "print",
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
            Self::Urgent | Self::Print => Audience::Emergency,
            Self::Clinical | Self::Fhir => Audience::Clinician,
            Self::Person => Audience::Person,
            Self::SocialCare => Audience::SocialCare,
        }
    }

    /// Whether it holds what a definition shows to these audiences. Paper holds what its audience sees and the person may
    /// see: it lies in their home.
    #[must_use]
    pub fn shows(self, audiences: &[Audience]) -> bool {
        let may_lie_about = self != Self::Print || audiences.contains(&Audience::Person);
        may_lie_about && audiences.contains(&self.audience())
    }

    /// The media type of its bytes.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Fhir => "application/fhir+json",
            Self::Print => "text/html; charset=utf-8",
            Self::Urgent | Self::Clinical | Self::Person | Self::SocialCare => "application/json",
        }
    }
}
