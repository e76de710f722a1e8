//! How far the person lets their plan be shared, by a choice that one of their decisions records.

use crate::{id::OrganisationCode, time::UtcMillis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A choice of the person's that narrows who may see the plan, as one of their decisions records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharingChoice {
    /// How far it lets the plan be shared.
    pub reach: SharingReach,
    /// Until when it holds; for good if not said.
    pub until: Option<UtcMillis>,
    /// Id of the decision record.
    #[serde(default)]
    pub id: String,
    /// Names in it that no organisation here has.
    #[serde(default)]
    pub unknown: Vec<String>,
}

/// How far a choice lets the plan be shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SharingReach {
    /// With emergency services only.
    EmergencyOnly,
    /// With organisations that the person named, by their codes; a name that nobody here has is not among them.
    NamedOrganisations(BTreeSet<OrganisationCode>),
    /// With nobody beyond the team.
    None,
}

impl SharingReach {
    /// Its name in the definition of the decision, in policies and in the API.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::EmergencyOnly => "emergency-only",
            Self::NamedOrganisations(_) => "named-organisations",
            Self::None => "none",
        }
    }

    /// Of two, the one that lets fewer see the plan, in the order of the definition.
    pub(super) fn narrower(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, _) | (_, Self::None) => Self::None,
            (Self::NamedOrganisations(one), Self::NamedOrganisations(other)) => {
                Self::NamedOrganisations(one.intersection(&other).cloned().collect())
            }
            (named @ Self::NamedOrganisations(_), _) | (_, named @ Self::NamedOrganisations(_)) => named,
            (Self::EmergencyOnly, Self::EmergencyOnly) => Self::EmergencyOnly,
        }
    }
}
