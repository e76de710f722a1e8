//! What stood around the plan when it was published, kept with the publication so that its views can be made again.

use super::Person;
use crate::{demographics::Demographics, id::OrganisationCode};
use serde::{Deserialize, Serialize};

/// What views say beside the plan's content. A publication of before it was kept has none of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Circumstances {
    /// The organisation that keeps the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custodian: Option<Custodian>,
    /// What the national feed said of the person, whole; `Demographics::seen_by` says who sees what of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demographics: Option<Demographics>,
    /// Where anybody may ask whether a copy of the publication is the current one: an absolute URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
}

/// The organisation that keeps a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Custodian {
    /// Its ODS code.
    pub code: OrganisationCode,
    /// Its name.
    pub name: String,
}

impl Circumstances {
    /// Without what tells where the person lives or is registered, if that is withheld.
    #[must_use]
    pub fn of(mut self, person: &Person) -> Self {
        if person.withheld {
            self.custodian = None;
            if let Some(demographics) = &mut self.demographics {
                demographics.addresses.clear();
                demographics.telecom.clear();
                demographics.gp_practice = None;
            }
        }
        self
    }
}
