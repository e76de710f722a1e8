//! What people are to a care plan.

use serde::{Deserialize, Serialize};

/// What somebody is to a care plan, as the signed-in role says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The person whose plan it is.
    Person,
    /// Someone verified to act for the person: attorney, parent, deputy.
    Proxy,
    /// Social-care, care-home or voluntary worker without professional registration.
    SocialCare,
    /// Registered nurse, allied health professional, paramedic practitioner or social worker.
    RegisteredProfessional,
    /// Doctor, or another locally authorised senior decision-maker.
    Doctor,
    /// Specialist team of the pathway: haematology, palliative care, learning disability, dementia.
    Specialist,
    /// Pharmacist.
    Pharmacist,
    /// Ambulance, 111, 999, out-of-hours or emergency department: reads what is published, never syncs.
    Crew,
    /// Looks after the privacy of an organisation: reviews who opened what and why, reads no plan.
    PrivacyOfficer,
    /// Counts plans for reports, sees none.
    Analyst,
    /// The service itself, or an integration.
    System,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 11] = [
        Self::Person,
        Self::Proxy,
        Self::SocialCare,
        Self::RegisteredProfessional,
        Self::Doctor,
        Self::Specialist,
        Self::Pharmacist,
        Self::Crew,
        Self::PrivacyOfficer,
        Self::Analyst,
        Self::System,
    ];

    /// Its name in definitions, documents and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Proxy => "proxy",
            Self::SocialCare => "social-care",
            Self::RegisteredProfessional => "registered-professional",
            Self::Doctor => "doctor",
            Self::Specialist => "specialist",
            Self::Pharmacist => "pharmacist",
            Self::Crew => "crew",
            Self::PrivacyOfficer => "privacy-officer",
            Self::Analyst => "analyst",
            Self::System => "system",
        }
    }
}
