//! Who asks.

use crate::{
    id::{OrganisationCode, PlanId, UserId},
    role::Role,
};
use serde::{Deserialize, Serialize};

/// A signed-in identity with exactly one selected role at one organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Who.
    pub user: UserId,
    /// The name other people see, as the identity provider gives it.
    pub name: String,
    /// The one selected role.
    pub role: Role,
    /// The role in the organisation's words: "District nurse".
    pub job_title: String,
    /// ODS code of the organisation of that role.
    pub organisation: OrganisationCode,
    /// The organisation's name.
    pub organisation_name: String,
    /// Professional registration as body and number: `GMC 7000001`. Decisions are not recorded without one.
    #[serde(default)]
    pub registration: Option<String>,
    /// Authorised by the organisation as a senior decision-maker: signs what needs a senior, and endorses decisions.
    #[serde(default)]
    pub senior: bool,
    /// What the session they speak through may reach; not part of who they are, and never stored with what they did.
    #[serde(skip)]
    pub scope: Scope,
}

impl Subject {
    /// The service itself, where it does something by itself.
    #[must_use]
    pub fn system() -> Self {
        Self {
            user: SERVICE_USER.parse().expect("a word is an id"),
            name: "Coplan".to_owned(),
            role: Role::System,
            job_title: "Service".to_owned(),
            organisation: SERVICE_ORGANISATION.parse().expect("a word is an id"),
            organisation_name: "Coplan".to_owned(),
            registration: None,
            senior: false,
            scope: Scope::default(),
        }
    }

    /// Whether it is the service itself, and not a system of some organisation. No account has its name.
    #[must_use]
    pub fn is_service(&self) -> bool {
        self.role == Role::System
            && self.user.as_str() == SERVICE_USER
            && self.organisation.as_str() == SERVICE_ORGANISATION
    }
}

const SERVICE_USER: &str = "system";

/// Has a letter in small, which ODS codes have not.
const SERVICE_ORGANISATION: &str = "coplan";

/// What narrows a session, beyond the role that was selected for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// The session was launched for one plan out of another record, and sees no other.
    pub only: Option<PlanId>,
    /// How sure it is that they are who they say.
    pub assurance: Assurance,
    /// The emergency they were sent to, as the dispatcher names it: a run or job id. Kept with what they read.
    pub job: Option<String>,
}

/// Authenticator assurance, as CIS2 counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Assurance {
    /// One factor.
    Aal1,
    /// Two factors, or a passkey.
    #[default]
    Aal2,
    /// A smartcard or another authenticator in hardware.
    Aal3,
}
